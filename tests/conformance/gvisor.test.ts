import { withGvisor } from "../support/gvisor/suite.ts";
import { commands } from "./commands.ts";
import { killPoints } from "./kill-points.ts";
import { life } from "./life.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

withGvisor();

conformance("gvisor");
life("gvisor");
killPoints("gvisor");
commands("gvisor");
ports("gvisor");
