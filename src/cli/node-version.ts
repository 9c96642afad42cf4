const MINIMUM = [20, 19] as const;

/** What to say about a version of Node that is too old; null when it will do. */
export function findNodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return null;
  return `hivis needs Node.js ${MINIMUM.join('.')} or newer and this is ${version}. Get it from https://nodejs.org or your package manager.`;
}
