/** Boundaries of ARCHITECTURE.md: who may import what. */
const only = (name, library, allowed) => ({
  name,
  severity: 'error',
  from: { path: '^(src|workers)', pathNot: allowed },
  to: { path: `^node_modules/${library}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/domain' },
      to: { pathNot: '^src/domain' },
    },
    {
      name: 'report-is-pure',
      severity: 'error',
      from: { path: '^src/report' },
      to: {
        pathNot:
          '^(src/report|src/domain|src/shared/errors|node_modules/(zod|pdfkit|@types/pdfkit|csv-stringify)/)|^(node:)?(stream|buffer|crypto)$',
      },
    },
    only('onnxruntime-only-in-inference', 'onnxruntime-node', '^src/inference'),
    only('bullmq-only-in-queue', '(bullmq|bullmq-otel|ioredis)', '^src/(queue|api/bull-board)'),
    only('otel-only-in-queue', '@opentelemetry', '^src/queue'),
    only('pg-only-in-queue', '(pg|@types/pg)', '^src/(queue|embedded)'),
    only('bull-board-only-in-its-mount', '@bull-board', '^src/api/bull-board'),
    only('postgres-only-in-db', 'postgres', '^src/db'),
    only('express-only-in-api', '(express|busboy|helmet|@types/express)', '^src/api'),
    only('ffmpeg-and-sharp-only-in-media', '(fluent-ffmpeg|sharp)', '^src/media'),
    only('minio-only-in-storage', 'minio', '^src/storage'),
    only('http-client-only-in-ingest', '(undici|ipaddr\\.js)', '^src/ingest'),
    {
      name: 'api-never-loads-inference',
      severity: 'error',
      from: { path: '^src/api' },
      to: { path: '^(src/(inference/detector|media|embedded|cli)|workers)', reachable: true },
    },
    {
      name: 'workers-never-load-the-api',
      severity: 'error',
      from: { path: '^workers' },
      to: { path: '^(src/(api|web|embedded|cli)|node_modules/express)', reachable: true },
    },
    {
      name: 'src-never-imports-workers-or-tests',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(workers|test)' },
    },
    {
      name: 'wiring-only-from-entry-points',
      severity: 'error',
      from: { pathNot: '(^|/)main\\.ts$|^test' },
      to: { path: '(^|/)wiring\\.ts$' },
    },
    {
      name: 'web-talks-http-only',
      severity: 'error',
      from: { path: '^src/web' },
      to: { path: '^(src/(?!web|report|domain|api/schemas)|workers)' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^(src|workers)', pathNot: '^src/web' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
