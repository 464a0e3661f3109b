/**
 * Gradle reads a shared dependency cache from GRADLE_RO_DEP_CACHE (docs.gradle.org, "Shared dependency cache"): the folders of
 * modules-2, without its lock files. gradle.properties, with its passwords, is elsewhere.
 */
import { join } from "node:path";
import type { FindCache } from "./cache.ts";
import { insideCache } from "./cache.ts";
import { folderOf, foldersIn } from "./folders.ts";

export const gradleCache: FindCache = async (host) => {
  const modules = join(folderOf(host, "GRADLE_USER_HOME", ".gradle"), "caches/modules-2");
  const names = (await foldersIn(modules)).filter((name) =>
    /^(?:files|metadata|resources)-[\d.]+$/.test(name),
  );
  if (names.length === 0) return undefined;
  const target = insideCache("gradle");
  return {
    mounts: names.map((name) => ({
      source: join(modules, name),
      target: `${target}/modules-2/${name}`,
    })),
    env: { GRADLE_RO_DEP_CACHE: target },
  };
};
