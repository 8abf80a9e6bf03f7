// How every view looks: a picture compared with the one that is kept, axe in both themes, and texts that cover each other.
// UPDATE=1 keeps the new pictures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLooksAsBefore } from './baselines.mjs';
import { accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, useSite, waitForApp } from './harness.mjs';
import { control, linkOf, settled } from './lab.mjs';

const site = useSite();

/** A run with a cut, a crash, stale reads and a bookmark: something to see in every view. */
const EVENTFUL = `
version = 1
title = "A cut and a crash"
seed = 7
keys = 3
[protocol]
name = "quorum"
r = 1
w = 1
[[nodes]]
name = "n1"
[[nodes]]
name = "n2"
x_km = 900
[[nodes]]
name = "n3"
x_km = 400
y_km = 700
[[clients]]
name = "c1"
x_km = -300
pace = { kind = "closed", think_ms = 9 }
[[clients]]
name = "c2"
x_km = 1200
y_km = 100
pace = { kind = "closed", think_ms = 7 }
[[script]]
at_ms = 60
action = "cut"
between = ["n1", "n2"]
[[script]]
at_ms = 120
action = "crash"
node = "n3"
[[script]]
at_ms = 180
action = "restart"
node = "n3"
[[script]]
at_ms = 200
action = "heal-all"
[[bookmarks]]
at_ms = 130
caption = "n3 is gone, and n1 can't reach n2"
`;

const VIEWS = ['spacetime', 'operations', 'events', 'data', 'code', 'charts', 'story'];
const PANELS = ['clients', 'inside', 'models', 'runs'];
const SIZES = {
  desk: { viewport: { width: 1280, height: 720 } },
  phone: { viewport: { width: 360, height: 740 }, touch: true },
};
const THEMES = ['light', 'dark'];

async function open(hash, options) {
  const page = await openPage(site.browser, `${site.url}${hash}`, { reducedMotion: 'reduce', ...options });
  await waitForApp(page);
  await settled(page);
  await page.evaluate(() => document.fonts.ready);
  for (const button of await page.locator('.notice button').all()) await button.click();
  return page;
}

async function assertReadable(page, what) {
  assert.deepEqual(await accessibilityProblems(page), [], what);
  assert.deepEqual(await overlappingTexts(page, 'main, .top'), [], what);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${what}: the page scrolls sideways by ${wide} pixels`);
}

for (const [size, options] of Object.entries(SIZES)) {
  for (const colorScheme of THEMES) {
    test(`every view of a run, ${size}, ${colorScheme}: as before, readable, nothing over anything`, async () => {
      const page = await open(`#/lab/${linkOf(EVENTFUL, 250)}`, { ...options, colorScheme });
      for (const view of VIEWS) {
        await control(page, `dock-${view}`).click();
        await page.mouse.move(2, 2);
        if (view === 'code') await page.locator('.code [data-line]').first().waitFor();
        await settled(page);
        await page.locator('.dock-row').evaluate((row) => row.scrollIntoView({ block: innerWidth < 800 ? 'start' : 'nearest' }));
        await page.waitForTimeout(300);
        await assertReadable(page, view);
        await assertLooksAsBefore(page, `${size}-${colorScheme}-${view}`);
      }
      await control(page, 'dock-story').click();
      for (const panel of PANELS) {
        await control(page, `panel-${panel}`).click();
        await page.mouse.move(2, 2);
        if (panel === 'models') await page.locator('[data-model][data-state="holds"]').first().waitFor();
        await settled(page);
        await page.locator('.panels').evaluate((panels) => panels.scrollIntoView({ block: innerWidth < 800 ? 'start' : 'nearest' }));
        await page.waitForTimeout(300);
        await assertReadable(page, panel);
        await assertLooksAsBefore(page, `${size}-${colorScheme}-panel-${panel}`);
      }
      assertClean(page);
      await closePage(page);
    });
  }
}

test('pages without a stage, the card and the help: as before, and readable in both themes', async () => {
  for (const colorScheme of THEMES) {
    for (const [name, hash] of [['evidence', '#/evidence'], ['history', '#/history'], ['chapter', '#/chapter/1/light-floor']]) {
      const page = await open(hash, { ...SIZES.desk, colorScheme });
      await page.waitForTimeout(300);
      await assertReadable(page, name);
      await assertLooksAsBefore(page, `page-${colorScheme}-${name}`);
      assertClean(page);
      await closePage(page);
    }
    const page = await open(`#/lab/${linkOf(EVENTFUL, 250)}`, { ...SIZES.desk, colorScheme });
    await control(page, 'share').click();
    await page.locator('.share').waitFor();
    assert.deepEqual(await accessibilityProblems(page), [], 'share');
    await assertLooksAsBefore(page, `page-${colorScheme}-share`);
    await page.keyboard.press('Escape');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    assert.deepEqual(await accessibilityProblems(page), [], 'help');
    await assertLooksAsBefore(page, `page-${colorScheme}-help`);
    await closePage(page);
  }
});

test('at 1280 by 720 the stage, the time bar, the verdicts and a chart are in view without scrolling', async () => {
  const page = await open(`#/lab/${linkOf(EVENTFUL, 250)}`, SIZES.desk);
  for (const part of ['#stage', '.timebar', '[data-verdict="converges"]', '.panels .chart svg', '.dock-row']) {
    const box = await page.locator(part).first().boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 720 && box.x + box.width <= 1280, `${part}: ${JSON.stringify(box)}`);
  }
  await closePage(page);
});
