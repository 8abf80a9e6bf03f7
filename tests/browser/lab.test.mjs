// The main job, end to end in a real browser: drag a node and latency changes, cut a link and
// consistency or availability suffers, copy the link and it opens as the same run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

import { assertClean, closePage, openPage, useSite, waitForApp } from './harness.mjs';
import {
  centre, control, drag, linkOf, metric, netsplit, openLab, play, playUntil, run, touchDrag, verdict,
} from './lab.mjs';
import { randomScenario } from './scenarios.mjs';

const site = useSite();

/** Two nodes 400 km apart, a client beside each; n1 is the primary. */
const pair = ({ acks, reads }) => `
keys = 1
seed = 5

[protocol]
name = "primary-backup"
acks = ${acks}
reads = "${reads}"

[[nodes]]
name = "n1"
x_km = 0
y_km = 0

[[nodes]]
name = "n2"
x_km = 400
y_km = 0

[[clients]]
name = "c1"
x_km = -40
y_km = 60
home = "n1"
pace = { kind = "closed", think_ms = 5 }
timeout_ms = 300
mix = { read = 1, write = 1, cas = 0 }

[[clients]]
name = "c2"
x_km = 440
y_km = 60
home = "n2"
pace = { kind = "closed", think_ms = 5 }
timeout_ms = 300
mix = { read = 1, write = 0, cas = 0 }
`;

const SYNCHRONOUS = pair({ acks: 1, reads: 'any' });
const ASYNCHRONOUS = pair({ acks: 0, reads: 'any' });

/** One-way milliseconds as the link's label says. */
async function linkMs(page, link) {
  const label = await page.locator(`[data-link="${link}"]`).first().getAttribute('aria-label');
  return Number(label.match(/([\d.]+) ms one way/)[1]);
}

/** Clicks in the middle of a link, where a person would. */
async function clickLink(page, a, b) {
  const from = await centre(page.locator(`[data-node="${a}"]`).first());
  const to = await centre(page.locator(`[data-node="${b}"]`).first());
  await page.mouse.click((from.x + to.x) / 2, (from.y + to.y) / 2);
}

async function speedUp(page) {
  // Ten seconds a second: the tests wait for virtual time. By keys as far as it goes, and back.
  for (let i = 0; i < 40; i++) await page.keyboard.press(']');
  for (let i = 0; i < 2; i++) await page.keyboard.press('[');
}

/** Latency of writes as the page says it before and after a gesture, and the link's own one-way delay. */
async function beforeAndAfter(page, gesture) {
  await speedUp(page);
  await playUntil(page, 2000);
  const old = { p50: await metric(page, 'write.p50_ms', 'recent'), ms: await linkMs(page, 'n1-n2') };
  await gesture();
  const { ns } = await run(page);
  await playUntil(page, Number(ns / 1_000_000n) + 3000);
  const now = { p50: await metric(page, 'write.p50_ms', 'recent'), ms: await linkMs(page, 'n1-n2') };
  return { old, now };
}

function assertRoseByLight({ old, now }) {
  const light = 2 * (now.ms - old.ms);
  assert.ok(light > 0.3, `the node moved away: ${old.ms} ms to ${now.ms} ms one way`);
  const rise = now.p50 - old.p50;
  assert.ok(Math.abs(rise - light) < 0.1, `latency rose by ${rise} ms, light by ${light} ms`);
}

test('dragging a node with the mouse raises write latency by the added light', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  assertRoseByLight(
    await beforeAndAfter(page, async () => {
      const from = await centre(page.locator('[data-node="n2"]').first());
      await drag(page, from, { x: from.x, y: from.y - 220 });
    }),
  );
  assertClean(page);
  await closePage(page);
});

test('dragging a node with a finger does the same at 360 px', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS, {
    viewport: { width: 360, height: 740 },
    touch: true,
  });
  assertRoseByLight(
    await beforeAndAfter(page, async () => {
      const node = page.locator('[data-node="n2"]').first();
      await node.scrollIntoViewIfNeeded();
      const from = await centre(node);
      await touchDrag(page, from, { x: from.x, y: from.y + 110 });
    }),
  );
  assertClean(page);
  await closePage(page);
});

test('moving a node with the keyboard does the same', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  assertRoseByLight(
    await beforeAndAfter(page, async () => {
      await page.locator('[data-node="n2"]').first().focus();
      await page.keyboard.press('Enter');
      for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
    }),
  );
  assertClean(page);
  await closePage(page);
});

