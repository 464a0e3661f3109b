import { describe, expect, it } from "vitest";
import { readWrk, wrkScript } from "./wrk.ts";

const output = `Running 2s test @ http://127.0.0.1:4000/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   754.12us    1.02ms  18.95ms   94.83%
    Req/Sec    22.91k     3.10k   28.77k    70.00%
  45629 requests in 2.00s, 15.80MB read
Requests/sec:  22802.83
Transfer/sec:      7.90MB
bench 45629 2001034 3 612 4711
`;

describe("what wrk says", () => {
  it("is read from the line that the script has it write", () => {
    expect(readWrk(output)).toEqual({
      requests: 45_629,
      seconds: 2.001034,
      failures: 3,
      p50: 612,
      p99: 4_711,
    });
  });

  it("is an error where that line is missing", () => {
    expect(() => readWrk("unable to connect to 127.0.0.1:1 Connection refused")).toThrow(
      "Connection refused",
    );
  });
});

describe("the script for wrk", () => {
  it("asks for the way's own target and host, and ends no string early", () => {
    const script = wrkScript(
      { port: 1, host: 'a"b', target: (path) => `http://o${path}?q=\\"` },
      "/small",
    );
    expect(script).toContain('wrk.path = "http://o/small\\063q\\061\\092\\034"');
    expect(script).toContain('wrk.headers["Host"] = "a\\034b"');
  });
});
