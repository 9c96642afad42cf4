import { setTimeout as delay } from 'node:timers/promises';
import { isTemporary, toS3Error } from './s3-errors.js';

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 200;

/** One request to the S3 server, repeated while its failure is temporary; what is left comes out as a HivisError. */
export type S3Call = <T>(action: () => Promise<T>) => Promise<T>;

export function createS3Call(what: string): S3Call {
  return async (action) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (thrown) {
        if (attempt >= ATTEMPTS || !isTemporary(thrown)) throw toS3Error(thrown, what);
        await delay(FIRST_DELAY_MS * 2 ** (attempt - 1));
      }
    }
  };
}
