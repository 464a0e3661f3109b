import { killPoints } from "./kill-points.ts";
import { commands } from "./commands.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

conformance("namespace");
killPoints("namespace");
commands("namespace");
ports("namespace");
