/** A process of its own that launches a bottle, for tests that kill it or leave descriptors open in it. */
import { openLab } from "./namespace-lab.ts";

const lab = openLab();
if (process.argv[2] === "fds") {
  // The first process inside is a shell: it shows what bubblewrap handed over, before any Node could tidy up.
  const argv = ["/bin/sh", "-c", "echo $(ls /proc/self/fd | sort -n) >&3; read wait <&3"];
  const running = await lab.backend.launch(lab.spec({ helperArgv: argv }), { kind: "pipes" });
  running.control.once("data", (data: Buffer) => {
    process.stdout.write(data);
    void running.stop(0).then(() => lab[Symbol.dispose]());
  });
} else {
  const limits = await lab.backend.limits({
    cpus: 1,
    memory: 512 * 1024 ** 2,
    pids: 100,
    disk: 1024 ** 3,
  });
  const id = process.argv[3];
  const bottle = await lab.launch({ limits, ...(id === undefined ? {} : { id }) });
  await bottle.sh(
    "sleep 300 >/dev/null 2>&1 </dev/null & setsid sleep 301 >/dev/null 2>&1 </dev/null & sleep 0.1",
  );
  process.stdout.write(`${JSON.stringify(await bottle.running.processes())}\n`);
}
