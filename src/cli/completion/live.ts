/** Live values for the parameters of every command, by the word that stands for them in the usage line. */
import { buildApplication, buildRouteMap } from "@stricli/core";
import type { Application, Command, RouteMap } from "@stricli/core";
import type { BottleKind } from "../../compose/bottle-ids.ts";
import type { CliContext } from "../context.ts";

export interface LiveValues {
  agents(): Promise<readonly string[]>;
  bottles(kind: BottleKind): Promise<readonly string[]>;
  readonly rungs: readonly string[];
}

/** Which bottles a command is for; one that is not here takes any. */
const bottlesFor: Readonly<Record<string, BottleKind>> = {
  attach: "running",
  stop: "running",
  resume: "stopped",
  rm: "stopped",
};

type Parameters = Command<CliContext>["parameters"];

/** The same application, whose proposals know what there is right now. */
export function withLiveValues(
  app: Application<CliContext>,
  live: LiveValues,
): Application<CliContext> {
  const { root, config } = app;
  if (!("getAllEntries" in root)) return app;
  const routes: Record<string, Command<CliContext> | RouteMap<CliContext>> = {};
  for (const { name, target } of root.getAllEntries()) {
    const propose = proposals(live, bottlesFor[name.original] ?? "all");
    routes[name.original] =
      "getAllEntries" in target
        ? target
        : { ...target, parameters: withProposals(target.parameters, propose) };
  }
  const map = buildRouteMap<string, CliContext>({ routes, docs: { brief: root.brief } });
  const completion = { includeAliases: false, includeHiddenRoutes: false };
  return buildApplication(map, { ...config, completion });
}

type Propose = (placeholder: string | undefined) => (() => Promise<readonly string[]>) | undefined;

function proposals(live: LiveValues, kind: BottleKind): Propose {
  return (placeholder) => {
    switch (placeholder) {
      case "id":
        return () => live.bottles(kind);
      case "agent":
        return () => live.agents();
      case "RUNG":
        return () => Promise.resolve(live.rungs);
      default:
        return undefined;
    }
  };
}

function withProposals(parameters: Parameters, propose: Propose): Parameters {
  const { positional, flags } = parameters;
  const add = <P extends { readonly placeholder?: string }>(parameter: P): P => {
    const proposeCompletions = propose(parameter.placeholder);
    return proposeCompletions === undefined ? parameter : { ...parameter, proposeCompletions };
  };
  const named = Object.entries(flags ?? {}).map(([name, flag]) => {
    const proposeCompletions = flag.kind === "parsed" ? propose(flag.placeholder) : undefined;
    return [name, proposeCompletions === undefined ? flag : { ...flag, proposeCompletions }];
  });
  return {
    ...parameters,
    flags: Object.fromEntries(named) as NonNullable<Parameters["flags"]>,
    ...(positional !== undefined && {
      positional:
        positional.kind === "array"
          ? { ...positional, parameter: add(positional.parameter) }
          : { ...positional, parameters: positional.parameters.map(add) },
    }),
  };
}
