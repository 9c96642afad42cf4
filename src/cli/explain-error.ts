import { z } from 'zod';
import { HivisError } from '../shared/errors.js';

/** What a person gets to read about anything thrown: one message, never a stack. */
export function explainError(thrown: unknown): string {
  if (thrown instanceof HivisError) return withAdvice(thrown);
  if (thrown instanceof z.ZodError)
    return `The server answered something unexpected. Is it another version of hivis?\n${z.prettifyError(thrown)}`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function withAdvice(error: HivisError): string {
  if (error.code === 'url_not_allowed' && error.message.includes('URL_ALLOW_PRIVATE'))
    return `${error.message}\nIf you trust that server: hivis analyze --allow-private, or URL_ALLOW_PRIVATE=true where hivis serve runs.`;
  return error.message;
}
