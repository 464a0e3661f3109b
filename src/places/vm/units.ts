/** The machine's end: a timer that powers it off, from the first moment on, and a reboot does not buy time. */

export const endService: string = `[Unit]
Description=claude-bottle: the end of this machine
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --no-block poweroff
`;

/** Counted from each boot; the script adds the moment itself. */
export function endTimer(seconds: number): string {
  return `[Unit]
Description=claude-bottle: when this machine ends

[Timer]
OnBootSec=${seconds}
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}

/** Docker does not start without it. */
export const metadataService: string = `[Unit]
Description=claude-bottle: no container reaches the metadata of the cloud
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/claude-bottle-metadata

[Install]
WantedBy=multi-user.target
RequiredBy=docker.service
`;
