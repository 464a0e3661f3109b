/** Where in a request something travels. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import type { Encoding } from "./encodings.ts";
import { createRandom } from "./random.ts";

/** A request but for its Host and what frames it. */
export interface SetRequest {
  readonly method: "GET" | "POST";
  readonly target: string;
  readonly fields: readonly string[];
  readonly body: Buffer;
}

export interface Carrier {
  readonly name: string;
  readonly kinds: readonly Encoding["kind"][];
  request(content: Buffer): SetRequest;
}

const nothing = Buffer.alloc(0);
const latin1 = (content: Buffer): string => content.toString("latin1");
const get = (target: string, ...fields: string[]): SetRequest => ({
  method: "GET",
  target,
  fields,
  body: nothing,
});
const post = (type: string, body: Buffer, ...fields: string[]): SetRequest => ({
  method: "POST",
  target: "/upload",
  fields: [`Content-Type: ${type}`, ...fields],
  body,
});
const around = (before: string, content: Buffer, after: string): Buffer =>
  Buffer.concat([Buffer.from(before), content, Buffer.from(after)]);
const paragraph = "Ordinary words, with 100% sense & no secrets = none.\r\nAnd so on\\n; x";
const noise = createRandom(7).bytes(400);
const json = (content: Buffer): Buffer =>
  around('{"model":"m","messages":[{"role":"user","content":"Look:\\n', content, '"}],"max":10}');
const multipart = (content: Buffer): Buffer =>
  around(
    '--b0\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--b0\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n',
    content,
    "\r\n--b0--\r\n",
  );
const inLine = ["url", "line"] as const;
const all = ["url", "line", "text", "bytes"] as const;

export const carriers: readonly Carrier[] = [
  {
    name: "header",
    kinds: inLine,
    request: (content) => get("/", `X-Note: see ${latin1(content)} there`),
  },
  {
    name: "cookie",
    kinds: inLine,
    request: (content) => get("/", `X-Cookie: a=1; session=${latin1(content)}; b=2`),
  },
  { name: "path", kinds: ["url"], request: (content) => get(`/v1/items/${latin1(content)}/view`) },
  {
    name: "query",
    kinds: ["url"],
    request: (content) => get(`/search?q=1&t=${latin1(content)}&page=2`),
  },
  {
    name: "form",
    kinds: ["url"],
    request: (content) =>
      post("application/x-www-form-urlencoded", around("a=1&b=two+words&t=", content, "&z=%20")),
  },
  {
    name: "JSON",
    kinds: ["url", "line"],
    request: (content) => post("application/json", json(content)),
  },
  {
    name: "text",
    kinds: ["url", "line", "text"],
    request: (content) => post("text/plain", around(`${paragraph}\n`, content, `\n${paragraph}`)),
  },
  {
    name: "multipart",
    kinds: all,
    request: (content) => post("multipart/form-data; boundary=b0", multipart(content)),
  },
  {
    name: "binary",
    kinds: all,
    request: (content) => post("application/octet-stream", Buffer.concat([noise, content, noise])),
  },
  {
    name: "gzip",
    kinds: all,
    request: (content) =>
      post("application/json", gzipSync(json(content)), "Content-Encoding: gzip"),
  },
  {
    name: "gzip twice",
    kinds: inLine,
    request: (content) =>
      post(
        "text/plain",
        gzipSync(gzipSync(around(`${paragraph}\n`, content, "\n"))),
        "Content-Encoding: gzip, gzip",
      ),
  },
  {
    name: "deflate",
    kinds: all,
    request: (content) =>
      post("application/json", deflateSync(json(content)), "Content-Encoding: deflate"),
  },
  {
    name: "deflate (raw)",
    kinds: inLine,
    request: (content) =>
      post("application/json", deflateRawSync(json(content)), "Content-Encoding: deflate"),
  },
  {
    name: "br",
    kinds: all,
    request: (content) =>
      post("application/json", brotliCompressSync(json(content)), "Content-Encoding: br"),
  },
];
