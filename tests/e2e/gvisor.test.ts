import { describe } from "vitest";
import { withGvisor } from "../support/gvisor/suite.ts";
import { imageRung } from "./support/image-rung.ts";

const daemon = withGvisor();

describe("the rung gvisor", () => {
  imageRung("gvisor", daemon);
});
