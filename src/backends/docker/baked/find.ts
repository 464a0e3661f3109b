/** The image that a bottle can be made of instead of its own: the same, with exactly the bottle's programs in it. */
import type { LaunchSpec, Mount } from "../../../lifecycle/backend.ts";
import { lookAtProgram, programHash } from "../program-hash.ts";
import type { BakedImage } from "./baked.ts";

/** The spec of that image, without the mounts that it spares; the spec as it is where there is none. `base`: the bottle's own image. */
export async function bakedSpec(
  spec: LaunchSpec,
  base: string,
  images: readonly BakedImage[],
): Promise<LaunchSpec> {
  const { programs = [], mounts } = spec;
  const own = mounts.filter(({ target }) => programs.includes(target));
  for (const image of images)
    if (image.base === base && (await holds(image, own)))
      return { ...spec, image: image.id, mounts: mounts.filter((mount) => !own.includes(mount)) };
  return spec;
}

/** These programs and no others. What was touched since is read once more; what has another size is another. */
export async function holds(
  { programs }: Pick<BakedImage, "programs">,
  mounts: readonly Mount[],
): Promise<boolean> {
  if (programs.length !== mounts.length || mounts.length === 0) return false;
  const touched: { readonly source: string; readonly hash: string }[] = [];
  for (const { source, target } of mounts) {
    const baked = programs.find((one) => one.target === target);
    if (baked === undefined) return false;
    const look = lookAtProgram(source);
    if (look?.size !== baked.size) return false;
    if (look.stamp !== baked.stamp) touched.push({ source, hash: baked.hash });
  }
  for (const { source, hash } of touched) if ((await programHash(source)) !== hash) return false;
  return true;
}
