// Lets a build pass over a file that is not written yet; using it fails at run time.
import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const prefix = "\0missing:";

export function missingFiles(note) {
  return {
    name: "missing-files",
    resolveId(source, importer) {
      if (importer === undefined || !/^\..*\.ts$/.test(source)) return null;
      const file = resolve(dirname(importer), source);
      if (existsSync(file)) return null;
      note(`${relative(process.cwd(), file)} is missing; what imports it fails when it runs`);
      return `${prefix}${file}`;
    },
    load(id) {
      return id.startsWith(prefix) ? { code: "module.exports = {};", moduleType: "js" } : null;
    },
  };
}
