/** The flag `--manifest`, the same for every command that reads one. */
export const manifestFlag: {
  readonly kind: "parsed";
  readonly parse: (input: string) => string;
  readonly brief: "Manifest file, instead of the user's";
  readonly optional: true;
  readonly placeholder: "FILE";
} = {
  kind: "parsed",
  parse: (input) => input,
  brief: "Manifest file, instead of the user's",
  optional: true,
  placeholder: "FILE",
};
