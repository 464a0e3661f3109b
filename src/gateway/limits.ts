/** Every bound of the gateway in one place: what a bottle or an upstream may make it hold or wait for. */
export interface Limits {
  /** Bytes of a request head. */
  readonly requestHead: number;
  /** Bytes of an answer's head. */
  readonly responseHead: number;
  /** Header fields of one head. */
  readonly fields: number;
  /** Bytes of a body that is judged whole, before the dial. */
  readonly held: number;
  /** Bytes of all that is unpacked from one compressed body. */
  readonly unpacked: number;
  /** How many times the bytes of the body that may be, beyond `unpackedFree`. */
  readonly unpackedRatio: number;
  readonly unpackedFree: number;
  /** Bytes of all held bodies together. */
  readonly heldTogether: number;
  /** Bytes a bottle may send ahead of the answer it waits for. */
  readonly ahead: number;
  /** Bytes of a refused request's body that are read and forgotten, so that its sender reads the refusal. */
  readonly drained: number;
  /** Connections from the bottle; when all are taken, those that wait make room. */
  readonly connections: number;
  /** Idle connections to upstreams, altogether. */
  readonly idleUpstreams: number;
  /** Interim answers (1xx) before the final one. */
  readonly interim: number;
  /** Milliseconds for a TLS handshake, and for a request head from its first byte on. */
  readonly headMs: number;
  /** Milliseconds without a byte between requests, or within a request body. */
  readonly idleMs: number;
  /** Streams of HTTP/2 that one connection may have open. */
  readonly streams: number;
  /** Streams that the bottle may have open altogether. */
  readonly streamsTogether: number;
  /** Streams that one connection may begin between two looks at deadlines. */
  readonly streamsBegun: number;
  /** Bytes that may come on one stream before they are taken. */
  readonly streamWindow: number;
  /** Megabytes of memory for one connection of HTTP/2. */
  readonly h2SessionMegabytes: number;
  /** Milliseconds after which an upstream connection takes no more requests, so that its name is resolved again. */
  readonly upstreamLifeMs: number;
  /** Milliseconds an upstream connection may wait for its next request. */
  readonly upstreamIdleMs: number;
  /** Milliseconds for a name to resolve, and for a connection to stand. */
  readonly dialMs: number;
  /** Milliseconds for the owner's proxy to open the way to an upstream, which it dials itself. */
  readonly proxyMs: number;
  /** Bytes of the head with which it says so. */
  readonly proxyHead: number;
  /** Milliseconds in which a bottle that was told of the end may still read it. */
  readonly lingerMs: number;
  /** Milliseconds for a request in flight whose authority was removed meanwhile. */
  readonly graceMs: number;
  /** Milliseconds between two looks at all deadlines. */
  readonly tickMs: number;
}

/** The bounds in use. */
export const defaultLimits: Limits = {
  requestHead: 32 * 1024,
  responseHead: 64 * 1024,
  fields: 200,
  held: 8 * 1024 * 1024,
  unpacked: 4 * 1024 * 1024 * 1024,
  unpackedRatio: 100,
  unpackedFree: 1024 * 1024,
  heldTogether: 128 * 1024 * 1024,
  ahead: 64 * 1024,
  drained: 8 * 1024 * 1024,
  connections: 2000,
  idleUpstreams: 128,
  interim: 16,
  headMs: 30_000,
  idleMs: 300_000,
  streams: 100,
  streamsTogether: 1000,
  streamsBegun: 4000,
  streamWindow: 256 * 1024,
  h2SessionMegabytes: 10,
  upstreamLifeMs: 600_000,
  upstreamIdleMs: 60_000,
  dialMs: 10_000,
  proxyMs: 20_000,
  proxyHead: 16 * 1024,
  lingerMs: 5000,
  graceMs: 30_000,
  tickMs: 2000,
};
