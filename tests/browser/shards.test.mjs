// Data that is split among nodes, as a reader handles it: shards, split points and nodes are dragged with the mouse, a finger
// and the keyboard, a fifth node joins under load, clients ask about many keys, and a link carries all of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, screenshot, useSite, waitForApp,
} from './harness.mjs';
import {
  centre, control, drag, menuOf, metric, netsplit, openLab, play, playUntil, run, touchDrag, verdict,
} from './lab.mjs';

const site = useSite();

const RING = 'A fifth node joins: the ring';
const MODULO = 'A fifth node joins: modulo';
const BLOCKS = 'Partition and replicate: A, B and C';
const RANGE = 'Range or hash';

/** A screen that shows the stage and the whole panel, so that a drag needs no scrolling on the way. */
const TALL = { viewport: { width: 1280, height: 1500 } };
const PHONE = { viewport: { width: 360, height: 740 }, touch: true };

/** Chooses one of the lab's examples. */
async function choose(page, example) {
  await control(page, 'example').selectOption({ label: example });
  await page.waitForFunction(
    (example) => document.querySelector('#example').selectedOptions[0]?.textContent === example
      && document.querySelector('[data-map-version]'),
    example,
  );
}

/** Opens the lab on an example; with less motion nothing plays by itself. */
async function openExample(example, options = {}) {
  const page = await openPage(site.browser, `${site.url}#/lab`, { reducedMotion: 'reduce', ...TALL, ...options });
  await waitForApp(page);
  await page.waitForSelector('[data-run-hash]');
  await choose(page, example);
  await control(page, 'speed').fill('16');
  return page;
}

/** The split as the page tells it. */
function split(page) {
  return page.evaluate(() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const shards = all('.space [data-shard]').map(({ dataset }) => ({
      label: dataset.shard,
      owners: dataset.owner.split(', '),
      keys: Number(dataset.keys),
      reach: dataset.reach,
    }));
    const keysOf = {};
    for (const { owners, keys } of shards) for (const owner of owners) keysOf[owner] = (keysOf[owner] ?? 0) + keys;
    return {
      version: Number(document.querySelector('[data-map-version]').dataset.mapVersion),
      moves: Number(document.querySelector('[data-moves]').dataset.moves),
      shards,
      keysOf,
      inside: all('[data-inside="true"] [data-card]').map(({ dataset }) => dataset.card),
      outside: all('[data-inside="false"] [data-card]').map(({ dataset }) => dataset.card),
    };
  });
}

/** A figure of the panel. */
async function figure(page, name) {
  const cell = page.locator(`.split [data-metric="${name}"]`);
  const value = await cell.getAttribute('data-value');
  return value === null ? Number.NaN : Number(value);
}

/** The owners of a shard, as the picture of the space tells them, are these and nothing moves any more; the run plays meanwhile. */
async function untilOwned(page, label, owners) {
  await playWhile(page, ([label, owners]) => {
    const shard = document.querySelector(`.space [data-shard="${label}"]`);
    return shard?.dataset.owner === owners && document.querySelector('[data-moves]').dataset.moves === '0'
      && !document.querySelector('[data-copy]:not([data-copy="serving"])');
  }, [label, owners.join(', ')]);
}

/** Plays until something is true on the page, and stops. */
async function playWhile(page, condition, argument) {
  await play(page, true);
  await page.waitForFunction(condition, argument, { timeout: 30_000 });
  await play(page, false);
}

/** Plays for some virtual time. */
async function playOn(page, ms) {
  const { ns } = await run(page);
  await playUntil(page, Number(ns / 1_000_000n) + ms);
}

const block = (page, label, node) => page.locator(`[data-copy][data-shard="${label}"][data-owner="${node}"]`).first();
const shard = (page, label) => page.locator(`.space [data-shard="${label}"]`);
const card = (page, node) => page.locator(`[data-card="${node}"]`);
const grip = (page, node) => card(page, node).locator('[data-drag]').first();
const zone = (page, inside) => page.locator(`[data-inside="${inside}"]`);
const point = (page, key) => page.locator(`[data-split="${key}"]`);

