/** The images of hivis, what each is built on, and the sizes and times that it must stay below. */
export type Image = {
  readonly name: 'api' | 'worker' | 'web' | 'model' | 'all-in-one';
  readonly base: string;
  readonly user: string;
  /** Everything, base included. */
  readonly maxBytes?: number;
  /** On top of the base. */
  readonly maxAddedBytes?: number;
};

const MB = 1_000_000;
const NODE = 'node:24-bookworm-slim';

export const IMAGES: readonly Image[] = [
  { name: 'api', base: NODE, user: 'node', maxBytes: 250 * MB },
  { name: 'worker', base: NODE, user: 'node', maxBytes: 450 * MB },
  { name: 'web', base: 'nginxinc/nginx-unprivileged:stable', user: '101', maxAddedBytes: 60 * MB },
  { name: 'model', base: 'busybox:stable', user: '1000:1000', maxBytes: 16 * MB },
  { name: 'all-in-one', base: NODE, user: 'node' },
];

/** All that the compose file needs of ours. */
export const MAX_STACK_BYTES = 800 * MB;
export const MAX_BUILD_SECONDS = 180;
export const MAX_CACHED_BUILD_SECONDS = 10;
export const MAX_READY_SECONDS = { api: 2, worker: 3, web: 1, model: 1 } as const;

/** Own tags, so that a developer's images are left alone. */
export function tagOf(name: Image['name']): string {
  return `hivis-${name}:test-images`;
}
