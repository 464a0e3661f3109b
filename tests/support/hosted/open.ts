/** A whole hosted gateway: the program, the supervisor's side of it with a real record, and upstreams with real TLS. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareCredentials } from "../../../src/compose/credentials.ts";
import type { GatewayCredentials } from "../../../src/compose/credentials.ts";
import { openGateway } from "../../../src/compose/gateway.ts";
import { openHosted } from "../../../src/compose/gateway-hosted/hosted.ts";
import type { HostedGateway } from "../../../src/compose/gateway-hosted/hosted.ts";
import { createCertificateAuthority } from "../../../src/gateway/tls/authority.ts";
import type { LaunchOrder } from "../../../src/lifecycle/control.ts";
import type { GatewayHandle } from "../../../src/lifecycle/supervisor/deps.ts";
import { openRecord } from "../../../src/record/record.ts";
import { dist } from "../bottle.ts";
import { startProxy } from "../proxy.ts";
import { answerOk, startUpstream } from "../upstream.ts";
import type { RawUpstream } from "../upstream.ts";
import type { Cut } from "./cut-wire.ts";
import { startProgram } from "./program.ts";
import type { StartedProgram } from "./program.ts";

export const secret = "sk-ant-api03-of-the-hosted-gateway-0123456789";

export interface HostedScene extends AsyncDisposable {
  readonly program: StartedProgram;
  readonly hosted: HostedGateway;
  readonly handle: GatewayHandle;
  readonly upstream: RawUpstream;
  readonly order: LaunchOrder;
  readonly placeholder: string;
  /** The lines of the audit log. */
  audit(): Promise<readonly Record<string, unknown>[]>;
  /** Says these bytes to a port of the gateway, and returns all that comes back. */
  say(bytes: string, port?: number): Promise<string>;
  /** A request by the route door, as the agent sends it. */
  ask(fields?: Readonly<Record<string, string>>): Promise<string>;
}

export interface SceneOptions {
  readonly file: string;
  readonly cuts?: readonly Cut[];
  readonly address?: string;
  /** Seconds. */
  readonly ttl?: number;
  readonly secretSource?: LaunchOrder["plan"]["credentials"][number]["secret"];
  readonly engine?: LaunchOrder["plan"]["engine"];
  readonly answer?: Parameters<typeof startUpstream>[0]["answer"];
}

export async function openScene(options: SceneOptions): Promise<HostedScene> {
  const dir = await mkdtemp(join(tmpdir(), "hosted-"));
  const upstreamCa = createCertificateAuthority({ names: ["api.example.com"], now: new Date() });
  const upstream = await startUpstream({
    answer: options.answer ?? answerOk,
    tls: (host) => upstreamCa.contextFor(host),
  });
  const proxy = await startProxy({ leads: { "api.example.com:443": upstream.port } });
  const trust = join(dir, "upstreams.pem");
  await writeFile(trust, upstreamCa.caPem);
  const made = orderOf(dir, trust, proxy.port, options.secretSource);
  const { engine } = options;
  const order = engine === undefined ? made : { ...made, plan: { ...made.plan, engine } };
  const record = await openRecord({ stateHome: dir, id: order.plan.id });
  const program = startProgram(options.file, options.ttl ?? 30, options.address);
  const ttl = (options.ttl ?? 30) * 1000;
  const hosted = openHosted({ host: program.host(options.cuts), ttl });
  const undo = async (): Promise<void> => {
    await hosted[Symbol.asyncDispose]();
    for (const one of [program, proxy, upstream]) await one[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const credentials: GatewayCredentials = prepareCredentials(order, record);
    const placeholder = credentials.compiled[0]?.placeholder ?? "";
    const handle = await openGateway(order, credentials, record, hosted);
    const say = (bytes: string, port = 4180): Promise<string> =>
      new Promise((done) => {
        const socket = connect({ host: program.address, port });
        let heard = "";
        socket.setEncoding("latin1").on("data", (text: string) => (heard += text));
        socket.on("error", (error: NodeJS.ErrnoException) => (heard += error.code));
        socket.on("close", () => done(heard));
        socket.write(bytes);
      });
    return {
      ...{ program, hosted, handle, upstream, order, say },
      placeholder,
      async audit() {
        const text = await readFile(record.paths.audit, "utf8");
        return text
          .trimEnd()
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      },
      ask: (fields = {}) => {
        const lines = Object.entries({
          host: "127.0.0.1:4180",
          "x-api-key": placeholder,
          connection: "close",
          ...fields,
        }).map(([name, value]) => `${name}: ${value}`);
        return say(["GET /anthropic/v1/models HTTP/1.1", ...lines, "", ""].join("\r\n"));
      },
      async [Symbol.asyncDispose]() {
        await handle[Symbol.asyncDispose]();
        await undo();
      },
    };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** What of an order a gateway looks at. */
function orderOf(
  dir: string,
  trust: string,
  proxyPort: number,
  source: SceneOptions["secretSource"],
): LaunchOrder {
  const order = {
    plan: {
      id: "me-k3x9q",
      egress: {
        allow: [{ host: "open.example.com", ports: [443], scheme: "https" }],
        deny: [],
        crl: [],
      },
      env: [],
      credentials: [
        {
          kind: "anthropic",
          url: "https://api.example.com",
          serverTools: [],
          secret: source ?? { text: "env:KEY", source: { kind: "env", variable: "KEY" } },
        },
      ],
      upstreamProxy: { url: `http://127.0.0.1:${proxyPort}`, ca: null, auth: null },
    },
    secrets: [secret],
    sourceEnv: null,
    proxyAuth: null,
    env: {},
    extraCaFiles: [trust],
    paths: { stateHome: dir, home: dir, cacheDir: dir, helper: join(dist, "helper.js") },
    breakBoundary: undefined,
  };
  return order as unknown as LaunchOrder;
}
