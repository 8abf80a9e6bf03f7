// The page comes up on any static host, asks nobody else for anything, and says so when it cannot start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityProblems, assertClean, closePage, openPage, problems, startServer, useSite, waitForApp } from './harness.mjs';

const site = useSite();

test('the app starts without an error, a warning or a foreign request', async () => {
  const page = await openPage(site.browser, site.url);
  await waitForApp(page);
  assert.match(await page.innerText('#app'), /Netsplit/);
  assertClean(page);
  await closePage(page);
});

test('the app starts under a path', async (t) => {
  const nested = await startServer({ prefix: '/some/where/' });
  t.after(nested.close);
  const page = await openPage(site.browser, nested.url);
  await waitForApp(page);
  assertClean(page);
  await closePage(page);
});

test('the policy forbids inline scripts and foreign requests', async () => {
  const page = await openPage(site.browser, site.url);
  await waitForApp(page);
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.inlineRan = true';
    document.head.append(script);
    const fetched = await fetch('http://localhost:9/').then(() => true, () => false);
    return { inline: globalThis.inlineRan === true, fetched };
  });
  assert.deepEqual(ran, { inline: false, fetched: false });
  assert.match(problems(page).consoleErrors.join('\n'), /script-src[^]*connect-src/);
  await closePage(page);
});

// The wasm is never answered, so the page stays as it is while the app loads.
const loading = (page) => page.route('**/*.wasm', () => {});

test('words are painted and can be read out before the app has loaded', async () => {
  const page = await openPage(site.browser, site.url, { prepare: loading });
  assert.match(await page.innerText('body'), /Netsplit[^]*Loading/);
  assert.deepEqual(await accessibilityProblems(page), []);
  await closePage(page);
});

test('the chosen theme is set before the app has loaded', async () => {
  const page = await openPage(site.browser, site.url, {
    prepare: async (page) => {
      await loading(page);
      await page.addInitScript(() => localStorage.setItem('netsplit.theme', 'dark'));
    },
  });
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  await closePage(page);
});

test('without JavaScript the page says what it needs', async () => {
  const page = await openPage(site.browser, site.url, { javaScript: false });
  assert.match(await page.innerText('noscript'), /needs JavaScript and WebAssembly/);
  assertClean(page);
  await closePage(page);
});

test('without WebAssembly the page says so', async () => {
  const page = await openPage(site.browser, site.url, {
    prepare: (page) => page.addInitScript(() => delete globalThis.WebAssembly),
  });
  assert.match(await page.innerText('[role=alert]'), /needs WebAssembly/);
  await closePage(page);
});

test('when the program does not load, the page says so and offers to reload', async () => {
  const page = await openPage(site.browser, site.url, {
    prepare: (page) => page.route('**/*.wasm', (route) => route.abort()),
  });
  assert.match(await page.innerText('[role=alert]'), /could not start/);
  await page.unrouteAll();
  await page.click('[role=alert] button');
  await waitForApp(page);
  await closePage(page);
});
