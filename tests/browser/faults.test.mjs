// Protocols to choose from, faults by hand, and what is inside a node: with the pointer, the keyboard and a finger.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accessibilityProblems, assertClean, closePage, openPage, useSite, waitForApp } from './harness.mjs';
import { centre, clickMessage, control, menuOf, netsplit, openLab, play, playUntil, run } from './lab.mjs';

const site = useSite();

const protocols = () => JSON.parse(netsplit('protocols', '--json'));

/** A ring of nodes and a client beside each of the first `clients`. */
function cluster({ protocol, parameters = '', nodes = 3, clients = 2, pace = 'closed", think_ms = 20', mix = 'read = 1, write = 1' }) {
  const lines = [`keys = 1\nseed = 11\n\n[protocol]\nname = "${protocol}"\n${parameters}`];
  const place = (n, radius) => {
    const angle = (n / nodes) * 2 * Math.PI - Math.PI / 2;
    return `x_km = ${Math.round(radius * Math.cos(angle))}\ny_km = ${Math.round(radius * Math.sin(angle))}`;
  };
  for (let n = 0; n < nodes; n++) lines.push(`[[nodes]]\nname = "n${n + 1}"\n${place(n, 2000)}`);
  for (let c = 0; c < clients; c++) {
    lines.push(
      `[[clients]]\nname = "c${c + 1}"\n${place(c + 0.25, 2600)}\nhome = "n${c + 1}"\ntimeout_ms = 400\n` +
        `pace = { kind = "${pace} }\nmix = { ${mix} }`,
    );
  }
  return `${lines.join('\n\n')}\n`;
}

const PAIRS = cluster({ protocol: 'primary-backup' });

async function openBuiltIn(options = {}) {
  const page = await openPage(site.browser, `${site.url}#/lab`, options);
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  return page;
}

async function choose(page, id) {
  if (!(await page.locator('[data-protocol]').count())) await control(page, 'protocol').click();
  await page.locator(`[data-protocol="${id}"]`).click();
  await page.waitForFunction(
    (id) => document.querySelector('[data-protocol-chosen]')?.dataset.protocolChosen === id,
    id,
  );
}

test('every protocol can be read and chosen in turn, and the run goes on', async () => {
  const page = await openBuiltIn();
  const all = protocols();
  await control(page, 'protocol').click();
  assert.equal(await page.locator('[data-protocol]').count(), all.length);
  for (const { id, title, summary } of all) {
    const card = page.locator(`[data-protocol="${id}"]`);
    const words = await card.textContent();
    assert.ok(words.includes(title) && words.includes(summary), words);
  }
  for (const { id, parameters } of all) {
    await choose(page, id);
    for (const parameter of parameters) {
      assert.ok(await page.locator(`[data-control^="${parameter.id}"]`).count(), `${parameter.id} of ${id}`);
    }
    assert.ok((await page.locator('[data-contract="writes"]').textContent()).length > 3);
    assert.equal(await page.locator('[data-fault-row]').count(), 14);
    const { ns } = await run(page);
    await play(page, true);
    await page.waitForFunction(
      (ns) => BigInt(document.querySelector('[data-run-hash]').dataset.runTimeNs) > BigInt(ns) + 20_000_000n,
      String(ns),
    );
    await play(page, false);
    await page.waitForFunction(() => document.querySelector('[data-replaying]').dataset.replaying === 'false');
    assertClean(page);
  }
  await closePage(page);
});

test('another protocol keeps the faults, and one undo takes it back', async () => {
  const page = await openLab(site.browser, site.url, PAIRS);
  await playUntil(page, 50);
  await menuOf(page, 'n2');
  await page.locator('[data-action="crash"]').click();
  await choose(page, 'quorum');
  await page.waitForFunction(() => /crashed/.test(document.querySelector('[data-node="n2"]').ariaLabel));
  await page.keyboard.press('Control+z');
  await page.waitForFunction(
    () => document.querySelector('[data-protocol-chosen]').dataset.protocolChosen === 'primary-backup',
  );
  assertClean(page);
  await closePage(page);
});

test('the picker works by keyboard and gives the focus back', async () => {
  const page = await openLab(site.browser, site.url, PAIRS);
  await control(page, 'protocol').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-protocol="quorum"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'protocol');
  assert.equal(await page.locator('[data-protocol-chosen="quorum"]').count(), 1);
  assertClean(page);
  await closePage(page);
});

