import { describe, expect, it } from "vitest";
import { BottleErrors } from "../errors/error.ts";
import { doorPort } from "../helper/protocol.ts";
import { checkManifest } from "./check-manifest.ts";
import { gatewayPort } from "./formats/port-pair.ts";

/** `file:line:column code` of every fault, in order. */
function faults(text: string): readonly string[] {
  return errors(text).map(
    ({ place, code }) => `${place?.file}:${place?.line}:${place?.column} ${code}`,
  );
}

function errors(text: string): BottleErrors["errors"] {
  try {
    checkManifest("m.yaml", text);
  } catch (error) {
    if (error instanceof BottleErrors) return error.errors;
    throw error;
  }
  return [];
}

const head = "version: 1\nbottles:\n  dev:\n";

/** A bottle `dev` with these lines, from line 4 on. */
function bottle(...lines: readonly string[]): string {
  return `${head}${lines.map((line) => `    ${line}\n`).join("")}`;
}

describe("faults have their place and code", () => {
  const table: readonly (readonly [name: string, text: string, ...expected: readonly string[]])[] =
    [
      ["an unknown key", bottle("rungg: namespace"), "4:5 E_MANIFEST_UNKNOWN_KEY"],
      [
        "an unknown key at the top",
        "version: 1\nbottels: {}\nbottles: {}\n",
        "2:1 E_MANIFEST_UNKNOWN_KEY",
      ],
      [
        "a merge key, which YAML 1.2 does not have",
        `${head}    <<: {rung: namespace}\n`,
        "4:5 E_MANIFEST_UNKNOWN_KEY",
      ],
      ["a wrong type", bottle("egress: [docs.example.org]"), "4:13 E_MANIFEST_TYPE"],
      ["nothing where a map is", "version: 1\nbottles:\n  dev: {env: }\n", "3:14 E_MANIFEST_TYPE"],
      ["a number where text is", bottle("env: {PORT: 8080}"), "4:17 E_MANIFEST_TYPE"],
      ["a missing version", "bottles: {}\n", "1:1 E_MANIFEST_MISSING_KEY"],
      ["another version", "version: 2\nbottles: {}\n", "1:10 E_MANIFEST_VALUE"],
      ["a version in quotes", 'version: "1"\nbottles: {}\n', "1:10 E_MANIFEST_TYPE"],
      [
        "an agent in no bottle",
        "version: 1\nbottles: {dev: {}}\nagents:\n  a: {bottle: dve}\n",
        "4:15 E_MANIFEST_BOTTLE",
      ],
      [
        "an agent without a bottle",
        "version: 1\nbottles: {dev: {}}\nagents:\n  a: {}\n",
        "4:6 E_MANIFEST_MISSING_KEY",
      ],
      [
        "a duplicate key",
        "version: 1\nbottles:\n  dev: {}\n  dev: {}\n",
        "4:3 E_MANIFEST_DUPLICATE_KEY",
      ],
      [
        "a duplicate key in JSON",
        '{"version": 1,\n "version": 1, "bottles": {}}',
        "2:2 E_MANIFEST_DUPLICATE_KEY",
      ],
      ["a name with capitals", "version: 1\nbottles:\n  Dev: {}\n", "3:3 E_MANIFEST_NAME"],
      ["an empty name", 'version: 1\nbottles:\n  "": {}\n', "3:3 E_MANIFEST_NAME"],
      ["a name that climbs", 'version: 1\nbottles:\n  "../x": {}\n', "3:3 E_MANIFEST_NAME"],
      ["a key that is no text", "version: 1\nbottles:\n  1: {}\n", "3:3 E_MANIFEST_TYPE"],
      ["an unknown rung", bottle("rung: namespce"), "4:11 E_MANIFEST_VALUE"],
      [
        "a rung below the minimum",
        bottle("rung: runc", "minimumRung: gvisor"),
        "4:11 E_MANIFEST_CONFLICT",
      ],
      [
        "the default rung below the minimum",
        bottle("minimumRung: kata"),
        "4:18 E_MANIFEST_CONFLICT",
      ],
      ["a workspace of no known mode", bottle("workspace: moutn"), "4:16 E_MANIFEST_VALUE"],
      [
        "what a mounted workspace cannot have",
        bottle("workspace: {mode: mount, refs: all}"),
        "4:36 E_MANIFEST_CONFLICT",
      ],
      [
        "protected paths of a copy",
        bottle("workspace: {protect: [a]}"),
        "4:26 E_MANIFEST_CONFLICT",
      ],
      ["no refs", bottle("workspace: {refs: []}"), "4:23 E_MANIFEST_VALUE"],
      ["a ref that climbs", bottle("workspace: {refs: [../x]}"), "4:24 E_MANIFEST_VALUE"],
      ["a ref like an option", bottle('workspace: {refs: ["--all"]}'), "4:24 E_MANIFEST_VALUE"],
      ["a path that climbs", bottle("workspace: {reveal: [a/../b]}"), "4:26 E_MANIFEST_VALUE"],
      ["an absolute path", bottle("workspace: {ignored: [/etc]}"), "4:27 E_MANIFEST_VALUE"],
      ["an unknown cache", bottle("caches: [nmp]"), "4:14 E_MANIFEST_VALUE"],
      ["a cache twice", bottle("caches: [npm, npm]"), "4:19 E_MANIFEST_CONFLICT"],
      ["a port of the gateway", bottle("ports: [4180]"), "4:13 E_MANIFEST_VALUE"],
      ["a port that leads to it", bottle('ports: ["8080:4180"]'), "4:13 E_MANIFEST_VALUE"],
      ["port 0 alone", bottle('ports: ["0"]'), "4:13 E_MANIFEST_VALUE"],
      ["port 0 as a number", bottle("ports: [0]"), "4:13 E_MANIFEST_VALUE"],
      ["port 0 inside", bottle('ports: ["80:0"]'), "4:13 E_MANIFEST_VALUE"],
      ["any port twice", bottle('ports: ["0:80", "0:80"]'), "4:21 E_MANIFEST_CONFLICT"],
      ["port 65536", bottle('ports: ["80:65536"]'), "4:13 E_MANIFEST_VALUE"],
      ["three ports", bottle('ports: ["1:2:3"]'), "4:13 E_MANIFEST_VALUE"],
      ["a port with a zero", bottle('ports: ["080:80"]'), "4:13 E_MANIFEST_VALUE"],
      ["a port twice", bottle('ports: [3000, "3000:80"]'), "4:19 E_MANIFEST_CONFLICT"],
      ["a port of no form", bottle("ports: [true]"), "4:13 E_MANIFEST_TYPE"],
      ["an unknown author", bottle("git: hots"), "4:10 E_MANIFEST_VALUE"],
      ["an author without address", bottle("git: {name: Me}"), "4:10 E_MANIFEST_MISSING_KEY"],
      [
        "an author who ends the line",
        bottle('git: {name: "Me\\nparent 0", email: me@example.org}'),
        "4:17 E_MANIFEST_VALUE",
      ],
      [
        "an address in brackets",
        bottle('git: {name: Me, email: "<me@example.org>"}'),
        "4:28 E_MANIFEST_VALUE",
      ],
      [
        "a proxy with a password",
        bottle('upstreamProxy: {url: "http://u:p@proxy.example:3128"}'),
        "4:26 E_MANIFEST_HOST",
      ],
      [
        "a proxy of another kind",
        bottle('upstreamProxy: {url: "socks5://proxy.example"}'),
        "4:26 E_MANIFEST_VALUE",
      ],
      [
        "a proxy with a path",
        bottle('upstreamProxy: {url: "http://proxy.example/x"}'),
        "4:26 E_MANIFEST_VALUE",
      ],
      [
        "a proxy's written-out password",
        bottle('upstreamProxy: {url: "http://proxy.example:3128", auth: "me:hunter2"}'),
        "4:61 E_MANIFEST_INLINE_SECRET",
      ],
      ["projectAgents in quotes", bottle('projectAgents: "true"'), "4:20 E_MANIFEST_TYPE"],
      ["a link that there is not", bottle("link: bridge"), "4:11 E_MANIFEST_VALUE"],
      ["another place", bottle("place: fly"), "4:12 E_MANIFEST_NOT_YET"],
      [
        "a place that is an option",
        bottle("place: ssh://-oProxyCommand=x"),
        "4:12 E_MANIFEST_VALUE",
      ],
      ["a place with a password", bottle("place: ssh://me:pw@vm"), "4:12 E_MANIFEST_VALUE"],
      ["a time that never ends", bottle("ttl: 32d"), "4:10 E_MANIFEST_VALUE"],
      ["a time without a unit", bottle('ttl: "8"'), "4:10 E_MANIFEST_VALUE"],
      ["an image that climbs", bottle("image: {build: ../Dockerfile}"), "4:20 E_MANIFEST_VALUE"],
      ["an image of nothing", bottle("image: {}"), "4:12 E_MANIFEST_MISSING_KEY"],
      ["an image that has no such name", bottle("image: No Such"), "4:12 E_MANIFEST_VALUE"],
      ["an image named like a flag", bottle("image: --privileged"), "4:12 E_MANIFEST_VALUE"],
      [
        "another provider",
        "version: 1\nbottles: {dev: {}}\nagents:\n  a: {bottle: dev, provider: cursor}\n",
        "4:30 E_MANIFEST_VALUE",
      ],
      [
        "a skill that climbs",
        "version: 1\nbottles: {dev: {}}\nagents:\n  a: {bottle: dev, skills: [../x]}\n",
        "4:29 E_MANIFEST_NAME",
      ],
      [
        "an unknown part of a set-up",
        "version: 1\nbottles: {dev: {}}\nagents:\n  a: {bottle: dev, bring: [hooks]}\n",
        "4:28 E_MANIFEST_VALUE",
      ],
      [
        "a later preset",
        bottle("credentials:", '  - {preset: gitlab, secret: "env:X"}'),
        "5:18 E_MANIFEST_NOT_YET",
      ],
      ...[
        ["a git credential without repositories", "can: [read]", "5:9 E_MANIFEST_MISSING_KEY"],
        ["no repository", "can: [read], repos: []", "5:108 E_MANIFEST_VALUE"],
        [
          "a repository with its ending",
          "can: [read], repos: [me/app.git]",
          "5:109 E_MANIFEST_VALUE",
        ],
        ["a repository that climbs", "can: [read], repos: [me/..]", "5:109 E_MANIFEST_VALUE"],
        ["a repository of any name", 'can: [read], repos: ["me/*"]', "5:109 E_MANIFEST_VALUE"],
        ["nothing that may be done", "repos: [me/app], can: []", "5:110 E_MANIFEST_VALUE"],
        ["a word of another preset", "repos: [me/app], can: [reed]", "5:111 E_MANIFEST_VALUE"],
        ["a push of refs", 'repos: [me/app], can: ["push:refs/heads/x"]', "5:111 E_MANIFEST_VALUE"],
        ["a push of nothing", 'repos: [me/app], can: ["push:"]', "5:111 E_MANIFEST_VALUE"],
        [
          "a push with three stars",
          'repos: [me/app], can: ["push:a/***"]',
          "5:111 E_MANIFEST_VALUE",
        ],
        [
          "a push that climbs",
          'repos: [me/app], can: ["push:a/../main"]',
          "5:111 E_MANIFEST_VALUE",
        ],
        [
          "a push without bound",
          "repos: [me/app], can: [read], maxPush: 1GiB",
          "5:127 E_MANIFEST_VALUE",
        ],
        [
          "a user with a colon",
          'repos: [me/app], can: [read], user: "a:b"',
          "5:124 E_MANIFEST_VALUE",
        ],
      ].map(
        ([name = "", rest = "", fault = ""]) =>
          [
            name,
            bottle(
              "credentials:",
              `  - {preset: git, url: "https://git.example.com", secret: "env:GIT_TOKEN_OF_MINE", ${rest}}`,
            ),
            fault,
          ] as const,
      ),
      [
        "two credentials for one host's git",
        bottle(
          "credentials:",
          '  - {preset: git, url: "https://g.example.com", secret: "env:X", repos: [a/b], can: [read]}',
          '  - {preset: gitea, url: "https://g.example.com/x", secret: "env:Y", repos: [a/b], can: [read]}',
        ),
        "6:9 E_MANIFEST_CONFLICT",
      ],
      [
        "an unknown preset",
        bottle("credentials:", '  - {preset: antropic, secret: "env:X"}'),
        "5:18 E_MANIFEST_VALUE",
      ],
      [
        "patterns on a host that is denied",
        bottle("egress: {deny: [{host: a.example, patterns: off}]}"),
        "4:39 E_MANIFEST_UNKNOWN_KEY",
      ],
      ["a decimal size", bottle("resources: {memory: 4GB}"), "4:25 E_MANIFEST_VALUE"],
      ["too little memory", bottle("resources: {memory: 1MiB}"), "4:25 E_MANIFEST_VALUE"],
      ["half a process", bottle("resources: {pids: 100.5}"), "4:23 E_MANIFEST_VALUE"],
      ["not a number", bottle("resources: {cpus: .nan}"), "4:23 E_MANIFEST_VALUE"],
      ["infinity", bottle("resources: {cpus: .inf}"), "4:23 E_MANIFEST_VALUE"],
      [
        "an inline secret",
        bottle("credentials:", "  - {preset: anthropic, secret: hunter2hunter2}"),
        "5:37 E_MANIFEST_INLINE_SECRET",
      ],
      [
        "a token behind env:",
        bottle("credentials:", '  - {preset: anthropic, secret: "env:sk-ant-api03-abcdefgh"}'),
        "5:37 E_MANIFEST_INLINE_SECRET",
      ],
      [
        "a token in env",
        bottle("env: {KEY: sk-ant-oat01-abcdefgh}"),
        "4:16 E_MANIFEST_INLINE_SECRET",
      ],
      [
        "a token as a key",
        bottle("env: {ghp_abcdefghijklmnopqrst: x}"),
        "4:11 E_MANIFEST_INLINE_SECRET",
      ],
      [
        "a token in a host",
        bottle("egress: {allow: [ghp_abcdefghijklmnopqrst.example.org]}"),
        "4:22 E_MANIFEST_INLINE_SECRET",
      ],
      [
        "a token in a prompt",
        "version: 1\nbottles: {dev: {}}\nagents:\n  a: {bottle: dev, prompt: use glpat-abcdefghijklmnopqrst}\n",
        "4:28 E_MANIFEST_INLINE_SECRET",
      ],
      ["a reserved variable", bottle("env: {LD_PRELOAD: /x.so}"), "4:11 E_MANIFEST_RESERVED"],
      ["a variable and text", bottle('env: {A: "x-${B}"}'), "4:14 E_MANIFEST_VALUE"],
      ["an empty question", bottle('env: {A: "?"}'), "4:14 E_MANIFEST_VALUE"],
      ["an escape in a literal", bottle('env: {A: "\\e[31m"}'), "4:14 E_MANIFEST_VALUE"],
      [
        "a host with a port and ports",
        bottle("egress: {allow: [{host: 'a.example:80', ports: [80]}]}"),
        "4:22 E_MANIFEST_CONFLICT",
      ],
      [
        "an empty list of methods",
        bottle("egress: {allow: [{host: a.example, methods: []}]}"),
        "4:49 E_MANIFEST_VALUE",
      ],
      [
        "a method in small letters",
        bottle("egress: {allow: [{host: a.example, methods: [get]}]}"),
        "4:50 E_MANIFEST_VALUE",
      ],
      [
        "CONNECT",
        bottle("egress: {allow: [{host: a.example, methods: [CONNECT]}]}"),
        "4:50 E_MANIFEST_VALUE",
      ],
      [
        "a port of 0",
        bottle("egress: {allow: [{host: a.example, ports: [0]}]}"),
        "4:48 E_MANIFEST_VALUE",
      ],
      ...[
        "methods: [GET]",
        "paths: [/a]",
        "scheme: http",
        "h2: true",
        'patterns: "off"',
        "encodings: any",
      ].map((beside): [string, string, string] => [
        `a tunnel with ${beside} beside it`,
        bottle(`egress: {allow: [{host: a.example, tunnel: true, ${beside}}]}`),
        "4:22 E_MANIFEST_CONFLICT",
      ]),
      [
        "a tunnel to an address",
        bottle('egress: {allow: [{host: "192.0.2.1", tunnel: true}]}'),
        "4:22 E_MANIFEST_CONFLICT",
      ],
      [
        "a denied host with accounts",
        bottle("egress: {deny: [{host: a.example, foreignCredentials: allow}]}"),
        "4:39 E_MANIFEST_UNKNOWN_KEY",
      ],
      [
        "a tunnel that is denied",
        bottle("egress: {deny: [{host: a.example, tunnel: true}]}"),
        "4:39 E_MANIFEST_UNKNOWN_KEY",
      ],
      ...["a.b.example", '"*.b.example"'].map((host): [string, string, string] => [
        `a tunnel to ${host}, which has a credential`,
        bottle(
          `egress: {allow: [{host: ${host}, tunnel: true}]}`,
          "credentials:",
          '  - {host: a.b.example, header: "X-K: {secret}", secret: "env:X"}',
        ),
        "4:13 E_MANIFEST_CONFLICT",
      ]),
      [
        "a wildcard that gets a secret",
        bottle(
          "credentials:",
          '  - {host: "*.a.example", header: "X-K: {secret}", secret: "env:X"}',
        ),
        "5:16 E_MANIFEST_HOST",
      ],
      [
        "a framing header",
        bottle(
          "credentials:",
          '  - {host: a.example, header: "Transfer-Encoding: {secret}", secret: "env:X"}',
        ),
        "5:35 E_MANIFEST_HEADER",
      ],
      [
        "a header twice with the secret",
        bottle(
          "credentials:",
          '  - {host: a.example, header: "X: {secret}{secret}", secret: "env:X"}',
        ),
        "5:35 E_MANIFEST_HEADER",
      ],
      [
        "a header with a line break",
        bottle(
          "credentials:",
          '  - {host: a.example, header: "X: {secret}\\r\\nY: z", secret: "env:X"}',
        ),
        "5:35 E_MANIFEST_HEADER",
      ],
      [
        "a secret over plain http",
        bottle(
          "credentials:",
          '  - {host: a.example, header: "X: {secret}", secret: "env:X", scheme: http}',
        ),
        "5:9 E_MANIFEST_CONFLICT",
      ],
      [
        "a base URL in plain http",
        bottle("credentials:", '  - {preset: anthropic, secret: "env:X", url: "http://a.example"}'),
        "5:51 E_MANIFEST_VALUE",
      ],
      [
        "a base URL with a user",
        bottle(
          "credentials:",
          '  - {preset: anthropic, secret: "env:X", url: "https://u:p@a.example"}',
        ),
        "5:51 E_MANIFEST_HOST",
      ],
      [
        "a base URL that climbs",
        bottle(
          "credentials:",
          '  - {preset: anthropic, secret: "env:X", url: "https://a.example/x/../y"}',
        ),
        "5:51 E_MANIFEST_VALUE",
      ],
      [
        "two credentials for one authority",
        bottle(
          "credentials:",
          '  - {preset: anthropic, secret: "env:X"}',
          '  - {host: api.anthropic.com, header: "X: {secret}", secret: "env:X"}',
        ),
        "6:9 E_MANIFEST_CONFLICT",
      ],
      [
        "a file by a relative path",
        bottle("credentials:", '  - {preset: anthropic, secret: "file:token"}'),
        "5:37 E_MANIFEST_VALUE",
      ],
      [
        "an open quote in a command",
        bottle("credentials:", '  - {preset: anthropic, secret: "command:a \'b"}'),
        "5:37 E_MANIFEST_VALUE",
      ],
      ["a tag", bottle("rung: !!str namespace"), "4:17 E_MANIFEST_SYNTAX"],
      [
        "a tag of one's own",
        bottle("env: !mine {}"),
        "4:10 E_MANIFEST_SYNTAX",
        "4:16 E_MANIFEST_SYNTAX",
      ],
      ["an alias without an anchor", bottle("env: *nowhere"), "4:10 E_MANIFEST_SYNTAX"],
      ["an anchor that contains itself", bottle("env: &a {B: *a}"), "4:17 E_MANIFEST_SYNTAX"],
      ["two documents", "version: 1\nbottles: {}\n---\nversion: 1\n", "3:1 E_MANIFEST_SYNTAX"],
      ["YAML 1.1", "%YAML 1.1\n---\nversion: 1\nbottles: {}\n", "1:1 E_MANIFEST_SYNTAX"],
      ["a tab as indentation", "version: 1\nbottles:\n\tdev: {}\n", "3:1 E_MANIFEST_SYNTAX"],
      ["a list at the top", "- 1\n", "1:1 E_MANIFEST_TYPE"],
      [
        "deep nesting",
        `version: 1\nbottles: ${"[".repeat(40)}${"]".repeat(40)}\n`,
        "2:10 E_MANIFEST_TYPE",
        "2:42 E_MANIFEST_COMPLEX",
      ],
    ];
  it.each(table)("%s", (_name, text, ...expected) => {
    expect(faults(text)).toEqual(expected.map((fault) => `m.yaml:${fault}`));
  });
});