async function dragTo(page, from, to) {
  await from.scrollIntoViewIfNeeded();
  await drag(page, await centre(from), await centre(to));
}

/** Waits for a notice that says this, and puts it away. */
async function notice(page, words) {
  const shown = page.locator('[data-notice]', { hasText: words });
  await shown.waitFor();
  await shown.getByRole('button').first().click();
  await shown.waitFor({ state: 'detached' });
}

/**
 * Notes everything that the page shows from now on of some attributes: `seen(page)` gives, by attribute, all the values there
 * were. What is there for a moment only can't be missed by looking too late.
 */
async function watch(page) {
  await page.evaluate(() => {
    const seen = { verdicts: new Set(), moves: new Set(), arrows: new Set(), copies: new Set() };
    const look = () => {
      const each = (selector, act) => document.querySelectorAll(selector).forEach(({ dataset }) => act(dataset));
      each('[data-verdict]', (lamp) => seen.verdicts.add(`${lamp.verdict} ${lamp.state}`));
      each('[data-moves]', (panel) => seen.moves.add(Number(panel.moves)));
      each('[data-moving]', (arrow) => seen.arrows.add(arrow.moving));
      each('[data-copy]', (copy) => seen.copies.add(`${copy.owner} ${copy.copy}`));
    };
    globalThis.seenByTest = seen;
    look();
    new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true });
  });
}

function seen(page) {
  return page.evaluate(() => Object.fromEntries(
    Object.entries(globalThis.seenByTest).map(([name, values]) => [name, [...values]]),
  ));
}

/** Who holds each key, as the stage shows it for one key after the other; the run stands still. */
function holders(page) {
  return page.evaluate(async () => {
    const select = document.querySelector('[data-control="watched"]');
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const holders = [];
    for (const { value } of [...select.options]) {
      select.value = value;
      select.dispatchEvent(new Event('change', { bubbles: true }));
      await drawn();
      const holds = [...document.querySelectorAll('[data-node]')].filter(({ dataset }) => Number(dataset.values) > 0);
      holders.push(holds.map(({ dataset }) => dataset.node).join(', '));
    }
    return holders;
  });
}

