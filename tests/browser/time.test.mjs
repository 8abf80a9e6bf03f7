// The time machine: steps forward and back, forks that keep both branches, bookmarks, the inspector, and a closer look.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, screenshot, useSite, waitForApp } from './harness.mjs';
import { centre, control, openLab, play, playUntil, run, settled } from './lab.mjs';

const site = useSite();

const QUORUM = `
version = 1
title = "Two of three"
seed = 5
keys = 2
[protocol]
name = "quorum"
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
pace = { kind = "closed", think_ms = 5 }
`;

/** The run once the page stands still. */
async function still(page) {
  await settled(page);
  return run(page);
}

/** The lab on a scenario, at its start. */
async function atStart(scenario, options) {
  const page = await openLab(site.browser, site.url, scenario, options);
  await control(page, 'start').click();
  await settled(page);
  return page;
}

test('a step back is the step forward undone, by every stride, by button and by key', async () => {
  const page = await atStart(QUORUM);
  await playUntil(page, 80);
  for (const stride of ['event', 'message', 'operation']) {
    await control(page, 'stride').selectOption(stride);
    await control(page, 'step').click();
    const before = await still(page);
    await control(page, 'step').click();
    const after = await still(page);
    assert.notEqual(after.hash, before.hash);
    await control(page, 'back').click();
    assert.deepEqual(await still(page), before, stride);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('.');
    assert.deepEqual(await still(page), after, stride);
    await page.keyboard.press(',');
    assert.deepEqual(await still(page), before, stride);
  }
  // To the start and back to the end, by key.
  const end = await still(page);
  await page.keyboard.press('Home');
  await settled(page);
  assert.equal((await still(page)).ns, 0n);
  await page.keyboard.press('End');
  await settled(page);
  assert.ok((await still(page)).ns >= end.ns);
  assertClean(page);
  await closePage(page);
});

test('a fork keeps both branches, with names, and each its own undo', async () => {
  const page = await atStart(QUORUM);
  await playUntil(page, 60);
  await page.keyboard.press('f');
  const forked = await still(page);
  await page.locator('[data-link="n1-n2"]').focus();
  await page.keyboard.press('Enter');
  await playUntil(page, 90);
  const cut = await still(page);
  await page.keyboard.press('7');
  const tree = page.locator('.story-branches');
  await tree.locator('li').nth(1).waitFor();
  assert.equal(await tree.locator('li').count(), 2);
  await control(page, 'branch-0').click();
  await settled(page);
  assert.equal((await still(page)).ns, forked.ns);
  assert.equal(await page.locator('[data-link="n1-n2"].cut').count(), 0, 'the first run has no cut');
  const name = tree.locator('[data-branch="1"] input');
  await name.fill('n1 and n2 apart');
  await name.press('Enter');
  await control(page, 'branch-1').click();
  await settled(page);
  assert.deepEqual(await still(page), { ...cut, playing: false });
  assert.equal(await tree.locator('[data-branch="1"] input').inputValue(), 'n1 and n2 apart');
  await screenshot(page, 'story-branches');
  await control(page, 'undo').click();
  await settled(page);
  assert.equal(await page.locator('[data-link="n1-n2"].cut').count(), 0, 'undone on its own branch');
  assert.deepEqual(await accessibilityProblems(page, '.dock'), []);
  assertClean(page);
  await closePage(page);
});

test('bookmarks with captions travel in the link, and N steps through them', async () => {
  const page = await atStart(QUORUM);
  for (const [at, caption] of [[40, 'The first write is on its way'], [90, 'Two of three have it']]) {
    await playUntil(page, at);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('b');
    await page.waitForFunction(() => document.activeElement.id === 'bookmark-caption');
    await page.keyboard.type(caption);
    await page.keyboard.press('Enter');
  }
  await page.locator('[data-bookmark]').nth(1).waitFor();
  const second = await still(page);
  await control(page, 'share').click();
  const link = await control(page, 'link').inputValue();
  const other = await openPage(site.browser, link, { viewport: { width: 1280, height: 720 } });
  await waitForApp(other);
  await settled(other);
  assert.deepEqual(await still(other), second);
  await other.keyboard.press('Home');
  await settled(other);
  await other.keyboard.press('n');
  await settled(other);
  await other.waitForFunction(() => document.querySelector('.caption').textContent.includes('The first write'));
  await other.keyboard.press('n');
  await settled(other);
  assert.deepEqual(await still(other), second);
  await other.keyboard.press('p');
  await settled(other);
  assert.ok((await still(other)).ns < second.ns);
  assertClean(page);
  assertClean(other);
  await closePage(page);
  await closePage(other);
});

