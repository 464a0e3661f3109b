/** The scripts that shells load: short, and the same answer for all of them comes from `complete.ts`. */

export type Shell = "bash" | "zsh" | "fish";

/** `command`: Node and the bundle, absolute; an alias or another PATH does not lead it astray. */
export function completionScript(shell: Shell, command: readonly string[]): string {
  const quote = shell === "fish" ? fishWord : shellWord;
  return scripts[shell].replaceAll("@command@", () => command.map(quote).join(" "));
}

/** POSIX shell, section 2.2.2: nothing ends single quotes but another one. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** fish's single quotes know two escapes (fish language, "Quotes"). */
function fishWord(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# bash completion of bottle; in ~/.bashrc: source <(bottle completion bash)
_bottle() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(@command@ __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _bottle bottle
`,
  zsh: `#compdef bottle
# zsh completion of bottle; in ~/.zshrc: source <(bottle completion zsh)
_bottle() {
  local -a found
  found=("\${(@f)$(@command@ __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( $#found )); then
    _describe -t bottle bottle found
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _bottle ]]; then
  _bottle "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _bottle bottle
fi
`,
  fish: `# fish completion of bottle; once: bottle completion fish > ~/.config/fish/completions/bottle.fish
function __bottle_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -e words[1]
  set -l found (@command@ __complete fish -- $words "$current" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c bottle -f -a '(__bottle_complete)'
`,
};
