import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { findModel, guessRoles, loadManifest } from '../../../src/inference/manifest.js';
import { readOnnxMetadata } from '../../../src/inference/onnx-metadata.js';
import { verifyModelFile } from '../../../src/inference/verify.js';

const modelsDir = fileURLToPath(new URL('../../../models', import.meta.url));
type Json = Record<string, unknown> & { models: Record<string, unknown>[] };

describe('the manifest of the repository', () => {
  it('describes the file that lies beside it', async () => {
    const entry = findModel(await loadManifest(modelsDir), 'ppe-yolov8n');
    await expect(verifyModelFile(modelsDir, entry)).resolves.toBeUndefined();
    const metadata = await readOnnxMetadata(path.join(modelsDir, entry.file));
    expect(metadata.names).toEqual(entry.classes);
    expect(metadata).toMatchObject({ stride: entry.stride, imageSize: entry.imageSize, task: 'detect' });
  });

  it('gives the classes the roles that their names suggest', async () => {
    const entry = findModel(await loadManifest(modelsDir), 'ppe-yolov8n');
    const { mask: _mask, ...guessed } = guessRoles(entry.classes).items;
    expect(entry.roles).toEqual({ person: [5], items: guessed });
  });

  it('keeps detections below the default rules, so that re-scoring can go lower', async () => {
    const { thresholds } = findModel(await loadManifest(modelsDir), 'ppe-yolov8n');
    expect(thresholds.scoreFloor).toBeLessThan(DEFAULT_RULES.minConfidence);
    expect(thresholds.minConfidence).toBe(DEFAULT_RULES.minConfidence);
  });
});

describe('loadManifest', () => {
  let dir: string;
  let json: Json;

  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'hivis-models-'));
    json = JSON.parse(await readFile(path.join(modelsDir, 'manifest.json'), 'utf8')) as Json;
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function load(change: (model: Record<string, unknown>, manifest: Json) => void) {
    change(json.models[0] ?? {}, json);
    await writeFile(path.join(dir, 'manifest.json'), JSON.stringify(json));
    return loadManifest(dir);
  }

  it('names the known ids when asked for another', async () => {
    const manifest = await load(() => undefined);
    expect(() => findModel(manifest, 'other')).toThrow(
      expect.objectContaining({ code: 'unknown_model', details: { id: 'other', known: ['ppe-yolov8n'] } }),
    );
  });

  it.each<[string, (model: Record<string, unknown>, manifest: Json) => void, RegExp]>([
    ['a hash that is none', (model) => (model['sha256'] = 'abc'), /models\.0\.sha256/],
    ['a file outside the folder', (model) => (model['file'] = '../x.onnx'), /models\.0\.file/],
    ['an unknown field', (model) => (model['colour'] = 'red'), /colour/],
    ['a class that is not there', (model) => (model['classes'] = ['a']), /roles\.person.*Person/],
    [
      'a floor above the threshold',
      (model) => (model['thresholds'] = { scoreFloor: 0.5, minConfidence: 0.4, nmsIou: 0.5 }),
      /scoreFloor must not be above/,
    ],
    ['one id twice', (_, manifest) => manifest.models.push(manifest.models[0] ?? {}), /ppe-yolov8n twice/],
    ['another version of the format', (_, manifest) => (manifest['schemaVersion'] = 2), /schemaVersion/],
  ])('refuses %s', async (_, change, message) => {
    await expect(load(change)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('refuses what is not JSON and what is not there', async () => {
    await expect(loadManifest(dir)).rejects.toMatchObject({ code: 'model_invalid', details: { field: 'manifest' } });
    await writeFile(path.join(dir, 'manifest.json'), '{');
    await expect(loadManifest(dir)).rejects.toThrow(/not JSON/);
  });
});

describe('verifyModelFile', () => {
  let dir: string;
  const entry = {
    id: 'm',
    file: 'm.onnx',
    sizeBytes: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  };

  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'hivis-models-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  it.each([
    ['hello', undefined],
    ['hell', 'sizeBytes'],
    ['hallo', 'sha256'],
  ])('%s', async (content, field) => {
    await writeFile(path.join(dir, 'm.onnx'), content);
    const verified = verifyModelFile(dir, entry);
    if (field === undefined) await expect(verified).resolves.toBeUndefined();
    else await expect(verified).rejects.toMatchObject({ code: 'model_invalid', details: { field } });
  });

  it('names a missing file', async () => {
    await expect(verifyModelFile(dir, entry)).rejects.toMatchObject({ details: { field: 'file' } });
  });
});
