/** A secret in the query: whatever the agent wrote, one parameter of that name goes out, and it is ours. */
import { injectedTarget } from "../../../src/gateway/inject.ts";
import { foreignParameter } from "../../../src/gateway/foreign.ts";
import { hold } from "../target.ts";
import type { FuzzTarget } from "../target.ts";

const query = { name: "api_key", value: "sk-real/+0 1" };

export const queryTarget: FuzzTarget = {
  name: "query",
  words: [
    "api_key=",
    "api%5fkey",
    "&",
    ";",
    "=",
    "?",
    "+",
    "%26",
    "%3d",
    "access_token=a",
    "key=0123456789012345678901",
  ],
  run(input) {
    const target = `/${input.toString("latin1").replaceAll(/[^\x21-\x7e]|["<>\\#]/g, "")}`;
    const out = injectedTarget(target, query);
    const mark = out.indexOf("?");
    hold(out.slice(0, mark) === target.split("?")[0], "the path changed");
    const values = new URLSearchParams(out.slice(mark)).getAll(query.name);
    hold(
      values.length === 1 && values[0] === query.value,
      `it goes out as ${JSON.stringify(values)}`,
    );
    // Some readers take question marks at the beginning of a name away: those go, too.
    const kept = [...new URLSearchParams(target.slice(target.split("?")[0]?.length))].filter(
      ([name]) => !/^[?]*api_key$/.test(name),
    );
    const after = [...new URLSearchParams(out.slice(mark))].filter(
      ([name]) => !/^[?]*api_key$/.test(name),
    );
    hold(JSON.stringify(kept) === JSON.stringify(after), "another parameter changed");
    if (new URLSearchParams(out.slice(mark)).has("access_token"))
      hold(foreignParameter("GET", target) !== undefined, "a foreign parameter was not seen");
  },
};
