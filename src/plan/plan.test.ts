import { describe, expect, it } from "vitest";
import type { BottleError } from "../errors/error.ts";
import { checkManifest } from "../manifest/check-manifest.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { HostFacts, PlanRequest } from "./facts.ts";
import { newId } from "./id.ts";
import { planJson, renderPlan } from "./preflight.ts";
import { resolvePlan, wantedIsolation } from "./resolve.ts";
import { ansiStyle } from "./style.ts";

const facts: HostFacts = {
  rungs: [
    {
      rung: "namespace",
      availability: { available: true, detail: "bubblewrap 0.8.0" },
      limits: [
        { name: "memory", value: 1, enforced: true, how: "cgroup memory.max" },
        { name: "pids", value: 1, enforced: false, how: "no cgroup is writable here" },
      ],
    },
  ],
  built: ["namespace", "runc"],
  workspace: { source: "/home/me/app", git: true },
  home: "/home/me",
};
const request: PlanRequest = { headless: false, args: [], newId: (agent) => `${agent}-k3x9q` };

const manifest: Manifest = checkManifest(
  "/home/me/bottles.yaml",
  `version: 1
bottles:
  dev:
    resources: {cpus: 4, memory: 6GiB}
    env: {TZ: UTC, REGION: "\${REGION}", WHO: "?Who are you"}
    egress:
      allow: [docs.example.org, "git.example.org:8443", {host: "*.example.net", methods: [GET], paths: [/public/**]}]
      deny: [gist.example.net]
    credentials:
      - {preset: anthropic, secret: "env:TOKEN"}
      - {host: api.example.com, header: "X-Api-Key: {secret}", secret: "file:~/.secret", methods: [GET]}
  strict: {rung: auto, minimumRung: gvisor}
agents:
  one: {bottle: dev, prompt: "Mend it.", env: {TZ: Europe/Vienna}}
  two: {bottle: strict, provider: shell}
`,
);

function refusal(
  over: Partial<PlanRequest>,
  overFacts: Partial<HostFacts> = {},
  of: Manifest = manifest,
): BottleError {
  try {
    resolvePlan(of, { ...facts, ...overFacts }, { ...request, ...over });
  } catch (error) {
    return error as BottleError;
  }
  return expect.unreachable("it resolved");
}

