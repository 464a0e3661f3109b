import { withDaemon } from "../support/docker/suite.ts";
import { commands } from "./commands.ts";
import { life } from "./life.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

withDaemon({ networks: true, link: "loopback" });

conformance("runc");
life("runc");
commands("runc");
ports("runc");
