import { withDaemon } from "../support/docker/suite.ts";
import { commands } from "./commands.ts";
import { killPoints } from "./kill-points.ts";
import { life } from "./life.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

withDaemon({ networks: true });

conformance("runc");
life("runc");
killPoints("runc");
commands("runc");
ports("runc");