/** Plays an example until all keys are written, lets n5 join as a reader would, and waits until nothing moves. */
async function fifthNodeJoins(example) {
  const page = await openExample(example, { reducedMotion: 'no-preference', viewport: { width: 1280, height: 720 } });
  await control(page, 'speed').fill('16');
  await play(page, true);
  await control(page, 'panel-clients').click();
  // c1 writes one key after the other.
  await page.waitForFunction(
    () => Number(document.querySelector('[data-metric="write.c1.count"][data-window="run"]')?.dataset.value) > 61,
    null,
    { timeout: 60_000 },
  );
  await control(page, 'panel-split').click();
  await page.waitForSelector('[data-map-version]');
  const before = await split(page);
  assert.deepEqual([before.inside, before.outside], [['n1', 'n2', 'n3', 'n4'], ['n5']]);
  await play(page, false);
  const held = await holders(page);
  await play(page, true);
  await watch(page);
  await control(page, 'speed').fill('13');
  await page.locator('[data-reshape="join"][data-of="n5"]').click();
  await page.waitForFunction(
    () => document.querySelector('.space [data-owner="n5"]') && document.querySelector('[data-moves]').dataset.moves === '0'
      && !document.querySelector('[data-copy]:not([data-copy="serving"])'),
    null,
    { timeout: 30_000 },
  );
  await play(page, false);
  const holds = await holders(page);
  await play(page, true);
  const after = await split(page);
  assert.ok(after.version > before.version, `the map grew from version ${before.version} to ${after.version}`);
  assert.deepEqual([after.inside, after.outside], [['n1', 'n2', 'n3', 'n4', 'n5'], []]);
  assert.equal(Object.values(before.keysOf).reduce((sum, keys) => sum + keys), 60);
  assert.equal(Object.values(after.keysOf).reduce((sum, keys) => sum + keys), 60, 'every key has one owner');
  const moved = { keys: await figure(page, 'keys_moved'), least: await figure(page, 'keys_moved_least') };
  assert.equal(moved.least, 12, 'its fair share');
  // The workload goes on, over what has moved, for as long as writing all keys once more takes.
  await control(page, 'speed').fill('16');
  await control(page, 'panel-clients').click();
  const then = await metric(page, 'operations');
  await page.waitForFunction(
    (then) => Number(document.querySelector('[data-metric="operations"][data-window="run"]')?.dataset.value) > then + 150,
    then,
    { timeout: 60_000 },
  );
  await play(page, false);
  assert.ok((await metric(page, 'availability')) > 0.99, 'clients went on being served');
  assert.ok((await metric(page, 'availability.c1', 'recent')) > 0.98 && (await metric(page, 'availability.c2', 'recent')) > 0.98);
  const shown = await seen(page);
  assert.deepEqual(shown.verdicts.filter((verdict) => /broken/.test(verdict)), []);
  assert.ok(shown.verdicts.includes('no-lost-writes holds'), shown.verdicts.join(', '));
  assert.equal((await verdict(page, 'no-lost-writes')).state, 'holds');
  assert.equal((await verdict(page, 'linearizable')).state, 'holds');
  assert.ok(Math.max(...shown.moves) > 0, 'what moves is listed');
  assert.ok(shown.copies.includes('n5 arriving'), 'blocks come in');
  assert.ok(shown.arrows.some((arrow) => arrow.endsWith('-n5')), `and arrows lead to n5: ${shown.arrows.join(', ')}`);
  assertClean(page);
  await closePage(page);
  for (const [node, keys] of Object.entries(after.keysOf)) {
    assert.equal(holds.filter((holder) => holder === node).length, keys, `the stage shows the keys of ${node} there and nowhere else`);
  }
  const changed = holds.map((now, key) => [held[key], now]).filter(([then, now]) => then !== now);
  assert.ok(moved.keys >= changed.length, `${moved.keys} keys were sent for ${changed.length} that changed hands`);
  return { changed, after: after.keysOf, moved: moved.keys };
}

test('a fifth node joins the ring under load: about a fifth of the keys changes hands, all of it to n5', async () => {
  const { changed, after, moved } = await fifthNodeJoins(RING);
  assert.ok(after.n5 >= 6 && after.n5 <= 20, `n5 has ${after.n5} of 60 keys`);
  assert.equal(changed.length, after.n5);
  assert.deepEqual(changed.filter(([, now]) => now !== 'n5'), [], 'every other key stays put');
  // A key that is written while it is copied is sent again.
  assert.ok(moved <= 2 * after.n5, `${moved} keys were sent`);
});

test('a fifth node joins, modulo: about four fifths of the keys change hands', async () => {
  const { changed, after } = await fifthNodeJoins(MODULO);
  for (const [node, keys] of Object.entries(after)) assert.ok(keys >= 5 && keys <= 20, `${node} has ${keys} of 60 keys`);
  assert.ok(changed.length >= 42 && changed.length <= 55, `${changed.length} of 60 keys changed hands`);
  assert.ok(changed.filter(([, now]) => now !== 'n5').length > 30, 'most of them from one old node to another');
});

test('a split point is dragged with the mouse; one undo takes it back', async () => {
  const page = await openExample(RANGE);
  await playOn(page, 300);
  const before = { ...(await run(page)), ...(await split(page)) };
  assert.deepEqual(before.shards.map(({ keys }) => keys), [25, 25, 25, 25]);
  const bar = await page.locator('[data-bar]').boundingBox();
  const from = await centre(point(page, 26));
  await drag(page, from, { x: bar.x + bar.width * 0.1, y: from.y });
  await page.waitForFunction((hash) => document.querySelector('[data-run-hash]').dataset.runHash !== hash, before.hash);
  await playWhile(page, () => document.querySelector('.space [data-shard="A"]').dataset.keys !== '25'
    && document.querySelector('[data-moves]').dataset.moves === '0');
  const after = await split(page);
  assert.deepEqual(after.shards.map(({ keys }) => keys), [10, 40, 25, 25], 'the range begins where the hand let go');
  assert.ok(after.version > before.version);
  assert.equal(await point(page, 11).count(), 1);
  await control(page, 'undo').click();
  await page.waitForFunction(() => document.querySelector('.space [data-shard="A"]').dataset.keys === '25');
  assert.deepEqual((await split(page)).shards, before.shards);
  assertClean(page);
  await closePage(page);
});

