// Handing a run on, as people do it: files in and out, a code for the back row, locks for a class, a frame in another page,
// and the instructor's path from a prepared list to the reveal.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, problems, screenshot, useSite, waitForApp,
} from './harness.mjs';
import { centre, control, drag, menuOf, playUntil, run } from './lab.mjs';
import { serve } from './serve.mjs';

const site = useSite();

const TWO = `
title = "Two by hand"   # a comment, which only people write
seed = 3
[protocol]
name = "primary-backup"
acks = 0
reads = "any"
[[nodes]]
name = "n1"
[[nodes]]
name = "n2"
x_km = 3000
[[clients]]
name = "c1"
x_km = -600
y_km = 500
pace = { kind = "closed", think_ms = 5 }
`;
const LAPTOP = { viewport: { width: 1280, height: 720 } };
const PHONE = { viewport: { width: 360, height: 740 }, touch: true, colorScheme: 'dark' };

async function open(route = 'lab', options = {}) {
  const page = await openPage(site.browser, `${site.url}#/${route}`, { ...LAPTOP, reducedMotion: 'reduce', ...options });
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  return page;
}

/** Opens the card and one of its parts. */
async function shareCard(page, part) {
  if (!(await page.locator('.share').count())) await control(page, 'share').click();
  await page.waitForSelector('.share');
  if (part) await control(page, `share-${part}`).click();
}

/** Gives the page a scenario file through the field for files. */
async function give(page, name, text) {
  await shareCard(page, 'files');
  await control(page, 'scenario-file').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
}

/** What a button saves: the file's name and its bytes. */
async function saved(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), control(page, name).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** The link of the run as it is now. */
async function linkOf(page) {
  await shareCard(page);
  const address = await control(page, 'link').inputValue();
  await control(page, 'share-close').click();
  await page.waitForSelector('.share', { state: 'detached' });
  return address.replace(/^.*#\//, '');
}

async function assertGood(page, within) {
  assert.deepEqual(await overlappingTexts(page, within), []);
  assert.deepEqual(await accessibilityProblems(page, within), []);
}

async function assertNoSidewaysScroll(page) {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= seen, `${wide} <= ${seen}`);
}

test('a scenario goes out as a file and comes in by choice and by drop', async () => {
  const page = await open();
  await give(page, 'two.toml', TWO);
  await page.waitForSelector('[data-notice="good"]:has-text("two.toml is open")', { timeout: 30_000 });
  assert.equal(await page.locator('[data-node]').count(), 2);
  await playUntil(page, 400);
  const before = await run(page);

  await give(page, 'bad.toml', TWO.replace('acks = 0', 'acks = 0\nhurry = 1').replace('x_km = 3000', 'x_km = "far"'));
  const complaint = page.locator('[data-notice="bad"]');
  await complaint.waitFor({ timeout: 30_000 });
  const words = await complaint.textContent();
  for (const part of ['bad.toml can’t be opened; nothing was changed', 'line 13: nodes[2].x_km', 'found "far"']) {
    assert.ok(words.includes(part), words);
  }
  assert.deepEqual(await run(page), before);
  await page.locator('[data-notice="bad"] button').click();

  // What is saved is what comes in again: the same scenario, so the same run.
  const file = await saved(page, 'save-scenario');
  assert.equal(file.name, 'netsplit-two-by-hand.toml');
  const json = JSON.parse((await saved(page, 'save-run')).bytes);
  assert.equal(json.hash, before.hash);
  assert.equal(json.scenario.title, 'Two by hand');
  assert.ok(json.history.length > 3 && json.history[0].client === 'c1');
  assert.match((await saved(page, 'save-figures')).bytes.toString(), /^name,title,unit,value,meaning\r\n/);
  await control(page, 'share-pictures').click();
  const svg = (await saved(page, 'save-stage-svg')).bytes.toString();
  assert.ok(svg.startsWith('<svg xmlns=') && svg.includes('>n2</text>'));
  const png = (await saved(page, 'save-stage-png')).bytes;
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  assert.ok(png.length > 5_000, `${png.length} bytes`);
  await control(page, 'share-close').click();
  const chart = (await saved(page, 'latency-svg')).bytes.toString();
  assert.ok(chart.includes('stroke="rgb(') && !chart.includes('class='));
  assert.match((await saved(page, 'latency-csv')).bytes.toString(), /^op/);
  const alone = await page.evaluate((texts) => texts.map((text) =>
    new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ?? ''), [svg, chart]);
  assert.deepEqual(alone, ['', '']);

  const other = await open('lab');
  await other.evaluate(({ name, text }) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    const event = (kind) => new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    const stage = document.querySelector('#stage');
    stage.dispatchEvent(event('dragover'));
    if (!document.documentElement.hasAttribute('data-dropping')) throw new Error('nothing says that it can be dropped');
    stage.dispatchEvent(event('drop'));
  }, { name: file.name, text: file.bytes.toString() });
  await other.waitForSelector('[data-notice="good"]', { timeout: 30_000 });
  const address = await linkOf(page);
  const third = await open(address);
  await third.waitForSelector('[data-notice="good"]:has-text("Replay verified")');
  assert.equal((await run(third)).hash, before.hash);
  for (const one of [page, other, third]) {
    assertClean(one);
    await closePage(one);
  }
});

