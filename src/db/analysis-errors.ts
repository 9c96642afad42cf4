import { HivisError } from '../shared/errors.js';

export function notFound(id: string): HivisError {
  return new HivisError('analysis_not_found', `There is no analysis ${id}. It may have been deleted.`);
}
