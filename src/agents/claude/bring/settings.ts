/** settings.json by a list of what may come: looks and habits. Commands, variables, permissions and whatever is new stay behind. */
import { shown } from "./basket.ts";
import type { Basket } from "./basket.ts";
import type { Fields } from "./json.ts";
import { readFields } from "./json.ts";

/** Keys with plain values that run nothing, grant nothing and send nothing. */
const allowed: ReadonlySet<string> = new Set([
  "alwaysThinkingEnabled",
  "autoCompactEnabled",
  "cleanupPeriodDays",
  "editorMode",
  "effortLevel",
  "includeCoAuthoredBy",
  "includeGitInstructions",
  "language",
  "model",
  "outputStyle",
  "prefersReducedMotion",
  "respectGitignore",
  "showThinkingSummaries",
  "showTurnDuration",
  "spinnerTipsEnabled",
  "syntaxHighlightingDisabled",
  "terminalProgressBarEnabled",
  "theme",
  "verbose",
  "viewMode",
]);

export function bringSettings(basket: Basket): Fields {
  const fields = readFields(basket, "settings.json");
  if (fields === undefined) return {};
  const kept = Object.entries(fields).filter(
    ([key, value]) => allowed.has(key) && ["string", "number", "boolean"].includes(typeof value),
  );
  for (const [key, value] of kept)
    basket.check(String(value), `${shown("settings.json")}, ${key},`);
  const names = kept.map(([key]) => key);
  const left = Object.keys(fields).filter((key) => !names.includes(key) && key !== "$schema");
  if (names.length > 0) basket.comes(`settings ${names.join(", ")}`);
  if (left.length > 0) basket.stays(`settings ${left.join(", ")}`);
  return Object.fromEntries(kept);
}
