/**
 * The HTTP API as zod schemas: what requests may say and what answers look like. openapi.json is made from them and
 * the web page and the command line take their types from here. Browser-safe: nothing but zod behind it.
 */
export * from './schemas/common.js';
export * from './schemas/requests.js';
export * from './schemas/system-views.js';
export * from './schemas/views.js';
