import type { Db } from './client.js';

export async function findMeta(db: Db, key: string): Promise<string | undefined> {
  const [row] = await db<{ value: string }[]>`select meta.value from meta where meta.key = ${key}`;
  return row?.value;
}

/** The stored value, made with `create` the first time; all processes that ask at once get the same. */
export async function getOrCreateMeta(db: Db, key: string, create: () => string): Promise<string> {
  const found = await findMeta(db, key);
  if (found !== undefined) return found;
  const [row] = await db<[{ value: string }]>`
    insert into meta (key, value) values (${key}, ${create()})
    on conflict (key) do update set value = meta.value
    returning meta.value`;
  return row.value;
}

export async function setMeta(db: Db, key: string, value: string): Promise<void> {
  await db`
    insert into meta (key, value) values (${key}, ${value}) on conflict (key) do update set value = excluded.value`;
}
