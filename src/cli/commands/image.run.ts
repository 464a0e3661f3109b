/** What `bottle image` does: builds with progress, and says what is there, or gone. */
import { bakeAgent } from "../../compose/bake.ts";
import { buildImage, listImages, pruneImages } from "../../compose/images.ts";
import type { ListedImage } from "../../compose/images.ts";
import { escapeText } from "../../terminal/print.ts";
import { answer } from "../answer.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ImageFlags, ImageVerb } from "./image.ts";

export async function image(
  this: CliContext,
  flags: ImageFlags,
  verb: ImageVerb,
  bottle?: string,
): Promise<void> {
  const { stdout, stderr } = this.process;
  await answer(this, flags.format, async () => {
    const { manifest, place, agent, format } = flags;
    const progress = (line: string): void => void stderr.write(`bottle: ${escapeText(line)}\n`);
    const request = { bottle, manifest, place };
    if (verb === "bake") {
      const { name, id } = await bakeAgent(this, { ...request, agent }, progress);
      const told = format === "json" ? JSON.stringify({ name, id }) : escapeText(name);
      stdout.write(`${told}\n`);
      return exitCodes.ok;
    }
    if (verb === "build") {
      const id = await buildImage(this, request, progress);
      stdout.write(format === "json" ? `${JSON.stringify({ id })}\n` : `${escapeText(id)}\n`);
      return exitCodes.ok;
    }
    if (verb === "list") {
      const found = await listImages(this, request);
      stdout.write(format === "json" ? `${JSON.stringify(found)}\n` : lines(found.map(shown)));
      return exitCodes.ok;
    }
    const gone = await pruneImages(this, request);
    const told = gone.map((one) =>
      one.stays === undefined
        ? `removed ${nameOf(one)}`
        : `could not remove ${nameOf(one)}: ${one.stays}`,
    );
    stdout.write(format === "json" ? `${JSON.stringify(gone)}\n` : lines(told));
    return gone.every(({ stays }) => stays === undefined) ? exitCodes.ok : exitCodes.failed;
  });
}

function nameOf({ name, id }: ListedImage): string {
  return name === "" ? id : name;
}

function shown(one: ListedImage): string {
  const use = one.used ? "" : ", not in use";
  return `${nameOf(one)}  ${Math.round(one.bytes / 1e6)} MB  ${one.what}${use}`;
}

function lines(texts: readonly string[]): string {
  return texts.length === 0
    ? "There is none.\n"
    : texts.map((text) => `${escapeText(text)}\n`).join("");
}
