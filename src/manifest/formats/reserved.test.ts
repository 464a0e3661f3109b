import { describe, expect, it } from "vitest";
import { agentCredential } from "../../../tests/support/agent-credential.ts";
import { commonEnvironment } from "../../agents/environment.ts";
import { isReserved } from "./reserved.ts";

describe("reserved variables", () => {
  it("are all that claude-bottle sets, but those of taste", () => {
    const set = commonEnvironment(
      {
        home: "/h",
        workspace: "/w",
        door: "http://d",
        caFile: "/c",
        ownCaFile: "/o",
        interactive: false,
        prompt: null,
        resume: false,
        args: [],
        credentials: [
          agentCredential({ name: "x", preset: "header", kind: "header", placeholder: "p" }),
        ],
      },
      null,
    );
    const free = Object.keys(set).filter((name) => !isReserved(name));
    expect(free.toSorted()).toEqual(["LANG", "TERM"]);
  });

  it.each([
    "PATH",
    "Path",
    "http_proxy",
    "My_Proxy",
    "LD_PRELOAD",
    "LD_X",
    "NODE_OPTIONS",
    "GIT_SSH",
    "npm_config_registry",
    "CLAUDE_CODE_X",
    "ANTHROPIC_BASE_URL",
    "BASH_ENV",
  ])("%s is one", (name) => {
    expect(isReserved(name)).toBe(true);
  });

  it.each(["TZ", "LDAP_HOST", "PATHS", "GITHUB_ORG", "NODE_ENV", "APP_BASE_URL"])(
    "%s is none",
    (name) => {
      expect(isReserved(name)).toBe(false);
    },
  );
});
