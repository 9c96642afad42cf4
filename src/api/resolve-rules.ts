import { DEFAULT_RULES } from '../domain/rules.js';
import type { Rules } from '../domain/terms.js';
import { invalidRequest, type FieldError } from './errors.js';
import type { RulesRequest } from './schemas.js';

/** What of a model decides about rules. */
export type JudgingModel = {
  readonly id: string;
  /** Items that it can tell. */
  readonly items: readonly string[];
};

/** The default rules with the model's own threshold, without the items that it cannot tell. */
export function defaultRules(model: JudgingModel & { readonly minConfidence: number }): Rules {
  const required = DEFAULT_RULES.required.filter((item) => model.items.includes(item));
  return { ...DEFAULT_RULES, minConfidence: model.minConfidence, required };
}

/**
 * Full rules from what a request says: what it leaves out comes from `base`. Throws `invalid_request` when it asks for
 * items that the model does not know, or for nothing at all: such a report would call everybody compliant.
 */
export function resolveRules(request: RulesRequest | undefined, base: Rules, model: JudgingModel): Rules {
  const rules: Rules = {
    required: request?.required ?? base.required,
    minConfidence: request?.minConfidence ?? base.minConfidence,
    minViolationMs: request?.minViolationMs ?? base.minViolationMs,
    mergeGapMs: request?.mergeGapMs ?? base.mergeGapMs,
    zones: request?.zones ?? base.zones,
  };
  const errors = [
    ...unknownItems('rules.required', rules.required, model),
    ...rules.zones.flatMap((zone, index) => unknownItems(`rules.zones.${index}.required`, zone.required, model)),
  ];
  if (rules.required.length === 0 && rules.zones.every((zone) => zone.required.length === 0))
    errors.push({ path: 'rules.required', message: 'require at least one item, here or in a zone' });
  if (errors.length > 0) throw invalidRequest(errors);
  return rules;
}

function unknownItems(path: string, items: readonly string[], model: JudgingModel): FieldError[] {
  return items.flatMap((item, index) =>
    model.items.includes(item)
      ? []
      : [
          {
            path: `${path}.${index}`,
            message: `the model ${model.id} does not know ${item}; it knows ${model.items.join(', ') || 'no items'}`,
          },
        ],
  );
}
