/** Judges requests to GitHub's GraphQL: which repositories they are about, and what they would change. */
import type { Ask, Verdict } from "../../gateway/config.ts";
import { readJson } from "../presets/json.ts";
import type { GithubGrant } from "./grant.ts";
import { githubRefusal, isGranted, notForRepository } from "./grant.ts";
import type { Document, Operation, Selection } from "./graphql.ts";
import { parseGraphql, valueOf } from "./graphql.ts";
import { freeRoots, isSecretLeaf, lastWays, mutations, ways } from "./graphql-terms.ts";
import type { Way } from "./graphql-terms.ts";
import { findRepositories } from "./node-ids.ts";

/** Levels of fields and fragments. */
const deepest = 60;

/** Stops the walk; its message goes to the agent. */
class Refused extends Error {}

type Field = Extract<Selection, { kind: "field" }>;

/** `path`: where GraphQL is, for what must be asked. */
export async function judgeGraphql(
  grant: GithubGrant,
  { body, path }: { readonly body: Buffer; readonly path: string },
  ask: Ask,
): Promise<Verdict> {
  try {
    const { document, operation, variables } = read(body);
    const judge = new Judge(grant, document, operation, variables);
    judge.operation();
    if (judge.ids.size === 0) return { ok: true };
    // Node ids say nothing of where they lie: GitHub is asked.
    for (const repository of await findRepositories([...judge.ids], path, ask)) {
      if (repository === undefined)
        throw new Refused(
          "It names something that lies in no repository, or that cannot be found.",
        );
      if (!isGranted(grant, repository)) throw new Refused(notForRepository(grant));
    }
    return { ok: true };
  } catch (error) {
    if (error instanceof Refused) return githubRefusal(error.message);
    if (error instanceof SyntaxError)
      return githubRefusal(`The GraphQL request was refused: ${error.message}.`);
    throw error;
  }
}

interface Request {
  readonly document: Document;
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
}

function read(body: Buffer): Request {
  const json = readJson(body);
  if (!json.ok) throw new SyntaxError(json.why);
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyntaxError("it is no object");
  const {
    query,
    variables = null,
    operationName = null,
    ...more
  } = value as Record<string, unknown>;
  if (Object.keys(more).length > 0 || typeof query !== "string")
    throw new SyntaxError("it has more than query, variables and operationName");
  if (variables !== null && (typeof variables !== "object" || Array.isArray(variables)))
    throw new SyntaxError("its variables are no object");
  const document = parseGraphql(query);
  const [operation, ...others] = document.operations;
  if (operation === undefined || others.length > 0)
    throw new SyntaxError("it does not hold exactly one operation");
  if (operationName !== null && operationName !== "" && operationName !== operation.name)
    throw new SyntaxError("it names an operation that it does not hold");
  return { document, operation, variables: (variables ?? {}) as Record<string, unknown> };
}

class Judge {
  /** Node ids that must lie in a granted repository. */
  readonly ids: Set<string> = new Set();
  readonly #grant: GithubGrant;
  readonly #document: Document;
  readonly #operation: Operation;
  readonly #variables: Readonly<Record<string, unknown>>;
  /** Fragments may multiply what a short text asks for. */
  #steps = 0;

  constructor(
    grant: GithubGrant,
    document: Document,
    operation: Operation,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.#grant = grant;
    this.#document = document;
    this.#operation = operation;
    this.#variables = variables;
  }

