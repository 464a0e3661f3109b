/** A fresh /etc: what programs need to run, and nothing that tells about the host's users or network. */
import { inside } from "./inside.ts";

/** Files made for the bottle, by path. Name lookups are refused at once: nothing listens on the bottle's port 53. */
export function freshFiles(
  user: { readonly uid: number; readonly gid: number },
  hasBash: boolean,
): Readonly<Record<string, string>> {
  const shell = hasBash ? "/bin/bash" : "/bin/sh";
  return {
    "/etc/passwd": `root:x:0:0:root:/nonexistent:/bin/false\nagent:x:${user.uid}:${user.gid}:agent:${inside.home}:${shell}\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n`,
    "/etc/group": `root:x:0:\nagent:x:${user.gid}:\nnogroup:x:65534:\n`,
    "/etc/hosts": `127.0.0.1 localhost ${inside.hostname}\n::1 localhost\n`,
    "/etc/hostname": `${inside.hostname}\n`,
    "/etc/nsswitch.conf":
      "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
  };
}
