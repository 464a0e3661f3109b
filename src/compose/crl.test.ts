import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRevocationLists } from "./crl.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crl-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ["that is not there", undefined, /cannot be read/],
  [
    "that holds no list",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    /no list/,
  ],
  ["whose list is damaged", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n", /DER/],
])("a file %s stops the start, with its place", async (name, text, why) => {
  const file = join(folder, name.replaceAll(" ", "-"));
  if (text !== undefined) await writeFile(file, text);
  const error: unknown = await readRevocationLists([file]).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "E_CRL_FILE", place: { file } });
  expect((error as { why: string }).why).toMatch(why);
});

test("no lists are no lists", async () => {
  expect(await readRevocationLists([])).toEqual([]);
});
