import type { Telemetry } from 'bullmq';
import { HIVIS_VERSION } from '../shared/version.js';

export type QueueTelemetry = Telemetry;

/** What traces need while the process lives; `stop` sends what is still buffered. */
export type Tracing = { readonly telemetry: QueueTelemetry; stop(): Promise<void> };

/**
 * Traces of jobs to an OpenTelemetry collector (OTLP over HTTP). The libraries are loaded only when an endpoint is
 * configured: they cost start-up time and memory.
 */
export async function startTracing(endpoint: string | null, serviceName: string): Promise<Tracing | undefined> {
  if (endpoint === null) return undefined;
  const [
    { BullMQOtel },
    { NodeTracerProvider, BatchSpanProcessor },
    { OTLPTraceExporter },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('bullmq-otel'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': HIVIS_VERSION }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: tracesUrl(endpoint) }))],
  });
  provider.register();
  return {
    telemetry: new BullMQOtel({ tracerName: serviceName, version: HIVIS_VERSION }),
    stop: () => provider.shutdown(),
  };
}

/** The variable names the collector; traces have a path of their own there. */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
