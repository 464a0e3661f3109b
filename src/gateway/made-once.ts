/** A table that never changes, made when it is first asked for: a start does not wait for what its first request needs. */
export function madeOnce<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | undefined;
  return () => (made ??= { value: make() }).value;
}
