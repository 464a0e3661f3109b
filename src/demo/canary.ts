/** A TCP and a UDP listener of ours on loopback that no bottle must reach; what arrives at them is counted. */
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { BottleError } from "../errors/error.ts";

export interface DemoCanary extends AsyncDisposable {
  /** Where they listen, `host:port` each. */
  readonly tcp: readonly string[];
  readonly udp: readonly string[];
  /** Connections and datagrams since the control run. */
  touches(): number;
}

const controlTimeout = 2_000;

/** Starts both and touches each from the host: only a canary that would have sung proves anything by its silence. */
export async function openDemoCanary(): Promise<DemoCanary> {
  let touches = 0;
  let heard = (): void => undefined;
  const touched = (): void => {
    touches += 1;
    if (touches === 2) heard();
  };
  const controlled = new Promise<boolean>((resolve) => (heard = () => resolve(true)));
  const udp = createSocket("udp4").on("message", touched);
  const tcp = createServer((socket) => {
    touched();
    socket.destroy();
  });
  await Promise.all([
    new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve)),
    new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve)),
  ]);
  const udpPort = udp.address().port;
  const tcpPort = (tcp.address() as AddressInfo).port;
  udp.send("control run", udpPort, "127.0.0.1");
  connect(tcpPort, "127.0.0.1").on("error", () => undefined);
  const close = async (): Promise<void> => {
    await new Promise<void>((resolve) => udp.close(() => resolve()));
    await new Promise<void>((resolve) => tcp.close(() => resolve()));
  };
  if (!(await inTime(controlled))) {
    await close();
    throw new BottleError({
      code: "E_DEMO_CANARY",
      what: "The demo's canary does not hear what is sent to it on this machine.",
      why: "A control run from the host to 127.0.0.1 did not arrive.",
      next: "See whether a firewall closes the loopback interface.",
    });
  }
  return {
    tcp: [`127.0.0.1:${tcpPort}`],
    udp: [`127.0.0.1:${udpPort}`],
    touches: () => touches - 2,
    [Symbol.asyncDispose]: close,
  };
}

async function inTime(controlled: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), controlTimeout);
  });
  try {
    return await Promise.race([controlled, late]);
  } finally {
    clearTimeout(timer);
  }
}
