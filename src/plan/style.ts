/** How a plan is emphasised: the library names the parts, the caller decides whether a terminal sees colour. */

export interface Style {
  heading(text: string): string;
  label(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
}

const same = (text: string): string => text;

export const plainStyle: Style = { heading: same, label: same, dim: same, warn: same };

/** Select Graphic Rendition (ECMA-48 section 8.3.117): bold, cyan, faint, yellow. */
function sgr(code: number): (text: string) => string {
  return (text) => (text === "" ? "" : `\u001b[${code}m${text}\u001b[0m`);
}

export const ansiStyle: Style = { heading: sgr(1), label: sgr(36), dim: sgr(2), warn: sgr(33) };
