import type { Request, Response } from 'express';

export type ServerEvent = { readonly event: string; readonly data: unknown; readonly id?: string };

export interface EventStream {
  send(event: ServerEvent): void;
  end(): void;
}

export interface EventStreams {
  open(req: Request, res: Response, onClose: () => void): EventStream;
  /** Ends every stream, so that the server can stop; clients come back to the next process by themselves. */
  closeAll(): void;
}

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;
/** A client that reads slower than this much behind is cut off; it reconnects and gets the current state. */
const MAX_BUFFERED_BYTES = 1 << 20;

export function createEventStreams(heartbeatMs: number = HEARTBEAT_MS): EventStreams {
  const open = new Set<Response>();
  return {
    open: (req, res, onClose) => {
      startStream(req, res);
      open.add(res);
      const heartbeat = setInterval(() => {
        if (!res.writableEnded) res.write(': still here\n\n');
      }, heartbeatMs);
      res.once('close', () => {
        clearInterval(heartbeat);
        open.delete(res);
        onClose();
      });
      return {
        send: (event) => {
          if (res.writableEnded) return;
          if (res.writableLength > MAX_BUFFERED_BYTES) res.destroy();
          else res.write(renderEvent(event));
        },
        end: () => {
          if (!res.writableEnded) res.end();
        },
      };
    },
    closeAll: () => {
      for (const res of open) res.end();
    },
  };
}

function startStream(req: Request, res: Response): void {
  req.socket.setNoDelay(true);
  res.status(200);
  res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store, no-transform');
  // nginx would hold events back otherwise.
  res.setHeader('X-Accel-Buffering', 'no');
  if (req.method === 'HEAD') res.end();
  else res.write(`retry: ${RETRY_MS}\n\n`);
}

/** JSON has no raw line breaks, so one `data:` line is enough. */
export function renderEvent(event: ServerEvent): string {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`;
  return `${id}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
}
