import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { until, type BenchStack } from './stack.js';

type Created = { readonly id: string };

export async function post(stack: BenchStack, route: string, body: Uint8Array | object): Promise<Created> {
  const isFile = body instanceof Uint8Array;
  const response = await fetch(`${stack.apiUrl}${route}`, {
    method: 'POST',
    headers: { 'Content-Type': isFile ? 'application/octet-stream' : 'application/json' },
    body: isFile ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Created;
}

export async function upload(stack: BenchStack, file: string): Promise<string> {
  const { id } = await post(stack, `/v1/uploads?fileName=${path.basename(file)}`, await readFile(file));
  return id;
}

/** Resolves when it is completed; throws when it fails or takes longer. */
export async function untilCompleted(stack: BenchStack, id: string, timeoutMs: number): Promise<void> {
  await until(
    async () => {
      const [row] = await stack.sql<
        [{ status: string }]
      >`select analyses.status from analyses where analyses.id = ${id}`;
      return ['completed', 'completed_partial', 'failed', 'cancelled'].includes(row.status);
    },
    `analysis ${id}`,
    timeoutMs,
  );
  const [row] = await stack.sql<[{ status: string }]>`select analyses.status from analyses where analyses.id = ${id}`;
  if (row.status !== 'completed') throw new Error(`analysis ${id} ended ${row.status}`);
}

/** Of the report without ids and clock times. */
export async function resultHash(stack: BenchStack, id: string): Promise<string> {
  const report = (await (await fetch(`${stack.apiUrl}/v1/analyses/${id}/report.json`)).json()) as { analysis: object };
  const timeless = {
    ...report,
    generatedAt: null,
    analysis: { ...report.analysis, id: null, assessmentId: null, createdAt: null, name: null },
  };
  return createHash('sha256').update(JSON.stringify(timeless)).digest('hex').slice(0, 16);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
