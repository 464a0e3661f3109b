/** Exit codes that scripts rely on (DESIGN section 8); everything else is the agent's own. */
export const exitCodes = {
  ok: 0,
  /** A check failed, e.g. of `demo` or `audit --verify`. */
  failed: 1,
  usage: 2,
  /** The plan was printed and nobody could be asked. */
  notConfirmed: 3,
  /** claude-bottle itself failed. */
  bottleFailed: 125,
} as const;
