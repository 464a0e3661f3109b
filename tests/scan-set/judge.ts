/** Judges one request of the set by the gateway's own parts: the head as a whole, the body as it comes. */
import { createBodyWatch } from "../../src/gateway/body-watch.ts";
import type { Looks } from "../../src/gateway/body-watch.ts";
import { Fields } from "../../src/gateway/http/fields.ts";
import { codingsOf } from "../../src/gateway/http/coding.ts";
import { defaultLimits } from "../../src/gateway/limits.ts";
import { createPatternScanner } from "../../src/gateway/patterns/find-pattern.ts";
import { Refusal } from "../../src/gateway/refusal.ts";
import { createScanner } from "../../src/gateway/scan.ts";
import type { SetRequest } from "./carriers.ts";
import { values } from "./values.ts";

/** What was found, by the owner's words. */
export type Judge = (request: SetRequest, partSize: number) => string | undefined;

export function createJudge(): Judge {
  const looks: Looks = {
    scanner: createScanner(values),
    patterns: createPatternScanner(),
    anyEncoding: false,
  };
  return (request, partSize) => {
    const head = Buffer.from(
      `${request.method} ${request.target} HTTP/1.1\r\n${request.fields.join("\r\n")}`,
      "latin1",
    );
    const inHead = looks.scanner?.find(head) ?? looks.patterns?.find(head);
    if (inHead !== undefined || request.body.length === 0) return inHead;
    const fields = new Fields();
    for (const line of request.fields) {
      const [name = "", ...value] = line.split(": ");
      fields.add(name, value.join(": "));
    }
    try {
      const codings = codingsOf(fields);
      const scan = createBodyWatch(looks, codings, defaultLimits)?.open(codings === "br");
      for (let at = 0; at < request.body.length; at += partSize)
        scan?.push(request.body.subarray(at, at + partSize));
      scan?.end();
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.reason.replace(/ was in the body$/, "");
    }
  };
}
