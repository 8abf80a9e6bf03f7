// The local server gives the site's files, and nothing else of the machine.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { startServer } from './harness.mjs';

// fetch would tidy the path before it is sent.
function status(url, path) {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', failed)
      .end();
  });
}

test('paths that leave the folder are refused', async (t) => {
  const server = await startServer();
  t.after(server.close);
  for (const path of ['/../Cargo.toml', '/%2e%2e/Cargo.toml', '/static/..%2f..%2fCargo.toml', '/%00', '/%ff', '//etc/passwd']) {
    assert.equal(await status(server.url, path), 404, path);
  }
  assert.equal(await status(server.url, '/'), 200);
});

test('the next free port is taken when the wanted one is in use', async (t) => {
  const first = await startServer();
  t.after(first.close);
  const port = Number(new URL(first.url).port);
  const second = await startServer({ port });
  t.after(second.close);
  assert.ok(Number(new URL(second.url).port) > port);
});

test('files are served with the types that browsers insist on', async (t) => {
  const server = await startServer();
  t.after(server.close);
  const page = await (await fetch(server.url)).text();
  const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', wasm: 'application/wasm', svg: 'image/svg+xml' };
  for (const [extension, type] of Object.entries(types)) {
    const [, name] = page.match(new RegExp(`(?:href|src)="(?:\\./)?([^"]+\\.${extension})"`));
    const response = await fetch(server.url + name);
    assert.equal(response.headers.get('content-type'), type, name);
    await response.arrayBuffer();
  }
});
