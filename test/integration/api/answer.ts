export type Answer<T = unknown> = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed; only to be looked at when the answer is JSON. */
  readonly json: T;
};
