/** The orders a supervisor takes: one to begin with, and, where that was to prepare, the launch order of whoever claims the bottle. */
import type { LaunchOrder, PrepareOrder, SupervisorMessage } from "../control.ts";

type Order = LaunchOrder | PrepareOrder;
type Reply = (message: SupervisorMessage) => void;

export class Orders {
  #take: ((order: Order | undefined) => void) | undefined;
  /** What a claim must show; undefined before the first order. */
  #claimable: string | undefined;

  /** The first order; undefined if the client that should give it went away. */
  first(): Promise<Order | undefined> {
    return new Promise((resolve) => (this.#take = resolve));
  }

  /** The first launch order for just this boundary; undefined if none comes within `timeoutMs`, or `end` resolves. */
  async claim(
    fingerprint: string,
    timeoutMs: number,
    end: Promise<unknown>,
  ): Promise<LaunchOrder | undefined> {
    this.#claimable = fingerprint;
    let timer: NodeJS.Timeout | undefined;
    const order = await Promise.race([
      new Promise<Order | undefined>((resolve) => (this.#take = resolve)),
      new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), timeoutMs);
      }),
      end.then(() => undefined),
    ]);
    clearTimeout(timer);
    this.#take = undefined;
    return order?.type === "launch" ? order : undefined;
  }

  /** True if the order is carried out. */
  give(order: Order, reply: Reply): boolean {
    const take = this.#take;
    let ok = take !== undefined;
    if (this.#claimable !== undefined) {
      ok &&= order.type === "launch" && order.claim === this.#claimable;
      reply({ type: "claimed", ok });
    }
    if (!ok) return false;
    this.#take = undefined;
    take?.(order);
    return true;
  }

  /** The client that should give the first order is gone. */
  gone(): void {
    if (this.#claimable !== undefined) return;
    this.#take?.(undefined);
    this.#take = undefined;
  }
}
