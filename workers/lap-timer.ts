/** Where the time of a job went, for its log. */
export function startLapTimer(): { lap(name: string): void; text(): string } {
  const laps: string[] = [];
  let lastMs = performance.now();
  return {
    lap: (name) => {
      const nowMs = performance.now();
      laps.push(`${name} ${Math.round(nowMs - lastMs)} ms`);
      lastMs = nowMs;
    },
    text: () => laps.join(', '),
  };
}
