/**
 * Reads a GraphQL request (specification of October 2021, section 2): operations and fragments, with what they select. Stricter
 * than the language: no block strings, no odd characters outside of strings, everything bounded.
 */

/** A value as it stands there: literals as JSON has them, a variable by its name. */
export type Value =
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Value> };

export type Selection =
  | {
      readonly kind: "field";
      readonly name: string;
      readonly args: ReadonlyMap<string, Value>;
      /** Undefined for a leaf. */
      readonly selections: readonly Selection[] | undefined;
    }
  | { readonly kind: "spread"; readonly name: string }
  | { readonly kind: "inline"; readonly selections: readonly Selection[] };

export interface Operation {
  readonly type: "query" | "mutation" | "subscription";
  readonly name: string | undefined;
  /** Defaults of its variables. */
  readonly defaults: ReadonlyMap<string, Value>;
  readonly selections: readonly Selection[];
}

export interface Document {
  readonly operations: readonly Operation[];
  readonly fragments: ReadonlyMap<string, readonly Selection[]>;
}

const mostTokens = 20_000;
const deepest = 40;

/** Throws a `SyntaxError` with a reason that holds nothing of the text. */
export function parseGraphql(text: string): Document {
  return new Parser(tokenize(text)).document();
}

/**
 * Names, punctuators, strings and numbers; `...` is one. Commas, white space and comments count for nothing (section 2.1). A
 * comment takes its whole line, so that there is one way to read many of them, and not as many as there are signs.
 */
