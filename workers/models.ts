import path from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Config } from '../src/config/config.js';
import { createDetector, type Detector } from '../src/inference/detector.js';
import { describeModelFile, findModel, loadManifest, type ModelEntry } from '../src/inference/manifest.js';
import { verifyModelFile } from '../src/inference/verify.js';

/** Detectors kept open; each holds its session and buffers. */
const KEPT_DETECTORS = 2;

export interface Models {
  /** What MODEL_PATH or MODEL_ID names. */
  readonly defaultId: string;
  /** Throws `unknown_model`. */
  find(modelId: string): ModelEntry;
  /** A verified detector, kept for the next segment. One segment at a time uses it. */
  detector(modelId: string): Promise<Detector>;
  close(): Promise<void>;
}

/** Reads the manifest (and the user's own file) once; files are verified when a detector is made from them. */
export async function loadModels(settings: Config['models']): Promise<Models> {
  const manifest = await loadManifest(settings.dir);
  const own = settings.path === null ? undefined : await describeModelFile(settings.path);
  const find = (modelId: string): ModelEntry => (own?.id === modelId ? own : findModel(manifest, modelId));
  const open = new LRUCache<string, Promise<Detector>>({
    max: KEPT_DETECTORS,
    dispose: (detector) => void detector.then((made) => made.close()).catch(() => undefined),
  });
  const make = async (modelId: string): Promise<Detector> => {
    const entry = find(modelId);
    const modelPath = entry === own && settings.path !== null ? settings.path : path.join(settings.dir, entry.file);
    await verifyModelFile(path.dirname(modelPath), entry);
    return createDetector({ modelPath, entry });
  };
  return {
    defaultId: own?.id ?? settings.defaultId,
    find,
    detector: async (modelId) => {
      const kept = open.get(modelId) ?? make(modelId);
      if (!open.has(modelId)) open.set(modelId, kept);
      try {
        return await kept;
      } catch (error) {
        // The next job may find the file repaired.
        if (open.peek(modelId) === kept) open.delete(modelId);
        throw error;
      }
    },
    close: async () => {
      const detectors = [...open.values()];
      open.clear();
      await Promise.allSettled(detectors);
    },
  };
}
