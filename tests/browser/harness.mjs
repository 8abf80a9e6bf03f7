// What every browser test needs: the built site on a free port, a browser, pages that keep a record
// of what went wrong in them, and screenshots.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './serve.mjs';

const checkout = new URL('../../', import.meta.url);
const screenshots = fileURLToPath(new URL('out/', import.meta.url));

/** The built site's folder; another one for who builds elsewhere. */
export const dist = process.env.NETSPLIT_DIST ?? fileURLToPath(new URL('dist/', checkout));

/** Serves the built site; `prefix` puts it under a path, as some static hosts do. */
export function startServer(options) {
  return serve(dist, options);
}

/** The site and a browser for all tests of a file; both are there once its first test runs. */
export function useSite() {
  const site = { url: '', server: null, browser: null };
  before(async () => {
    site.server = await startServer();
    site.url = site.server.url;
    site.browser = await launch();
  });
  after(async () => {
    await site.browser?.close();
    await site.server?.close();
  });
  return site;
}

/** Starts a browser with a fresh profile. */
export function launch() {
  return chromium.launch({
    executablePath: browserPath(),
    // Whatever the browser keeps beside its profile stays in the checkout.
    env: { ...process.env, XDG_CONFIG_HOME: `${screenshots}config`, XDG_CACHE_HOME: `${screenshots}cache` },
    args: [
      '--no-sandbox', // needed as root, as CI often is; the only page opened is ours
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage', // containers have a small /dev/shm
    ],
  });
}

function browserPath() {
  if (process.env.NETSPLIT_CHROMIUM) return process.env.NETSPLIT_CHROMIUM;
  return readFileSync(new URL('.tools/chromium', checkout), 'utf8').trim(); // written by `make setup`
}

const records = new WeakMap();

/**
 * Opens `url` in a context of its own (no shared storage); close it with `closePage`.
 * `prepare(page)` runs before the page is loaded: routes, init scripts.
 */
export async function openPage(browser, url, options = {}) {
  const { viewport, colorScheme, reducedMotion, touch = false, javaScript = true, prepare, ...rest } = options;
  const context = await browser.newContext({
    viewport: viewport ?? { width: 1280, height: 800 },
    colorScheme: colorScheme ?? 'light',
    reducedMotion: reducedMotion ?? 'no-preference',
    hasTouch: touch,
    isMobile: touch,
    javaScriptEnabled: javaScript,
    ...rest,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  record(page, new URL(url).origin);
  await prepare?.(page);
  await page.goto(url, { waitUntil: 'load' });
  return page;
}

function record(page, origin) {
  const seen = { consoleErrors: [], consoleWarnings: [], pageErrors: [], foreignRequests: [] };
  records.set(page, seen);
  page.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`;
    if (message.type() === 'error') seen.consoleErrors.push(text);
    if (message.type() === 'warning') seen.consoleWarnings.push(text);
  });
  page.on('pageerror', (error) => seen.pageErrors.push(String(error.stack ?? error)));
  // On the context: it also sees what workers ask for.
  page.context().on('request', (request) => {
    const url = new URL(request.url());
    const local = url.protocol === 'data:' || url.protocol === 'blob:';
    if (!local && url.origin !== origin) seen.foreignRequests.push(request.url());
  });
}

/** What has gone wrong in the page so far: lists of texts. */
export function problems(page) {
  return records.get(page);
}

/** Fails if anything was reported in the console as an error or a warning, thrown, or asked for elsewhere. */
export function assertClean(page) {
  assert.deepEqual(problems(page), {
    consoleErrors: [],
    consoleWarnings: [],
    pageErrors: [],
    foreignRequests: [],
  });
}

/** What axe finds wrong with the page's accessibility, or with that of a part of it: one text per broken rule. */
export async function accessibilityProblems(page, within) {
  // Evaluated, not added as a script, which the page's policy forbids.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate((within) => globalThis.axe.run(within ?? document), within);
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target).join(', ')}`);
}

/**
 * Texts of the page that are drawn over each other: one text per pair. What is cut off by a box that scrolls, or hidden,
 * does not count, nor does what lies under a bar that stays in view, nor the air above and below letters.
 */
export function overlappingTexts(page, within = 'body') {
  return page.evaluate((within) => {
    const AIR = 0.25; // of a line's height, above and below
    const LEAST = 1.5; // pixels: letters may touch
    const texts = [];
    const clip = (rect, element) => {
      const box = { left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom };
      for (let parent = element; parent && parent !== document.documentElement; parent = parent.parentElement) {
        if (getComputedStyle(parent).overflow === 'visible' || parent instanceof SVGElement) continue;
        const frame = parent.getBoundingClientRect();
        box.left = Math.max(box.left, frame.left);
        box.right = Math.min(box.right, frame.right);
        box.top = Math.max(box.top, frame.top);
        box.bottom = Math.min(box.bottom, frame.bottom);
      }
      return box;
    };
    for (const root of document.querySelectorAll(within)) {
      const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const words = node.data.trim();
        const parent = node.parentElement;
        // A text inside an SVG group that is not displayed has no boxes, whatever checkVisibility says of it.
        const boxes = parent.getClientRects().length > 0 || getComputedStyle(parent).display === 'contents';
        const drawn = boxes && parent.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (!words || !drawn || parent.closest('option, title, script, style')) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const line of range.getClientRects()) {
          const air = line.height * AIR;
          const box = clip({ left: line.left, right: line.right, top: line.top + air, bottom: line.bottom - air }, parent);
          if (box.right - box.left > LEAST && box.bottom - box.top > LEAST) texts.push({ node, words, ...box });
        }
      }
    }
    const bar = (element) => {
      if (!element || element === document.documentElement) return null;
      return /sticky|fixed/.test(getComputedStyle(element).position) ? element : bar(element.parentElement);
    };
    const pairs = new Set();
    texts.forEach((a, place) => {
      for (const b of texts.slice(place + 1)) {
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        const touch = a.node !== b.node && width > LEAST && height > LEAST;
        if (touch && bar(a.node.parentElement) === bar(b.node.parentElement)) pairs.add(`“${a.words}” and “${b.words}”`);
      }
    });
    return [...pairs];
  }, within);
}

/** Waits until the app has replaced the words that the page shows while it loads. */
export async function waitForApp(page) {
  await page.waitForSelector('#boot-status', { state: 'detached' });
}

/** Closes the page with its context. */
export function closePage(page) {
  return page.context().close();
}

/** Writes tests/browser/out/NAME.png, and resolves to its path. */
export async function screenshot(page, name, options = {}) {
  mkdirSync(screenshots, { recursive: true });
  const path = `${screenshots}${name}.png`;
  await page.screenshot({ path, ...options });
  return path;
}
