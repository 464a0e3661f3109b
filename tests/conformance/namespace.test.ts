import { commands } from "./commands.ts";
import { killPoints } from "./kill-points.ts";
import { life } from "./life.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

conformance("namespace");
life("namespace");
killPoints("namespace");
commands("namespace");
ports("namespace");
