// Charts and data as a person uses them: values are read with a pointer, the keyboard and a finger, dots and values select their
// operation, tables and files have the same numbers, and copies that lag are found among the others.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  accessibilityProblems, assertClean, closePage, overlappingTexts, screenshot, useSite,
} from './harness.mjs';
import { control, openLab } from './lab.mjs';

const site = useSite();

// n2 is cut off from 600 ms on, and n3 is down from 1,500 ms on.
const scenario = (protocol) => `
seed = 3
keys = 3
[protocol]
name = "${protocol}"
[network]
base_ms = 1
jitter = { kind = "exponential", mean_ms = 2 }
[[nodes]]
name = "n1"
[[nodes]]
name = "n2"
x_km = 1500
[[nodes]]
name = "n3"
y_km = 700
[[clients]]
name = "c1"
pace = { kind = "closed", think_ms = 5 }
[[clients]]
name = "c2"
x_km = 200
pace = { kind = "closed", think_ms = 7 }
[[script]]
at_ms = 600
action = "isolate"
site = "n2"
[[script]]
at_ms = 1500
action = "crash"
node = "n3"
`;

const CHARTS = ['latency', 'distribution', 'throughput', 'availability', 'staleness', 'visible', 'queue', 'utilisation', 'traffic'];

async function open(protocol, until, options = {}) {
  const page = await openLab(site.browser, site.url, scenario(protocol), { viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce', ...options });
  await goTo(page, until);
  return page;
}

/** A link opens where its run ended, so there is the whole run to go to. */
async function goTo(page, ms) {
  await control(page, 'time').fill(String(ms));
  await page.waitForFunction(
    (ns) => document.querySelector(`[data-run-time-ns="${ns}"][data-replaying="false"]`),
    String(ms * 1_000_000),
  );
}

async function showChart(page, chart) {
  await control(page, 'series-chart').selectOption(chart);
  await page.waitForSelector(`.series[data-chart="${chart}"]`);
}

const reading = (page) => page.locator('.series .chart-reading').getAttribute('data-reading');

/** The middle of a dot on the screen, from its path in the chart. */
function dot(svg, path) {
  return svg.evaluate((svg, path) => {
    const [, x, y] = /M([\d.]+) ([\d.]+)/.exec(svg.querySelector(path).getAttribute('d'));
    const at = new DOMPoint(Number(x), Number(y)).matrixTransform(svg.getScreenCTM());
    return { x: at.x, y: at.y };
  }, path);
}

async function saved(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), control(page, name).click()]);
  return readFileSync(await download.path(), 'utf8');
}

