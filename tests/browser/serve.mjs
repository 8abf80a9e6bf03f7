// A small static file server on loopback, for `make serve` and for the tests.
//   node serve.mjs [folder] [port]

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const contentTypes = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.rs': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.toml': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const portsTried = 50;

/**
 * Serves `folder` under the path `prefix` at the first free port from `port` on (0: any free port).
 * Resolves to the address, with its closing slash, and a function that stops the server.
 */
export async function serve(folder, { port = 0, prefix = '/' } = {}) {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    answer(root, prefix, request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

async function listen(server, firstPort) {
  const lastPort = firstPort === 0 ? 0 : Math.min(firstPort + portsTried, 65535);
  for (let port = firstPort; ; port += 1) {
    try {
      await new Promise((done, failed) => {
        server.once('error', failed);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', failed);
          done();
        });
      });
      return;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port >= lastPort) throw error;
    }
  }
}

async function answer(root, prefix, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  if (!pathname.startsWith(prefix)) return refuse(response, 404);

  let path = filePath(root, pathname.slice(prefix.length));
  let found = path && (await stat(path).catch(() => null));
  if (found?.isDirectory()) {
    if (!pathname.endsWith('/')) {
      response.writeHead(301, { Location: `${pathname}/` });
      response.end();
      return;
    }
    path = join(path, 'index.html');
    found = await stat(path).catch(() => null);
  }
  if (!found?.isFile()) return refuse(response, 404);

  response.writeHead(200, {
    'Content-Type': contentTypes[extname(path)] ?? 'application/octet-stream',
    'Content-Length': found.size,
    'X-Content-Type-Options': 'nosniff',
    // Ask again each time: a rebuilt site must show at the next reload.
    'Cache-Control': 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else createReadStream(path).on('error', () => response.destroy()).pipe(response);
}

// The file a request means, or null if that lies outside the folder or cannot be a path at all.
function filePath(root, encoded) {
  let relative;
  try {
    relative = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  if (relative.includes('\0')) return null;
  const path = join(root, relative);
  return path === root || path.startsWith(root + sep) || path === root + sep ? path : null;
}

function refuse(response, status) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${status}\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [folder = 'dist', port = process.env.PORT ?? '8080'] = process.argv.slice(2);
  const { url } = await serve(folder, { port: Number(port) });
  console.log(`Netsplit is served at ${url}`);
  console.log('Ctrl-C stops it.');
}