describe("a plan", () => {
  const plan = resolvePlan(manifest, facts, { ...request, agent: "one" });

  it("is pure data that survives JSON", () => {
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(plan.id).toBe("one-k3x9q");
  });

  it("lets the agent's variables go over the bottle's", () => {
    expect(plan.env.filter(({ name }) => name === "TZ")).toEqual([
      { kind: "literal", name: "TZ", value: "Europe/Vienna" },
    ]);
    expect(plan.env).toHaveLength(3);
  });

  it("takes values of limits from the bottle, and calls a limit nobody spoke of not enforced", () => {
    expect(plan.limits.map(({ name, value, enforced }) => [name, value, enforced])).toEqual([
      ["cpus", 4, false],
      ["memory", 6 * 2 ** 30, true],
      ["pids", 512, false],
      ["disk", 10 * 2 ** 30, false],
    ]);
  });

  it("reads like this", () => {
    expect(renderPlan(plan)).toMatchSnapshot();
  });

  it("gives programs references to secrets, what they may do, and no more", () => {
    expect(planJson(plan).credentials).toMatchSnapshot();
  });

  it("fits 80 columns and escapes what could steer a terminal, however long and odd the input is", () => {
    const odd = "\u001b]0;x\u0007\u202e\u009b2J\n\r";
    const hostile = resolvePlan(
      manifest,
      { ...facts, workspace: { source: `/srv/${odd}/${"x".repeat(300)}`, git: false } },
      {
        ...request,
        agent: "one",
        prompt: `${odd}${"word ".repeat(100)}`,
        args: [odd, "y".repeat(300)],
      },
    );
    const lines = renderPlan({
      ...hostile,
      hints: [odd],
      env: [{ kind: "literal", name: "N".repeat(90), value: odd }],
    }).split("\n");
    for (const line of lines) {
      expect(line.length, line).toBeLessThanOrEqual(80);
      expect(line).toMatch(/^[^\p{Cc}\u202a-\u202e]*$/u);
    }
  });

  it("promises no apply where there is no git repository to bring a branch to", () => {
    const at = { ...facts, workspace: { source: "/srv/loose", git: false } };
    const text = renderPlan(resolvePlan(manifest, at, { ...request, agent: "one" }));
    expect(text).not.toContain("bottle apply");
    expect(text).toContain("record's folder");
  });

  it("differs in colour only by escape sequences", () => {
    const coloured = renderPlan(plan, ansiStyle);
    expect(coloured).not.toBe(renderPlan(plan));
    // oxlint-disable-next-line no-control-regex -- these are the sequences themselves
    expect(coloured.replaceAll(/\u001b\[\d+m/g, "")).toBe(renderPlan(plan));
  });
});

it("says where the agent may bring accounts of its own", () => {
  const own = checkManifest(
    "/home/me/bottles.yaml",
    `version: 1
bottles: {dev: {egress: {allow: [a.example, {host: b.example, methods: [GET], foreignCredentials: allow}, {host: c.example, foreignCredentials: allow}]}}}
agents: {one: {bottle: dev}}
`,
  );
  const text = renderPlan(resolvePlan(own, facts, { ...request, agent: "one" }));
  expect(text).toMatch(/ a\.example$/m);
  expect(text).toMatch(/b\.example +GET, with any account of the agent's own$/m);
  expect(text).toMatch(/c\.example +with any account of the agent's own$/m);
});

describe("what a bottle shares with this machine", () => {
  const shared = checkManifest(
    "/home/me/bottles.yaml",
    `version: 1
bottles:
  dev:
    workspace: {mode: mount, protect: ["deploy/**"]}
    mounts: [{source: ~/datasets, target: /data}]
    caches: [npm, pip]
    ports: [3000, "8080:80", "0:5173"]
    git: {name: Jane Doe, email: jane@example.org}
    upstreamProxy: {url: "http://proxy.example:3128", ca: ~/corp.pem, auth: "env:PROXY_AUTH"}
  copy: {workspace: {refs: ["agent/**"], ignored: all, reveal: [.env.example]}, git: host}
agents:
  me: {bottle: dev, skills: [review], bring: [memory, mcp]}
  you: {bottle: copy}
`,
    { home: "/home/me" },
  );
  const plan = resolvePlan(shared, facts, { ...request, agent: "me" });

  it("reads like this", () => {
    expect(renderPlan(plan)).toMatchSnapshot();
  });

  it("is said of a copy, too, with what of the folder it holds", () => {
    const text = renderPlan(resolvePlan(shared, facts, { ...request, agent: "you" }));
    for (const said of ["agent/**", "ignored files come along", ".env.example", "git config"])
      expect(text).toContain(said);
  });

  it("is part of the plan as data, without anything unresolved", () => {
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(plan).toMatchObject({
      workspace: { mode: "mount", source: "/home/me/app", git: true, protect: ["deploy/**"] },
      mounts: [{ source: "/home/me/datasets", target: "/data" }],
      ports: [
        { host: 3000, inside: 3000 },
        { host: 8080, inside: 80 },
        { host: 0, inside: 5173 },
      ],
      agent: { skills: ["review"], bring: ["memory", "mcp"] },
    });
  });

  it("never is the home, where that really is", () => {
    const moved = { ...facts, home: "/home/me/datasets/home" };
    expect(() => resolvePlan(shared, moved, { ...request, agent: "me" })).toThrow(
      expect.objectContaining({ code: "E_PLAN_MOUNT" }) as Error,
    );
  });
});

describe("which agent", () => {
  it("is the only one, if there is only one", () => {
    const single = checkManifest(
      "m",
      "version: 1\nbottles: {dev: {}}\nagents: {me: {bottle: dev}}\n",
    );
    expect(resolvePlan(single, facts, request).agent.name).toBe("me");
  });

  it("must be said where there are more", () => {
    expect(refusal({})).toMatchObject({ code: "E_PLAN_AGENT", next: "Name one of: one, two." });
    expect(refusal({ agent: "ome" })).toMatchObject({
      code: "E_PLAN_AGENT",
      next: 'Did you mean "one"?',
    });
    expect(refusal({ agent: "zzzz" })).toMatchObject({
      code: "E_PLAN_AGENT",
      next: "Name one of: one, two.",
    });
    expect(refusal({}, {}, checkManifest("m", "version: 1\nbottles: {}\n"))).toMatchObject({
      code: "E_PLAN_AGENT",
      message: "The manifest has no agent.",
    });
  });
});

describe("refusals", () => {
  it("a headless agent without a prompt or arguments", () => {
    const bare = checkManifest(
      "m",
      "version: 1\nbottles: {dev: {}}\nagents: {me: {bottle: dev}}\n",
    );
    expect(refusal({ headless: true }, {}, bare)).toMatchObject({ code: "E_PLAN_PROMPT" });
    expect(
      resolvePlan(bare, facts, { ...request, headless: true, args: ["--help"] }).agent.prompt,
    ).toBeNull();
    expect(resolvePlan(bare, facts, { ...request, headless: true, prompt: "x" }).agent.prompt).toBe(
      "x",
    );
  });

  it.each(["/home/me", "/home", "/"])(
    "the workspace %s, which would bring the home inside",
    (source) => {
      expect(refusal({ agent: "one" }, { workspace: { source, git: false } })).toMatchObject({
        code: "E_PLAN_WORKSPACE",
      });
    },
  );

  it("not a folder that only begins like the home", () => {
    expect(
      resolvePlan(
        manifest,
        { ...facts, workspace: { source: "/home/m", git: false } },
        { ...request, agent: "one" },
      ).workspace.source,
    ).toBe("/home/m");
  });

  it("a token in the prompt or the arguments, without showing it", () => {
    for (const over of [
      { prompt: "use sk-ant-oat01-PLANTEDplanted" },
      { args: ["--key", "sk-ant-oat01-PLANTEDplanted"] },
    ]) {
      const error = refusal({ agent: "one", ...over });
      expect(error.code).toBe("E_PLAN_SECRET");
      expect(JSON.stringify([error.message, error.why, error.next])).not.toContain("PLANTED");
    }
  });
});

describe("an image", () => {
  const built = checkManifest(
    "/home/me/m.yaml",
    "version: 1\nbottles: {dev: {image: {build: ./docker/Dockerfile}}}\nagents: {me: {bottle: dev}}\n",
  );

  it("is refused on a rung that has none", () => {
    expect(refusal({}, {}, built)).toMatchObject({
      code: "E_PLAN_IMAGE",
      message: expect.stringContaining("/home/me/docker/Dockerfile") as string,
    });
  });

  it("is part of the plan where there are images", () => {
    const rungs = facts.rungs.map((fact) => ({ ...fact, images: true }));
    expect(resolvePlan(built, { ...facts, rungs }, request).image).toEqual({
      kind: "build",
      file: "/home/me/docker/Dockerfile",
      sha256: null,
    });
  });
});

describe("an image by its name", () => {
  const named = checkManifest(
    "/home/me/m.yaml",
    "version: 1\nbottles: {dev: {image: registry.example/me/tools:1}}\nagents: {me: {bottle: dev}}\n",
  );
  const rungs = facts.rungs.map((fact) => ({ ...fact, images: true }));

  it("is refused on a rung that has none", () => {
    expect(refusal({}, {}, named)).toMatchObject({ code: "E_PLAN_IMAGE" });
  });

  it("is in the preflight, and so is that a build has a network", () => {
    const plan = resolvePlan(named, { ...facts, rungs }, request);
    const shown = (image: typeof plan.image): string =>
      renderPlan({ ...plan, image }).replaceAll(/\s+/g, " ");
    expect(shown(plan.image)).toContain(
      "registry.example/me/tools:1, pulled where it is not there",
    );
    expect(shown({ kind: "build", file: "/x/Dockerfile", sha256: null })).toContain(
      "runs what the file says, with a network",
    );
    expect(shown({ kind: "default" })).not.toContain("image");
  });
});

describe("limits", () => {
  it("takes the link that the rung was looked at with, and reads it from the request before the bottle", () => {
    const linked = checkManifest(
      "/home/me/bottles.yaml",
      "version: 1\nbottles: {dev: {rung: runc, link: network}}\nagents: {a: {bottle: dev}}\n",
    );
    const here = {
      ...facts,
      rungs: facts.rungs.map((fact) => ({ ...fact, rung: "runc", link: "network" }) as const),
    };
    expect(wantedIsolation(linked, {})).toMatchObject({ rung: "runc", link: "network" });
    expect(wantedIsolation(linked, { link: "socket" })).toMatchObject({
      rung: "runc",
      link: "socket",
    });
    expect(wantedIsolation(manifest, { agent: "one" }).link).toBeUndefined();
    const { link } = resolvePlan(linked, here, request);
    expect(link).toBe("network");
    expect(resolvePlan(manifest, facts, { ...request, agent: "one" }).link).toBe("socket");
    expect(() => wantedIsolation(linked, { link: "netwrk" })).toThrow(
      expect.objectContaining({ code: "E_USAGE", next: 'Did you mean "network"?' }),
    );
  });

  it("are those of the rung that is chosen", () => {
    const limits = [{ name: "pids", value: 1, enforced: true, how: "by Docker" }] as const;
    const docker = {
      rung: "runc",
      availability: { available: true, detail: "Docker" },
      limits,
    } as const;
    const both = { ...facts, rungs: [...facts.rungs, docker] };
    const how = (rung: string): string | undefined =>
      resolvePlan(manifest, both, { ...request, agent: "one", rung }).limits.find(
        ({ name }) => name === "pids",
      )?.how;
    expect(how("runc")).toBe("by Docker");
    expect(how("namespace")).toBe("no cgroup is writable here");
  });
});

describe("ids", () => {
  it("are the agent's name and five random characters", () => {
    expect(newId("one", (size) => new Uint8Array(size))).toBe("one-00000");
    expect(
      newId("one", (size) =>
        Uint8Array.from({ length: size }, (_, i) => [255, 254, 35, 36, 71, 251, 0][i] ?? 0),
      ),
    ).toBe("one-z0zz0");
  });
});
