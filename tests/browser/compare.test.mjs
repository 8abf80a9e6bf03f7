// Two runs in lockstep, as a reader meets them: one button puts a second run beside the first, what is done on either stage
// happens on both, one table says what it cost, and the comparison is a link.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, screenshot, useSite, waitForApp,
} from './harness.mjs';
import { centre, control, drag, playUntil, run } from './lab.mjs';

const site = useSite();

const DESK = { viewport: { width: 1280, height: 720 } };
const PHONE = { viewport: { width: 360, height: 740 }, touch: true, colorScheme: 'dark' };

async function openRoute(route, options = {}) {
  const page = await openPage(site.browser, `${site.url}#/${route}`, { reducedMotion: 'reduce', ...options });
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  return page;
}

/** Both runs as their stages tell them. */
async function both(page) {
  await page.waitForFunction(() => document.querySelector('#stage').dataset.replaying === 'false');
  return page.evaluate(() => ['stage', 'b-stage'].map((id) => {
    const { runHash, runTimeNs } = document.getElementById(id).dataset;
    return { hash: runHash, ns: runTimeNs };
  }));
}

/** A row of the table of figures. */
async function figure(page, name) {
  const row = page.locator(`[data-compare="${name}"]`).first();
  const read = async (attribute) => {
    const value = await row.getAttribute(attribute);
    return value === null ? Number.NaN : Number(value);
  };
  return {
    a: await read('data-a'), b: await read('data-b'), difference: await read('data-difference'),
    word: await row.getAttribute('data-trend'),
  };
}