test('a split point is moved, removed and made with keys', async () => {
  const page = await openExample(RANGE);
  await playOn(page, 300);
  const sizes = async () => (await split(page)).shards.map(({ keys }) => keys);
  const untilShards = (sizes) => playWhile(page, (sizes) => {
    const keys = [...document.querySelectorAll('.space [data-shard]')].map(({ dataset }) => dataset.keys);
    return keys.join() === sizes.join() && document.querySelector('[data-moves]').dataset.moves === '0';
  }, sizes);
  await point(page, 51).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.waitForFunction(() => document.querySelector('[data-split="51"]').getAttribute('aria-valuenow') === '63');
  assert.deepEqual(await sizes(), [25, 25, 25, 25], 'nothing is done before it is put down');
  await page.keyboard.press('Enter');
  await untilShards([25, 37, 13, 25]);
  // Delete joins a range to the one before it.
  await point(page, 63).focus();
  await page.keyboard.press('Delete');
  await untilShards([25, 50, 25]);
  // Enter opens the card of a shard, which can split it in the middle.
  await shard(page, 'B').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-chosen="B"]').waitFor();
  await page.locator('[data-action="split-shard"]').focus();
  await page.keyboard.press('Enter');
  await untilShards([25, 25, 25, 25]);
  // And so can a double click, where it is.
  const bar = await page.locator('[data-bar]').boundingBox();
  await page.mouse.dblclick(bar.x + bar.width * 0.9, bar.y + 20);
  await untilShards([25, 25, 25, 15, 10]);
  await shard(page, 'E').click();
  await page.locator('[data-chosen="E"] [data-action="merge-shard"]').click();
  await untilShards([25, 25, 25, 25]);
  assert.equal(await page.locator('[data-refused]').count(), 0);
  assertClean(page);
  await closePage(page);
});

test('a block is dragged to a node of the stage, and copied with Alt held down', async () => {
  const page = await openExample(BLOCKS);
  await playOn(page, 400);
  const before = await run(page);
  const onStage = page.locator('[data-node="n2"]').first();
  await dragTo(page, block(page, 'A', 'n1'), onStage);
  await untilOwned(page, 'A', ['n2']);
  assert.deepEqual((await split(page)).keysOf, { n1: 4, n2: 12 });
  assert.equal(await block(page, 'A', 'n1').count(), 0, 'what was moved is not there any more');
  assert.match(await onStage.getAttribute('data-blocks'), /A.*B.*C/);
  await page.keyboard.down('Alt');
  await dragTo(page, block(page, 'B', 'n2'), page.locator('[data-node="n1"]').first());
  await page.keyboard.up('Alt');
  await untilOwned(page, 'B', ['n2', 'n1']);
  assert.deepEqual((await split(page)).keysOf, { n1: 8, n2: 12 });
  // Both are taken back, the last one first.
  await control(page, 'undo').click();
  await page.waitForFunction(() => document.querySelector('.space [data-shard="B"]').dataset.owner === 'n2');
  await control(page, 'undo').click();
  await page.waitForFunction(() => document.querySelector('.space [data-shard="A"]').dataset.owner === 'n1');
  assert.ok((await run(page)).ns >= before.ns);
  assertClean(page);
  await closePage(page);
});

test('a block is dragged to another node with a finger at 360 px, and copied there', async () => {
  const page = await openExample(BLOCKS, PHONE);
  await playOn(page, 400);
  const bring = (to) => to.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await bring(card(page, 'n2'));
  await touchDrag(page, await centre(block(page, 'A', 'n1')), await centre(grip(page, 'n2')));
  await untilOwned(page, 'A', ['n2']);
  await control(page, 'copying').tap();
  await page.locator('[data-control="copying"][aria-pressed="true"]').waitFor();
  await bring(card(page, 'n2'));
  await touchDrag(page, await centre(block(page, 'B', 'n2')), await centre(grip(page, 'n1')));
  await untilOwned(page, 'B', ['n2', 'n1']);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assertClean(page);
  await closePage(page);
});