const token =
  // oxlint-disable-next-line no-control-regex -- what no string may hold as it is
  /(?:[\s,]|#[^\n\r]*(?:[\n\r]|$))*(?:([A-Za-z_]\w*)|(\.\.\.|[!$&()[\]{}:=@|])|("(?:[^"\\\u0000-\u001f]|\\.)*"(?!"))|(-?\d[\d.eE+-]*))/uy;
const rest = /(?:[\s,]|#[^\n\r]*(?:[\n\r]|$))*$/y;

interface Token {
  readonly kind: "name" | "sign" | "string" | "number";
  readonly text: string;
}

function tokenize(text: string): readonly Token[] {
  // oxlint-disable-next-line no-control-regex -- section 2.1.1: what is no source character
  if (/[^\t\n\r -\uffff]/u.test(text)) throw new SyntaxError("it has odd characters");
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found === null) break;
    at = token.lastIndex;
    const [, name, sign, string, number] = found;
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (string !== undefined) tokens.push({ kind: "string", text: string });
    else tokens.push({ kind: "number", text: number ?? "" });
    if (tokens.length > mostTokens) throw new SyntaxError("it is too long");
  }
  rest.lastIndex = at;
  if (!rest.test(text)) throw new SyntaxError("it has a sign that is not taken");
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  document(): Document {
    const operations: Operation[] = [];
    const fragments = new Map<string, readonly Selection[]>();
    while (this.#at < this.#tokens.length) {
      if (!this.#isWord("fragment")) {
        operations.push(this.#operation());
        continue;
      }
      this.#at += 1;
      const name = this.#name();
      if (name === "on" || fragments.has(name))
        throw new SyntaxError("a fragment has no name of its own");
      this.#word("on");
      this.#name();
      this.#directives();
      fragments.set(name, this.#selections());
    }
    return { operations, fragments };
  }

  #operation(): Operation {
    const defaults = new Map<string, Value>();
    if (this.#isSign("{"))
      return { type: "query", name: undefined, defaults, selections: this.#selections() };
    const type = this.#name();
    if (type !== "query" && type !== "mutation" && type !== "subscription")
      throw new SyntaxError("it has a definition that is no operation");
    const name = this.#tokens[this.#at]?.kind === "name" ? this.#name() : undefined;
    if (this.#takes("("))
      while (!this.#takes(")")) {
        this.#sign("$");
        const variable = this.#name();
        if (defaults.has(variable)) throw new SyntaxError("a variable is there twice");
        this.#sign(":");
        this.#type();
        defaults.set(variable, this.#takes("=") ? this.#value() : { kind: "literal", value: null });
        this.#directives();
      }
    this.#directives();
    return { type, name, defaults, selections: this.#selections() };
  }

  #type(): void {
    this.#deeper(() => {
      if (this.#takes("[")) {
        this.#type();
        this.#sign("]");
      } else this.#name();
      this.#takes("!");
    });
  }

  #selections(): readonly Selection[] {
    return this.#deeper(() => {
      this.#sign("{");
      const selections: Selection[] = [];
      while (!this.#takes("}")) selections.push(this.#selection());
      if (selections.length === 0) throw new SyntaxError("a selection is empty");
      return selections;
    });
  }

  #selection(): Selection {
    if (this.#takes("...")) {
      if (this.#tokens[this.#at]?.kind === "name" && !this.#isWord("on")) {
        const name = this.#name();
        this.#directives();
        return { kind: "spread", name };
      }
      if (this.#isWord("on")) {
        this.#at += 1;
        this.#name();
      }
      this.#directives();
      return { kind: "inline", selections: this.#selections() };
    }
    const first = this.#name();
    // `alias: field`
    const name = this.#takes(":") ? this.#name() : first;
    const args = this.#arguments();
    this.#directives();
    return {
      kind: "field",
      name,
      args,
      selections: this.#isSign("{") ? this.#selections() : undefined,
    };
  }

  #arguments(): ReadonlyMap<string, Value> {
    return this.#takes("(") ? this.#pairs(")") : new Map();
  }

  #pairs(end: string): ReadonlyMap<string, Value> {
    const pairs = new Map<string, Value>();
    while (!this.#takes(end)) {
      const name = this.#name();
      if (pairs.has(name)) throw new SyntaxError("an argument is there twice");
      this.#sign(":");
      pairs.set(name, this.#value());
    }
    return pairs;
  }

  #directives(): void {
    while (this.#takes("@")) {
      const name = this.#name();
      // Any other may change what a field means.
      if (name !== "include" && name !== "skip")
        throw new SyntaxError("it has a directive that is not taken");
      this.#arguments();
    }
  }

  #value(): Value {
    return this.#deeper(() => {
      if (this.#takes("$")) return { kind: "variable", name: this.#name() };
      if (this.#takes("{")) return { kind: "object", fields: this.#pairs("}") };
      if (this.#takes("[")) {
        const items: Value[] = [];
        while (!this.#takes("]")) items.push(this.#value());
        return { kind: "list", items };
      }
      const { kind, text } = this.#next();
      if (kind === "sign") throw new SyntaxError("a value is missing");
      if (kind === "name") return { kind: "literal", value: wordOf(text) };
      try {
        // Section 2.9.4: the escapes are those of JSON, but for those with braces, which JSON refuses.
        return { kind: "literal", value: JSON.parse(text) as unknown };
      } catch {
        throw new SyntaxError("a value cannot be read");
      }
    });
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > deepest) throw new SyntaxError("it is nested too deeply");
    const made = read();
    this.#depth -= 1;
    return made;
  }

  #next(): Token {
    const next = this.#tokens[this.#at];
    if (next === undefined) throw new SyntaxError("it ends too early");
    this.#at += 1;
    return next;
  }

  #name(): string {
    const { kind, text } = this.#next();
    if (kind !== "name") throw new SyntaxError("a name is missing");
    return text;
  }

  #word(text: string): void {
    if (this.#name() !== text) throw new SyntaxError("a word is missing");
  }

  #sign(text: string): void {
    if (!this.#takes(text)) throw new SyntaxError("a sign is missing");
  }

  #isSign(text: string): boolean {
    const next = this.#tokens[this.#at];
    return next?.kind === "sign" && next.text === text;
  }

  #isWord(text: string): boolean {
    const next = this.#tokens[this.#at];
    return next?.kind === "name" && next.text === text;
  }

  #takes(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#at += 1;
    return true;
  }
}

/** Enum values stay words. */
function wordOf(text: string): unknown {
  if (text === "null") return null;
  return text === "true" || text === "false" ? text === "true" : text;
}

/** What a value is with these variables; absent ones are null. */
export function valueOf(
  value: Value,
  variables: Readonly<Record<string, unknown>>,
  defaults: ReadonlyMap<string, Value>,
): unknown {
  if (value.kind === "literal") return value.value;
  if (value.kind === "list") return value.items.map((item) => valueOf(item, variables, defaults));
  if (value.kind === "object")
    return Object.fromEntries(
      [...value.fields].map(([key, field]) => [key, valueOf(field, variables, defaults)]),
    );
  if (Object.hasOwn(variables, value.name)) return variables[value.name];
  const fallback = defaults.get(value.name);
  // A default holds no variable (section 2.10); one that does is none.
  return fallback === undefined || fallback.kind === "variable"
    ? null
    : valueOf(fallback, {}, new Map());
}
