/** Asks whether a Docker daemon answers at a socket of this machine (Engine API, `/_ping`). */
import { createConnection } from "node:net";

/** Milliseconds; the way there may be long, and a daemon that was just started slow. */
const patience = 15_000;

/** `silent`: what is behind the socket let go without a word. */
export function pingEngine(socket: string): Promise<"answers" | "silent"> {
  return new Promise((resolve) => {
    const connection = createConnection({ path: socket });
    const end = (found: "answers" | "silent"): void => {
      connection.destroy();
      resolve(found);
    };
    connection.setTimeout(patience, () => end("silent"));
    connection.on("error", () => end("silent"));
    connection.on("close", () => end("silent"));
    connection.once("data", (data: Buffer) =>
      end(/^HTTP\/1\.[01] \d{3} /.test(data.toString("latin1")) ? "answers" : "silent"),
    );
    connection.write("GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n");
  });
}
