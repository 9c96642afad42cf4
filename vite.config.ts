import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

export default defineConfig(({ mode }) => {
  const api = loadEnv(mode, '.', 'HIVIS_DEV_')['HIVIS_DEV_API'] ?? 'http://127.0.0.1:3000';
  const toApi = ['/v1', '/admin', '/stats', '/openapi.json'];
  return {
    root: 'src/web',
    base: './',
    plugins: [react()],
    build: { outDir: '../../dist/web', emptyOutDir: true, sourcemap: false, target: 'es2022' },
    server: { proxy: Object.fromEntries(toApi.map((path) => [path, { target: api, changeOrigin: false }])) },
  };
});