async function isFineToLookAt(page, name) {
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(await overlappingTexts(page), []);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page scrolls sideways by ${wide} px`);
  await screenshot(page, name);
}

test('a copy beside the run shows no difference, and one parameter makes one', async () => {
  const page = await openRoute('lab', DESK);
  await control(page, 'speed').fill('14');
  await control(page, 'compare').click();
  await page.waitForSelector('#b-stage');
  await playUntil(page, 300);
  let [a, b] = await both(page);
  assert.deepEqual(a, b, 'a copy is the same run, at the same time');
  assert.equal(await page.locator('.compare-bar').getAttribute('data-same'), 'true');
  assert.equal(await page.locator('[data-differs]').getAttribute('data-differs'), '0');
  const differences = await page.locator('[data-compare][data-difference]').evaluateAll(
    (rows) => rows.map((row) => row.dataset.difference));
  assert.ok(differences.length > 5);
  assert.ok(differences.every((by) => Number(by) === 0), differences.join(' '));

  await control(page, 'compare-with-0').click();
  await page.waitForSelector('.compare-bar[data-same="false"]');
  await playUntil(page, 1_500);
  [a, b] = await both(page);
  assert.equal(a.ns, b.ns);
  assert.notEqual(a.hash, b.hash);
  assert.equal(await page.locator('[data-differs]').getAttribute('data-differs'), '1');
  const writes = await figure(page, 'write.p50_ms');
  assert.ok(Math.abs(writes.b - writes.a - writes.difference) < 1e-9 && writes.difference !== 0, JSON.stringify(writes));
  assert.equal(writes.word, writes.difference > 0 ? 'worse' : 'better');
  const titles = await page.locator('.stage-title').allTextContents();
  assert.ok(titles[0].startsWith('A: ') && titles[1].startsWith('B: ') && titles[0].slice(1) !== titles[1].slice(1));
  await isFineToLookAt(page, 'compare-desk-light');
  await page.locator('.panels').evaluate((panel) => panel.scrollTo(0, 520));
  await screenshot(page, 'compare-desk-figures');
  await page.locator('.panels').evaluate((panel) => panel.scrollTo(0, 5_000));
  await screenshot(page, 'compare-desk-charts');
  assertClean(page);
  await closePage(page);
});

test('a gesture on the one stage happens on the other, and one undo takes back both', async () => {
  const page = await openRoute('lab', DESK);
  await control(page, 'compare').click();
  await page.waitForSelector('#b-stage [data-link="n1-n2"]');
  await playUntil(page, 40);
  const cuts = () => page.locator('[data-link="n1-n2"]').evaluateAll((links) => links.map((link) => link.ariaPressed));
  await page.locator('#b-stage [data-link="n1-n2"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#stage [data-link="n1-n2"][aria-pressed="true"]');
  assert.deepEqual(await cuts(), ['true', 'true']);
  const places = () => page.locator('[data-node="n3"]').evaluateAll(
    (nodes) => nodes.map((node) => node.closest('.site').getAttribute('transform')));
  const before = await places();
  // By mouse on the second stage.
  const from = await centre(page.locator('#b-stage [data-node="n3"]'));
  await drag(page, from, { x: from.x + 30, y: from.y - 30 });
  await page.waitForFunction(
    (old) => document.querySelector('#stage [data-node="n3"]').closest('.site').getAttribute('transform') !== old, before[0]);
  const [a, b] = await both(page);
  assert.deepEqual(a, b, 'the same gestures, and so the same run');
  await control(page, 'undo').click();
  await page.waitForFunction(
    (old) => document.querySelector('#stage [data-node="n3"]').closest('.site').getAttribute('transform') === old, before[0]);
  await control(page, 'undo').click();
  await page.waitForSelector('#b-stage [data-link="n1-n2"][aria-pressed="false"]');
  assert.deepEqual(await cuts(), ['false', 'false']);
  // A menu of the second stage, by keyboard.
  await page.locator('#b-stage [data-node="n2"]').focus();
  await page.keyboard.press('m');
  await page.locator('#b-stage .menu [data-action="crash"]').click();
  await page.waitForSelector('#stage .node.down [data-node="n2"]');
  await page.waitForSelector('#b-stage .node.down [data-node="n2"]');
  assertClean(page);
  await closePage(page);
});

test('controls change the chosen side, and a comparison is a link that is verified', async () => {
  const page = await openRoute('lab', DESK);
  await control(page, 'compare').click();
  await page.waitForSelector('#b-stage');
  const base = async () => control(page, 'base_ms').inputValue();
  const old = await base();
  await control(page, 'base_ms').fill('9');
  await control(page, 'base_ms').press('Tab');
  assert.equal(await base(), '9');
  await control(page, 'side-a').click();
  await page.waitForFunction((was) => document.querySelector('[data-control="base_ms"]').value === was, old);
  await control(page, 'side-both').click();
  await control(page, 'speed').fill('13');
  await playUntil(page, 200);
  const expected = await both(page);
  assert.notEqual(expected[0].hash, expected[1].hash);
  await control(page, 'share').click();
  const address = await page.locator('[data-control="link"]').inputValue();
  assert.match(address, /#\/compare\/[^/]+\/[^/]+$/);
  assertClean(page);
  await closePage(page);

  const code = address.replace(/^.*#\//, '');
  const other = await openRoute(code, DESK);
  await other.waitForSelector('[data-notice="good"]');
  assert.match(await other.locator('[data-notice="good"]').textContent(), /Replay verified · A .* · B .*/);
  assert.deepEqual(await both(other), expected);
  // One half of it opens that run alone.
  const alone = await openRoute(`lab/${code.split('/')[2]}`, DESK);
  await alone.waitForSelector('[data-notice="good"]');
  assert.equal((await run(alone)).hash, expected[1].hash);
  const broken = await openRoute(`compare/${code.split('/')[1]}/${code.split('/')[2].slice(0, 30)}`, DESK);
  assert.match(await broken.locator('[data-notice="bad"]').textContent(), /the link of B/);
  for (const opened of [other, alone, broken]) {
    assertClean(opened);
    await closePage(opened);
  }
});

test('on a phone the stages stand one above the other, and a finger reaches both', async () => {
  const page = await openRoute('lab', PHONE);
  await control(page, 'compare').click();
  await page.waitForSelector('#b-stage');
  await control(page, 'compare-with-0').click();
  await playUntil(page, 60);
  const [a, b] = await Promise.all(['#stage', '#b-stage'].map((id) => page.locator(id).boundingBox()));
  assert.ok(b.y >= a.y + a.height && b.width > 300, 'one above the other, each as wide as the phone');
  // No message travels between the backups, so a finger there means the link. The time bar stays at the thumb, so the stage is brought to the top.
  await page.locator('#b-stage').evaluate((stage) => stage.scrollIntoView({ block: 'start' }));
  const link = await page.locator('#b-stage [data-link="n2-n3"] .reach').evaluate((line) => {
    const ground = document.querySelector('#b-stage').getBoundingClientRect();
    const at = (name) => Number(line.getAttribute(name));
    return { x: ground.x + (at('x1') + at('x2')) / 2, y: ground.y + (at('y1') + at('y2')) / 2 };
  });
  await page.touchscreen.tap(link.x, link.y);
  await page.waitForSelector('#stage [data-link="n2-n3"][aria-pressed="true"]');
  await page.waitForSelector('#b-stage [data-link="n2-n3"][aria-pressed="true"]');
  const small = await page.locator('.compare-bar button, .compare-presets button').evaluateAll(
    (buttons) => buttons.map((button) => button.getBoundingClientRect()).filter((box) => box.height < 43.5 || box.width < 43.5).length);
  assert.equal(small, 0, 'a finger can press every button');
  await page.evaluate(() => scrollTo(0, 0));
  await isFineToLookAt(page, 'compare-phone-dark');
  await page.locator('.compare-panel').scrollIntoViewIfNeeded();
  await screenshot(page, 'compare-phone-table', { fullPage: true });
  assertClean(page);
  await closePage(page);
});
