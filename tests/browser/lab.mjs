// What the tests of the lab do again and again: open a scenario, read the hooks, wait for the run.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openPage, waitForApp } from './harness.mjs';

const cli = process.env.NETSPLIT_CLI;

/** Runs the command line and gives back what it printed. */
export function netsplit(...words) {
  return execFileSync(cli, words, { encoding: 'utf8' });
}

/** The link payload of a scenario given as text, at so many milliseconds. */
export function linkOf(text, ms) {
  const file = join(mkdtempSync(join(tmpdir(), 'netsplit-')), 'scenario.toml');
  writeFileSync(file, text);
  const until = ms === undefined ? [] : ['--until', `${ms}ms`];
  return netsplit('link', file, ...until).trim().replace(/^.*#\/lab\//, '');
}

/** Opens the lab on a scenario given as text. */
export async function openLab(browser, url, text, options = {}) {
  const page = await openPage(browser, `${url}#/lab/${linkOf(text)}`, options);
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  return page;
}

/** The run as the stage tells it: hash and time in nanoseconds. */
export async function run(page) {
  const stage = page.locator('[data-run-hash]').first();
  return {
    hash: await stage.getAttribute('data-run-hash'),
    ns: BigInt(await stage.getAttribute('data-run-time-ns')),
    playing: (await stage.getAttribute('data-playing')) === 'true',
  };
}

/** A metric's raw value; NaN where nothing was measured. */
export async function metric(page, name, window = 'run') {
  const cell = page.locator(`[data-metric="${name}"][data-window="${window}"]`).first();
  const value = await cell.getAttribute('data-value');
  return value === null || value === '' ? Number.NaN : Number(value);
}

/** A verdict's state and the words beside it. */
export async function verdict(page, name) {
  const lamp = page.locator(`[data-verdict="${name}"]`).first();
  return { state: await lamp.getAttribute('data-state'), words: (await lamp.textContent()).trim() };
}

/** A control of the page by its name. */
export function control(page, name) {
  return page.locator(`[data-control="${name}"]`).first();
}

/** Sets playing to what is wanted. */
export async function play(page, wanted) {
  if ((await run(page)).playing !== wanted) await control(page, 'play').click();
}

/** Plays until the virtual time reached so many milliseconds, then pauses. */
export async function playUntil(page, ms) {
  await play(page, true);
  await page.waitForFunction(
    (ns) => BigInt(document.querySelector('[data-run-hash]').dataset.runTimeNs) >= BigInt(ns),
    String(BigInt(ms) * 1_000_000n),
    { timeout: 60_000 },
  );
  await play(page, false);
}

/** The centre of an element on the screen. */
export async function centre(locator) {
  const box = await locator.boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Waits until the run is where it was sent, and two frames more, so that the page tells of it. */
export async function settled(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForFunction(() => document.querySelector('[data-run-hash]').dataset.replaying === 'false');
}

/** Drags with the mouse in steps, as a hand does. */
export async function drag(page, from, to, steps = 12) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps });
  await page.mouse.up();
}

/** Drags with a finger, by the browser's own touch events. */
export async function touchDrag(page, from, to, steps = 12) {
  const session = await page.context().newCDPSession(page);
  const send = (type, points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await send('touchStart', [from]);
  for (let step = 1; step <= steps; step++) {
    const part = step / steps;
    await send('touchMove', [{ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }]);
  }
  await send('touchEnd', []);
}

/** Opens the menu of a node or client. */
export async function menuOf(page, name) {
  const site = page.locator(`[data-node="${name}"], [data-client="${name}"]`).first();
  await site.focus();
  await page.keyboard.press('m');
  await page.waitForSelector('.menu');
}

/** Moves the pointer over the links until the page says that a message is under it; the run stands still. */
async function findMessage(page) {
  for (let attempt = 0; attempt < 30; attempt++) {
    const ways = await page.locator('[data-link^="n"] .wire').evaluateAll((lines) => {
      const ground = document.querySelector('#stage').getBoundingClientRect();
      const at = (line, x, y) => ({
        x: ground.x + Number(line.getAttribute(x)), y: ground.y + Number(line.getAttribute(y)),
      });
      return lines.map((line) => [at(line, 'x1', 'y1'), at(line, 'x2', 'y2')]);
    });
    for (const [from, to] of ways) {
      const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 12);
      for (let step = 1; step < steps; step++) {
        const x = from.x + ((to.x - from.x) * step) / steps;
        const y = from.y + ((to.y - from.y) * step) / steps;
        await page.mouse.move(x, y);
        const over = await page.evaluate(
          // Two frames: by the second, the page has surely drawn what the pointer is over now.
          () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
            () => done(document.querySelector('#stage').dataset.over),
          ))),
        );
        if (over === 'message') return { x, y };
      }
    }
    const { ns } = await run(page);
    await playUntil(page, Number(ns / 1_000_000n) + 3);
  }
  throw new Error('no message came under the pointer');
}

/** Presses a message on the stage while the run plays, slowly. Gives back the message's number. */
export async function clickMessage(page, touch = false) {
  await play(page, false);
  await page.locator('#stage').scrollIntoViewIfNeeded();
  const { x, y } = await findMessage(page);
  await control(page, 'speed').fill('6');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press(' ');
  if (touch) await page.touchscreen.tap(x, y);
  else await page.mouse.click(x, y);
  await page.waitForSelector('.menu [data-action="hold"]');
  const id = await page.locator('.menu').getAttribute('data-menu-of');
  return id.replace('message-', '');
}