for (const [name, options] of [
  ['with the mouse', {}],
  ['with a finger at 360 px', { viewport: { width: 360, height: 740 }, touch: true }],
]) {
  test(`a message is held by pressing it and released again, ${name}`, async () => {
    const page = await openLab(site.browser, site.url, PAIRS, options);
    await playUntil(page, 60);
    const message = await clickMessage(page, options.touch);
    assert.equal((await run(page)).playing, false, 'time waits while the menu is read');
    await page.locator('[data-action="hold"]').click();
    await page.waitForFunction(() => document.querySelector('[data-playing]').dataset.playing === 'true');
    await control(page, 'speed').fill('10');
    const { ns } = await run(page);
    await playUntil(page, Number(ns / 1_000_000n) + 100);
    await control(page, 'panel-inside').click();
    const row = page.locator('[data-message][data-held="true"]');
    await row.first().waitFor();
    assert.equal(await row.count(), 1, 'it stands still while everything else went on');
    assert.equal(await row.getAttribute('data-message'), message);
    await row.click();
    await page.locator('[data-action="release"]').click();
    await page.waitForFunction(() => !document.querySelector('[data-message][data-held="true"]'));
    assertClean(page);
    await closePage(page);
  });
}

test('a message is dropped from the list by keyboard, and undo brings it back', async () => {
  const page = await openLab(site.browser, site.url, PAIRS);
  await control(page, 'panel-inside').click();
  await page.waitForSelector('[data-message]');
  await play(page, false);
  const before = await run(page);
  const count = await page.locator('[data-message]').count();
  await page.locator('[data-message]').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-action="drop"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction((count) => document.querySelectorAll('[data-message]').length === count, count - 1);
  await control(page, 'undo').click();
  await page.waitForFunction((hash) => document.querySelector('[data-run-hash]').dataset.runHash === hash, before.hash);
  assertClean(page);
  await closePage(page);
});

test('a wiped node knows nothing, and a link carries all of it to the command line', async () => {
  const page = await openLab(site.browser, site.url, PAIRS);
  await playUntil(page, 300);
  await menuOf(page, 'n3');
  await page.locator('[data-group="lose"] summary').click();
  await page.locator('[data-action="wipe"]').click();
  await page.waitForFunction(() => /never written/.test(document.querySelector('[data-node="n3"]').ariaLabel));
  await menuOf(page, 'n2');
  await page.locator('[data-group="clock"] summary').click();
  const skew = page.locator('[data-setting="skew_ms"] input[type="number"]');
  await skew.fill('-15');
  await skew.press('Enter');
  await page.waitForFunction(() => /15.0 ms behind/.test(document.querySelector('[data-group="clock"]').textContent));
  await page.keyboard.press('Escape');
  await control(page, 'share').click();
  const here = await run(page);
  const native = JSON.parse(netsplit('run', await control(page, 'link').inputValue(), '--json'));
  assert.equal(native.hash, here.hash);
  assertClean(page);
  await closePage(page);
});

test('a link gets its own quality, and its floor follows', async () => {
  const page = await openLab(site.browser, site.url, PAIRS);
  await play(page, false);
  const link = page.locator('[data-link="n1-n2"]').first();
  const before = await link.getAttribute('aria-label');
  await link.focus();
  await page.keyboard.press('m');
  await page.locator('[data-group="quality"] summary').click();
  const base = page.locator('[data-setting="base_ms"] input[type="number"]');
  await base.fill('40');
  await base.press('Enter');
  await page.waitForFunction((before) => document.querySelector('[data-link="n1-n2"]').ariaLabel !== before, before);
  const floor = await page.locator('.menu dl').textContent();
  assert.match(floor, /at least5\d\.\d ms one way/, floor);
  assertClean(page);
  await closePage(page);
});

test('random faults are added and one undo takes them all back', async () => {
  const page = await openLab(site.browser, site.url, PAIRS);
  await play(page, false);
  const before = await run(page);
  await page.locator('.plan > summary').click();
  await page.locator('[data-fault="pause"]').check();
  await control(page, 'add-faults').click();
  await page.waitForFunction(() => document.querySelectorAll('.track .band').length > 2);
  await control(page, 'undo').click();
  await page.waitForFunction(() => document.querySelectorAll('.track .band').length === 0);
  assert.equal((await run(page)).hash, before.hash);
  assertClean(page);
  await closePage(page);
});

test('what a protocol can be told is told from the menu', async () => {
  for (const { id, commands = [] } of protocols()) {
    if (!commands.length) continue;
    const page = await openLab(site.browser, site.url, cluster({ protocol: id, nodes: 3 }));
    await playUntil(page, 1000);
    const leader = (await page.locator('[data-leads="true"]').first().getAttribute('data-node')) ?? 'n1';
    await menuOf(page, leader);
    await page.locator('[data-group="commands"] summary').click();
    await page.locator(`[data-group="commands"] [data-action="${commands[0].id}"]`).first().click();
    await page.locator('.script summary').click();
    assert.match(await page.locator('.script').textContent(), new RegExp(`told ${leader} to ${commands[0].id}`));
    assertClean(page);
    await closePage(page);
  }
});

/** Cuts the node that leads off from the others and waits for another to lead; gives back the old and the new one. */
async function cutTheLeaderOff(page) {
  await page.waitForSelector('[data-leads="true"]');
  const old = await page.locator('[data-leads="true"]').first().getAttribute('data-node');
  await menuOf(page, old);
  await page.locator('[data-action="isolate"]').click();
  const rises = await page.waitForFunction(
    (old) => [...document.querySelectorAll('[data-leads="true"]')].find((node) => node.dataset.node !== old)?.dataset.node,
    old,
    { timeout: 60_000 },
  );
  return [old, await rises.jsonValue()];
}

