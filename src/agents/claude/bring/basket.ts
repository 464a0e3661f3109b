/** Collects files of the owner's set-up: what looks like a secret stops it, what is a link is left where it is and named. */
import { BottleError } from "../../../errors/error.ts";
import type { BringRequest, BroughtFiles, OwnerTree } from "../../../lifecycle/agent.ts";

type File = BroughtFiles["files"][number];

/** Where all of it is inside. */
const inside = ".claude";

export class Basket {
  readonly #request: Pick<BringRequest, "owner" | "secretShape">;
  readonly #files: File[] = [];
  readonly #comes: string[] = [];
  readonly #stays: string[] = [];

  constructor(request: Pick<BringRequest, "owner" | "secretShape">) {
    this.#request = request;
  }

  /** One file; a link in its place is an error, because it was asked for. */
  file(path: string): void {
    const content = this.text(path);
    if (content === undefined) return;
    this.#add(path, content, 0o600);
    this.#comes.push(path);
  }

  /** A folder with all of its files, if it is there. */
  folder(path: string, what: string): void {
    const tree = this.#read(path);
    if (tree !== undefined) this.#addTree(path, what, tree);
  }

  skill(name: string): void {
    const path = `skills/${name}`;
    const tree = this.#read(path);
    if (tree === undefined || tree.files.length === 0)
      throw refused(
        `There is no skill ${name} in ~/.claude/skills.`,
        "Correct `skills` of the agent, or put the skill there.",
      );
    this.#addTree(path, `the skill ${name}`, tree);
  }

  /** A file that is not copied but read; nothing in it is brought yet. */
  text(path: string): Buffer | undefined {
    const tree = this.#read(path);
    const [file] = tree?.files ?? [];
    return file?.path === "" ? file.content : undefined;
  }

  comes(what: string): void {
    this.#comes.push(what);
  }

  stays(what: string): void {
    this.#stays.push(what);
  }

  /** Throws where a text holds what looks like a secret; the text is not shown. */
  check(text: string, place: string): void {
    const shape = this.#request.secretShape(text);
    if (shape === undefined) return;
    throw refused(
      `${place} holds what looks like ${shape}; it is not shown.`,
      "Take it out there and let the gateway hold it as a credential, or do not bring this part.",
    );
  }

  contents(): Pick<BroughtFiles, "files" | "comes" | "stays"> {
    return { files: this.#files, comes: this.#comes, stays: this.#stays };
  }

  #read(path: string): OwnerTree | undefined {
    const tree = this.#request.owner.read(path);
    if (tree?.odd.includes("") !== true) return tree;
    throw refused(
      `${shown(path)} is a link, or no file, and links are not followed.`,
      "Put the file itself there, or do not bring this part.",
    );
  }

  #addTree(path: string, what: string, tree: OwnerTree): void {
    for (const file of tree.files) this.#add(`${path}/${file.path}`, file.content, file.mode);
    for (const odd of tree.odd)
      this.#stays.push(`${shown(`${path}/${odd}`)}, which is a link or no file`);
    if (tree.files.length > 0) this.#comes.push(`${what} (${count(tree.files.length)})`);
  }

  #add(path: string, content: Buffer, mode: number): void {
    const text = content.toString("latin1");
    if (this.#request.secretShape(text) !== undefined) {
      const lines = text.split("\n");
      const at = lines.findIndex((line) => this.#request.secretShape(line) !== undefined);
      this.check(text, at < 0 ? shown(path) : `${shown(path)}, line ${at + 1},`);
    }
    this.#files.push({ path: `${inside}/${path}`, content: content.toString("base64"), mode });
  }
}

/** For people; an owner with a folder of his own knows which. */
export function shown(path: string): string {
  return path === ".claude.json" ? "~/.claude.json" : `~/.claude/${path}`;
}

export function refused(what: string, next: string): BottleError {
  return new BottleError({ code: "E_PLAN_BRING", what, next });
}

function count(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}