test('a cut under synchronous replication: writes fail, reads hold', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  await speedUp(page);
  await playUntil(page, 1000);
  assert.equal(await metric(page, 'availability', 'recent'), 1);
  await clickLink(page, 'n1', 'n2');
  const { ns } = await run(page);
  await playUntil(page, Number(ns / 1_000_000n) + 2000);
  assert.equal(await metric(page, 'write.availability', 'recent'), 0, 'no write succeeds');
  assert.equal(await metric(page, 'read.availability', 'recent'), 1, 'every read succeeds');
  assertClean(page);
  await closePage(page);
});

test('a cut under asynchronous replication: a stale read, and the lamp says which', async () => {
  const page = await openLab(site.browser, site.url, ASYNCHRONOUS);
  await speedUp(page);
  await playUntil(page, 500);
  await page.locator('[data-link="n1-n2"]').first().focus();
  await page.keyboard.press('Enter');
  const { ns } = await run(page);
  await playUntil(page, Number(ns / 1_000_000n) + 1000);
  const { state, words } = await verdict(page, 'linearizable');
  assert.equal(state, 'broken');
  assert.match(words, /c2's read .* (older|missed|had|nothing)/i);
  assert.equal(await metric(page, 'availability', 'recent'), 1, 'and everybody was served');
  assertClean(page);
  await closePage(page);
});

test('undo takes the cut back as if it never was', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  await speedUp(page);
  await playUntil(page, 1000);
  const before = await run(page);
  await clickLink(page, 'n1', 'n2');
  await page.waitForFunction((hash) => document.querySelector('[data-run-hash]').dataset.runHash !== hash, before.hash);
  await control(page, 'undo').click();
  await page.waitForFunction((hash) => document.querySelector('[data-run-hash]').dataset.runHash === hash, before.hash);
  assert.equal((await run(page)).ns, before.ns);
  assertClean(page);
  await closePage(page);
});

test('a run with gestures travels in its link: the same hash in a fresh profile and on the command line', async () => {
  const page = await openLab(site.browser, site.url, ASYNCHRONOUS);
  await speedUp(page);
  await playUntil(page, 700);
  const from = await centre(page.locator('[data-node="n2"]').first());
  await drag(page, from, { x: from.x - 60, y: from.y + 90 });
  await clickLink(page, 'n1', 'n2');
  const { ns } = await run(page);
  await playUntil(page, Number(ns / 1_000_000n) + 700);
  await control(page, 'share').click();
  const link = await control(page, 'link').inputValue();
  const here = await run(page);
  const there = await openPage(site.browser, link);
  await waitForApp(there);
  await there.waitForFunction(
    (time) => document.querySelector('[data-run-hash]')?.dataset.runTimeNs === time,
    String(here.ns),
  );
  assert.deepEqual(await run(there), here);
  await there.getByText(/replay verified/i).first().waitFor();
  const native = JSON.parse(netsplit('run', link, '--json'));
  assert.equal(native.hash, here.hash);
  assert.equal(BigInt(native.time_ns), here.ns);
  assertClean(page);
  assertClean(there);
  await closePage(page);
  await closePage(there);
});

