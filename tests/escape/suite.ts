/** The escape suite: one for all backends. One bottle, many attacks, and prey on the host that nobody may have touched. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { homedir, networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RungName } from "../../src/manifest/manifest.ts";
import { hostAddresses } from "../../src/proof/host-addresses.ts";
import { openTestHome, startTestBottle } from "../support/bottle.ts";
import type { StandIn } from "../support/engine/pipelock.ts";
import { capabilitiesOf } from "../support/capabilities.ts";
import type { TestBottle, TestHome } from "../support/bottle.ts";
import { hostAttacks, networkAttacks } from "./attacks.ts";
import type { Attack, Prey } from "./attacks.ts";

const secret = "escape-secret-7Yq2LmWx9RkB";

/** The suite for one rung; `openEngine`: of a bottle with an engine as well. */
export function escapes(rung: RungName, openEngine?: () => Promise<StandIn>): void {
  const beside = openEngine === undefined ? "" : ", with an engine";
  describe(`a hijacked agent on the rung ${rung}${beside}`, () => {
    let engine: StandIn | undefined;
    let home: TestHome;
    let run: TestBottle;
    let abstract: Server;
    let listener: Server;
    let touched: string[];
    let victim: ChildProcess;
    // Known before the tests are made; the addresses and the port only once the listeners are there.
    const nobody: Prey = {
      port: 0,
      address: "",
      abstract: "",
      hostPid: 0,
      hostHome: "",
      record: "",
    };
    let prey = nobody;

    beforeAll(async () => {
      touched = [];
      victim = spawn("sleep", ["600"], { stdio: "ignore" });
      listener = createServer((socket) => {
        touched.push("host address");
        socket.destroy();
      });
      listener.listen(0, "0.0.0.0");
      await once(listener, "listening");
      abstract = createServer((socket) => {
        touched.push("abstract socket");
        socket.destroy();
      });
      const name = `claude-bottle-escape-${process.pid}`;
      abstract.listen({ path: `\0${name}` });
      await once(abstract, "listening");
      home = await openTestHome({ ESCAPE_SECRET: secret });
      engine = await openEngine?.();
      run = await startTestBottle({
        home,
        bottle: {
          rung,
          ...(engine === undefined
            ? {}
            : { engine: { name: "pipelock", program: engine.program } }),
          credentials: [
            {
              host: "api.claude-bottle.invalid",
              header: "X-Api-Key: {secret}",
              secret: "env:ESCAPE_SECRET",
            },
          ],
        },
      });
      await run.bottle.started;
      prey = {
        port: (listener.address() as AddressInfo).port,
        address: hostAddresses(networkInterfaces()).get("interface") ?? "192.0.2.1",
        abstract: name,
        hostPid: victim.pid ?? 0,
        hostHome: homedir(),
        record: `${home.stateHome}/claude-bottle/${run.bottle.id}`,
      };
    });

    afterAll(async () => {
      await run[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
      listener.close();
      abstract.close();
      victim.kill("SIGKILL");
    });

    const attacks = (of: (prey: Prey) => readonly Attack[]): void => {
      for (const [index, { name }] of of(nobody).entries()) {
        it(`${name}: in vain`, async () => {
          const attack = of(prey)[index];
          const held =
            (capabilitiesOf(rung).kernel === "gvisor" ? attack?.gvisor : undefined) ??
            attack?.held ??
            /^$/;
          const end = await run.bottle.exec(attack?.argv ?? []);
          expect(`${end.stdout}${end.stderr}`).toMatch(held);
        });
      }
    };
    attacks(networkAttacks);
    attacks(hostAttacks);

    it("ends the first process of the bottle: in vain, or only the bottle ends", async () => {
      await using other = await openTestHome();
      await using own = await startTestBottle({ home: other, bottle: { rung } });
      await own.bottle.started;
      const end = await own.bottle.exec(["sh", "-c", "kill -9 1; sleep 0.1; echo alive"]);
      const { kernel } = capabilitiesOf(rung);
      // gVisor's lets a namespace kill its first process, which Linux does not (pid_namespaces(7)).
      expect(`${end.stdout}${end.stderr}`).toBe(
        kernel === "gvisor" ? "the bottle is gone" : "alive\n",
      );
    });

    it("searches every file, environment and memory inside for the secret: in vain", async () => {
      // The attacker knows the secret's reverse, so that its own memory does not hold what it looks for.
      const script = `
import os
part = "${secret.split("").toReversed().join("")}"
looked, found = 0, []
def look(where, data):
    global looked
    looked += 1
    at = 0
    first = part[-1].encode()
    while True:
        at = data.find(first, at)
        if at < 0: return
        if all(data[at + i:at + i + 1] == part[-1 - i].encode() for i in range(len(part))):
            found.append(where); return
        at += 1
for top in ("/home", "/work", "/run", "/etc", "/tmp", "/opt"):
    for base, _, files in os.walk(top):
        for name in files:
            path = os.path.join(base, name)
            try:
                if os.path.getsize(path) < 8_000_000 and os.path.isfile(path): look(path, open(path, "rb").read())
            except OSError: pass
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) == os.getpid(): continue
    for name in ("environ", "cmdline"):
        try: look(pid + name, open(f"/proc/{pid}/{name}", "rb").read())
        except OSError: pass
print("looked" if looked > 10 else "blind", found)
`;
      const end = await run.bottle.exec(["/usr/bin/python3", "-c", script]);
      expect(`${end.stdout}${end.stderr}`).toBe("looked []\n");
    });

    it("touched nothing of the host in all of that", () => {
      expect(touched).toEqual([]);
      expect(listener.listening && abstract.listening).toBe(true);
      expect([victim.exitCode, victim.signalCode]).toEqual([null, null]);
    });

    it("ends the helper, and with it the bottle and nothing else", async () => {
      const end = run.bottle.ended.then(
        () => "ended",
        () => "ended",
      );
      run.bottle
        .exec([
          "sh",
          "-c",
          "for p in /proc/[0-9]*; do grep -q bottle-helper $p/comm && kill -9 ${p#/proc/}; done",
        ])
        .catch(() => undefined);
      expect(await end).toBe("ended");
    });
  });
}
