import { escapes } from "./suite.ts";

escapes("namespace");
