/** Every error code and, in one sentence, what it means. docs/errors.md lists exactly these; a test holds them equal. */
export const catalogue = {
  E_SUPERVISOR_GONE: "The supervisor ended without a last word.",
  E_USAGE: "The command line is wrong.",
  E_HELPER: "The helper inside the bottle did not answer.",
  E_INTERNAL: "claude-bottle itself failed; this is a bug.",
  E_PROOF_FAILED: "A probe found the boundary open; the agent was not started.",
  E_MANIFEST_MISSING: "There is no manifest to read.",
} as const;

export type ErrorCode = keyof typeof catalogue;
