/** Parts of the owner's set-up for his agent, read into memory: no link is followed, nothing is run, and there is a bound. */
import { accessSync, constants, realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { BottleError } from "../errors/error.ts";
import type { BroughtFiles, OwnerFiles, OwnerTree } from "../lifecycle/agent.ts";
import { tokenShape } from "../manifest/token-shapes.ts";
import type { Plan } from "../plan/plan.ts";
import { readTree } from "../workspace/sharing/tree.ts";
import { homeOf } from "./paths.ts";
import type { Host } from "./paths.ts";
import { providerFor } from "./registry.ts";

/** Where programs are inside, and here, too: the bottle's system is the host's. */
const insidePath = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

export async function bring(host: Host, agent: Plan["agent"]): Promise<BroughtFiles | null> {
  if (agent.bring.length === 0 && agent.skills.length === 0) return null;
  const provider = await providerFor(agent.provider);
  if (provider.bring === undefined)
    throw new BottleError({
      code: "E_PLAN_BRING",
      what: `The provider ${agent.provider} has no set-up that could be brought.`,
      next: "Take `bring` and `skills` out of the agent.",
    });
  return provider.bring({
    parts: agent.bring,
    skills: agent.skills,
    owner: ownerFiles(host),
    secretShape: (text) => tokenShape(text)?.name,
    isInside,
  });
}

/** Files of all parts together; the order that carries them has to fit a frame. */
const maxFiles = 2000;
const maxBytes = 4 * 1024 * 1024;

function ownerFiles(host: Host): OwnerFiles {
  const home = homeOf(host);
  const configured = host.env["CLAUDE_CONFIG_DIR"];
  const own = configured !== undefined && isAbsolute(configured) ? configured : undefined;
  let files = maxFiles;
  let bytes = maxBytes;
  return {
    read(path): OwnerTree | undefined {
      // Beside ~/.claude, or in the folder that the owner chose.
      const place = path === ".claude.json" ? (own ?? home) : (own ?? join(home, ".claude"));
      const base = realFolder(place);
      const tree = base === undefined ? undefined : readTree(base, path, { files, bytes });
      files -= tree?.files.length ?? 0;
      for (const { content } of tree?.files ?? []) bytes -= content.length;
      return tree;
    },
  };
}

/** The folder of his set-up may be a link of the owner's, into a repository of such files; nothing in it may. */
function realFolder(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isInside(program: string): boolean {
  const places = isAbsolute(program)
    ? insidePath.includes(dirname(program)) || program.startsWith("/usr/")
      ? [program]
      : []
    : /^[\w.+-]+$/.test(program)
      ? insidePath.map((folder) => join(folder, program))
      : [];
  return places.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
