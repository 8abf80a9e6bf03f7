// The chapter's experiments, each walked from the question to its meaning in a real browser, and the
// accessibility of what is on the way.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessibilityProblems, assertClean, closePage, openPage, useSite, waitForApp } from './harness.mjs';
import { control, run } from './lab.mjs';

const site = useSite();

/** Does every step of the lesson that is open; gives back what was measured on the way, by name. */
async function walk(page) {
  const measured = new Map();
  for (let step = 0; step < 12; step++) {
    if ((await page.locator('[data-step="meaning"]').getAttribute('data-state')) === 'shown') return measured;
    const open = page.locator('[data-step="do"][data-state="now"] [data-control="do-for-me"]').first();
    await open.waitFor({ timeout: 60_000 });
    const id = await open.locator('xpath=ancestor::*[@data-step="do"]').getAttribute('data-id');
    await open.click();
    const done = page.locator(`[data-step="do"][data-id="${id}"][data-state="over"]`);
    await page.waitForFunction(
      (id) => {
        const step = document.querySelector(`[data-step="do"][data-id="${id}"]`);
        // A step that waits for the run asks for the run to go on.
        step?.querySelector('[data-control="play-on"]')?.click();
        return step?.dataset.state === 'over';
      },
      id,
      { timeout: 90_000 },
    );
    for (const cell of await done.locator('[data-outcome]').all()) {
      measured.set(`${id}: ${await cell.getAttribute('data-outcome')}`, (await cell.textContent()).trim());
    }
  }
  assert.fail('the lesson has no end');
}

const LESSONS = [
  'big-or-many',
  'batching',
  'busy-and-slow',
  'time-until-visible',
  'light-floor',
  'query-over-all',
  'a-year-in-a-minute',
  'reliable-from-unreliable',
  'the-card',
  'be-the-node',
  'strong-against-eventual',
  'refuse-or-accept',
  'partition-and-replicate',
  'range-or-hash',
];

for (const slug of LESSONS) {
  test(`${slug}: predict, do, see what was measured, and what it means`, async () => {
    const page = await openPage(site.browser, `${site.url}#/chapter/1/${slug}`, { viewport: { width: 1280, height: 720 } });
    await waitForApp(page);
    await page.locator('[data-step="predict"][data-state="open"]').waitFor();
    assert.equal(await control(page, 'predict').isDisabled(), true, 'nothing is chosen yet');
    await page.locator('[data-predict]').first().check();
    await control(page, 'predict').click();
    const measured = await walk(page);
    assert.ok(measured.size >= 2, [...measured.keys()].join(', '));
    for (const [name, text] of measured) assert.doesNotMatch(text, /^\W*$/, `${name} was measured`);
    assert.equal(await page.locator('[data-step="predict"]').getAttribute('data-state'), 'judged');
    assert.equal(await page.locator('[data-right="right"]').count(), 1, 'the run says which answer is right');
    assert.deepEqual(await accessibilityProblems(page), []);
    // The stage opens in the lab as it stands.
    const here = await run(page);
    await control(page, 'open-in-lab').click();
    await page.waitForFunction(() => location.hash.startsWith('#/lab'));
    assert.equal((await run(page)).hash, here.hash);
    assertClean(page);
    await closePage(page);
  });
}

test('through the eyes of a node the others are out of sight, until the fog is lifted', async () => {
  const page = await openPage(site.browser, `${site.url}#/chapter/1/be-the-node`, { viewport: { width: 1280, height: 720 } });
  await waitForApp(page);
  await control(page, 'predict-skip').click();
  const spoken = () => page.locator('[data-node="n2"]').getAttribute('aria-label');
  assert.equal(await spoken(), 'Node n2, out of sight');
  const over = (id) => page.locator(`[data-step="do"][data-id="${id}"][data-state="over"]`).waitFor({ timeout: 60_000 });
  await control(page, 'do-for-me').click();
  await over('first');
  assert.equal(await spoken(), 'Node n2, out of sight');
  assert.equal(await page.locator('.node.down, .node.paused, .link.cut').count(), 0);
  await control(page, 'do-for-me').click();
  await over('first-truth');
  assert.doesNotMatch(await spoken(), /out of sight/);
  assertClean(page);
  await closePage(page);
});

for (const [name, options] of [
  ['light, 1280', { viewport: { width: 1280, height: 720 } }],
  ['dark, 1280', { viewport: { width: 1280, height: 720 }, colorScheme: 'dark' }],
  ['light, 360', { viewport: { width: 360, height: 740 }, touch: true }],
  ['dark, 360', { viewport: { width: 360, height: 740 }, touch: true, colorScheme: 'dark' }],
]) {
  test(`the lab has no accessibility problem and no sideways scroll: ${name}`, async () => {
    const page = await openPage(site.browser, `${site.url}#/lab`, { ...options, reducedMotion: 'reduce' });
    await waitForApp(page);
    await page.waitForSelector('[data-run-hash]');
    assert.equal((await run(page)).playing, false, 'with less motion nothing plays by itself');
    assert.deepEqual(await accessibilityProblems(page), []);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(over, 0);
    assertClean(page);
    await closePage(page);
  });
}

test('at 1280x720 the stage, the time bar, the verdicts and a chart are in view', async () => {
  const page = await openPage(site.browser, `${site.url}#/lab`, { viewport: { width: 1280, height: 720 } });
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  const inView = ['[data-run-hash]', '[data-control="play"]', '[data-verdict="converges"]', 'svg .floor'];
  for (const selector of inView) {
    const box = await page.locator(selector).first().boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 720, `${selector} is in view`);
  }
  await closePage(page);
});
