// The list of events and the code that ran, as a reader uses them: with mouse, keyboard and finger. What is marked is compared
// with the file in the checkout.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, screenshot, useSite, waitForApp,
} from './harness.mjs';
import { control, playUntil, run } from './lab.mjs';

const site = useSite();
const DESK = { viewport: { width: 1280, height: 720 } };
const PHONE = { viewport: { width: 360, height: 740 }, touch: true, colorScheme: 'dark' };

async function open(options = {}, ms = 900) {
  const page = await openPage(site.browser, `${site.url}#/lab`, { reducedMotion: 'reduce', ...options });
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  await playUntil(page, ms);
  return page;
}

/** What the list counts: matches, and events of the record. */
async function counted(page) {
  const { value, of } = await page.locator('.happened [data-metric="events"]').evaluate(({ dataset }) => ({ ...dataset }));
  return { matches: Number(value), of: Number(of) };
}

async function assertFine(page, within) {
  assert.deepEqual(await accessibilityProblems(page, within), []);
  assert.deepEqual(await overlappingTexts(page, within), []);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page scrolls sideways by ${wide} px`);
}

test('the list of events is filtered, searched and walked with keys', async () => {
  const page = await open(DESK);
  await control(page, 'dock-events').click();
  await page.locator('.happened-row').first().waitFor();
  const all = await counted(page);
  assert.ok(all.of > 100 && all.matches === all.of, JSON.stringify(all));
  assert.ok((await page.locator('.happened-row').count()) < 60, 'only rows in view are in the document');
  await page.locator('[aria-posinset="' + all.of + '"]').waitFor(); // it is at its end

  await control(page, 'events-sent').click();
  await page.waitForFunction((of) => Number(document.querySelector('[data-metric="events"]').dataset.value) < of, all.of);
  assert.equal(await page.locator('.happened-row[data-kind="sent"]').count(), 0);
  await control(page, 'events-sent').click();
  await control(page, 'events-search').fill('asked');
  await page.waitForFunction((of) => Number(document.querySelector('[data-metric="events"]').dataset.value) < of, all.of);
  for (const words of await page.locator('.happened-words').allInnerTexts()) assert.match(words, /asked/i);
  await assertFine(page, '.dock');
  await control(page, 'events-clear').click();
  await page.waitForFunction((of) => Number(document.querySelector('[data-metric="events"]').dataset.value) === of, all.of);

  const list = control(page, 'events-list');
  await list.focus();
  await page.keyboard.press('Home');
  await page.locator('.happened-row.selected[aria-posinset="1"]').waitFor();
  for (let press = 0; press < 30; press++) await page.keyboard.press('ArrowDown');
  const selected = page.locator('.happened-row.selected[aria-posinset="31"]');
  await selected.waitFor();
  // It is scrolled to in the frame after the one that draws it.
  await page.waitForFunction(() => {
    const box = document.querySelector('.happened-row.selected').getBoundingClientRect();
    const frame = document.querySelector('[data-control="events-list"]').getBoundingClientRect();
    return box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
  }, null, { timeout: 3_000 });
  assert.equal(await list.getAttribute('aria-activedescendant'), await selected.getAttribute('id'));
  await screenshot(page, 'events');

  const before = await run(page);
  await page.keyboard.press('Enter');
  await page.waitForFunction((ns) => BigInt(document.querySelector('[data-run-time-ns]').dataset.runTimeNs) < BigInt(ns), String(before.ns));
  assert.ok((await counted(page)).of <= 60, 'the record ends at the playhead');
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  assertClean(page);
  await closePage(page);
});

test('an event leads to the very lines that handled it', async () => {
  const page = await open(DESK);
  const hash = (await run(page)).hash;
  await control(page, 'dock-code').click();
  await page.locator('.code-note[data-compiled="true"]').waitFor();
  const name = await page.locator('[data-function]').getAttribute('data-function');
  assert.match(name, /::on_\w+$/);
  const path = (await page.locator('.code-head h2').innerText()).match(/in (protocols\/\S+), lines (\d+) to (\d+)/);
  const source = readFileSync(new URL(`../../src/${path[1]}`, import.meta.url), 'utf8').split('\n');
  const lines = await page.locator('.code-lines li').evaluateAll((all) => all.map((line) => ({
    number: Number(line.dataset.line), ran: line.dataset.ran,
    text: [...line.querySelector('code').childNodes].filter((part) => part.className !== 'unseen').map((part) => part.textContent).join(''),
  })));
  assert.ok(lines.length > 2);
  for (const { number, text } of lines) assert.equal(text, source[number - 1], `line ${number}`);
  const first = lines.find(({ number }) => number === Number(path[2]));
  assert.ok(first.ran === 'true' && first.text.includes(`fn ${name.split('::')[1]}`), JSON.stringify(first));
  assert.equal((await run(page)).hash, hash, 'looking changes nothing');
  await assertFine(page, '.dock');
  await screenshot(page, 'code');

  // Another function of the same step, and the rest of its file.
  const functions = page.locator('.code-functions button');
  if ((await functions.count()) > 1) {
    await functions.nth(1).click();
    await page.locator('.code-functions li:nth-child(2) [aria-current]').waitFor();
    await page.locator('.code-lines li[data-ran="true"]').first().waitFor();
  }
  await control(page, 'code-expand').click();
  await page.locator('.code-lines li[data-line="1"]').waitFor({ state: 'attached' });
  await screenshot(page, 'code-file');

  // Back to what the same node handled before, with the keyboard, and on again.
  await control(page, 'code-expand').click();
  const now = Number(await page.locator('.code').getAttribute('data-event'));
  await control(page, 'code-previous').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => Number(document.querySelector('.code').dataset.event) < id, now);
  await control(page, 'code-next').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => Number(document.querySelector('.code').dataset.event) === id, now);

  // What no protocol did says so, and leads to what it came of.
  await control(page, 'dock-events').click();
  await control(page, 'events-search').fill('read');
  await page.locator('.happened-row[data-kind="operation"]').last().click();
  await control(page, 'dock-code').click();
  await page.locator('.code-none').waitFor();
  assert.match(await page.locator('.code-none').innerText(), /No code of a protocol ran/);
  await assertFine(page, '.dock');
  assertClean(page);
  await closePage(page);
});

test('a finger reads the events and the code on a phone, in the dark', async () => {
  const page = await open(PHONE, 500);
  await control(page, 'dock-events').tap();
  await page.locator('.happened-row').first().waitFor();
  const row = page.locator('.happened-row[data-kind="handled"]', { hasText: /n\d handled/ }).last();
  await row.scrollIntoViewIfNeeded();
  assert.ok((await row.boundingBox()).height >= 43.5, 'a row is tall enough for a finger');
  await row.tap();
  await page.locator('.happened-row.selected').waitFor();
  await assertFine(page, '.dock');
  await page.locator('.dock').scrollIntoViewIfNeeded();
  await screenshot(page, 'events-phone');
  await control(page, 'dock-code').tap();
  await page.locator('.code-note[data-compiled="true"]').waitFor();
  await assertFine(page, '.dock');
  await page.locator('.code').scrollIntoViewIfNeeded();
  await screenshot(page, 'code-phone');
  assertClean(page);
  await closePage(page);
});

test('a text that is not the one that was compiled is told apart', async () => {
  const page = await open({
    ...DESK,
    prepare: (page) => page.route('**/source/**', (route) => route.fulfill({ contentType: 'text/plain', body: 'fn other() {}\n' })),
  });
  await control(page, 'dock-code').click();
  await page.locator('.code-note[data-compiled="false"]').waitFor();
  assert.match(await page.locator('.code-note').innerText(), /differs/);
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  assertClean(page);
  await closePage(page);
});
