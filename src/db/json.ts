import type { JsonValue } from './client.js';

/** Our types are JSON already, only readonly, which the client's type does not know. */
export function toJson(value: object): JsonValue {
  return value as JsonValue;
}
