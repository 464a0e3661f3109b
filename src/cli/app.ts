/** The command table. A command's code is loaded only when it is the one asked for. */
import { buildApplication, buildRouteMap } from "@stricli/core";
import type { Application } from "@stricli/core";
import { version } from "../version.ts";
import { applyCommand } from "./commands/apply.ts";
import { attachCommand } from "./commands/attach.ts";
import { auditCommand } from "./commands/audit.ts";
import { benchCommand } from "./commands/bench.ts";
import { cleanupCommand } from "./commands/cleanup.ts";
import { completionCommand } from "./commands/completion.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { gatewayCommand } from "./commands/gateway.ts";
import { imageCommand } from "./commands/image.ts";
import { infoCommand } from "./commands/info.ts";
import { initCommand } from "./commands/init.ts";
import { listCommand } from "./commands/list.ts";
import { logsCommand } from "./commands/logs.ts";
import { prepareCommand } from "./commands/prepare.ts";
import { psCommand } from "./commands/ps.ts";
import { resumeCommand } from "./commands/resume.ts";
import { rmCommand } from "./commands/rm.ts";
import { schemaCommand } from "./commands/schema.ts";
import { startCommand } from "./commands/start.ts";
import { stopCommand } from "./commands/stop.ts";
import { trustCommand } from "./commands/trust.ts";
import { vmCommand } from "./commands/vm.ts";
import type { CliContext } from "./context.ts";
import { text } from "./text.ts";

const routes = buildRouteMap<string, CliContext>({
  routes: {
    demo: demoCommand,
    start: startCommand,
    prepare: prepareCommand,
    ps: psCommand,
    attach: attachCommand,
    logs: logsCommand,
    stop: stopCommand,
    resume: resumeCommand,
    rm: rmCommand,
    cleanup: cleanupCommand,
    diff: diffCommand,
    apply: applyCommand,
    audit: auditCommand,
    init: initCommand,
    list: listCommand,
    info: infoCommand,
    trust: trustCommand,
    schema: schemaCommand,
    image: imageCommand,
    vm: vmCommand,
    doctor: doctorCommand,
    gateway: gatewayCommand,
    bench: benchCommand,
    completion: completionCommand,
  },
  docs: { brief: "Run coding agents with full permissions in a bottle" },
});

export const app: Application<CliContext> = buildApplication(routes, {
  name: "bottle",
  versionInfo: { currentVersion: version },
  scanner: { caseStyle: "allow-kebab-for-camel" },
  localization: { text },
  documentation: { useAliasInUsageLine: true, disableAnsiColor: false },
});
