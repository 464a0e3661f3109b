/** What a record says of its bottle's state: who it is, and whatever is new. */
import type { LaunchOrder } from "../control.ts";
import type { RecordHandle, SupervisorParts } from "./deps.ts";

export type StateWriter = (state: string, more?: object, durable?: boolean) => Promise<void>;

export function stateWriter(
  order: LaunchOrder,
  parts: SupervisorParts,
  record: RecordHandle,
): StateWriter {
  const { plan } = order;
  const known = {
    id: plan.id,
    agent: plan.agent.name,
    provider: plan.agent.provider,
    bottle: plan.bottle,
    manifest: plan.manifest,
    run: record.run,
    headless: plan.headless,
    rung: plan.rung.chosen,
    link: plan.link,
    place: plan.place,
    workspace: plan.workspace.source,
    pid: process.pid,
    ticks: parts.ticks,
    startedAt: order.startedAt,
  };
  return (state, more = {}, durable = true) =>
    record.write("state", { ...known, state, ...more }, durable);
}
