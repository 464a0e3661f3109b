/**
 * Maven takes a second local repository behind its own since 3.9 (`maven.repo.local.tail`); an older one reads it as a repository in
 * the file system, which has the same layout. The owner's settings.xml, with its passwords, stays where it is.
 */
import { join } from "node:path";
import type { FindCache } from "./cache.ts";
import { insideCache } from "./cache.ts";
import { isFolder } from "./folders.ts";

export const mavenCache: FindCache = async (host) => {
  const source = join(host.home, ".m2/repository");
  if (!(await isFolder(source))) return undefined;
  const target = insideCache("maven");
  return {
    mounts: [{ source, target }],
    env: {
      MAVEN_ARGS: `-Dmaven.repo.local.tail=${target} -Dmaven.repo.local.tail.ignoreAvailability=true`,
    },
    seeds: [{ path: ".m2/settings.xml", content: settings(`file://${target}`) }],
  };
};

function settings(url: string): string {
  const repository = (kind: string): string =>
    `<${kind}><id>host-cache</id><url>${url}</url><releases><checksumPolicy>ignore</checksumPolicy></releases><snapshots><enabled>false</enabled></snapshots></${kind}>`;
  return `<settings>
  <profiles><profile><id>host-cache</id>
    <repositories>${repository("repository")}</repositories>
    <pluginRepositories>${repository("pluginRepository")}</pluginRepositories>
  </profile></profiles>
  <activeProfiles><activeProfile>host-cache</activeProfile></activeProfiles>
</settings>
`;
}
