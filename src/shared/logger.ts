import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** JSON lines on stdout. Children carry `analysisId`, `segmentIndex`, `attempt`; the message itself is constant. */
export function createLogger(
  options: { readonly level: string; readonly name: string },
  destination: DestinationStream = pino.destination(),
): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['*.url', '*.videoUrl', '*.callbackUrl', '*.secret', 'req.headers.authorization'],
    },
    destination,
  );
}