test('the code for the back row fills the screen and Escape takes it away', async () => {
  for (const [name, options] of [['laptop', LAPTOP], ['phone', PHONE]]) {
    const page = await open('lab', options);
    await shareCard(page, 'code');
    await screenshot(page, `share-card-${name}`);
    await assertGood(page, '.share');
    await assertNoSidewaysScroll(page);
    await control(page, 'show-code').click();
    await page.waitForSelector('.share-wall[open]');
    const box = await page.locator('.share-wall .squares').boundingBox();
    const room = Math.min(options.viewport.width, options.viewport.height);
    assert.ok(Math.min(box.width, box.height) > room * 0.7, JSON.stringify(box));
    await screenshot(page, `share-code-${name}`);
    await assertGood(page, '.share-wall');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.share-wall', { state: 'detached' });
    assert.equal(await page.locator('.share').count(), 1, 'the card stays');
    for (const part of ['embed', 'locks', 'files', 'pictures']) {
      await control(page, `share-${part}`).click();
      await assertGood(page, '.share');
    }
    await screenshot(page, `share-pictures-${name}`);
    assertClean(page);
    await closePage(page);
  }
});

test('what the instructor locked can not be touched, and a copy unlocked can', async () => {
  const page = await open();
  await give(page, 'two.toml', TWO);
  await page.waitForSelector('[data-notice="good"]', { timeout: 30_000 });
  await playUntil(page, 300);
  const { hash } = await run(page);
  const free = await linkOf(page);
  await shareCard(page, 'locks');
  for (const lock of ['move', 'faults', 'protocol', 'time']) await control(page, `lock-${lock}`).check();
  await screenshot(page, 'share-locks');
  const locked = (await control(page, 'link').inputValue()).replace(/^.*#\//, '');
  assert.notEqual(locked, free);

  const student = await open(locked);
  await student.waitForSelector('[data-notice="good"]:has-text("Replay verified")');
  assert.equal((await run(student)).hash, hash, 'locks change nothing about the run');
  assert.ok((await student.locator('[data-locked]').textContent()).includes('time travel'));
  for (const name of ['time', 'start', 'acks', 'add-faults']) {
    assert.ok(await control(student, name).isDisabled(), name);
  }
  assert.ok(await control(student, 'think_ms').isEnabled(), 'the workload is not locked');
  const node = student.locator('[data-node="n2"]');
  const from = await centre(node);
  await drag(student, from, { x: from.x, y: from.y - 80 });
  await student.waitForSelector('[data-notice="plain"]:has-text("locked moving nodes")');
  assert.deepEqual(await centre(node), from);
  await menuOf(student, 'n1');
  const crash = student.locator('.menu [data-action="crash"]');
  assert.ok(await crash.isDisabled() && (await crash.textContent()).includes('Locked by the maker'));
  await student.keyboard.press('Escape');
  await student.waitForSelector('.menu', { state: 'detached' });
  // The focus goes back to the node at the next frame.
  await student.waitForTimeout(200);
  await student.locator('[data-link="n1-n2"]').press('Enter');
  await student.waitForSelector('[data-notice="plain"]:has-text("cutting links")');
  assert.equal((await run(student)).hash, hash, 'nothing was done');
  await screenshot(student, 'share-locked');
  await assertGood(student);
  await control(student, 'unlock').click();
  await student.waitForSelector('[data-locked]', { state: 'detached' });
  assert.equal((await run(student)).hash, hash);
  assert.ok(await control(student, 'time').isEnabled());
  assertClean(student);
  await closePage(student);
  await closePage(page);
});

test('a run plays in the frame of another page, whatever its size, without storage', async () => {
  const page = await open();
  const address = await linkOf(page);
  await shareCard(page, 'embed');
  const snippet = await control(page, 'embed').inputValue();
  assert.match(snippet, /^<iframe src="[^"]*#\/embed\/1\.[\w-]+" width="640" height="480" title="[^"]+" loading="lazy"><\/iframe>$/);
  await closePage(page);

  const folder = mkdtempSync(join(tmpdir(), 'netsplit-foreign-'));
  const small = snippet.replace('640', '280').replace('480', '240').replace('#', '?small#').replace(' loading="lazy"', '');
  writeFileSync(join(folder, 'index.html'), `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Another page</title><h1>Another page</h1>${snippet}${small}</html>`);
  const foreign = await serve(folder);
  const host = await openPage(site.browser, foreign.url, {
    ...LAPTOP,
    reducedMotion: 'reduce',
    prepare: (page) => page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError'); } });
      }
    }),
  });
  for (const frame of host.frames().slice(1)) {
    await frame.waitForSelector('[data-run-hash]', { timeout: 30_000 });
    assert.ok(await frame.locator('header.top, .panels, .controls, .dock').count() === 0, 'no chrome');
    assert.equal(await frame.locator('[data-control="open-whole"]').getAttribute('href'), `${site.url}${frame.url().includes('?small') ? '?small' : ''}#/${address}`);
    await frame.locator('[data-control="play"]').click();
    const at = BigInt(await frame.locator('#stage').getAttribute('data-run-time-ns'));
    await frame.waitForFunction((at) => BigInt(document.querySelector('#stage').dataset.runTimeNs) > BigInt(at), String(at));
    await frame.locator('[data-control="play"]').click();
    const fits = await frame.evaluate(() => {
      const root = document.documentElement;
      return [root.scrollWidth <= innerWidth, root.scrollHeight <= innerHeight, document.querySelector('#stage').clientHeight];
    });
    assert.ok(fits[0] && fits[1], `no scrolling: ${fits}`);
    assert.ok(fits[2] >= 100, `the stage has room: ${fits}`);
    assert.deepEqual(await overlappingTexts(frame, 'main'), []);
    assert.deepEqual(await accessibilityProblems(frame, 'main'), []);
  }
  await screenshot(host, 'share-embed', { fullPage: true });
  const { consoleErrors, consoleWarnings, pageErrors } = problems(host);
  assert.deepEqual({ consoleErrors, consoleWarnings, pageErrors }, { consoleErrors: [], consoleWarnings: [], pageErrors: [] });
  await closePage(host);
  await foreign.close();
});

