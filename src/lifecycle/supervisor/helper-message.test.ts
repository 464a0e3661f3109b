import fc from "fast-check";
import { expect, test } from "vitest";
import { parseHelperMessage } from "./helper-message.ts";

test("reads what a helper says", () => {
  expect(parseHelperMessage('{"type":"ready"}')).toEqual({ type: "ready" });
  expect(parseHelperMessage('{"type":"exited","code":null,"signal":"SIGTERM"}')).toEqual({
    type: "exited",
    code: null,
    signal: "SIGTERM",
  });
  expect(
    parseHelperMessage('{"type":"exec-output","exec":1,"stream":"stderr","data":"eA=="}'),
  ).toEqual({
    type: "exec-output",
    exec: 1,
    stream: "stderr",
    data: "eA==",
  });
  const broken = { type: "forward-break", forward: 7, after: 0 };
  expect(parseHelperMessage(JSON.stringify(broken))).toEqual(broken);
});

test.each([
  "",
  "null",
  "[]",
  '"ready"',
  '{"type":"launch"}',
  '{"type":"exec-output","exec":1,"stream":"stdin","data":""}',
  '{"type":"exec-output","exec":1,"stream":"stdout","data":{"length":1}}',
  '{"type":"exec-exited","exec":"1"}',
  '{"type":"forward-break","forward":1}',
  '{"type":"forward-break","forward":-1,"after":0}',
  '{"type":"forward-break","forward":1,"after":1.5}',
  '{"type":"forward-break","forward":1,"after":1e300}',
  '{"type":"forward","forward":1,"port":22,"key":"x"}',
])("takes %j for no message", (line) => {
  expect(parseHelperMessage(line)).toBeUndefined();
});

test("keeps only what has the right shape: an exit code is one, and a signal is a name", () => {
  expect(parseHelperMessage('{"type":"exited","code":-7,"signal":"\\u001b[2J"}')).toEqual({
    type: "exited",
    code: null,
    signal: null,
  });
  expect(parseHelperMessage('{"type":"exited","code":1.5,"signal":"SIGFOO"}')).toEqual({
    type: "exited",
    code: null,
    signal: null,
  });
  const proof =
    '{"type":"proof","ms":"x","results":[{"name":"a","observed":"ok"},{"name":1,"observed":"ok"},null]}';
  expect(parseHelperMessage(proof)).toEqual({
    type: "proof",
    ms: 0,
    results: [{ name: "a", observed: "ok", ms: 0 }],
  });
});

test("throws at nothing", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((value) => JSON.stringify({ type: "proof", ...value })),
      ),
      (line) => {
        parseHelperMessage(line);
      },
    ),
  );
});
