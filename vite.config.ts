import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/web',
  base: './',
  plugins: [react()],
  build: { outDir: '../../dist/web', emptyOutDir: true, sourcemap: false, target: 'es2022' },
  server: {
    proxy: { '/v1': 'http://127.0.0.1:3000', '/admin': 'http://127.0.0.1:3000', '/stats': 'http://127.0.0.1:3000' },
  },
});
