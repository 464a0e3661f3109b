/** Large files: real git-lfs in a real bottle, against a real Gitea that hands its clients' authorization back to them. */
import { beforeAll, describe, expect, it } from "vitest";
import { buildGo } from "../support/go.ts";
import type { Built } from "../support/go.ts";
import { giteaProgram } from "../support/gitea/programs.ts";
import { lacksProgram, need } from "../support/require.ts";
import { openForge } from "./support/forge.ts";
import type { Forge, ForgeOptions } from "./support/forge.ts";

let gitea: Built;

beforeAll(async () => {
  gitea = await buildGo(giteaProgram);
}, 900_000);

async function forgeWith(
  context: Parameters<typeof need>[0],
  lfs: NonNullable<ForgeOptions["lfs"]>,
): Promise<Forge> {
  need(context, lacksProgram("git-lfs"));
  if (!gitea.ok) need(context, gitea.why);
  if (!gitea.ok) throw new Error(gitea.why);
  return openForge({ gitea, tools: {}, can: ["read", "push:agent/**"], lfs });
}

const commit = `set -e; git lfs install --skip-repo >/dev/null
  git clone -q https://git.example.org/owner/app && cd app && git switch -q -c agent/lfs
  git lfs track "*.bin" >/dev/null; head -c 300000 /dev/zero | tr "\\\\0" x > large.bin
  git add . && git commit -qm large`;

describe("a large file", () => {
  it("goes up and comes down where it is granted, and the real token does not come with the answer", async (context) => {
    await using forge = await forgeWith(context, "write");
    const up = await forge.bottle(`${commit}; GIT_CURL_VERBOSE=1 git push origin agent/lfs`);
    expect([up.code, up.code === 0 ? "" : up.stderr.slice(-1000)]).toEqual([0, ""]);
    const down = await forge.bottle(`set -e; git lfs install --skip-repo >/dev/null
      git clone -q -b agent/lfs https://git.example.org/owner/app && wc -c < app/large.bin`);
    expect(down.stdout.trim()).toBe("300000");
    const basic = Buffer.from(`git:${forge.gitea.token}`).toString("base64");
    for (const hidden of [forge.gitea.token, basic])
      expect(up.stdout + up.stderr + down.stdout + down.stderr).not.toContain(hidden);
    expect(forge.gitea.received()).toContain("/info/lfs/objects/");
  });

  it.for(["none", "read"] as const)(
    "does not go up with lfs: %s, and the push says why",
    async (lfs, context) => {
      await using forge = await forgeWith(context, lfs);
      const before = forge.gitea.received().length;
      const { stderr, stdout } = await forge.bottle(
        `${commit}; set +e; git push origin agent/lfs; true`,
      );
      expect(stderr + stdout).toMatch(
        lfs === "none" ? /Large files are not granted/ : /granted for reading alone/,
      );
      expect(await forge.tip("agent/lfs")).toBe("");
      expect(forge.gitea.received().slice(before)).not.toContain("x".repeat(1000));
    },
  );
});
