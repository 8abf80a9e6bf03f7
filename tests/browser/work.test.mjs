// Long work, as a reader sees it: a worker judges the run by every model, plays many runs and draws them, measures what the
// literature has a number for, judges histories from files, and writes the run for other tools. What the page says is
// compared with what the command line says of the same link or file.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  accessibilityProblems, assertClean, closePage, openPage, overlappingTexts, screenshot, useSite, waitForApp,
} from './harness.mjs';
import { control, netsplit, openLab, playUntil, run } from './lab.mjs';

const site = useSite();
const histories = fileURLToPath(new URL('../histories/', import.meta.url));

const STALE = `
seed = 3
keys = 2
[protocol]
name = "primary-backup"
acks = 0
reads = "any"
[network]
base_ms = 1
jitter = { kind = "exponential", mean_ms = 4 }
[[nodes]]
name = "n1"
[[nodes]]
name = "n2"
x_km = 3000
[[clients]]
name = "c1"
pace = { kind = "closed", think_ms = 5 }
[[clients]]
name = "c2"
x_km = 3000
pace = { kind = "closed", think_ms = 7 }
`;

const TALL = { viewport: { width: 1280, height: 1400 } };
const PHONE = { viewport: { width: 360, height: 740 }, touch: true };

async function openRoute(route, options = {}) {
  const page = await openPage(site.browser, `${site.url}#/${route}`, { reducedMotion: 'reduce', ...options });
  await waitForApp(page);
  return page;
}

/** The command line, which may well find something broken. */
function tolerant(...words) {
  try {
    return netsplit(...words);
  } catch (error) {
    if (typeof error.stdout === 'string' || error.stdout?.length) return error.stdout.toString();
    throw error;
  }
}

/** The link of the run on the page, at the playhead. */
async function linkOfPage(page) {
  await control(page, 'share').click();
  const link = await control(page, 'link').inputValue();
  await page.locator('.share [aria-label="Close"]').click();
  return link.split('#/lab/')[1];
}

test('the run is judged by every model, as the command line judges it', async () => {
  const page = await openLab(site.browser, site.url, STALE, TALL);
  await playUntil(page, 900);
  await control(page, 'panel-models').click();
  await page.locator('.models[data-busy="false"] [data-model="linearizable"]:not([data-state="new"])').waitFor();
  const states = Object.fromEntries(await page.locator('[data-model]').evaluateAll(
    (all) => all.map(({ dataset }) => [dataset.model, dataset.state]),
  ));
  assert.equal(states.linearizable, 'broken');
  assert.ok(Object.values(states).includes('holds'), JSON.stringify(states));
  const link = await linkOfPage(page);
  const { ns } = await run(page);
  const folder = mkdtempSync(join(tmpdir(), 'netsplit-'));
  const file = join(folder, 'run.jsonl');
  writeFileSync(file, netsplit('export', link, '--format', 'jsonl', '--until', `${ns}ns`));
  for (const [model, state] of Object.entries(states)) {
    const { state: judged } = JSON.parse(tolerant('check', file, '--model', model, '--json'));
    // What follows from a model that holds is not asked again, so the page may know more than a single checker.
    if (judged !== 'unknown') assert.equal(state, judged, model);
  }
  // Each model explains itself; with the keyboard too.
  const card = page.locator('.model-card');
  for (const model of Object.keys(states)) {
    await page.locator(`[data-model="${model}"]`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`[data-card="${model}"]`).waitFor();
    assert.ok((await card.locator('.tiny .op').count()) >= 2, model);
    assert.match(await card.locator('.small').last().innerText(), /\w+ .*\w+/, `${model} says how it is broken`);
  }
  // The witness leads back to its moment, and the run there is judged anew.
  await page.locator('[data-model="linearizable"]').click();
  await control(page, 'models-go').click();
  await page.waitForFunction((then) => Number(document.querySelector('[data-run-time-ns]').dataset.runTimeNs) < then, Number(ns));
  assertClean(page);
  await closePage(page);
});

