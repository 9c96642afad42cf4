import { existsSync } from 'node:fs';
import path from 'node:path';
import express, { type RequestHandler, type Response, Router } from 'express';

/** The page that Vite built, with the caching that its hashed file names allow; a hint where nobody has built it. */
export function createStaticWeb(webDir: string): Router {
  const router = Router();
  const index = path.join(webDir, 'index.html');
  if (!existsSync(index)) {
    router.get('/', (_req, res) => {
      res.status(200).set('Cache-Control', 'no-store').type('html').send(HINT);
    });
    return router;
  }
  router.use(express.static(webDir, { index: false, redirect: false, dotfiles: 'ignore', setHeaders: setCaching }));
  router.get('/{*path}', sendIndex(index));
  return router;
}

function setCaching(res: Response, file: string): void {
  const hashed = path.basename(path.dirname(file)) === 'assets';
  res.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}

/**
 * The page finds its way by the fragment, so every other page address is the page too. Its files are named relative to
 * it; from deeper addresses they would not be found, so those lead to it instead.
 */
function sendIndex(index: string): RequestHandler {
  return (req, res, next) => {
    const isApi = /^\/(v1|admin)(\/|$)/.test(req.path);
    if (isApi || path.extname(req.path) !== '' || req.accepts(['html', 'json']) !== 'html') {
      next();
      return;
    }
    res.setHeader('Cache-Control', 'no-cache');
    const depth = req.path.split('/').length - 2;
    if (depth > 0) res.redirect('../'.repeat(depth));
    else res.sendFile(index);
  };
}

const HINT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>hivis</title>
<h1>hivis</h1>
<p>The API is running. The web page has not been built: run <code>npm run build</code> and start again.</p>
<p>API description: <a href="openapi.json">openapi.json</a>. Queues: <a href="admin/queues">admin/queues</a>.</p>
</html>
`;
