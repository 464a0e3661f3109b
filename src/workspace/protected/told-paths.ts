/**
 * What an agent must be able to change, and what the owner's programs run or obey all the same: changes are told at the end.
 */
import type { ProtectedGroup } from "./protected-path.ts";
import { words } from "./protected-path.ts";

export const toldPaths: readonly ProtectedGroup[] = [
  {
    kind: "agent",
    where: "anywhere",
    paths:
      words(`CLAUDE.md CLAUDE.local.md AGENTS.md AGENTS.override.md AGENT.md GEMINI.md .cursorrules .windsurfrules
      .clinerules .roorules .goosehints .github/copilot-instructions.md .github/instructions`),
  },
  { kind: "git", where: "anywhere", paths: words(".gitattributes .lfsconfig") },
  {
    kind: "tool",
    where: "top",
    paths:
      words(`package.json Makefile GNUmakefile justfile Taskfile.yml Dockerfile docker-compose.yml compose.yaml
      build.rs Cargo.toml pyproject.toml setup.py conftest.py tox.ini noxfile.py Rakefile Gemfile build.gradle
      build.gradle.kts settings.gradle settings.gradle.kts gradlew pom.xml mvnw CMakeLists.txt flake.nix shell.nix
      default.nix deno.json .env .env.local`),
  },
];
