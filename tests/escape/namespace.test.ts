import { hijackedHelper } from "./helper-channel.ts";
import { modelJudges } from "./model-judges.ts";
import { modelService } from "./model-service.ts";
import { portsSocket } from "./ports.ts";
import { escapes } from "./suite.ts";

escapes("namespace");
modelService("namespace");
modelJudges("namespace");
hijackedHelper("namespace");
portsSocket("namespace");