test('raft loses its leader to a cut, and a new one rises', async () => {
  const page = await openLab(site.browser, site.url, cluster({ protocol: 'raft', nodes: 5 }));
  await control(page, 'speed').fill('14');
  await play(page, true);
  const [old, risen] = await cutTheLeaderOff(page);
  await play(page, false);
  assert.notEqual(old, risen);
  await control(page, 'panel-inside').click();
  await page.waitForSelector('.roles .icon');
  assert.ok(Number(await page.locator('[data-happened]').getAttribute('data-happened')) > 0, 'elections are noted');
  await control(page, 'inside-of').selectOption({ label: risen });
  await page.waitForSelector('.inside > .log .cell');
  assertClean(page);
  await closePage(page);
});

/** A script that cuts n1 off from the other nodes, but not from its client, from one millisecond to another. */
const cutOff = (from, to) =>
  `${['n2', 'n3'].map((other) => `[[script]]\nat_ms = ${from}\naction = "cut"\nbetween = ["n1", "${other}"]`).join('\n\n')}
\n[[script]]\nat_ms = ${to}\naction = "heal-all"\n`;

test('without epochs a cut makes two primaries, and the page names what that breaks', async () => {
  const text = cluster({
    protocol: 'primary-backup',
    parameters: 'acks = 0\nfailover = "automatic"\nepochs = "off"\nreads = "any"',
  });
  const page = await openLab(site.browser, site.url, `${text}\n${cutOff(500, 9_000)}`);
  // A link to a scenario with a script opens at its end.
  await control(page, 'start').click();
  await page.waitForFunction(() => document.querySelector('[data-run-time-ns]').dataset.runTimeNs === '0');
  await control(page, 'speed').fill('15');
  await play(page, true);
  await page.waitForFunction(() => document.querySelectorAll('[data-leads="true"]').length === 2, null, { timeout: 60_000 });
  const { ns } = await run(page);
  await playUntil(page, Number(ns / 1_000_000n) + 1000);
  assert.equal(await page.locator('[data-leads="true"]').count(), 2, 'two nodes wear the crown');
  assert.equal(await page.locator('[data-verdict="linearizable"]').getAttribute('data-state'), 'broken');
  assertClean(page);
  await closePage(page);
});

test('siblings are seen on the stage, and pressing one tells who wrote both', async () => {
  const text = cluster({ protocol: 'gossip', parameters: 'data = "mv-register"', pace: 'silent"' });
  const write = (client) => `[[script]]\nat_ms = 150\naction = "write"\nclient = "${client}"\nkey = 1\n`;
  const steps = cutOff(100, 600).split('\n[[script]]\nat_ms = 600');
  const script = `${steps[0]}\n${write('c1')}\n${write('c2')}\n[[script]]\nat_ms = 600${steps[1]}`;
  const page = await openLab(site.browser, site.url, `${text}\n${script}`);
  await control(page, 'speed').fill('14');
  await playUntil(page, 1500);
  assert.equal(await page.locator('[data-node="n1"]').getAttribute('data-values'), '2');
  await menuOf(page, 'n1');
  await page.locator('[data-action="look"]').click();
  const chips = page.locator('[data-key="k1"] [data-value]');
  await chips.first().waitFor();
  assert.equal(await chips.count(), 2);
  await chips.first().click();
  await page.waitForSelector('.told');
  const told = await page.locator('.told').allTextContents();
  assert.equal(told.length, 2);
  assert.match(told[0], /^c[12] asked n[12] .* to write v\d+ to k1/);
  assert.match(told[1], /^Concurrent with it: c[12] asked/);
  assertClean(page);
  await closePage(page);
});

test('the whole page is accessible with everything unfolded, in both themes, wide and narrow', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of [{ width: 1280, height: 720 }, { width: 360, height: 740 }]) {
      const page = await openLab(site.browser, site.url, cluster({ protocol: 'raft', nodes: 3 }), { viewport, colorScheme });
      await control(page, 'speed').fill('14');
      await playUntil(page, 1500);
      await control(page, 'protocol').click();
      await control(page, 'panel-inside').click();
      await control(page, 'inside-of').selectOption('0');
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
      assert.deepEqual(await accessibilityProblems(page), [], `${colorScheme} ${viewport.width}`);
      await menuOf(page, 'n1');
      await page.evaluate(() => document.querySelectorAll('.menu details').forEach((details) => { details.open = true; }));
      assert.deepEqual(await accessibilityProblems(page), [], `menu ${colorScheme} ${viewport.width}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= viewport.width, `nothing reaches beyond the edge: ${wide} of ${viewport.width}`);
      assertClean(page);
      await closePage(page);
    }
  }
});