test('what is selected can be inspected and changed where it stands', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await openLab(site.browser, site.url, QUORUM, { viewport: { width: 1280, height: 720 }, colorScheme });
    await playUntil(page, 60);
    const node = await centre(page.locator('[data-node="n2"]'));
    await page.mouse.click(node.x, node.y);
    await control(page, 'inspect').click();
    const inspector = page.locator('[data-inspector]');
    assert.match(await inspector.textContent(), /Node n2/);
    await inspector.locator('[data-action="crash"]').click();
    await inspector.locator('[data-action="restart"]').waitFor();
    assert.match(await page.locator('[data-node="n2"]').getAttribute('aria-label'), /crashed/);
    await screenshot(page, `inspector-${colorScheme}`);
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(await overlappingTexts(page, '.panels'), []);
    await control(page, 'select-nothing').click();
    await inspector.waitFor({ state: 'detached' });
    assertClean(page);
    await closePage(page);
  }
});

/** Where n1 and n2 are on the screen. */
async function apart(page) {
  const [a, b] = [await centre(page.locator('[data-node="n1"]')), await centre(page.locator('[data-node="n2"]'))];
  return { a, b, distance: Math.hypot(a.x - b.x, a.y - b.y) };
}

test('two fingers, the wheel and keys look closer, and one button shows everything again', async () => {
  const page = await openLab(site.browser, site.url, QUORUM, { viewport: { width: 360, height: 740 }, touch: true });
  await play(page, false);
  const before = await apart(page);
  const { hash } = await still(page);
  const session = await page.context().newCDPSession(page);
  const touch = (type, points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  const box = await page.locator('#stage').boundingBox();
  const y = box.y + box.height - 90;
  const x = box.x + box.width / 2;
  await touch('touchStart', [{ x: x - 20, y, id: 1 }]);
  await touch('touchStart', [{ x: x - 20, y, id: 1 }, { x: x + 20, y, id: 2 }]);
  for (let step = 1; step <= 6; step++) {
    await touch('touchMove', [{ x: x - 20 - step * 4, y, id: 1 }, { x: x + 20 + step * 4, y, id: 2 }]);
  }
  await touch('touchEnd', []);
  await page.waitForTimeout(150);
  const after = await apart(page);
  assert.ok(after.distance > before.distance * 1.5, `${before.distance} to ${after.distance}`);
  assert.equal((await still(page)).hash, hash, 'nothing was cut or moved');
  await control(page, 'fit').click();
  await page.waitForTimeout(100);
  assert.ok(Math.abs((await apart(page)).distance - before.distance) < 1);
  await closePage(page);

  const wide = await openLab(site.browser, site.url, QUORUM, { viewport: { width: 1280, height: 720 } });
  await play(wide, false);
  const fitted = await apart(wide);
  await wide.mouse.move(fitted.a.x, fitted.a.y);
  await wide.keyboard.down('Control');
  await wide.mouse.wheel(0, -200);
  await wide.keyboard.up('Control');
  await wide.waitForTimeout(100);
  const closer = await apart(wide);
  assert.ok(closer.distance > fitted.distance * 1.3);
  assert.ok(Math.hypot(closer.a.x - fitted.a.x, closer.a.y - fitted.a.y) < 2, 'what is under the pointer stays');
  await wide.keyboard.press('-');
  await wide.keyboard.press('-');
  await wide.keyboard.press('0');
  await wide.waitForTimeout(100);
  assert.ok(Math.abs((await apart(wide)).distance - fitted.distance) < 1);
  assertClean(wide);
  await closePage(wide);
});

test('a screen reader is told as much as was chosen while the run plays', async () => {
  const page = await openLab(site.browser, site.url, QUORUM);
  await play(page, false);
  await page.keyboard.press('?');
  await control(page, 'telling').selectOption('operations');
  await page.keyboard.press('Escape');
  await play(page, true);
  await page.waitForFunction(() => /c1 (was told|read)/.test(document.querySelector('[role="status"].unseen').textContent));
  assertClean(page);
  await closePage(page);
});
