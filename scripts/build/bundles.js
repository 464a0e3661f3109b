// What is built from what.

const require = ["cjs", ".js"];
const module = ["esm", ".mjs"];

/** Chunks carry a hash: a process that runs from an older build never gets a chunk of a newer one. */
function output([format, extension], name, extra = {}) {
  return {
    format,
    entryFileNames: `${name}${extension}`,
    chunkFileNames: `${name}-[name]-[hash]${extension}`,
    ...extra,
  };
}

export const bundles = [
  // Node refuses what it cannot parse with a stack trace; `./bottle` has looked at the version before.
  { entry: "src/cli/main.ts", output: output(require, "cli", { banner: "#!/usr/bin/env node" }) },
  // Every start waits for it: cached-entry.cjs runs it with the code kept from the build.
  {
    entry: "src/compose/supervisor.ts",
    output: output(require, "supervisor", { entryFileNames: "supervisor-main.js" }),
    cached: "supervisor",
  },
  { entry: "src/helper/main.ts", output: output(require, "helper", { codeSplitting: false }) },
  // In an engine's sandbox no other file of ours stands beside it.
  {
    entry: "src/engines/pipelock/keeper.ts",
    output: output(require, "engine-keeper", { codeSplitting: false }),
  },
  // A gateway beside its bottle: one file, as nothing else of this machine is there.
  {
    entry: "src/compose/gateway-hosted/main.ts",
    output: output(require, "gateway-host", { codeSplitting: false }),
  },
  // What `bottle bench gateway` loads: the gateway as a process of its own.
  {
    entry: "bench/gateway/serve.ts",
    output: output(require, "bench-gateway", { codeSplitting: false }),
  },
  { entry: "src/index.ts", output: output(module, "index") },
];