test('copies are added and taken away, but never the last one', async () => {
  const page = await openExample(BLOCKS);
  await playOn(page, 400);
  await shard(page, 'A').click();
  await page.locator('[data-chosen="A"] [data-action="copy-shard"][data-choice="n2"]').click();
  await untilOwned(page, 'A', ['n1', 'n2']);
  await page.locator('[data-chosen="A"] [data-action="remove-copy"][data-choice="n1"]').click();
  await untilOwned(page, 'A', ['n2']);
  assert.equal(await page.locator('[data-chosen="A"] [data-action="remove-copy"]').count(), 0, 'one is left');
  // A copy is dragged out of the cluster.
  await dragTo(page, block(page, 'C', 'n1'), zone(page, false));
  await untilOwned(page, 'C', ['n2']);
  const before = await run(page);
  await dragTo(page, block(page, 'C', 'n2'), zone(page, false));
  await notice(page, /only copy of shard C/);
  await block(page, 'A', 'n2').focus();
  await page.keyboard.press('Delete');
  await notice(page, /only copy of shard A/);
  assert.equal((await run(page)).hash, before.hash, 'nothing was done');
  assertClean(page);
  await closePage(page);
});

test('nodes are dragged into the cluster and out of it, but the one that keeps the map stays', async () => {
  const page = await openExample(RING);
  await playOn(page, 500);
  await dragTo(page, grip(page, 'n5'), zone(page, true));
  await playWhile(page, () => document.querySelector('[data-inside="true"] [data-card="n5"] [data-copy="serving"]')
    && document.querySelector('[data-moves]').dataset.moves === '0');
  assert.deepEqual((await split(page)).outside, []);
  // What a node holds moves away before it is out.
  await dragTo(page, grip(page, 'n2'), zone(page, false));
  await playWhile(page, () => document.querySelector('[data-inside="false"] [data-card="n2"]')
    && !document.querySelector('[data-card="n2"] [data-copy]') && document.querySelector('[data-moves]').dataset.moves === '0');
  const after = await split(page);
  assert.deepEqual([after.inside, after.outside], [['n1', 'n3', 'n4', 'n5'], ['n2']]);
  assert.equal(after.keysOf.n2, undefined);
  assert.equal(Object.values(after.keysOf).reduce((sum, keys) => sum + keys), 60);
  assert.equal(await page.locator('[data-standing-by="true"]').count(), 1, 'the stage says so too');
  await page.locator('[data-reshape="join"][data-of="n2"]').click();
  await playWhile(page, () => document.querySelector('[data-inside="true"] [data-card="n2"] [data-copy="serving"]'));
  const before = await run(page);
  await dragTo(page, grip(page, 'n1'), zone(page, false));
  await notice(page, /n1 keeps the map/);
  assert.equal((await run(page)).hash, before.hash);
  assert.equal((await split(page)).inside.includes('n1'), true);
  assertClean(page);
  await closePage(page);
});

/** Three nodes with all keys on each: none of them can be spared. */
const NO_SPARE = `
keys = 6
seed = 3

[protocol]
name = "quorum"

[partitioning]
scheme = "ring"
replicas = 3

${[1, 2, 3].map((n) => `[[nodes]]\nname = "n${n}"\nx_km = ${n * 300}\ny_km = ${(n % 2) * 200}\n`).join('\n')}
[[clients]]
name = "c1"
pace = { kind = "closed", think_ms = 20 }
mix = { read = 1, write = 1 }
`;

test('a change that the cluster refuses says why', async () => {
  const page = await openLab(site.browser, site.url, NO_SPARE, { ...TALL, reducedMotion: 'reduce' });
  await control(page, 'speed').fill('15');
  await playOn(page, 200);
  if (!(await page.locator('[data-map-version]').count())) await control(page, 'panel-split').click();
  await page.locator('[data-reshape="leave"][data-of="n3"]').click();
  await play(page, true);
  const refusal = page.locator('[data-refused="true"]');
  await refusal.waitFor();
  await play(page, false);
  assert.match(await refusal.textContent(), /n1 refused this change: there would be fewer nodes than copies/);
  await notice(page, /n1 refused/);
  assert.equal((await split(page)).inside.length, 3);
  assertClean(page);
  await closePage(page);
});

