/** Files that something on the owner's machine runs or obeys without being asked: data, which docs/workspace.md shows as a table. */
import type { ProtectedKind } from "../protected/protected-path.ts";
import { words } from "../protected/protected-path.ts";
import { protectedPaths } from "../protected/table.ts";

export interface DangerRow {
  /** The word in JSON. */
  readonly kind: string;
  readonly reason: string;
  /**
   * At any depth, letter case ignored. `*` stands for anything within a name; a name with a slash at its end is a file, or a
   * folder with all that is in it.
   */
  readonly paths: readonly string[];
}

/** What is here beside the protected paths of a mounted folder (protected/table.ts), which are dangerous in a copy as well. */
const besides: readonly DangerRow[] = [
  {
    kind: "hook",
    reason: "runs when you commit, check out, merge or push",
    paths: words(`
      git-hooks/ .huskyrc* lefthook.* .lefthook.* lefthook-local.* simple-git-hooks.*
      .simple-git-hooks.* .lintstagedrc* lint-staged.config.*`),
  },
  {
    kind: "ci",
    reason: "runs on your build servers, often with secrets",
    paths: words(`
      .github/dependabot.* action.yml action.yaml codeowners .gitea/ .forgejo/
      *.gitlab-ci.yml jenkinsfile.* .jenkins/ azure-pipelines* .woodpecker.* .cirrus.*
      cloudbuild.* buildspec.y*ml netlify.toml vercel.json renovate.json* .renovaterc*`),
  },
  {
    kind: "package",
    reason: "its commands run when the package is installed, built or tested",
    paths: words(`
      package.json package.json5 package.yaml .pnpmfile.* pnpm-workspace.yaml lerna.json
      nx.json turbo.json deno.json* binding.gyp setup.py setup.cfg pyproject.toml tox.ini
      noxfile.py conftest.py pytest.ini sitecustomize.py usercustomize.py *.pth cargo.toml
      build.rs gemfile *.gemspec composer.json mix.exs package.swift build.zig project.clj
      *.csproj *.fsproj *.vbproj *.vcxproj *.sln directory.build.* *.props *.targets
      nuget.config`),
  },
  {
    kind: "build",
    reason: "runs when the project is built",
    paths: words(`
      makefile makefile.* gnumakefile *.mk *.mak justfile .justfile *.just taskfile.*
      rakefile rakefile.* *.rake cmakelists.txt *.cmake cmakepresets.json
      cmakeuserpresets.json meson.build sconstruct sconscript build build.bazel workspace
      workspace.bazel module.bazel *.bzl buck configure configure.ac autogen.sh
      bootstrap.sh *.m4 *.gradle *.gradle.kts gradle.properties gradlew* pom.xml mvnw*
      build.xml build.sbt *.sbt build.sh earthfile tiltfile vagrantfile default.nix
      shell.nix flake.nix`),
  },
  {
    kind: "container",
    reason:
      "runs when the image is built or the services are started, and says what of your machine they see",
    paths: words(`
      dockerfile dockerfile.* *.dockerfile containerfile containerfile.* docker-compose*
      compose.y*ml compose.*.y*ml docker-bake.* skaffold.yaml`),
  },
  {
    kind: "tool",
    reason: "is a program that build tools, test runners and editors load",
    paths: words(`
      *.config.js *.config.cjs *.config.mjs *.config.ts *.config.cts *.config.mts
      *.conf.js *.setup.js *.setup.ts .*rc.js .*rc.cjs .*rc.mjs .*rc.ts .eslintrc*
      .babelrc* .mocharc* .swcrc gulpfile.* gruntfile.* tsconfig*.json jsconfig.json`),
  },
  {
    kind: "editor",
    reason: "your editor runs or obeys it when you open the folder",
    paths: words(`
      *.iml .run/ devcontainer.json _vimrc .local.vimrc .project .classpath .settings/
      *.sublime-* .gitpod.* .ccls .clangd compile_flags.txt compile_commands.json`),
  },
  {
    kind: "agent",
    reason: "an agent that you run outside of a bottle obeys it",
    paths: words(`
      .claude-plugin/ claude.md claude.local.md .claude.json .claude-bottle.*
      .claude-bottle-*/ claude-bottle.json agents.md agents.override.md agent.md .agents/ .agent/ gemini.md
      .cursorrules .cursorignore .windsurfrules .clinerules/ .cline/ .roorules* .roomodes
      .aider* .github/copilot* .github/instructions/ .github/prompts/ .github/chatmodes/
      .github/agents/ .github/hooks/ *.instructions.md *.prompt.md mcp.json .mcp/
      opencode.json* .goosehints skill.md`),
  },
  {
    kind: "shell",
    reason: "your shell or a tool reads it as settings when you work in the folder",
    paths: words(`
      .env .env.* .yarnrc* .yarn/ .pnp.* mise.*.toml .mise.* mise/config.toml .nvmrc
      .node-version .python-version .ruby-version rust-toolchain* .config/ .local/
      config.fish .pdbrc* .pythonrc* .gnupg/ .docker/ .kube/ *.desktop .autoenv*`),
  },
  {
    kind: "git",
    reason: "git obeys it: attributes name filters and drivers, and modules are fetched",
    paths: words(`
      .gitattributes .lfsconfig .git-crypt/ .gitignore_global`),
  },
  {
    kind: "dependency",
    reason: "says which foreign code the next install fetches and runs",
    paths: words(`
      package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock* deno.lock
      cargo.lock gemfile.lock composer.lock poetry.lock uv.lock pdm.lock pipfile*
      pylock*.toml requirements*.txt constraints*.txt environment.y*ml go.mod go.sum
      go.work* packages.lock.json package.resolved mix.lock flake.lock pubspec.*
      vcpkg.json conanfile.* buf.gen.yaml`),
  },
];

/** Kinds of protected paths, and the row that each belongs to. */
const rowOfKind: Readonly<Record<ProtectedKind, string>> = {
  git: "git",
  editor: "editor",
  agent: "agent",
  ci: "ci",
  hooks: "hook",
  shell: "shell",
  tool: "shell",
  yours: "yours",
};

export const dangerTable: readonly DangerRow[] = besides.map((row) => ({
  ...row,
  paths: [
    ...protectedPaths
      .filter(({ kind }) => rowOfKind[kind] === row.kind)
      // Each is a file, or a folder with all that is in it.
      .flatMap(({ paths }) => paths.map((path) => `${path.toLowerCase()}/`)),
    ...row.paths,
  ],
}));

/** What is dangerous whatever its name is. */
export const dangerByNature = {
  executable: "gets the right to be run, which it did not have",
  link: "is a link that leads out of the folder or into its .git, or may do so through another link",
  submodule: "is a submodule: a commit of another repository",
  masked: "was masked: the bottle never saw what yours holds",
} as const;
