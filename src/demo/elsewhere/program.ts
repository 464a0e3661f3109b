/** What runs on the place's machine for as long as the demo does: the far end of the way back, and the canary there. */

/** Minutes after which it ends by itself, should nobody tell it that the demo is gone. */
const maxMinutes = 15;

/** What the streams that it opens are for. */
export const paths = { relay: "/relay", touched: "/touched", listens: "/listens" } as const;
/** The header in which `listens` says where. */
export const listensHeader = "x-listens";

/**
 * For `node -e`, with the address of a bridge that containers reach. Its standard streams are one connection of HTTP/2, on which
 * each connection there is a stream: what comes to the bridge is led to the demo; the canary's listeners, at that address and on
 * the machine's loopback, tell that they were touched. It touches each of them itself before it says where they are.
 */
export const farProgram: string = String.raw`
const dgram = require("node:dgram");
const http2 = require("node:http2");
const net = require("node:net");
const { Duplex } = require("node:stream");

const bridge = process.argv[1];
const leave = () => process.exit(0);
const ignore = () => undefined;
setTimeout(leave, ${maxMinutes} * 60_000);
process.stdin.on("end", leave).on("close", leave);
const wire = Duplex.from({ readable: process.stdin, writable: process.stdout }).on("error", leave);
const session = http2.connect("http://demo", { createConnection: () => wire });
session.on("close", leave).on("error", leave);

const tell = (path, headers = {}) =>
  session.request({ ":path": path, ...headers }, { endStream: true }).on("error", ignore).resume();
const touched = () => tell("${paths.touched}");
const lead = (socket) => {
  const stream = session.request({ ":method": "POST", ":path": "${paths.relay}" });
  socket.on("error", ignore).on("close", () => stream.close());
  stream.on("error", ignore).on("close", () => socket.destroy());
  socket.pipe(stream).pipe(socket);
};
const canary = (socket) => {
  touched();
  socket.on("error", ignore).destroy();
};
const listen = (address, heard) =>
  new Promise((done, failed) => {
    const server = net.createServer(heard).once("error", failed);
    server.listen(0, address, () => done(address + ":" + server.address().port));
  });
const bind = (address) =>
  new Promise((done, failed) => {
    const socket = dgram.createSocket("udp4").on("message", touched).once("error", failed);
    socket.bind(0, address, () => done(address + ":" + socket.address().port));
  });
const control = (tcp, udp) => {
  for (const [host, port] of tcp.map((one) => one.split(":")))
    net.connect(Number(port), host).on("error", ignore);
  const sender = dgram.createSocket("udp4").on("error", ignore);
  for (const [host, port] of udp.map((one) => one.split(":")))
    sender.send("control run", Number(port), host, ignore);
};

(async () => {
  const relay = await listen(bridge, lead);
  const addresses = ["127.0.0.1", bridge];
  const tcp = await Promise.all(addresses.map((one) => listen(one, canary)));
  const udp = await Promise.all(addresses.map(bind));
  control(tcp, udp);
  tell("${paths.listens}", { "${listensHeader}": JSON.stringify({ relay, tcp, udp }) });
})().catch((error) => {
  process.stderr.write(error.message);
  process.exit(1);
});
`;