test('charts are read with the keyboard and a pointer, and their numbers are a table and a file', async () => {
  const page = await open('primary-backup', 1_200);
  await control(page, 'dock-charts').click();
  const svg = page.locator('.series-plot svg');
  for (const chart of CHARTS) {
    await showChart(page, chart);
    await svg.focus();
    await page.keyboard.press('End');
    const last = await svg.getAttribute('aria-valuenow');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((last) => document.querySelector('.series-plot svg').getAttribute('aria-valuenow') !== last, last);
    const words = await reading(page);
    assert.ok(words.length > 8, `${chart}: ${words}`);
    assert.equal(await svg.getAttribute('aria-valuetext'), words, 'a screen reader hears what is read');
  }
  // The table, the file and the reading are one.
  await showChart(page, 'throughput');
  await control(page, 'series-numbers').locator('summary').click();
  const rows = page.locator('.series .chart-numbers tbody tr');
  await rows.first().waitFor();
  assert.equal(await rows.count(), Number(await page.locator('.series').getAttribute('data-windows')));
  assert.match(await page.locator('.series .chart-numbers .small').innerText(), /Each point is \d+ ms/);
  const csv = (await saved(page, 'series-csv')).trim().split('\r\n');
  assert.equal(csv[0], 'from_ms,to_ms,operations,succeeded (per s),failed (per s)');
  assert.equal(csv.length - 1, await rows.count());
  const values = await rows.nth(4).locator('td[data-value]').evaluateAll((cells) => cells.map((cell) => cell.dataset.value));
  assert.deepEqual(csv[5].split(',').slice(3), values);
  // The trouble that the run had stands behind the lines, and beside the windows.
  assert.match(await rows.last().innerText(), /links cut/);
  const picture = await saved(page, 'series-svg');
  assert.match(picture, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  // By itself, away from the page and its style sheets.
  const alone = await site.browser.newPage({ viewport: { width: 700, height: 240 } });
  await alone.goto(`data:image/svg+xml,${encodeURIComponent(picture)}`);
  assert.equal(await alone.evaluate(() => document.querySelector('parsererror')?.textContent ?? document.documentElement.localName), 'svg');
  const stroke = await alone.evaluate(() => getComputedStyle(document.querySelector('.first')).stroke);
  assert.equal(stroke, 'rgb(11, 90, 140)', 'it has its own colours');
  await screenshot(alone, 'charts-picture');
  await alone.close();
  // Pointing reads too, and a dot selects its operation.
  await showChart(page, 'latency');
  const at = await dot(svg, '.dots.write');
  await page.mouse.move(at.x, at.y);
  await page.waitForFunction(() => /Press to select/.test(document.querySelector('.series .chart-reading').dataset.reading));
  assert.match(await reading(page), /^c\d: write [\d.]+ ms, at [\d.]+ m?s/);
  await page.mouse.click(at.x, at.y);
  await page.waitForFunction(() => document.querySelector('.series-selected')?.getAttribute('d'));
  assertClean(page);
  await closePage(page);
});

test('copies that differ are found side by side, and a value selects its write everywhere', async () => {
  const page = await open('raft', 1_400);
  await control(page, 'dock-data').click();
  const cell = (key, node) => page.locator(`.data tr[data-key="${key}"] td[data-node="${node}"]`);
  await page.locator('.data tr[data-key]').first().waitFor();
  assert.equal(await page.locator('.data thead [data-column]').count(), 3);
  // n2 has been cut off for a while.
  const states = await page.locator('.data td[data-node="n2"]').evaluateAll((cells) => cells.map((cell) => cell.dataset.state));
  assert.ok(states.some((state) => state === 'older' || state === 'missing'), states.join());
  assert.match(await page.locator('.data td[data-state="older"], .data td[data-state="missing"]').first().innerText(), /older|missing/);
  const differing = Number(await page.locator('[data-differing]').getAttribute('data-differing'));
  await control(page, 'data-differing').click();
  await page.waitForFunction((rows) => document.querySelectorAll('.data tr[data-key]').length === rows, differing);
  const chip = cell(await page.locator('.data tr[data-key]').first().getAttribute('data-key'), 'n1').locator('.chip').first();
  const operation = await chip.getAttribute('data-operation');
  await chip.focus();
  await page.keyboard.press('Enter');
  await page.locator(`.data .chip.selected[data-operation="${operation}"][aria-current="true"]`).first().waitFor();
  assert.equal(await page.locator(`.data .chip.selected:not([data-operation="${operation}"])`).count(), 0);
  // The same operation in the logs, which stand at their newest entry.
  await control(page, 'data-logs').click();
  await page.locator('.data tr[data-index]').first().waitFor();
  const indexes = await page.locator('.data tr[data-index]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.index)));
  assert.deepEqual(indexes, indexes.toSorted((a, b) => a - b));
  assert.ok(indexes.length <= 24);
  assert.ok((await page.locator('.data td[data-state="applied"]').count()) > 3);
  // A node that is down shows what its disk holds.
  await goTo(page, 1_700);
  await page.locator('.data [data-column="n3"]', { hasText: 'what its disk holds' }).waitFor();
  assertClean(page);
  await closePage(page);
});

test('the panel’s charts are read and select, and the panel is no taller for it', async () => {
  const page = await open('primary-backup', 400);
  const chart = page.locator('[data-chart="latency"].chart-readable');
  const svg = chart.locator('> svg');
  const box = await svg.boundingBox();
  assert.ok(box.y + box.height < 720, `the chart ends at ${box.y + box.height}`);
  const before = await chart.boundingBox();
  const at = await dot(svg, '.dots.read');
  await page.mouse.move(at.x, at.y);
  await page.waitForFunction(() => document.querySelector('[data-chart="latency"] figcaption').dataset.reading);
  assert.match(await chart.locator('figcaption').innerText(), /^c\d: read [\d.]+ ms/);
  assert.deepEqual(await chart.boundingBox(), before, 'reading moves nothing');
  await page.mouse.click(at.x, at.y);
  await page.waitForFunction(() => document.querySelector('[data-chart="latency"] > svg .lit').getAttribute('d'));
  // With the keyboard alone, in every chart of the panel.
  for (const name of ['[data-chart="latency"]', '.percentiles', '.windows', '[data-chart="visible"]']) {
    const one = page.locator(`.panels ${name}.chart-readable > svg`);
    await one.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((name) => document.querySelector(`.panels ${name}.chart-readable > svg`).getAttribute('aria-valuetext') !== 'none chosen', name);
    assert.match(await one.getAttribute('aria-valuetext'), /\d/, name);
  }
  for (const table of ['latency-numbers', 'windows-numbers', 'visible-numbers']) {
    await control(page, table).locator('summary').click();
    await control(page, table).locator('tbody tr').first().waitFor();
  }
  assert.deepEqual(await overlappingTexts(page, '.panels'), []);
  assertClean(page);
  await closePage(page);
});

test('nothing overlaps, and everybody can use it', async () => {
  for (const [name, colorScheme, options] of [
    ['desk', 'light', {}], ['desk', 'dark', {}],
    ['phone', 'light', { viewport: { width: 360, height: 740 }, touch: true }],
    ['phone', 'dark', { viewport: { width: 360, height: 740 }, touch: true }],
  ]) {
    const page = await open('raft', 1_800, { colorScheme, ...options });
    await control(page, 'dock-charts').click();
    // A theme moves nothing: in the dark, those with one and with several panels stand for all.
    for (const chart of colorScheme === 'light' ? CHARTS : ['queue', 'latency']) {
      await showChart(page, chart);
      assert.deepEqual(await overlappingTexts(page, '.series'), [], `${chart} ${name}`);
      if (colorScheme === 'light') await screenshot(page, `charts-${chart}-${name}`);
    }
    if (options.touch) {
      await showChart(page, 'latency');
      await page.locator('.series-plot svg').tap();
      await page.waitForFunction(() => document.querySelector('.series .chart-reading').dataset.reading);
    }
    assert.deepEqual(await accessibilityProblems(page), [], `charts ${name} ${colorScheme}`);
    for (const part of ['data-keys', 'data-logs']) {
      await control(page, 'dock-data').click();
      await control(page, part).click();
      await page.locator('.data tbody tr').first().waitFor();
      assert.deepEqual(await overlappingTexts(page, '.data'), [], `${part} ${name}`);
      assert.deepEqual(await accessibilityProblems(page), [], `${part} ${name} ${colorScheme}`);
      await screenshot(page, `${part}-${name}-${colorScheme}`);
      await control(page, 'dock-data').click();
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(sideways <= 0, `${name} scrolls sideways by ${sideways}`);
    assertClean(page);
    await closePage(page);
  }
});