/** The latest query of a kind, as the list tells it. */
async function query(page, kind) {
  const row = page.locator(`[data-query][data-kind="${kind}"]`).first();
  const [state, done, parts, shards] = await Promise.all(
    ['state', 'done', 'parts', 'shards'].map((name) => row.getAttribute(`data-${name}`)),
  );
  return { state, done: Number(done), parts: Number(parts), shards: Number(shards), words: await row.textContent() };
}

/** Presses the button for a query, plays until it is answered, and gives back what the list says of it. */
async function ask(page, kind) {
  const numbers = () => page.locator('[data-query]').evaluateAll((rows) => rows.map(({ dataset }) => Number(dataset.query)));
  const last = Math.max(-1, ...(await numbers()));
  await page.locator(`.asks [data-action="${kind}"]`).click();
  await playWhile(page, ([kind, last]) => {
    const row = document.querySelector(`[data-query][data-kind="${kind}"]`);
    return row && Number(row.dataset.query) > last && row.dataset.state !== 'pending';
  }, [kind, last]);
  return query(page, kind);
}

test('queries over many keys are exact, and partial while a node is down: the page says which, and how much', async () => {
  const page = await openExample(RING);
  await page.locator('.splitting summary').click();
  const deadline = control(page, 'partitioning.deadline_ms');
  await deadline.fill('100'); // before the client itself gives up
  await deadline.press('Enter');
  assert.match(await page.locator('.asks').textContent(), /No query so far/);
  await playUntil(page, 2500);
  const held = await holders(page);
  // Two keys on two nodes, one of which will be down.
  const first = held.findIndex((node, key) => node === 'n2' && held[(key + 30) % 60] !== 'n2');
  const second = (first + 30) % 60;
  await control(page, 'watched').selectOption({ label: `k${first + 1}` });

  const all = await ask(page, 'query-all');
  assert.deepEqual([all.state, all.done, all.parts, all.shards], ['exact', 60, 60, 4], all.words);
  assert.match(all.words, /read every key.*exact: all 60 keys from 4 shards/);
  const from = Math.min(first, 50);
  const scanned = held.slice(from, from + 10);
  const scan = await ask(page, 'scan');
  assert.deepEqual([scan.state, scan.done, scan.parts, scan.shards], ['exact', 10, 10, new Set(scanned).size], scan.words);
  assert.match(scan.words, new RegExp(`scan k${from + 1} to k${from + 10}.*exact`));
  const pair = await ask(page, 'pair');
  assert.deepEqual([pair.done, pair.parts, pair.shards], [2, 2, 2], pair.words);
  assert.match(pair.words, /both written.*not atomic/);

  await menuOf(page, 'n2');
  await page.locator('[data-action="crash"]').first().click();
  await page.waitForSelector('.space [data-owner="n2"][data-reach="none"]');
  const lost = held.filter((node) => node === 'n2').length;
  const part = await ask(page, 'query-all');
  assert.deepEqual([part.state, part.done, part.parts], ['partial', 60 - lost, 60], part.words);
  assert.match(part.words, new RegExp(`partial, and said so: ${lost} of 60 keys did not answer`));
  const less = await ask(page, 'scan');
  const gone = scanned.filter((node) => node === 'n2').length;
  assert.deepEqual([less.state, less.done, less.parts], ['partial', 10 - gone, 10], less.words);
  const half = await ask(page, 'pair');
  assert.deepEqual([half.state, half.done, half.parts], ['partial', 1, 2], half.words);
  assert.match(half.words, new RegExp(`only k${second + 1} was acknowledged.*not atomic`));
  assertClean(page);
  await closePage(page);
});

