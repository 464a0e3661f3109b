/** The processes below one process, from /proc: in a process namespace orphans stay below its first process. */
import { readFileSync, readdirSync } from "node:fs";
import { readProcess } from "../host/process.ts";
import type { Process } from "../host/process.ts";

/** `root` and everything below it, parents first; zombies hold nothing any more and are left out. */
export function readTree(root: number): readonly Process[] {
  const children = new Map<number, Process[]>();
  const lowest = lowestBelow(root);
  for (const name of readdirSync("/proc")) {
    const pid = /^\d+$/.test(name) ? Number(name) : -1;
    const found = pid >= lowest ? readProcess(pid) : undefined;
    if (found === undefined || found.zombie) continue;
    const siblings = children.get(found.parent);
    if (siblings === undefined) children.set(found.parent, [found]);
    else siblings.push(found);
  }
  const first = readProcess(root);
  const tree = first === undefined || first.zombie ? [] : [first];
  for (let at = 0; at < tree.length; at += 1)
    tree.push(...(children.get(tree[at]?.pid ?? 0) ?? []));
  return tree;
}

/**
 * `root`, its first child, that one's first child and so on: the outermost process down to the helper, which has none yet.
 * Cheap where the kernel lists children (proc_tid_children(5)), else from the whole of /proc.
 */
export function readChain(root: number): readonly Process[] {
  const chain: Process[] = [];
  for (let next = root; next > 0;) {
    const found = readProcess(next);
    if (found === undefined || found.zombie) break;
    chain.push(found);
    try {
      next = Number.parseInt(readFileSync(`/proc/${next}/task/${next}/children`, "latin1"), 10);
    } catch {
      return readTree(root);
    }
  }
  return chain;
}

/**
 * Pids are given in rising order until they start over (proc_sys_kernel(5), pid_max): as long as the newest is above `root`,
 * all below it in the tree have higher ones, and the host's others, whose files take 0.1 ms each, need not be read.
 */
function lowestBelow(root: number): number {
  // The fifth field of /proc/loadavg is the newest pid.
  const newest = Number(readFileSync("/proc/loadavg", "latin1").trim().split(" ")[4]);
  return newest > root ? root : 1;
}
