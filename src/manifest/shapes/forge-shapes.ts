/** Tokens of places where code and packages are kept. */
import { hasChecksum } from "./checksum.ts";
import { alphanumeric, asPreset, dashed, hex, shape, word } from "./shape.ts";
import type { TokenShape } from "./shape.ts";

const github = asPreset("github", "repos: [OWNER/NAME], can: [read], ");

export const forgeShapes: readonly TokenShape[] = [
  shape("a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], alphanumeric, [36, 36], {
    instead: github,
    check: hasChecksum,
  }),
  shape("a GitHub token", ["github_pat_"], word, [82, 82], {
    instead: github,
    check: (rest) => /^[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/.test(rest),
  }),
  shape(
    "a GitLab token",
    [
      "glpat-",
      "gldt-",
      "glrt-",
      "glrtr-",
      "glptt-",
      "glcbt-",
      "glagent-",
      "glft-",
      "glsoat-",
      "glimt-",
    ],
    `${dashed}.`,
    [20, 300],
  ),
  shape("an Atlassian token", ["ATATT3xFfGF0"], `${dashed}=`, [150, 250]),
  shape("an npm token", ["npm_"], alphanumeric, [36, 36], {
    instead: asPreset("registry"),
    loose: 30,
    check: hasChecksum,
  }),
  // The beginning is the location and version of a macaroon, in base64.
  shape("a PyPI token", ["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"], dashed, [50, 400]),
  shape("a PyPI token", ["pypi-"], dashed, [50, 400], { loose: 30, looseOnly: true }),
  shape("a RubyGems key", ["rubygems_"], hex, [48, 48]),
  shape("a Docker token", ["dckr_pat_", "dckr_oat_"], dashed, [27, 40]),
];
