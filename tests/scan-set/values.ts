/** The values that the gateway of the labelled set holds: tokens, a password, what an owner passed in. */
import { createRandom, alphanumeric, lowerHex, urlSafe } from "./random.ts";

const random = createRandom(20_260_101);

export const values: readonly { readonly name: string; readonly value: string }[] = [
  { name: "the secret of model", value: `sk-ant-oat01-${random.text(urlSafe, 93)}AA` },
  { name: "the secret of forge", value: random.text(lowerHex, 40) },
  { name: "the secret of shop", value: `pa$$/w+rd-${random.text(alphanumeric, 10)}=&é"<x>` },
  {
    name: "the placeholder of forge",
    value: `claude-bottle-placeholder-header-${random.text(`${lowerHex}xyz`, 32)}`,
  },
  { name: "env REGION", value: `eu-${random.text(alphanumeric, 7)}` },
];
