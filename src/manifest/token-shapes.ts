/** Shapes of provider tokens: a value like these must never stand in a manifest or in the agent's environment. */

export interface TokenShape {
  /** What it looks like, for the message. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Which credential keeps it out of the bottle. */
  readonly instead: string;
}

const header =
  'a header credential: {host: …, header: "Authorization: Bearer {secret}", secret: "env:NAME"}';

/** Published prefixes; each pattern is linear and bounded. */
const shapes: readonly TokenShape[] = [
  {
    name: "an Anthropic key or token",
    pattern: /sk-ant-[\w-]{8}/,
    instead: '{preset: anthropic, secret: "env:NAME"} under credentials',
  },
  { name: "an OpenAI key", pattern: /\bsk-(?:proj-|svcacct-|admin-)?\w{20}/, instead: header },
  {
    name: "a GitHub token",
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{16}|github_pat_\w{16})/,
    instead: header,
  },
  { name: "a GitLab token", pattern: /\bgl(?:pat|dt|rt|ptt|cbt)-[\w-]{16}/, instead: header },
  { name: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, instead: header },
  { name: "a Google key", pattern: /\bAIza[\w-]{30}|\bya29\.[\w-]{20}/, instead: header },
  {
    name: "a Slack token",
    pattern: /\bxox[abeoprs]-[\w-]{10}|\bxapp-\d-[\w-]{10}/,
    instead: header,
  },
  { name: "an npm token", pattern: /\bnpm_[A-Za-z0-9]{30}/, instead: header },
  { name: "a Hugging Face token", pattern: /\bhf_[A-Za-z0-9]{30}/, instead: header },
  { name: "a Stripe key", pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16}/, instead: header },
  { name: "a Fly token", pattern: /\bfm[12]r?_[\w+/=-]{20}|\bfo1_[\w-]{20}/, instead: header },
  { name: "a PyPI token", pattern: /\bpypi-[\w-]{30}/, instead: header },
  {
    name: "a private key",
    pattern: /-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----/,
    instead: 'a reference: secret: "file:PATH"',
  },
  {
    name: "a signed web token",
    pattern: /\beyJ[\w-]{10,2048}\.eyJ[\w-]{10,2048}\.[\w-]{10}/,
    instead: header,
  },
];

/** The first token shape found anywhere in the text, so that it can be refused without being shown. */
export function tokenShape(text: string): TokenShape | undefined {
  return shapes.find((shape) => shape.pattern.test(text));
}

/** Every shape above begins with one of these: one pass over a long text instead of one for each. */
const beginnings: RegExp =
  /sk-|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|ptt|cbt)-|A[KS]IA|AIza|ya29\.|xox|xapp-|npm_|hf_|[rs]k_|fm[12]|fo1_|pypi-|-----BEGIN |eyJ/;

/** False if `tokenShape` surely finds nothing. */
export function mayHoldToken(text: string): boolean {
  return beginnings.test(text);
}
