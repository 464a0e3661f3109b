/** The suites on a daemon that shares no files and no processes with this machine. */
import { withDaemon } from "../support/docker/suite.ts";
import { life } from "./life.ts";
import { ports } from "./ports.ts";
import { conformance } from "./suite.ts";

withDaemon({ networks: true, elsewhere: true });

conformance("runc");
life("runc");
ports("runc");
