import { killPoints } from "./kill-points.ts";
import { commands } from "./commands.ts";
import { conformance } from "./suite.ts";

conformance("namespace");
killPoints("namespace");
commands("namespace");