  operation(): void {
    const { type, selections } = this.#operation;
    if (type === "subscription") throw new Refused("Subscriptions are not granted.");
    for (const field of this.#fields(selections, []))
      if (type === "query") this.#root(field);
      else this.#mutation(field);
  }

  #root(field: Field): void {
    const { name, selections = [] } = field;
    if (freeRoots.has(name)) return;
    if (name === "viewer") return this.#viewer(selections);
    if (!this.#grant.words.includes("read"))
      throw new Refused("Reading is not granted (can: [read]).");
    if (name === "repository") this.#repository(field);
    else if (name === "node") this.#id(this.#argument(field, "id"));
    else if (name === "nodes") {
      const ids = this.#argument(field, "ids");
      if (!Array.isArray(ids)) throw new Refused("It names no ids.");
      for (const id of ids as unknown[]) this.#id(id);
    } else
      throw new Refused(
        `The field ${name} reaches beyond the granted repositories; repository(owner, name) does not.`,
      );
    this.#below(selections, "open", []);
  }

  /** Who the token is of: programs ask before they do anything. */
  #viewer(selections: readonly Selection[]): void {
    for (const { name } of this.#fields(selections, []))
      if (!["__typename", "id", "login"].includes(name))
        throw new Refused("Of the user of the token, id and login alone are shown.");
  }

  #repository(field: Field): void {
    const [owner, name] = [this.#argument(field, "owner"), this.#argument(field, "name")];
    if (typeof owner !== "string" || typeof name !== "string")
      throw new Refused("A repository needs owner and name.");
    if (!isGranted(this.#grant, `${owner}/${name}`))
      throw new Refused(notForRepository(this.#grant));
  }

  #mutation(field: Field): void {
    const { name, selections = [] } = field;
    if (name === "__typename") return;
    const known = mutations.get(name);
    const granted = known?.find(({ word }) => this.#grant.words.includes(word));
    if (granted === undefined)
      throw new Refused(
        known === undefined
          ? `The mutation ${name} is not granted by any word of can.`
          : `The mutation ${name} is not granted (can: [${known[0]?.word ?? ""}]).`,
      );
    const input = this.#argument(field, "input");
    if (typeof input !== "object" || input === null || Array.isArray(input))
      throw new Refused("A mutation needs an input.");
    let named = 0;
    for (const [key, value] of Object.entries(input)) {
      if (value === null) continue;
      if (granted.ids.includes(key)) {
        this.#id(value);
        named += 1;
      } else if (!granted.may.includes(key))
        throw new Refused(`The field ${shown(key)} of ${name} is not granted.`);
    }
    if (named === 0) throw new Refused(`The mutation ${name} does not say what it changes.`);
    this.#checkInput(name, input as Readonly<Record<string, unknown>>);
    this.#below(selections, "open", []);
  }

  #checkInput(name: string, input: Readonly<Record<string, unknown>>): void {
    const approves = name === "addPullRequestReview" || name === "submitPullRequestReview";
    const event = input["event"] ?? null;
    if (approves && event !== null && event !== "COMMENT" && event !== "REQUEST_CHANGES")
      if (event !== "APPROVE" || !this.#grant.words.includes("merge"))
        throw new Refused("Approving is not granted (can: [merge]).");
    if (name === "createPullRequest" && String(input["headRefName"]).includes(":"))
      throw new Refused("A pull request may come from a branch of this repository alone.");
  }

  #id(value: unknown): void {
    if (typeof value !== "string" || !/^[\w=+/-]{1,200}$/.test(value))
      throw new Refused("A node id is missing.");
    this.ids.add(value);
    if (this.ids.size > 100) throw new Refused("It names too many ids.");
  }

  #argument(field: Field, name: string): unknown {
    const value = field.args.get(name);
    return value === undefined
      ? undefined
      : valueOf(value, this.#variables, this.#operation.defaults);
  }

  /** Everything below a field, and only where it may lead. */
  #below(selections: readonly Selection[], way: Way, trail: readonly string[]): void {
    if (trail.length > deepest) throw new Refused("It is nested too deeply.");
    for (const field of this.#fields(selections, trail)) {
      const { name, selections: further } = field;
      if (isSecretLeaf(name)) throw new Refused(`The field ${name} is a credential.`);
      if (further === undefined) continue;
      const next = way === "open" ? ways.get(name) : lastWays.has(name) ? "actor" : undefined;
      if (next === undefined)
        throw new Refused(`The field ${name} may lead to another repository.`);
      this.#below(further, next, [...trail, ""]);
    }
  }

  /** Fields with those of fragments among them. */
  *#fields(selections: readonly Selection[], trail: readonly string[]): Generator<Field> {
    for (const selection of selections) {
      this.#steps += 1;
      if (this.#steps > 20_000) throw new Refused("It asks for too much.");
      if (selection.kind === "field") yield selection;
      else if (selection.kind === "inline") yield* this.#fields(selection.selections, trail);
      else {
        const fragment = this.#document.fragments.get(selection.name);
        if (fragment === undefined || trail.includes(selection.name) || trail.length > deepest)
          throw new Refused("A fragment is missing, or holds itself.");
        yield* this.#fields(fragment, [...trail, selection.name]);
      }
    }
  }
}

/** A key of the request, fit to be shown. */
function shown(key: string): string {
  return /^\w{1,64}$/.test(key) ? key : "with an odd name";
}
