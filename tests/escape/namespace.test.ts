import { hijackedHelper } from "./helper-channel.ts";
import { modelService } from "./model-service.ts";
import { portsSocket } from "./ports.ts";
import { escapes } from "./suite.ts";

escapes("namespace");
modelService("namespace");
hijackedHelper("namespace");
portsSocket("namespace");
