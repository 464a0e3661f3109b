/** Keys of model services. */
import { alphanumeric, asPreset, dashed, hex, shape } from "./shape.ts";
import type { TokenShape } from "./shape.ts";

/** Every key of OpenAI's has its maker's name in base64 in it. */
const ofOpenAi = (rest: string): boolean => rest.includes("T3BlbkFJ");

export const modelShapes: readonly TokenShape[] = [
  shape("an Anthropic key or token", ["sk-ant-"], dashed, [60, 200], {
    instead: asPreset("anthropic"),
    loose: 8,
    // sk-ant-api03-…: the kind, and then the rest
    check: (rest) => /^[a-z]{2,8}[0-9]{2}-/.test(rest),
    within: true,
  }),
  shape("an OpenRouter key", ["sk-or-v1-"], hex, [64, 64]),
  shape("an OpenAI key", ["sk-proj-", "sk-svcacct-", "sk-admin-"], dashed, [48, 220], {
    instead: asPreset("openai"),
    loose: 20,
    check: ofOpenAi,
  }),
  shape("an OpenAI key", ["sk-"], "A-Za-z0-9_", [48, 48], {
    instead: asPreset("openai"),
    loose: 20,
    check: ofOpenAi,
  }),
  shape("a Google key", ["AIza"], dashed, [35, 35], { loose: 30 }),
  shape("a Google key", ["ya29."], dashed, [60, 400], { loose: 20 }),
  shape("a Google key", ["GOCSPX-"], dashed, [28, 28]),
  shape("a Hugging Face token", ["hf_"], alphanumeric, [34, 37], { loose: 30 }),
  shape("a Groq key", ["gsk_"], alphanumeric, [52, 52]),
  shape("an xAI key", ["xai-"], alphanumeric, [80, 80]),
  shape("a Perplexity key", ["pplx-"], alphanumeric, [48, 56]),
  shape("a Replicate token", ["r8_"], alphanumeric, [37, 37]),
];
