import { envSchema } from './schema.js';

/** The text of `.env.example`: every variable with its meaning and default, all commented out. A test keeps the file equal to it. */
export function renderEnvExample(): string {
  const defaults = envSchema.parse({}) as Readonly<Record<string, unknown>>;
  const lines = ['# Settings of hivis. Every line shows the default; remove the # to change one.', ''];
  for (const [name, field] of Object.entries(envSchema.shape)) {
    lines.push(`# ${field.description ?? ''}`, `#${name}=${formatDefault(defaults[name])}`, '');
  }
  return lines.join('\n');
}

function formatDefault(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
