import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { rulesRequestSchema, zoneSchema, type RulesRequest } from '../api/schemas.js';

export type RuleOptions = {
  readonly required?: string[];
  readonly minConfidence?: number;
  readonly minViolationMs?: number;
  readonly mergeGapMs?: number;
  readonly zones?: NonNullable<RulesRequest['zones']>;
};

/** The options that say what is judged by: the same for `analyze` and `rescore`. */
export function addRuleOptions(command: Command): Command {
  return command
    .option('--required <items>', 'what everybody must wear, separated by commas', parseItems)
    .option('--min-confidence <0…1>', 'ignore detections below this confidence', numberParser(0, 1))
    .option('--min-violation-ms <ms>', 'drop shorter violations', wholeNumberParser(0, 3_600_000))
    .option('--merge-gap-ms <ms>', 'join violations of one person closer than this', wholeNumberParser(0, 3_600_000))
    .option('--zones <file.json>', 'zones with their own required items (see the README)', parseZonesFile);
}

/** undefined: nothing was said, so the server's defaults hold. */
export function readRules(options: RuleOptions): RulesRequest | undefined {
  const { required, minConfidence, minViolationMs, mergeGapMs, zones } = options;
  const given = { required, minConfidence, minViolationMs, mergeGapMs, zones };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

export function wholeNumberParser(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text.trim()) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

export function numberParser(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    return value;
  };
}

export function parseItems(text: string): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const parsed = rulesRequestSchema.shape.required.safeParse(items);
  if (items.length === 0 || !parsed.success)
    throw new InvalidArgumentError('It must be names separated by commas, for example helmet,vest.');
  return items;
}

/** A file with a list of zones, or with an object that has one under `zones`. */
export function parseZonesFile(file: string): NonNullable<RulesRequest['zones']> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read as JSON: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  const list: unknown = typeof value === 'object' && value !== null && 'zones' in value ? value.zones : value;
  const parsed = z.array(zoneSchema).min(1).safeParse(list);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${['zones', ...issue.path].join('.')}: ${issue.message}`);
  throw new InvalidArgumentError(`\n  ${problems.join('\n  ')}`);
}
