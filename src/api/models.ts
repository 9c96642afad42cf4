import type { Config } from '../config/config.js';
import {
  describeModelFile,
  findModel,
  loadManifest,
  type ModelEntry,
  type ModelManifest,
} from '../inference/manifest.js';

/** What can be detected with. The API reads descriptions only; a model is never loaded here. */
export interface ModelCatalog {
  readonly defaultId: string;
  list(): readonly ModelEntry[];
  /** Throws `unknown_model`. */
  find(id: string): ModelEntry;
}

/** A file named by MODEL_PATH stands beside those of the manifest and is the default. */
export async function loadModelCatalog(settings: Config['models']): Promise<ModelCatalog> {
  const manifest = await loadManifest(settings.dir);
  if (settings.path === null) return catalog(manifest, settings.defaultId);
  const own = await describeModelFile(settings.path);
  const others = manifest.models.filter((entry) => entry.id !== own.id);
  return catalog({ ...manifest, models: [own, ...others] }, own.id);
}

function catalog(manifest: ModelManifest, defaultId: string): ModelCatalog {
  findModel(manifest, defaultId);
  return { defaultId, list: () => manifest.models, find: (id) => findModel(manifest, id) };
}

export function itemsOf(entry: ModelEntry): string[] {
  return Object.keys(entry.roles.items);
}
