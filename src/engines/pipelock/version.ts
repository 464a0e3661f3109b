/** Which pipelock this was written for, and how one gets it: by commit, for its tags name a module that does not exist. */

export const commit = "7a3b7de4a5552b4e756eb930256468b7cbd616b1";
export const modulePath = "github.com/luckyPipewrench/pipelock";
/** The release at that commit. */
export const release = "2.3.0";

/** `folder`: where the program goes. */
export function installCommand(folder: string): string {
  return `GOBIN=${folder} go install ${modulePath}/cmd/pipelock@${commit}`;
}
