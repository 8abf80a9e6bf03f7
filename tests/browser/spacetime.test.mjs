// The space-time diagram and the timeline of the operations, as a reader uses them: with a mouse, with the keyboard alone, and
// with a finger on a phone; in both themes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  accessibilityProblems, assertClean, closePage, overlappingTexts, screenshot, useSite,
} from './harness.mjs';
import { control, drag, openLab, play, playUntil, run, touchDrag } from './lab.mjs';

const site = useSite();

const CLUSTER = `
seed = 3
keys = 2
[protocol]
name = "primary-backup"
acks = 0
reads = "any"
[network]
base_ms = 1
jitter = { kind = "exponential", mean_ms = 4 }
[[nodes]]
name = "n1"
[[nodes]]
name = "n2"
x_km = 3000
[[nodes]]
name = "n3"
x_km = 1500
y_km = 1200
[[clients]]
name = "c1"
pace = { kind = "closed", think_ms = 5 }
[[clients]]
name = "c2"
x_km = 3000
pace = { kind = "closed", think_ms = 7 }
[[script]]
at_ms = 300
action = "crash"
node = "n3"
[[script]]
at_ms = 420
action = "restart"
node = "n3"
[[script]]
at_ms = 500
action = "cut"
between = ["n1", "n2"]
`;

const DESK = { viewport: { width: 1280, height: 720 } };
const DARK_PHONE = { viewport: { width: 360, height: 740 }, touch: true, colorScheme: 'dark' };

/** A number that the diagram tells. */
const told = async (page, name) => Number(await page.locator('#spacetime').getAttribute(`data-${name}`));

async function open(view, options, ms = 620) {
  const page = await openLab(site.browser, site.url, CLUSTER, options);
  // The notice that the replay is verified would lie over the tabs on a phone.
  await page.locator('.notice button').first().click();
  await playUntil(page, ms);
  await control(page, `dock-${view}`).click();
  await page.locator(view === 'spacetime' ? '#spacetime canvas' : '#operations svg').waitFor();
  return page;
}

/** Waits until an attribute of an element changes from what it was. */
const changes = (page, selector, name, from) => page.waitForFunction(
  ([selector, name, from]) => document.querySelector(selector)?.getAttribute(name) !== from, [selector, name, from],
);

