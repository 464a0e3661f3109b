/** The attacks again, of a bottle whose requests an engine has a say in. */
import { standIn } from "../support/engine/pipelock.ts";
import { escapes } from "./suite.ts";

escapes("namespace", () => standIn());
