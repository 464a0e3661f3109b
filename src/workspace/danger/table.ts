/** Files that something on the owner's machine runs or obeys without being asked: data, which docs/workspace.md shows as a table. */

export interface DangerRow {
  /** The word in JSON. */
  readonly kind: string;
  readonly reason: string;
  /**
   * At any depth, letter case ignored. `*` stands for anything within a name; a name with a slash at its end is a folder and all
   * that is in it.
   */
  readonly paths: readonly string[];
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

export const dangerTable: readonly DangerRow[] = [
  {
    kind: "hook",
    reason: "runs when you commit, check out, merge or push",
    paths: words(`
      .githooks/ githooks/ git-hooks/ .husky/ .huskyrc* lefthook.* .lefthook.* .lefthook/
      lefthook-local.* .pre-commit-config.yaml .pre-commit-hooks.yaml .overcommit.yml
      simple-git-hooks.* .simple-git-hooks.* .lintstagedrc* lint-staged.config.*`),
  },
  {
    kind: "ci",
    reason: "runs on your build servers, often with secrets",
    paths: words(`
      .github/workflows/ .github/actions/ .github/dependabot.* action.yml action.yaml
      codeowners .gitea/ .forgejo/ .gitlab/ .gitlab-ci.yml *.gitlab-ci.yml jenkinsfile jenkinsfile.*
      .jenkins/ .circleci/ azure-pipelines* .azure-pipelines/ .azuredevops/ .travis.yml
      appveyor.yml .appveyor.yml .drone.yml .drone.star .woodpecker.* .woodpecker/
      .buildkite/ .semaphore/ .teamcity/ .cirrus.* bitbucket-pipelines.yml cloudbuild.*
      buildspec.y*ml codemagic.yaml netlify.toml vercel.json renovate.json* .renovaterc*`),
  },
  {
    kind: "package",
    reason: "its commands run when the package is installed, built or tested",
    paths: words(`
      package.json package.json5 package.yaml .pnpmfile.* pnpm-workspace.yaml lerna.json
      nx.json turbo.json deno.json* bunfig.toml binding.gyp setup.py setup.cfg
      pyproject.toml tox.ini noxfile.py conftest.py pytest.ini sitecustomize.py
      usercustomize.py *.pth cargo.toml build.rs .cargo/ gemfile *.gemspec composer.json
      mix.exs package.swift build.zig project.clj *.csproj *.fsproj *.vbproj *.vcxproj
      *.sln directory.build.* *.props *.targets nuget.config`),
  },
  {
    kind: "build",
    reason: "runs when the project is built",
    paths: words(`
      makefile makefile.* gnumakefile *.mk *.mak justfile .justfile *.just taskfile.* rakefile rakefile.*
      *.rake cmakelists.txt *.cmake cmakepresets.json cmakeuserpresets.json meson.build
      sconstruct sconscript build build.bazel workspace workspace.bazel module.bazel *.bzl
      .bazelrc .buckconfig buck configure configure.ac autogen.sh bootstrap.sh *.m4
      *.gradle *.gradle.kts gradle.properties gradlew* gradle/wrapper/ pom.xml mvnw* .mvn/
      build.xml build.sbt *.sbt build.sh earthfile tiltfile vagrantfile default.nix
      shell.nix flake.nix`),
  },
  {
    kind: "container",
    reason:
      "runs when the image is built or the services are started, and says what of your machine they see",
    paths: words(`
      dockerfile dockerfile.* *.dockerfile containerfile containerfile.* docker-compose* compose.y*ml compose.*.y*ml
      docker-bake.* skaffold.yaml`),
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
      .vscode/ *.code-workspace .vs/ .idea/ *.iml .run/ .fleet/ .zed/ .devcontainer/
      .devcontainer.json devcontainer.json .vim/ .nvim/ .vimrc _vimrc .exrc .nvimrc
      .nvim.lua .lvimrc .local.vimrc .dir-locals.el .dir-locals-2.el .project .classpath
      .settings/ *.sublime-* .helix/ .kateproject .gitpod.* .ccls .clangd
      compile_flags.txt compile_commands.json`),
  },
  {
    kind: "agent",
    reason: "an agent that you run outside of a bottle obeys it",
    paths: words(`
      .claude/ .claude-plugin/ claude.md claude.local.md .claude.json .claude-bottle.*
      claude-bottle.json agents.md agents.override.md agent.md .agents/ .agent/ gemini.md
      .gemini/ .codex/ .cursor/ .cursorrules .cursorignore .windsurf/ .windsurfrules
      .clinerules/ .cline/ .roo/ .roorules* .roomodes .kilocode/ .continue/ .aider*
      .github/copilot* .github/instructions/ .github/prompts/ .github/chatmodes/
      .github/agents/ .github/hooks/ *.instructions.md *.prompt.md .mcp.json mcp.json
      .mcp/ .amazonq/ .junie/ .kiro/ .trae/ .augment/ .opencode/ opencode.json*
      .goosehints skill.md`),
  },
  {
    kind: "shell",
    reason: "your shell or a tool reads it as settings when you work in the folder",
    paths: words(`
      .envrc .env .env.* .npmrc .yarnrc* .yarn/ .pnp.* .tool-versions mise.toml
      mise.*.toml .mise.* .mise/ mise/config.toml .rtx.toml .nvmrc .node-version
      .python-version .ruby-version rust-toolchain* .sdkmanrc .bashrc .bash_profile
      .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin
      .config/ .local/ config.fish .inputrc .tmux.conf .screenrc .gdbinit .lldbinit
      .pdbrc* .pythonrc* .irbrc .pryrc .gemrc .bundle/ .pypirc pip.conf .condarc .rprofile
      .renviron .curlrc .wgetrc .netrc .ssh/ .gnupg/ .docker/ .kube/ .terraformrc
      *.desktop .autoenv*`),
  },
  {
    kind: "git",
    reason: "git obeys it: attributes name filters and drivers, and modules are fetched",
    paths: words(`
      .gitattributes .gitmodules .lfsconfig .gitconfig .git-crypt/ .gitignore_global`),
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

/** What is dangerous whatever its name is. */
export const dangerByNature = {
  executable: "gets the right to be run, which it did not have",
  link: "is a link that leads out of the folder or into its .git, or may do so through another link",
  submodule: "is a submodule: a commit of another repository",
  masked: "was masked: the bottle never saw what yours holds",
} as const;
