/** The flag `--format`, the same for every command that answers people and programs. */
export type Format = "text" | "json";

/** `brief` says what is printed in that form. */
export function formatFlag<const B extends string>(
  brief: B,
): {
  readonly kind: "enum";
  readonly values: readonly ["text", "json"];
  readonly brief: B;
  readonly default: "text";
} {
  return { kind: "enum", values: ["text", "json"], brief, default: "text" };
}
