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

/** Addresses of the page itself (`/analyses/an_…`) have no file; the page finds its way from the address. */
function sendIndex(index: string): RequestHandler {
  return (req, res, next) => {
    const isPage =
      req.accepts(['html', 'json']) === 'html' &&
      path.extname(req.path) === '' &&
      !/^\/(v1|admin)(\/|$)/.test(req.path);
    if (!isPage) {
      next();
      return;
    }
    res.setHeader('Cache-Control', 'no-cache');
    res.sendFile(index);
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
