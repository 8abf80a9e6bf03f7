// Whole walks through the page: a student with a mouse and then a keyboard, and a visitor with a phone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean, closePage, openPage, screenshot, useSite, waitForApp } from './harness.mjs';
import { centre, control, linkOf, play, playUntil, run, settled, verdict } from './lab.mjs';

const site = useSite();

const WEAK = `
version = 1
title = "One copy is enough"
seed = 3
keys = 1
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
`;

test('a student sees a broken promise, finds its witness, and reads the code that answered', async () => {
  const page = await openPage(site.browser, `${site.url}#/lab/${linkOf(WEAK, 1)}`, { viewport: { width: 1280, height: 720 } });
  await waitForApp(page);
  await settled(page);
  // Cut a link with the mouse, and watch.
  const [a, b] = [await centre(page.locator('[data-node="n1"]')), await centre(page.locator('[data-node="n2"]'))];
  await page.mouse.click((a.x + b.x) / 2, (a.y + b.y) / 2);
  await page.locator('[data-link="n1-n2"].cut').waitFor({ state: 'attached' });
  for (let i = 0; i < 4; i++) await page.keyboard.press(']');
  await playUntil(page, 900);
  await page.locator('[data-verdict="linearizable"][data-state="broken"]').waitFor();
  // Who is to blame: the lamp unfolds, and its button takes the playhead there.
  await page.locator('[data-verdict="linearizable"] button').first().click();
  const words = (await verdict(page, 'linearizable')).words;
  assert.match(words, /v\d+/, words);
  await page.keyboard.press('2');
  await control(page, 'window-all').click();
  await page.locator('[data-view="operations"] [data-witness="true"]').first().waitFor({ state: 'attached' });
  await screenshot(page, 'path-student-operations');
  // An event, its cause, and the code that handled it.
  await page.keyboard.press('3');
  const rows = page.locator('[data-view="events"] [data-event]');
  await rows.first().waitFor();
  const handled = page.locator('[data-view="events"] [data-event]', { hasText: /n\d handled/ }).last();
  await handled.click();
  await page.keyboard.press('5');
  await page.locator('[data-view="code"] [data-line][data-ran="true"]').first().waitFor();
  assert.match(await page.locator('[data-view="code"]').textContent(), /quorum/i);
  await screenshot(page, 'path-student-code');
  // And back by keyboard: what it would have been without the cut.
  const { ns } = await run(page);
  await page.keyboard.press('Control+z');
  await settled(page);
  assert.equal(await page.locator('[data-link="n1-n2"].cut').count(), 0);
  assert.equal((await run(page)).ns, ns, 'the same instant of another run');
  assertClean(page);
  await closePage(page);
});

test('by keyboard alone: cut, play, step back, bookmark, and open every view', async () => {
  const page = await openPage(site.browser, `${site.url}#/lab/${linkOf(WEAK, 40)}`, { viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce' });
  await waitForApp(page);
  await settled(page);
  // Tab from the top until a link of the stage has the focus.
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.hasAttribute('data-link'))) break;
  }
  const link = await page.evaluate(() => document.activeElement.dataset.link);
  await page.keyboard.press('Enter');
  await page.locator(`[data-link="${link}"].cut`).waitFor({ state: 'attached' });
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.matches('[data-node], [data-client]')), 'Tab goes on to the sites');
  await page.keyboard.press('m');
  await page.locator('.menu').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.menu').waitFor({ state: 'detached' });
  const before = await run(page);
  await page.keyboard.press('.');
  await settled(page);
  await page.keyboard.press(',');
  await settled(page);
  assert.equal((await run(page)).hash, before.hash);
  for (let view = 1; view <= 7; view++) {
    await page.keyboard.press(String(view));
    await page.locator('.dock-view').waitFor();
    assert.ok((await page.locator('.dock-view').textContent()).trim().length > 20, `view ${view} says something`);
  }
  await page.keyboard.press('?');
  await page.locator('dialog[open]').waitFor();
  assert.match(await page.locator('dialog[open]').textContent(), /one step back/);
  await page.keyboard.press('Escape');
  assertClean(page);
  await closePage(page);
});

test('a visitor with a phone opens a link, crashes a node by touch, and scrubs back', async () => {
  const page = await openPage(site.browser, `${site.url}#/lab/${linkOf(WEAK, 200)}`, {
    viewport: { width: 360, height: 740 }, touch: true, colorScheme: 'dark',
  });
  await waitForApp(page);
  await settled(page);
  for (const button of await page.locator('.notice button').all()) await button.tap();
  const verified = await run(page);
  assert.equal(verified.ns, 200_000_000n);
  const node = page.locator('[data-node="n3"]');
  await node.tap();
  await settled(page);
  await node.tap();
  await page.locator('.menu [data-action="crash"]').tap();
  await page.waitForFunction(() => /crashed/.test(document.querySelector('[data-node="n3"]').getAttribute('aria-label')));
  await control(page, 'play').tap();
  await page.waitForTimeout(1500);
  await control(page, 'play').tap();
  await play(page, false);
  await screenshot(page, 'path-phone');
  await control(page, 'dock-spacetime').tap();
  await page.locator('.dock-view').waitFor();
  await page.locator('.dock-view').scrollIntoViewIfNeeded();
  await screenshot(page, 'path-phone-spacetime');
  const targets = await page.locator('.timebar button:visible, .dock-tabs button:visible').evaluateAll((buttons) =>
    buttons.map((button) => button.getBoundingClientRect()).filter((box) => box.height < 43.5 || box.width < 40).length);
  assert.equal(targets, 0, 'targets of 44 pixels for a finger');
  await control(page, 'time').evaluate((slider) => {
    slider.value = '0';
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
  await settled(page);
  assert.equal((await run(page)).ns, 0n);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page scrolls sideways by ${wide} pixels`);
  assertClean(page);
  await closePage(page);
});
