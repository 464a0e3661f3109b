/** Every package cache by its name in the manifest. */
import type { FindCache } from "./cache.ts";
import { cargoCache } from "./cargo.ts";
import { goCache } from "./go.ts";
import { gradleCache } from "./gradle.ts";
import { mavenCache } from "./maven.ts";
import { npmCache } from "./npm.ts";
import { pipCache } from "./pip.ts";

export const caches: Readonly<
  Record<"npm" | "pip" | "go" | "cargo" | "maven" | "gradle", FindCache>
> = {
  npm: npmCache,
  pip: pipCache,
  go: goCache,
  cargo: cargoCache,
  maven: mavenCache,
  gradle: gradleCache,
};
