import { conformance } from "./suite.ts";

conformance("namespace");