test("the chapter's figure: A and B are split, C is copied, and n2 breaks down", async () => {
  const page = await openExample(BLOCKS);
  await playOn(page, 400);
  const reach = async () => (await split(page)).shards.map(({ label, owners, reach }) => `${label} on ${owners}: ${reach}`);
  assert.deepEqual(await reach(), ['A on n1: all', 'B on n2: all', 'C on n1,n2: all']);
  assert.equal(await figure(page, 'keys_available'), 1);
  await menuOf(page, 'n2');
  await page.locator('[data-action="crash"]').first().click();
  await page.waitForSelector('.space [data-shard="B"][data-reach="none"]');
  assert.deepEqual(await reach(), ['A on n1: all', 'B on n2: none', 'C on n1,n2: some']);
  assert.ok(Math.abs((await figure(page, 'keys_available')) - 8 / 12) < 1e-9);
  assert.match(await page.locator('.split [data-metric="keys_available"]').textContent(), /66\.7|67/);
  await menuOf(page, 'n2');
  await page.locator('[data-action="restart"]').first().click();
  await playWhile(page, () => document.querySelector('.space [data-shard="B"]').dataset.reach === 'all');
  assert.equal(await figure(page, 'keys_available'), 1);
  assertClean(page);
  await closePage(page);
});

test('a run with a join and queries travels in its link: the same hash in a fresh profile and on the command line', async () => {
  const page = await openExample(RING);
  await playOn(page, 600);
  await page.locator('[data-reshape="join"][data-of="n5"]').click();
  await playOn(page, 60);
  await page.locator('.asks [data-action="query-all"]').click();
  await page.locator('.asks [data-action="pair"]').click();
  await dragTo(page, grip(page, 'n3'), zone(page, false));
  await playOn(page, 1000);
  const here = { ...(await run(page)), ...(await split(page)) };
  assert.deepEqual(here.outside, ['n3']);
  await control(page, 'share').click();
  const link = await control(page, 'link').inputValue();
  const there = await openPage(site.browser, link, TALL);
  await waitForApp(there);
  await there.waitForFunction(
    (time) => document.querySelector('[data-run-hash]')?.dataset.runTimeNs === time,
    String(here.ns),
  );
  await there.getByText(/replay verified/i).first().waitFor();
  if (!(await there.locator('[data-map-version]').count())) await control(there, 'panel-split').click();
  assert.deepEqual({ ...(await run(there)), ...(await split(there)) }, here);
  const native = JSON.parse(netsplit('run', link, '--json'));
  assert.equal(native.hash, here.hash);
  assert.equal(BigInt(native.time_ns), here.ns);
  assertClean(page);
  assertClean(there);
  await closePage(page);
  await closePage(there);
});

test('the panel fits wide and narrow, in both themes: nothing is cut off or drawn over something else', async () => {
  for (const options of [
    { viewport: { width: 1600, height: 1000 } },
    { viewport: { width: 1280, height: 720 } },
    { viewport: { width: 360, height: 740 }, touch: true },
  ]) {
    const { width } = options.viewport;
    const page = await openExample(RING, options);
    for (const [name, example] of [['ring', RING], ['range', RANGE], ['blocks', BLOCKS]]) {
      if (name !== 'ring') await choose(page, example);
      await control(page, 'speed').fill('16');
      await playOn(page, 1000);
      await page.locator('.asks [data-action="query-all"]').click();
      if (name === 'ring') await page.locator('[data-reshape="join"]').click();
      if (name === 'blocks') {
        await menuOf(page, 'n2');
        await page.locator('[data-action="crash"]').first().click();
      }
      await shard(page, 'A').focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-chosen="A"]').waitFor();
      await control(page, 'speed').fill('13');
      await playOn(page, 60);
      assert.deepEqual(await overlappingTexts(page), [], `${name} ${width}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, `${name} ${width}`);
      await page.locator('.split').evaluate((panel) => panel.scrollIntoView());
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await screenshot(page, `shards-${name}-${width}-${colorScheme}`);
        assert.deepEqual(await accessibilityProblems(page, '.split'), [], `${name} ${width} ${colorScheme}`);
      }
    }
    assertClean(page);
    await closePage(page);
  }
});