/** How many pixels of the canvas are not empty. */
const inked = (page) => page.evaluate(() => {
  const canvas = document.querySelector('#spacetime-canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let pixel = 3; pixel < data.length; pixel += 4) count += data[pixel] > 0 ? 1 : 0;
  return count;
});

test('an event is pressed, its past and future light up and are counted, and Enter goes there', async () => {
  const page = await open('spacetime', DESK);
  assert.ok((await told(page, 'arrows')) > 5 && (await inked(page)) > 2_000);
  const ground = page.locator('#spacetime');
  await ground.focus();
  await page.keyboard.press('ArrowLeft');
  await changes(page, '#spacetime', 'data-event', null);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.waitForTimeout(100);
  const event = await ground.getAttribute('data-event');
  const [x, y] = [await told(page, 'x'), await told(page, 'y')];
  const counts = [await told(page, 'before'), await told(page, 'after'), await told(page, 'concurrent')];
  assert.ok(counts[0] > 0, String(counts));
  const words = await page.locator('.st-causes').textContent();
  assert.ok(words.includes('could have influenced it') && words.includes('neither could know of the other'), words);
  await screenshot(page, 'spacetime-selected');
  // The same event by the mouse.
  await page.keyboard.press('Escape');
  await changes(page, '#spacetime', 'data-event', event);
  await ground.scrollIntoViewIfNeeded();
  const box = await ground.boundingBox();
  await page.mouse.click(box.x + x, box.y + y);
  await changes(page, '#spacetime', 'data-before', null);
  const again = [await told(page, 'before'), await told(page, 'after'), await told(page, 'concurrent')];
  assert.equal(again.reduce((a, b) => a + b), counts.reduce((a, b) => a + b), 'every other event is one of the three');
  const { ns } = await run(page);
  await ground.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.waitForFunction((ns) => BigInt(document.querySelector('[data-run-hash]').dataset.runTimeNs) < BigInt(ns), String(ns));
  assertClean(page);
  await closePage(page);
});

test('the window is dragged, zoomed by wheel and keys, and follows the playhead again', async () => {
  const page = await open('spacetime', DESK);
  const ground = page.locator('#spacetime');
  assert.equal(await ground.getAttribute('data-follows'), 'true');
  const window = async () => (await page.locator('#st-summary').textContent()).split(':')[0];
  const before = await window();
  const box = await ground.boundingBox();
  await drag(page, { x: box.x + 200, y: box.y + 30 }, { x: box.x + 380, y: box.y + 30 });
  await changes(page, '#spacetime', 'data-follows', 'true');
  assert.notEqual(await window(), before);
  assert.equal(await ground.getAttribute('data-event'), null, 'a drag is no press');
  const arrows = await told(page, 'arrows');
  await page.keyboard.down('Control');
  await page.mouse.move(box.x + 300, box.y + 40);
  await page.mouse.wheel(0, 500);
  await page.keyboard.up('Control');
  await changes(page, '#spacetime', 'data-arrows', String(arrows));
  assert.ok((await told(page, 'arrows')) > arrows, 'a longer time has more messages');
  await ground.focus();
  await page.keyboard.press('0');
  await changes(page, '#spacetime', 'data-follows', 'false');
  assert.ok((await told(page, 'bands')) >= 3, 'the crash and the cut are bands');
  await screenshot(page, 'spacetime-all');
  await control(page, 'spacetime-kinds').locator('summary').click();
  const [drawn, left] = [await told(page, 'arrows'), await told(page, 'left-out')];
  assert.ok(left > 0 && (await page.locator('.st-note').textContent()).includes('not drawn'), 'what is left out is told');
  await page.locator('.st-list input').first().uncheck();
  await changes(page, '#spacetime', 'data-left-out', String(left));
  assert.ok((await told(page, 'arrows')) + (await told(page, 'left-out')) < drawn + left);
  assertClean(page);
  await closePage(page);
});

test('an operation explains itself, and what is selected is one thing in both views', async () => {
  const page = await open('operations', DESK);
  await control(page, 'window-all').click();
  await page.locator('.op-one.witness').first().waitFor();
  await page.locator('.op-one.witness.read').last().click({ force: true });
  const card = page.locator('.op-card');
  await card.waitFor();
  assert.match(await card.textContent(), /out of date|broken/);
  assert.equal(await page.locator('.op-one.selected').count(), 1);
  assert.deepEqual(await overlappingTexts(page, '.op-view'), []);
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  await screenshot(page, 'operations');
  await page.locator('#operations').focus();
  const op = await card.getAttribute('data-op');
  await page.keyboard.press('ArrowLeft');
  await changes(page, '.op-card', 'data-op', op);
  await control(page, 'dock-spacetime').click();
  await page.locator('.st-selected').waitFor();
  assert.match(await page.locator('.st-words').textContent(), /Between its call and its answer/);
  await screenshot(page, 'spacetime-operation');
  assertClean(page);
  await closePage(page);
});

test('on a phone in the dark, by finger', async () => {
  const page = await open('spacetime', DARK_PHONE);
  const ground = page.locator('#spacetime');
  await ground.scrollIntoViewIfNeeded();
  await page.evaluate(() => document.querySelector('.dock').scrollIntoView());
  const box = await ground.boundingBox();
  await touchDrag(page, { x: box.x + 120, y: box.y + 30 }, { x: box.x + 260, y: box.y + 34 });
  await changes(page, '#spacetime', 'data-follows', 'true');
  // A tap right after a drag is taken for the second of a double tap.
  await page.waitForTimeout(500);
  await control(page, 'window-follow').tap();
  await changes(page, '#spacetime', 'data-follows', 'false');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no scroll to the side');
  assert.deepEqual(await overlappingTexts(page, '.spacetime'), []);
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  await screenshot(page, 'spacetime-phone');
  await control(page, 'dock-operations').tap();
  await page.locator('.op-one').last().click({ force: true });
  await page.locator('.op-card').waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no scroll to the side');
  assert.deepEqual(await overlappingTexts(page, '.op-view'), []);
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  await screenshot(page, 'operations-phone');
  assertClean(page);
  await closePage(page);
});

test('the diagram is painted while the run plays, and its axis and words are there for everybody', async () => {
  const page = await open('spacetime', { ...DESK, colorScheme: 'dark' }, 200);
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  assert.deepEqual(await overlappingTexts(page, '.spacetime'), []);
  assert.ok((await page.locator('.spacetime ol li').count()) > 5, 'some events in words');
  await play(page, true);
  const frames = await page.evaluate(() => new Promise((done) => {
    const canvas = document.querySelector('#spacetime-canvas');
    const seen = new Set();
    let count = 0;
    const look = () => {
      seen.add(canvas.toDataURL().length);
      count += 1;
      if (count < 12) requestAnimationFrame(look);
      else done(seen.size);
    };
    requestAnimationFrame(look);
  }));
  assert.ok(frames > 3, `${frames} different pictures in 12 frames`);
  await play(page, false);
  assertClean(page);
  await closePage(page);
});
