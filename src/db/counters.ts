import type { Db } from './client.js';

/** Totals since ever by name, such as `frames_analyzed`; what nobody has counted yet is absent. */
export async function readCounters(db: Db): Promise<Readonly<Record<string, number>>> {
  const rows = await db<{ name: string; value: number }[]>`select counters.name, counters.value from counters`;
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}

/** Adds what was done since the last call; zeros cost nothing. */
export async function addCounters(db: Db, amounts: Readonly<Record<string, number>>): Promise<void> {
  // In one order everywhere: two workers that add at once must not wait for each other in a circle.
  const added = Object.entries(amounts)
    .filter(([, amount]) => amount > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (added.length === 0) return;
  await db`
    insert into counters (name, value)
    select * from unnest(${added.map(([name]) => name)}::text[], ${added.map(([, amount]) => Math.round(amount))}::bigint[])
    on conflict (name) do update set value = counters.value + excluded.value`;
}
