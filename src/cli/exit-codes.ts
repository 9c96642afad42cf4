/** What `hivis` ends with; `hivis --help` documents them. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  violationsFound: 3,
  /** 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
