import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import type { ProbeTargets } from "../../helper/protocol.ts";
import { descriptorProbes } from "./descriptors.ts";

const targets = {} as ProbeTargets;

async function observed(): Promise<string> {
  const probe = descriptorProbes.find(({ name }) => name === "descriptors");
  return (await probe?.run(targets)) ?? "no probe";
}

it("finds a descriptor that stays open, and none that another probe had for a moment", async () => {
  const before = await observed();
  const stays = openSync("/etc/hostname", "r");
  expect(await observed()).toContain("=/etc/hostname");
  closeSync(stays);
  const passes = openSync("/etc/hostname", "r");
  setTimeout(() => closeSync(passes), 40);
  expect(await observed()).toBe(before);
});
