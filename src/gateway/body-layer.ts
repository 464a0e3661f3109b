/** One layer of a body: its bytes as they come, or what some of them are unpacked to, with the layers that come of it. */
import type { Coding } from "./http/coding.ts";
import { createUnpack } from "./inflate/unpack.ts";
import type { Packing, Unpack } from "./inflate/unpack.ts";
import type { ScanStream } from "./scan.ts";
import { createSniffer } from "./sniff.ts";
import type { Opened, Sniffer } from "./sniff.ts";

/** A stream that looks at a layer, and what becomes of its hits. */
export interface Watch {
  readonly stream: ScanStream;
  /** Throws. */
  hit(name: string): never;
}

/** What all layers of one body share. */
export interface LayerContext {
  /** `packed`: the layer is a `Content-Encoding`, whose bytes themselves say nothing. */
  watches(packed: boolean): readonly Watch[];
  /** Counts bytes that were unpacked; throws beyond the bounds. */
  unpacked(bytes: number): void;
  /** Counts places where something that looks compressed goes on; throws beyond the bounds. */
  opened(count: 1 | -1): void;
  /** Throws. */
  unreadable(reason: string): never;
  /** Bytes of the body that came before the present part. */
  readonly before: number;
}

/** Compressed within compressed; more layers are made only to hide something, and are not looked into. */
const deepest = 3;

/** `deflate` means zlib, and by mistake the stream alone (RFC 9110 section 8.4.1.2): a host may read either. */
const packings: Readonly<Record<Coding, readonly Packing[]>> = {
  gzip: ["gzip"],
  deflate: ["zlib", "raw"],
};

const nothing: Buffer = Buffer.alloc(0);

interface Child {
  readonly layer: BodyLayer;
  readonly unpack: Unpack;
  state: "more" | "done" | "bad";
}

export class BodyLayer {
  readonly #context: LayerContext;
  readonly #depth: number;
  readonly #watches: readonly { readonly watch: Watch; released: number }[];
  readonly #sniffer: Sniffer | undefined;
  /** By a `Content-Encoding`: one of them must be readable to its end. */
  #required: readonly Child[];
  #children: readonly Child[] = [];
  #carried: Buffer = nothing;
  #made = 0;
  /** Pairs: how much of the body had come when this layer had so many bytes. */
  readonly #marks: number[];

  /** `codings` from the outermost inwards. */
  constructor(context: LayerContext, depth: number, codings: readonly Coding[]) {
    this.#context = context;
    this.#depth = depth;
    this.#watches = context.watches(codings.length > 0).map((watch) => ({ watch, released: 0 }));
    this.#marks = [context.before, 0];
    const [coding, ...inner] = codings;
    this.#sniffer = coding === undefined && depth < deepest ? createSniffer() : undefined;
    this.#required =
      coding === undefined
        ? []
        : packings[coding].map((packing) =>
            this.#child((out) => createUnpack(packing, out), inner),
          );
  }

  /** Throws what a watch or the context throws. */
  add(data: Buffer, final: boolean = false): void {
    this.#made += data.length;
    for (const one of this.#watches) {
      const { stream } = one.watch;
      const { out, hit } = final ? stream.last(data) : stream.push(data);
      if (hit !== undefined) one.watch.hit(hit);
      one.released += out.length;
    }
    this.#addRequired(data);
    const before = this.#children;
    for (const child of before) this.#feed(child, data);
    if (this.#sniffer !== undefined) this.#sniff(this.#sniffer, data, final);
  }

  /** Nothing comes after it. */
  end(last: Buffer = nothing): void {
    this.add(last, true);
    for (const { layer } of [...this.#required, ...this.#children]) layer.end();
    if (this.#required.length > 0 && !this.#required.some(({ state }) => state === "done"))
      this.#context.unreadable("it ends too early");
  }

  /** How much of the body may go out as far as is known here, when `came` bytes of it have come. */
  safe(came: number): number {
    const released = this.#watches.map((one) => one.released);
    const sure = Math.min(this.#made - this.#carried.length, ...released);
    const marks = this.#marks;
    while (marks.length > 2 && (marks[3] as number) <= sure) marks.splice(0, 2);
    const own = this.#depth === 0 ? sure : (marks[0] as number);
    marks.push(came, this.#made);
    const others = [...this.#required, ...this.#children].map(({ layer }) => layer.safe(came));
    return Math.min(own, ...others);
  }

  #child(opened: Opened, codings: readonly Coding[]): Child {
    const layer = new BodyLayer(this.#context, this.#depth + 1, codings);
    const unpack = opened((piece) => {
      this.#context.unpacked(piece.length);
      layer.add(piece);
    });
    return { layer, unpack, state: "more" };
  }

  #addRequired(data: Buffer): void {
    if (this.#required.length === 0 || data.length === 0) return;
    for (const child of this.#required) child.state = child.unpack.push(data);
    this.#required = this.#required.filter(({ state }) => state !== "bad");
    if (this.#required.length === 0) this.#context.unreadable("it is not what it says");
  }

  /** What is over, or was never compressed, is looked at to its end and forgotten. */
  #feed(child: Child, data: Buffer): void {
    if (data.length > 0) child.state = child.unpack.push(data);
    if (child.state === "more") return;
    this.#children = this.#children.filter((one) => one !== child);
    this.#context.opened(-1);
    child.layer.end();
  }

  #sniff(sniffer: Sniffer, data: Buffer, final: boolean): void {
    const all = this.#carried.length === 0 ? data : Buffer.concat([this.#carried, data]);
    const again = sniffer.push(all, final, (at, opened) => {
      this.#context.opened(1);
      const child = this.#child(opened, []);
      this.#children = [...this.#children, child];
      this.#feed(child, all.subarray(at));
    });
    this.#carried = again === 0 ? nothing : Buffer.from(all.subarray(all.length - again));
  }
}
