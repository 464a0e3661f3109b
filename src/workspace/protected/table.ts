/** Protected paths of a project's folder, as data: read-only in a bottle that works on the folder itself, and marked in what comes back. */
import type { ProtectedGroup } from "./protected-path.ts";
import { words } from "./protected-path.ts";

export const protectedPaths: readonly ProtectedGroup[] = [
  {
    kind: "git",
    where: "anywhere",
    // Other version control as well: hgrc(5) has hooks, jj's config aliases and tools.
    paths: words(".gitmodules .gitconfig .hg/hgrc .hg/hgrc-not-shared .hg/sharedpath .hgrc .jj"),
  },
  {
    kind: "editor",
    where: "anywhere",
    paths:
      words(`.vscode .idea .fleet .zed .vs .nova .devcontainer .devcontainer.json *.code-workspace
      *.sublime-project *.sublime-commands *.ipr .exrc .vimrc .nvimrc .nvim.lua .lvimrc .vim .nvim
      .dir-locals.el .dir-locals-2.el .projectile .kateproject .helix`),
  },
  {
    kind: "agent",
    where: "anywhere",
    paths:
      words(`.claude .mcp.json .cursor .codex .gemini .windsurf .continue .roo .kilocode .kiro .amazonq
      .opencode opencode.json opencode.jsonc .aider.conf.yml .junie .augment .trae .goose .crush.json crush.json
      .claude-bottle.yaml .claude-bottle.yml .claude-bottle.json`),
  },
  {
    kind: "ci",
    where: "top",
    paths:
      words(`.github/workflows .github/actions .github/dependabot.yml .gitlab-ci.yml .gitlab .circleci .travis.yml
      .appveyor.yml appveyor.yml azure-pipelines.yml .azure-pipelines .azuredevops bitbucket-pipelines.yml Jenkinsfile
      .drone.yml .drone.star .woodpecker .woodpecker.yml .woodpecker.yaml .buildkite .forgejo/workflows .forgejo/actions
      .gitea/workflows .gitea/actions .cirrus.yml .cirrus.star .semaphore .teamcity .tekton cloudbuild.yaml cloudbuild.json
      buildspec.yml .builds .build.yml .gitpod.yml .gitpod .codesandbox .replit .onedev-buildspec.yml codemagic.yaml`),
  },
  {
    kind: "hooks",
    where: "top",
    paths:
      words(`.husky .githooks .hooks githooks .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml lefthook.yaml
      .lefthook.yml .lefthook lefthook.toml lefthook-local.yml .overcommit.yml .git-hooks captainhook.json grumphp.yml`),
  },
  {
    kind: "shell",
    where: "anywhere",
    paths:
      words(`.envrc .autoenv .autoenv.zsh .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile
      .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .inputrc .tmux.conf .screenrc .config/fish
      .mise.toml mise.toml .mise .mise.local.toml mise.local.toml .config/mise .config/mise.toml .tool-versions .rtx.toml
      .asdfrc .sdkmanrc .devbox devbox.json`),
  },
  {
    kind: "tool",
    where: "anywhere",
    paths:
      words(`.npmrc .yarnrc .yarnrc.yml .yarn/releases .yarn/plugins .yarn/sdks .pnpmfile.cjs .pnpmfile.mjs pnpmfile.js
      bunfig.toml .cargo .mvn gradle/wrapper .bundle .gemrc .pypirc pip.conf .condarc .curlrc .wgetrc .netrc .ssh
      .ripgreprc .gdbinit .lldbinit .rprofile .renviron .ghci .irbrc .pryrc .pdbrc .pythonrc .pythonstartup .ocamlinit
      .octaverc .sqliterc .psqlrc .luarc .julia .config/julia .vagrant .terraformrc .ansible.cfg ansible.cfg
      .watchmanconfig .direnvrc .nixpkgs .sbtopts .jvmopts .bazelrc .buckconfig`),
  },
];

/**
 * Filled by package managers with other people's whole projects, which nobody opens as projects of his own: of what is in
 * the table only repositories are looked for in them.
 */
export const dependencyFolders: ReadonlySet<string> = new Set(
  words("node_modules bower_components site-packages .venv venv .tox .nox .pnpm-store"),
);