test('many runs are drawn as they end, and are the ones of the command line', async () => {
  const page = await openLab(site.browser, site.url, STALE, TALL);
  await control(page, 'panel-runs').click();
  await control(page, 'sweep-knob').selectOption('acks');
  const fill = async (name, text) => {
    await control(page, name).fill(text);
    await control(page, name).press('Tab');
  };
  await fill('sweep-values', '0..1');
  await control(page, 'sweep-second').selectOption('base_ms');
  await fill('sweep-second-values', '1, 20');
  await control(page, 'sweep-measure').selectOption('write.p50_ms');
  await fill('sweep-seeds', '3');
  await fill('sweep-seconds', '1');
  await control(page, 'sweep-run').click();
  await page.locator('.runs[data-running="false"][data-done="12"]').waitFor();
  const points = await page.locator('[data-chart="runs"] path.point[data-value]').evaluateAll(
    (all) => all.map(({ dataset }) => [dataset.series, Number(dataset.x), Number(dataset.value)]),
  );
  const link = await linkOfPage(page);
  const cells = JSON.parse(netsplit(
    'sweep', link, '--vary', 'acks=0..1', '--lines', 'base_ms=1,20', '--measure', 'write.p50_ms', '--seeds', '3', '--until', '1s', '--json',
  ));
  assert.equal(points.length, cells.length);
  for (const { knobs, measures } of cells) {
    const point = points.find(([line, x]) => line === `base_ms ${knobs.base_ms}` && x === knobs.acks);
    assert.ok(Math.abs(point[2] - measures['write.p50_ms'].mean) < 1e-9, JSON.stringify({ knobs, point, measures }));
  }
  assert.equal(await page.locator('[data-chart="runs"] path.bar').count(), 4, 'every mean has its interval');
  // Another figure of the same runs needs no new ones.
  await control(page, 'sweep-measure').selectOption('messages_per_operation');
  assert.equal(await page.locator('[data-chart="runs"] path.point[data-value]').count(), 4);
  const [download] = await Promise.all([page.waitForEvent('download'), control(page, 'sweep-csv').click()]);
  const csv = readFileSync(await download.path(), 'utf8');
  assert.match(csv, /^acks,base_ms,measure,seeds,mean,low_95,high_95,least,most,formula\n/);
  // What can't be run says why, and what was drawn stays.
  await fill('sweep-values', '0..9');
  await control(page, 'sweep-run').click();
  assert.match(await page.locator('.runs .problem').innerText(), /acks: expected a whole number from 0 to 1/);
  // A long sweep can be stopped, and the page goes on.
  await fill('sweep-values', '0..1');
  await fill('sweep-seeds', '500');
  await fill('sweep-seconds', '20');
  await control(page, 'sweep-run').click();
  await page.locator('.runs[data-running="true"]').waitFor();
  await page.waitForFunction(() => Number(document.querySelector('.runs').dataset.done) > 0);
  await control(page, 'sweep-stop').click();
  await page.locator('.runs[data-running="false"]').waitFor();
  assert.match(await control(page, 'sweep-status').innerText(), /^Stopped after \d+ of 2000 runs/);
  assertClean(page);
  await closePage(page);
});

test('figures of the literature are measured here', async () => {
  const page = await openRoute('evidence', TALL);
  const groups = page.locator('.evidence-group');
  assert.ok((await groups.count()) >= 6);
  assert.equal(await page.locator('.evidence-group table').count(), 0, 'nothing stands there that was not measured');
  await groups.first().getByRole('button', { name: 'Measure' }).click();
  await page.locator('.evidence-group[data-state="done"]').first().waitFor({ timeout: 60_000 });
  const rows = page.locator('.evidence-group[data-state="done"] tbody tr');
  assert.ok((await rows.count()) >= 3);
  assert.equal(await page.locator('tr[data-agrees="false"]').count(), 0);
  await control(page, 'evidence-all').click();
  await page.locator('.evidence-group[data-state="busy"]').waitFor();
  await control(page, 'evidence-stop').click();
  await page.locator('.evidence-group[data-state="busy"]').waitFor({ state: 'detached' });
  assertClean(page);
  await closePage(page);
});

