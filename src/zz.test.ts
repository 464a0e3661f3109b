import { it } from "vitest";
import { join } from "node:path";
import { openVm } from "../tests/support/vm/vm.ts";
import { openScene } from "../tests/e2e/support/cli.ts";
import { manifestText } from "../tests/e2e/support/manifest.ts";
it("x", async () => {
  await using vm = await openVm();
  await using scene = await openScene(manifestText({ provider: "shell" }), {
    ...vm.env,
    XDG_RUNTIME_DIR: join(vm.home, "run"),
  });
  const t = Date.now();
  const r = await scene.start([
    "--place",
    vm.place,
    "--headless",
    "--yes",
    "--prompt",
    "uname -n; id; ls -la; echo made > made.txt; ls -la ~; env | sort",
  ]);
  console.error(Date.now() - t, r);
  console.error((await scene.run(["ps", "--all"])).stdout);
  console.error(
    (
      await vm.run(
        "docker ps -a; docker volume ls; docker network ls; docker images; tail -5 /var/log/dockerd.log",
      )
    ).stdout,
  );
  const t2 = Date.now();
  const r2 = await scene.start([
    "--place",
    vm.place,
    "--headless",
    "--yes",
    "--prompt",
    "cat made.txt; echo two",
  ]);
  console.error(Date.now() - t2, r2);
  console.error(await scene.record("timing.json").catch(String));
}, 400000);
