interface Step {
  readonly what: string;
  readonly run: () => PromiseLike<void> | void;
}

/** Cleanup first: the undo of each step is registered before the step runs (DESIGN section 5). */
export class Undo implements AsyncDisposable {
  readonly #steps: Step[] = [];
  #over = false;
  readonly #failed: (what: string, cause: unknown) => void;
  readonly #before: (what: string) => Promise<void> | void;

  /** `failed` hears of an undo that did not work; the others still run. `before` is awaited before each. */
  constructor(
    failed: (what: string, cause: unknown) => void,
    before: (what: string) => Promise<void> | void = () => undefined,
  ) {
    this.#failed = failed;
    this.#before = before;
  }

  /**
   * Registers what takes a step back; it must be harmless if the step never happened. A step that was still under way while
   * everything was taken back (a launch that failed beside it) is taken back at once.
   */
  add(what: string, run: () => PromiseLike<void> | void): void {
    if (this.#over) void this.#take({ what, run });
    else this.#steps.push({ what, run });
  }

  /** Takes everything back, last step first; a second call does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop())
      await this.#take(step);
    this.#over = true;
  }

  async #take({ what, run }: Step): Promise<void> {
    try {
      await this.#before(what);
      await run();
    } catch (cause) {
      this.#failed(what, cause);
    }
  }
}