test('histories of other systems are opened and judged', async () => {
  const page = await openRoute('history', TALL);
  await control(page, 'history-example').click();
  await page.locator('.judging [data-verdict="linearizable"][data-state="broken"]').waitFor();
  assert.equal(await page.locator('.operations [data-lit="true"]').count() >= 2, true);
  const verdicts = JSON.parse(readFileSync(join(histories, 'verdicts.json'), 'utf8'));
  const files = readdirSync(histories).filter((name) => name !== 'verdicts.json' && !name.endsWith('.md'));
  assert.ok(files.length >= 4);
  const seen = new Set();
  for (const file of files) {
    await page.locator('[data-control="history-file"]').setInputFiles(join(histories, file));
    await page.locator('[data-control="history-name"]', { hasText: file }).waitFor();
    const states = Object.fromEntries(await page.locator('.judging [data-verdict]').evaluateAll(
      (all) => all.map(({ dataset }) => [dataset.verdict, dataset.state]),
    ));
    for (const [model, holds] of Object.entries(verdicts[file])) {
      assert.equal(states[model], holds ? 'holds' : 'broken', `${file}: ${model}`);
    }
    assert.ok((await page.locator('.operations .op').count()) > 0, file);
    seen.add(file.split('.').pop());
  }
  assert.ok(seen.size >= 3, `several forms: ${[...seen]}`);
  // Dropped rather than chosen; and what is wrong says where.
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['{"process":0,"f":"dance","key":"x","value":1,"out":null,"call":0,"return":1,"ok":true}\n'], 'wrong.jsonl'));
    document.querySelector('main.judging').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.locator('.judging .problem').waitFor();
  assert.match(await page.locator('.judging .problem').innerText(), /wrong\.jsonl: line 1, field `f`: expected/);
  assertClean(page);
  await closePage(page);
});

test('the run is written for other tools as the command line writes it', async () => {
  const page = await openLab(site.browser, site.url, STALE, TALL);
  await playUntil(page, 400);
  const link = await linkOfPage(page);
  const { ns } = await run(page);
  await control(page, 'share').click();
  await control(page, 'share-files').click();
  for (const form of ['jsonl', 'edn', 'porcupine-kv', 'shiviz']) {
    const [download] = await Promise.all([page.waitForEvent('download'), control(page, `export-${form}`).click()]);
    const written = readFileSync(await download.path(), 'utf8');
    assert.equal(written, netsplit('export', link, '--format', form, '--until', `${ns}ns`), form);
    assert.ok(written.length > 100, form);
  }
  assertClean(page);
  await closePage(page);
});

test('nothing overlaps, and everybody can use it', async () => {
  for (const [name, size] of [['wide', { width: 1600, height: 1000 }], ['desk', { width: 1280, height: 720 }], ['phone', null]]) {
    for (const colorScheme of ['light', 'dark']) {
      const options = { colorScheme, ...(size ? { viewport: size } : PHONE) };
      const lab = await openLab(site.browser, site.url, STALE, options);
      await playUntil(lab, 700);
      await control(lab, 'panel-models').click();
      await lab.locator('.models[data-busy="false"] [data-model="linearizable"][data-state="broken"]').waitFor();
      await look(lab, `models-${name}-${colorScheme}`, '.panels');
      await control(lab, 'panel-runs').click();
      await control(lab, 'sweep-seeds').fill('3');
      await control(lab, 'sweep-seconds').fill('1');
      await control(lab, 'sweep-run').click();
      await lab.locator('.runs[data-running="false"] path.point[data-value]').first().waitFor();
      await look(lab, `runs-${name}-${colorScheme}`, '.panels');
      await closePage(lab);

      const history = await openRoute('history', options);
      await control(history, 'history-example').click();
      await history.locator('.judging [data-verdict="linearizable"][data-state="broken"]').waitFor();
      await look(history, `history-${name}-${colorScheme}`, 'main.page');
      await closePage(history);

      const evidence = await openRoute('evidence', options);
      await evidence.locator('.evidence-group').first().getByRole('button').click();
      await evidence.locator('.evidence-group[data-state="done"]').first().waitFor({ timeout: 60_000 });
      await look(evidence, `evidence-${name}-${colorScheme}`, 'main.page');
      await closePage(evidence);
    }
  }
});

async function look(page, name, within) {
  await page.locator(within).evaluate((element) => element.scrollIntoView());
  await screenshot(page, name);
  assert.deepEqual(await overlappingTexts(page, within), [], name);
  assert.deepEqual(await accessibilityProblems(page), [], name);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(sideways <= 0, `${name} scrolls sideways by ${sideways}`);
  assertClean(page);
}