test('20 random scenarios: the page hashes as the command line does', async () => {
  const page = await openPage(site.browser, `${site.url}#/lab`);
  await waitForApp(page);
  for (let seed = 101; seed <= 120; seed++) {
    const payload = linkOf(randomScenario(seed));
    const native = JSON.parse(netsplit('run', payload, '--until', '1500ms', '--json'));
    const shared = netsplit('link', payload, '--until', '1500ms').trim().replace(/^.*#\/lab\//, '');
    await page.evaluate((hash) => { location.hash = hash; }, `#/lab/${shared}`);
    await page.waitForFunction(
      (hash) => document.querySelector('[data-run-hash]').dataset.runHash === hash,
      native.hash,
    );
    assert.equal((await run(page)).ns, 1_500_000_000n, `seed ${seed}`);
  }
  assertClean(page);
  await closePage(page);
});

/** A link whose packed text is whatever the test wants: checksum, raw deflate, base64url, as the real ones. */
function packedLink(text) {
  const squeezed = deflateRawSync(text);
  let crc = ~0;
  for (const byte of squeezed) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const seal = Buffer.alloc(4);
  seal.writeUInt32BE(~crc >>> 0);
  return `1.${Buffer.concat([seal, squeezed]).toString('base64url')}`;
}

function crowd(nodes) {
  const lines = ['until_ms = 0', 'version = 1', '', '[protocol]', 'name = "quorum"'];
  for (let n = 0; n < nodes; n++) lines.push('', '[[nodes]]', `name = "n${n}"`);
  return `${lines.join('\n')}\n`;
}

test('bad links get their sentence and the page stays usable', async () => {
  const good = linkOf(SYNCHRONOUS);
  const flipped = good.slice(0, 40) + (good[40] === 'A' ? 'B' : 'A') + good.slice(41);
  const bad = [
    ['truncated', good.slice(0, -20), /damaged|truncated|cut|incomplete|end/i],
    ['one flipped character', flipped, /damaged|differ/i],
    ['another version', `9.${good.slice(2)}`, /version/i],
    ['10 MB', `1.${'A'.repeat(10_000_000)}`, /long|characters|most/i],
    ['nonsense', '1.§§§', /character/i],
    ['a deflate bomb', packedLink('a'.repeat(30_000_000)), /unpacks to more than/],
    ['10,000 nodes', packedLink(crowd(10_000)), /node|large|long|bytes/i],
    ['100 nodes', packedLink(crowd(100)), /nodes/i],
  ];
  const page = await openPage(site.browser, `${site.url}#/lab`);
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  for (const [name, payload, words] of bad) {
    await page.evaluate((hash) => { location.hash = hash; }, `#/lab/${payload}`);
    const notice = page.locator('[data-notice]').first();
    await notice.waitFor();
    assert.match(await notice.textContent(), words, name);
    await notice.getByRole('button').first().click();
    await notice.waitFor({ state: 'detached' });
    const { ns } = await run(page);
    await play(page, true);
    await page.waitForFunction(
      (time) => BigInt(document.querySelector('[data-run-hash]').dataset.runTimeNs) > BigInt(time),
      String(ns),
    );
    await play(page, false);
  }
  assertClean(page);
  await closePage(page);
});

test('a hidden tab pauses', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  await play(page, true);
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.waitForFunction(() => document.querySelector('[data-run-hash]').dataset.playing === 'false');
  await closePage(page);
});

test('a refused clipboard still shows the link', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS, {
    prepare: (page) =>
      page.addInitScript(() => {
        Object.defineProperty(navigator, 'clipboard', {
          value: { writeText: () => Promise.reject(new Error('refused')) },
        });
      }),
  });
  await control(page, 'share').click();
  assert.match(await control(page, 'link').inputValue(), /#\/lab\/1\./);
  await closePage(page);
});

test('a swipe across links cuts them all, and one undo takes it back', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  await play(page, false);
  const before = await run(page);
  const a = await centre(page.locator('[data-node="n1"]').first());
  const b = await centre(page.locator('[data-node="n2"]').first());
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  await drag(page, { x: middle.x, y: middle.y - 80 }, { x: middle.x, y: middle.y + 80 });
  const link = page.locator('[data-link="n1-n2"]').first();
  await page.waitForFunction(() => document.querySelector('[data-link="n1-n2"]').ariaPressed === 'true');
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => document.querySelector('[data-link="n1-n2"]').ariaPressed === 'false');
  assert.equal((await run(page)).hash, before.hash);
  assert.match(await link.getAttribute('aria-label'), /whole/);
  assertClean(page);
  await closePage(page);
});

test('crash and restart from the menu of a node', async () => {
  const page = await openLab(site.browser, site.url, SYNCHRONOUS);
  await play(page, false);
  const node = page.locator('[data-node="n2"]').first();
  const at = await centre(node);
  await page.mouse.click(at.x, at.y, { button: 'right' });
  await page.locator('[data-action="crash"]').first().click();
  await page.waitForFunction(() => /crashed|down/i.test(document.querySelector('[data-node="n2"]').ariaLabel));
  await page.mouse.click(at.x, at.y, { button: 'right' });
  await page.locator('[data-action="restart"]').first().click();
  await page.waitForFunction(() => !/crashed|down/i.test(document.querySelector('[data-node="n2"]').ariaLabel));
  assertClean(page);
  await closePage(page);
});
