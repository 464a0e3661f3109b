import { killPoints } from "./kill-points.ts";
import { conformance } from "./suite.ts";

conformance("namespace");
killPoints("namespace");
