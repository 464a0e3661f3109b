/** Where things are inside every bottle of this backend. */

/** Where the programs are that we bring. */
export const insideOurs: string = "/opt/claude-bottle";

export const inside = {
  home: "/home/agent",
  link: "/run/claude-bottle",
  /** The Node that runs us, wherever the host has it. */
  node: "/opt/claude-bottle/node",
  uid: 1000,
  gid: 1000,
  hostname: "bottle",
} as const;