test('the instructor’s path: prepare two runs, present, ask, reveal, next, leave', async () => {
  const page = await open();
  await give(page, 'two.toml', TWO);
  await page.waitForSelector('[data-notice="good"]', { timeout: 30_000 });
  await playUntil(page, 300);
  const second = await linkOf(page);
  const { hash } = await run(page);
  await control(page, 'example').selectOption('0');
  await control(page, 'present').click();
  await page.waitForSelector('.present-panel');
  await control(page, 'present-add').click();
  await control(page, 'present-paste').fill(`${site.url}#/${second}`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-entry="2"]');
  await page.locator('[data-entry="1"] [data-control="entry-question"]').fill('What will happen to the writes?');
  await page.keyboard.press('Tab');
  await page.locator('[data-entry="2"] [data-control="entry-up"]').click();
  await page.locator('[data-entry="1"] [data-control="entry-down"]').click();
  await screenshot(page, 'present-panel');
  await assertGood(page, '.present-panel');
  // The list is there again after a reload, and as a link.
  await page.reload();
  await waitForApp(page);
  await control(page, 'present').click();
  assert.equal(await page.locator('[data-entry="1"] [data-control="entry-question"]').inputValue(), 'What will happen to the writes?');
  const list = await control(page, 'present-link').getAttribute('href');
  const guest = await open(list.replace(/^.*#\//, ''), PHONE);
  await guest.waitForSelector('[data-entry="2"]');
  await screenshot(guest, 'present-panel-phone');
  await assertGood(guest, '.present-panel');
  await assertNoSidewaysScroll(guest);
  await closePage(guest);

  await page.locator('.present-panel').focus();
  await page.keyboard.press('F5');
  const bar = page.locator('.present-bar');
  await bar.waitFor();
  const step = async () => `${await bar.locator('.present-place').textContent()} ${await bar.getAttribute('data-step')}`;
  const outcomes = page.locator('[data-verdict], [data-metric], .chart');
  assert.equal(await step(), '1 of 2 hidden');
  assert.equal(await outcomes.count(), 0, 'nothing gives the outcome away');
  assert.equal(await page.locator('[data-notice]').count(), 0, 'nothing covers the stage');
  await screenshot(page, 'present-hidden');
  await page.keyboard.press('PageDown');
  await page.waitForSelector('.present-question:has-text("What will happen to the writes?")');
  assert.equal(await step(), '1 of 2 asked');
  assert.equal(await outcomes.count(), 0);
  await screenshot(page, 'present-asked');
  await assertGood(page);
  await page.keyboard.press(' ');
  await page.waitForFunction(() => BigInt(document.querySelector('#stage').dataset.runTimeNs) > 20_000_000n);
  await page.keyboard.press(' ');
  await page.keyboard.press('PageDown');
  await page.waitForSelector('[data-verdict]');
  assert.equal(await step(), '1 of 2 revealed');
  const size = await page.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize));
  assert.ok(size >= 16.8, `large type: ${size}`);
  await screenshot(page, 'present-revealed');
  await assertGood(page);
  for (const key of ['b', '.']) {
    await page.keyboard.press(key);
    await page.waitForSelector('.present-black');
    await page.keyboard.press(key);
    await page.waitForSelector('.present-black', { state: 'detached' });
  }
  // A node is dragged where the pointer is, although the stage is drawn larger.
  const node = page.locator('[data-node="n1"]');
  const from = await centre(node);
  await drag(page, from, { x: from.x + 60, y: from.y + 40 });
  const to = await centre(node);
  assert.ok(Math.abs(to.x - from.x - 60) < 4 && Math.abs(to.y - from.y - 40) < 4, JSON.stringify([from, to]));
  await page.keyboard.press('PageDown');
  await page.waitForFunction(() => document.querySelector('.present-place').textContent === '2 of 2');
  assert.equal(await step(), '2 of 2 hidden');
  assert.equal((await run(page)).hash, hash, 'the very run of the link');
  await page.keyboard.press('PageUp');
  await page.waitForFunction(() => document.querySelector('.present-place').textContent === '1 of 2');
  assert.equal(await step(), '1 of 2 revealed');
  await page.keyboard.press('Escape');
  await bar.waitFor({ state: 'detached' });
  assert.ok(await page.locator('.controls').isVisible(), 'back in the lab');
  assertClean(page);
  await closePage(page);

  const dark = await open('lab', { colorScheme: 'dark', viewport: { width: 1024, height: 640 } });
  await control(dark, 'present').click();
  await control(dark, 'present-run').click();
  await dark.keyboard.press('PageDown');
  await dark.waitForSelector('[data-verdict]');
  await screenshot(dark, 'present-dark');
  await assertGood(dark);
  assertClean(dark);
  await closePage(dark);
});