describe("hosts", () => {
  const refused = [
    "*",
    "*.",
    "*.com",
    "*.co.uk",
    "*.github.io",
    "*.s3.eu-west-1.amazonaws.com",
    "*.*.example.org",
    "a.*.example.org",
    "a*.example.org",
    "http://x",
    "https://docs.example.org/",
    "x/y",
    "müller.example",
    "docs.exаmple.org",
    "user@host.example",
    "u:p@host.example",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "2130706433",
    "1.2.3.4.5",
    "1.2.3.256",
    "::ffff:127.0.0.1",
    "fe80::1%eth0",
    "[::1",
    "docs.example.org.",
    ".example.org",
    "a..b",
    "-a.example",
    "a-.example",
    "a_b.example",
    "a b.example",
    "a.example:0",
    "a.example:65536",
    "a.example:080",
    "a.example:",
    "a.example:8o",
    "a%2eb.example",
    "a\u0000b.example",
    "a\u001b[31m.example",
    "a\u202eb.example",
    "",
    " a.example",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(130)}example`,
  ];
  it.each(refused)("%j is refused", (host) => {
    const text = bottle(`egress: {allow: [${JSON.stringify(host)}]}`);
    expect(faults(text)).toEqual(["m.yaml:4:22 E_MANIFEST_HOST"]);
  });

  const accepted: readonly (readonly [string, string, readonly number[]])[] = [
    ["docs.example.org", "docs.example.org", [443]],
    ["Docs.Example.ORG", "docs.example.org", [443]],
    ["docs.example.org:8443", "docs.example.org", [8443]],
    ["*.example.net", "*.example.net", [443]],
    ["*.my-bucket.s3.example.net", "*.my-bucket.s3.example.net", [443]],
    ["localhost:8080", "localhost", [8080]],
    ["xn--mller-kva.example", "xn--mller-kva.example", [443]],
    ["192.0.2.1:80", "192.0.2.1", [80]],
    ["2001:DB8:0:0::1", "2001:db8::1", [443]],
    ["[2001:db8::1]:8443", "2001:db8::1", [8443]],
    ["[::1]", "::1", [443]],
  ];
  it.each(accepted)("%j is allowed as %j", (text, host, ports) => {
    const manifest = checkManifest("m.yaml", bottle(`egress: {allow: [${JSON.stringify(text)}]}`));
    expect(manifest.bottles.get("dev")?.allow).toEqual([{ host, ports, scheme: "https" }]);
  });

  it("a host takes no accounts of the agent's own unless its rule says so", () => {
    const written =
      "[{host: a.example, foreignCredentials: allow}, {host: b.example, foreignCredentials: refuse}]";
    const manifest = checkManifest("m.yaml", bottle(`egress: {allow: ${written}}`));
    expect(manifest.bottles.get("dev")?.allow).toEqual([
      { host: "a.example", ports: [443], scheme: "https", foreignCredentials: "allow" },
      { host: "b.example", ports: [443], scheme: "https" },
    ]);
  });

  it("a deny rule without a port holds for every port, and may be as wide as one likes", () => {
    const manifest = checkManifest("m.yaml", bottle('egress: {deny: [gist.example.net, "*.com"]}'));
    expect(manifest.bottles.get("dev")?.deny).toEqual([
      { host: "gist.example.net", ports: [], scheme: "https" },
      { host: "*.com", ports: [], scheme: "https" },
    ]);
  });
});

describe("mounts", () => {
  const mounted = (source: string, target: string): string =>
    bottle(`mounts: [{source: ${JSON.stringify(source)}, target: ${JSON.stringify(target)}}]`);

  const own =
    "/ /bin /dev/x /etc /home /home/agent /lib /lib64/x /libx32 /proc /sbin /sys /tmp/x /usr /usr/local/x /var/x /run /work /work/x /opt /opt/claude-bottle/x";
  it.each([...own.split(" "), "data", "~/data", "/a/../etc", "/a//b", "/a/", "/a/.", "/a\u0000"])(
    "cannot appear at %j",
    (target) => {
      expect(faults(mounted("/srv/data", target))).toEqual([
        expect.stringMatching(/^m\.yaml:4:\d+ E_MANIFEST_VALUE$/),
      ]);
    },
  );

  it.each(["data", "../data", "~me/data", "/srv/../etc", "/srv/data/", "~/", "/srv//data"])(
    "cannot come from %j, which is not one path",
    (source) => {
      expect(faults(mounted(source, "/data"))).toEqual(["m.yaml:4:23 E_MANIFEST_VALUE"]);
    },
  );

  it.each(
    "/ /home /home/me /proc/1 /sys /dev/shm /run /run/docker.sock /var/run/x /home/me/.ssh /home/me/.ssh/config /home/me/.config ~/.aws ~/.claude/x".split(
      " ",
    ),
  )("cannot show %j", (source) => {
    expect(() => checkManifest("m.yaml", mounted(source, "/data"), { home: "/home/me" })).toThrow(
      BottleErrors,
    );
  });

  it("have the home in place of the tilde", () => {
    const { bottles } = checkManifest("m.yaml", mounted("~/data/x", "/mnt/x"), {
      home: "/home/me",
    });
    expect(bottles.get("dev")?.mounts).toEqual([{ source: "/home/me/data/x", target: "/mnt/x" }]);
  });

  it("cannot lie in each other", () => {
    const two = bottle("mounts: [{source: /a, target: /x}, {source: /b, target: /x/y}]");
    expect(faults(two)).toEqual(["m.yaml:4:40 E_MANIFEST_CONFLICT"]);
  });
});

describe("what may be written in several forms", () => {
  it("means the same in each", () => {
    const written = (...lines: readonly string[]): unknown =>
      checkManifest("m.yaml", bottle(...lines)).bottles.get("dev");
    expect(written("workspace: clone")).toEqual(written("workspace: {}"));
    expect(written("workspace: mount")).toEqual(written("workspace: {mode: mount}"));
    expect(written("ports: [3000]")).toEqual(written('ports: ["3000:3000"]'));
    expect(written("git: none")).toEqual(written("rung: namespace"));
    expect(written('upstreamProxy: {url: "http://p"}')).toEqual(
      written('upstreamProxy: {url: "http://P:80/"}'),
    );
  });

  it("is kept as it was written", () => {
    const dev = checkManifest(
      "m.yaml",
      bottle(
        'workspace: {refs: [main, "agent/**"], ignored: [".cache/*"], reveal: [.env.example]}',
        'ports: ["8080:3000", "0:3000", "0:3001"]',
        "git: {name: Jane Doe, email: jane@example.org}",
        'upstreamProxy: {url: "https://proxy.example", ca: ~/corp.pem, auth: "env:PROXY_AUTH"}',
      ),
      { home: "/home/me" },
    ).bottles.get("dev");
    expect(dev).toMatchObject({
      workspace: {
        mode: "clone",
        refs: ["main", "agent/**"],
        ignored: [".cache/*"],
        reveal: [".env.example"],
        protect: [],
      },
      ports: [
        { host: 8080, inside: 3000 },
        { host: 0, inside: 3000 },
        { host: 0, inside: 3001 },
      ],
      git: { kind: "named", name: "Jane Doe", email: "jane@example.org" },
      upstreamProxy: {
        url: "https://proxy.example:443",
        ca: "/home/me/corp.pem",
        auth: { text: "env:PROXY_AUTH" },
      },
    });
  });

  it("has the gateway's port where the helper has it", () => {
    expect(gatewayPort).toBe(doorPort);
  });
});

describe("paths", () => {
  it.each([
    "public",
    "/a/../b",
    "/a/./b",
    "/a//b",
    "/a/%2e%2e/b",
    "/a%2fb",
    "/a%2Ab",
    "/a%25b",
    "/a%5cb",
    "/a?b",
    "/a#b",
    "/a\\b",
    "/é",
    "/%zz",
    "/***",
    "/a b",
    "/%00",
    "",
  ])("%j is refused", (path) => {
    expect(
      faults(bottle(`egress: {allow: [{host: a.example, paths: [${JSON.stringify(path)}]}]}`)),
    ).toEqual(["m.yaml:4:48 E_MANIFEST_VALUE"]);
  });
});

describe("messages", () => {
  it("say what was meant", () => {
    const [unknown] = errors(bottle("resuorces: {}"));
    expect(unknown?.next).toBe('Did you mean "resources"?');
    const [rung] = errors(bottle("rung: gvsior"));
    expect(rung?.next).toBe('Did you mean "gvisor"?');
    const [size] = errors(bottle("resources: {disk: 10 gb}"));
    expect(size?.next).toBe('Did you mean "10GiB"?');
    const [host] = errors(bottle("egress: {allow: [müller.example]}"));
    expect(host?.next).toContain("xn--mller-kva.example");
  });

  it("never show a secret, wherever it was put", () => {
    const secrets = [
      "sk-ant-oat01-PLANTEDplanted",
      "ghp_PLANTEDplantedPLANTEDplanted",
      "hunter2-PLANTED-plain",
    ];
    for (const secret of secrets) {
      const places = [
        bottle("credentials:", `  - {preset: anthropic, secret: "${secret}"}`),
        bottle("credentials:", `  - {preset: anthropic, secret: "env:${secret}"}`),
        bottle("credentials:", `  - {preset: anthropic, secret: "file:${secret}"}`),
        bottle(
          "credentials:",
          `  - {preset: anthropic, secret: "env:X", url: "https://user:${secret}@a.example"}`,
        ),
        bottle(
          "credentials:",
          `  - {host: a.example, header: "X-Key: ${secret}", secret: "env:X"}`,
        ),
        bottle(`egress: {allow: ["https://user:${secret}@a.example/"]}`),
        bottle(`egress: {allow: ["user:${secret}@a.example"]}`),
      ];
      for (const text of places) {
        const found = errors(text);
        expect(found.length, text).toBeGreaterThan(0);
        for (const error of found)
          expect(`${error.message} ${error.why} ${error.next}`).not.toContain("PLANTED");
      }
    }
  });

  it("never quote the text around a syntax error", () => {
    for (const error of errors('version: 1\nbottles: {dev: {env: {A: "PLANTED}}}\n'))
      expect(error.message).not.toContain("PLANTED");
  });

  it("show control characters and bidirectional overrides as escapes", () => {
    const [error] = errors(bottle('"ru\\e]0;x\\a\\u202eng": 1'));
    expect(error?.message).toBe('Unknown key "ru\\x1b]0;x\\x07\\u202eng" in a bottle.');
  });

  it("come all at once, in the order of the text", () => {
    const text = bottle("rungg: x", "egress: {allow: ['*', 'x/y']}", "env: {PATH: x}");
    expect(faults(text)).toEqual([
      "m.yaml:4:5 E_MANIFEST_UNKNOWN_KEY",
      "m.yaml:5:22 E_MANIFEST_HOST",
      "m.yaml:5:27 E_MANIFEST_HOST",
      "m.yaml:6:11 E_MANIFEST_RESERVED",
    ]);
  });
});

it("a megabyte of faults is reported in part, and errors have their stacks again", () => {
  const limit = Error.stackTraceLimit;
  expect(faults(`[${",".repeat(2 ** 20)}`)).toHaveLength(50);
  expect(Error.stackTraceLimit).toBe(limit);
}, 60_000);

describe("aliases", () => {
  it("may share what is written once", () => {
    const manifest = checkManifest(
      "m.yaml",
      "version: 1\nbottles:\n  a: {egress: &e {allow: [a.example]}}\n  b: {egress: *e}\n",
    );
    expect(manifest.bottles.get("b")?.allow).toEqual(manifest.bottles.get("a")?.allow);
    expect(manifest.bottles.get("b")?.allow).toHaveLength(1);
  });

  it("cannot grow without bound", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`);
    const found = faults(`${lines.join("\n")}\n`);
    expect(found.filter((fault) => fault.endsWith("E_MANIFEST_COMPLEX"))).toHaveLength(1);
  });
});
