// "Data flows one way" (DESIGN section 3) as rules: what each folder of src/ may import; everything else is refused.
// tests/house/boundaries.test.ts plants a violation of every rule and sees it refused.

const contracts = {
  manifest: "^src/manifest/(manifest|rungs)[.]ts$",
  plan: "^src/plan/plan[.]ts$",
  lifecycle: "^src/lifecycle/(backend|agent)[.]ts$",
  helper: "^src/helper/protocol[.]ts$",
  gateway: "^src/gateway/config[.]ts$",
  errors: "^src/errors/",
  host: "^src/host/",
};

/** Folder, what it may import besides itself and node:, and which packages. */
const table = [
  { folder: "errors", may: [] },
  // Facts of this host that no contract is needed for.
  { folder: "host", may: [] },
  { folder: "manifest", may: [contracts.errors], packages: ["zod", "yaml"] },
  { folder: "plan", may: [contracts.errors, "^src/manifest/"] },
  // The helper runs inside a bottle: it knows the wire and the probes, and nothing that holds a secret.
  { folder: "helper", may: ["^src/proof/probes/"] },
  { folder: "proof/probes", may: ["^src/helper/", "^src/proof/(address-probe|dns-message)[.]ts$"] },
  {
    folder: "proof",
    may: [contracts.errors, contracts.helper, "^src/helper/", contracts.manifest],
  },
  {
    folder: "terminal",
    may: [contracts.errors],
    packages: ["@lydell/node-pty", "@xterm/headless", "@xterm/addon-serialize"],
  },
  {
    folder: "workspace",
    may: [
      contracts.errors,
      contracts.host,
      "^src/manifest/token-shapes[.]ts$",
      "^src/record/(atomic|fields)[.]ts$",
    ],
  },
  // A bottle's folders as archives, for machines that share no file system with this one.
  {
    folder: "carry",
    may: [contracts.errors, "^src/workspace/(safe-folder|names)[.]ts$"],
  },
  // The gateway judges requests: it knows no backend, no agent, no order of things.
  // What tokens look like is one table, with the manifest's own check.
  {
    folder: "gateway",
    may: [
      contracts.errors,
      contracts.manifest,
      "^src/manifest/(token-shapes|shapes/measure)[.]ts$",
    ],
  },
  // How two processes speak over what may be cut; what they say is theirs.
  { folder: "wire", may: [] },
  // Who may come in at a port; HTTP is read by the gateway's reader.
  {
    folder: "ports",
    may: [
      contracts.errors,
      contracts.manifest,
      "^src/helper/(protocol|joint)[.]ts$",
      "^src/gateway/(http/[^/]+|refusal)[.]ts$",
    ],
  },
  {
    folder: "credentials",
    may: [
      contracts.errors,
      contracts.gateway,
      "^src/manifest/",
      "^src/gateway/patterns/find-pattern[.]ts$",
    ],
  },
  { folder: "record", may: [contracts.errors, contracts.gateway, contracts.host] },
  // The order of things, in terms of contracts alone; src/compose hands in the parts.
  {
    folder: "lifecycle",
    may: [contracts.errors, contracts.host, contracts.manifest, contracts.plan, contracts.helper],
  },
  // A backend knows no other backend, no agent and no policy; what backends share stands beside their folders.
  {
    folder: "backends",
    each: true,
    may: [
      contracts.errors,
      contracts.helper,
      contracts.host,
      contracts.manifest,
      contracts.plan,
      contracts.lifecycle,
      "^src/carry/",
      "^src/backends/[^/]+[.]ts$",
    ],
  },
  // An engine runs beside the gateway and is known to it by its contract alone.
  {
    folder: "engines",
    each: true,
    may: [contracts.errors, contracts.manifest, contracts.gateway, "^src/helper/lines[.]ts$"],
  },
  // An agent knows no other agent; what agents share stands beside their folders.
  {
    folder: "agents",
    each: true,
    may: [contracts.errors, contracts.lifecycle, "^src/agents/[^/]+[.]ts$"],
  },
  // How places are reached; what runs there is a backend's.
  { folder: "places", may: [contracts.errors, "^src/manifest/formats/ssh-address[.]ts$"] },
  // The composition root joins the parts; only what a user or a program calls stands above it.
  { folder: "compose", may: ["^src/(?!cli/|demo/|index[.]ts$)"] },
  { folder: "demo", may: ["^src/(?!cli/|index[.]ts$)"] },
  { folder: "cli", may: ["^src/", "^bench/"], packages: ["@stricli/core"] },
];

function rulesOf({ folder, each, may, packages = [] }) {
  const name = folder.replace("/", "-");
  // For a folder of folders, each is a world of its own: $1 is the one that imports.
  const from = each ? `^src/${folder}/([^/]+)` : `^src/${folder}/`;
  const own = each ? `^src/${folder}/$1` : `^src/${folder}/`;
  const test = "[.]test[.]ts$";
  // The probes are stricter than the rest of their folder and have their own line.
  const pathNot = folder === "proof" ? ["^src/proof/probes/", test] : [test];
  return [
    {
      name: `${name}-imports`,
      severity: "error",
      comment: `src/${folder} may import itself and: ${may.join(", ") || "nothing"}`,
      from: { path: from, pathNot },
      to: { path: "^(src|bench|tests|scripts)/", pathNot: [own, ...may] },
    },
    {
      name: `${name}-packages`,
      severity: "error",
      comment: `src/${folder} may use these packages: ${packages.join(", ") || "none"}`,
      from: { path: from, pathNot },
      to: {
        path: "(^|/)node_modules/",
        pathNot: packages.map((one) => `(^|/)node_modules/${one}/`),
      },
    },
  ];
}

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "nothing-imports-cli",
      severity: "error",
      from: { path: "^(src|bench)/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "nothing-imports-sdk",
      severity: "error",
      from: { path: "^(src|bench)/" },
      to: { path: "^src/index[.]ts$" },
    },
    {
      name: "product-imports-no-test",
      severity: "error",
      from: { path: "^(src|bench)/", pathNot: "[.]test[.]ts$" },
      to: { path: "^tests/|[.]test[.]ts$" },
    },
    ...table.flatMap(rulesOf),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
