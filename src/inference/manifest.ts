import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ClassRoles } from '../domain/terms.js';
import { HivisError } from '../shared/errors.js';
import { manifestSchema, type ManifestModel, type ModelEntry } from './model-entry.js';

export { describeModelFile } from './describe-model.js';
export { guessRoles } from './guess-roles.js';
export type { ModelEntry } from './model-entry.js';

export type ModelManifest = { readonly models: readonly ModelEntry[] };

const MANIFEST_FILE = 'manifest.json';

/** Reads `manifest.json` of the models folder. Throws `model_invalid` with every problem by field. */
export async function loadManifest(modelsDir: string): Promise<ModelManifest> {
  const file = path.join(modelsDir, MANIFEST_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw invalid(`The model manifest ${file} cannot be read: set MODELS_DIR to the folder that holds it.`, [], cause);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`The model manifest ${file} is not JSON.`, [], cause);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw invalid(`The model manifest ${file} has problems:\n  ${problems.join('\n  ')}`, problems);
  }
  const ids = parsed.data.models.map((model) => model.id);
  const repeated = ids.find((id, position) => ids.indexOf(id) !== position);
  if (repeated !== undefined) throw invalid(`The model manifest ${file} lists ${repeated} twice.`, ['id']);
  return { models: parsed.data.models.map(toEntry) };
}

/** Throws `unknown_model` that names the known ids. */
export function findModel(manifest: ModelManifest, id: string): ModelEntry {
  const entry = manifest.models.find((model) => model.id === id);
  if (entry !== undefined) return entry;
  const known = manifest.models.map((model) => model.id);
  throw new HivisError('unknown_model', `There is no model ${id}. Known models: ${known.join(', ')}.`, {
    details: { id, known },
  });
}

function toEntry(model: ManifestModel): ModelEntry {
  const { quality, title: _title, roles, ...rest } = model;
  const ids = (names: readonly string[], field: string): number[] =>
    names.map((name) => {
      const id = model.classes.indexOf(name);
      if (id === -1)
        throw invalid(`Model ${model.id}: ${field} names the class ${name}, which is not in classes.`, [field]);
      return id;
    });
  const resolved: ClassRoles = {
    person: ids(roles.person, 'roles.person'),
    items: Object.fromEntries(
      Object.entries(roles.items).map(([item, { worn, missing, region }]) => [
        item,
        { worn: ids(worn, `roles.items.${item}.worn`), missing: ids(missing, `roles.items.${item}.missing`), region },
      ]),
    ),
  };
  return { ...rest, roles: resolved, ...(quality === undefined ? {} : { quality }) };
}

function invalid(message: string, problems: readonly string[], cause?: unknown): HivisError {
  return new HivisError('model_invalid', message, { cause, details: { field: 'manifest', problems } });
}
