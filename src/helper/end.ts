/** The end of a bottle whose supervisor is gone: nothing in it lives on. */

/**
 * Kills every process of the bottle's own process-id namespace and exits. kill(2) with -1 spares the caller and the
 * namespace's first process; outside such a namespace (a broken one in a test) it would reach the host, so there only
 * the helper's own children are ended.
 */
export function endBottle(...killChildren: readonly (() => void)[]): void {
  for (const kill of killChildren) kill();
  if (inOwnNamespace()) {
    try {
      process.kill(-1, "SIGKILL");
    } catch {
      // ESRCH: nobody else is left.
    }
  }
  process.exit(0);
}

/** The helper is started by the namespace's first process, at once; a runtime's threads have had numbers before. */
function inOwnNamespace(): boolean {
  return process.ppid === 1 && process.pid < 100;
}
