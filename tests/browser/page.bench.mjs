// How long a frame of the page takes with 9 nodes and about 200 messages in flight, in a real browser, and
// how much a first visit transfers.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { closePage, dist, launch, openPage, startServer } from './harness.mjs';
import { control, linkOf, openLab, play } from './lab.mjs';

const SECONDS = 6;

function crowded(perSecond) {
  const lines = ['title = "A crowd"', 'keys = 4', '[protocol]\nname = "quorum"\nr = 5\nw = 5'];
  for (let n = 0; n < 9; n++) {
    const angle = (n / 9) * 2 * Math.PI;
    const place = (radius) =>
      `x_km = ${Math.round(radius * Math.cos(angle))}\ny_km = ${Math.round(radius * Math.sin(angle))}`;
    lines.push(`[[nodes]]\nname = "n${n + 1}"\n${place(2000)}`);
    if (n < 4) {
      lines.push(
        `[[clients]]\nname = "c${n + 1}"\n${place(2300)}\nhome = "nearest"\n` +
          `pace = { kind = "open", per_second = ${perSecond} }\nmix = { read = 1, write = 1, cas = 0 }`,
      );
    }
  }
  return `${lines.join('\n\n')}\n`;
}

const LONG = `
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
pace = { kind = "closed", think_ms = 100 }
`;

/** Frame intervals and main-thread time over some seconds of playing. */
async function frames(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const task = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  const before = await task();
  const intervals = await page.evaluate(
    (ms) =>
      new Promise((done) => {
        const times = [];
        const tick = (now) => {
          times.push(now);
          if (now - times[0] < ms) requestAnimationFrame(tick);
          else done(times.slice(1).map((time, i) => time - times[i]));
        };
        requestAnimationFrame(tick);
      }),
    SECONDS * 1000,
  );
  const busy = ((await task()) - before) * 1000;
  const sorted = intervals.toSorted((a, b) => a - b);
  return {
    fps: (1000 * intervals.length) / intervals.reduce((a, b) => a + b, 0),
    median: sorted[sorted.length >> 1],
    p95: sorted[Math.floor(sorted.length * 0.95)],
    busy: busy / intervals.length,
  };
}

async function files(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await files(path)));
    else found.push(path);
  }
  return found;
}

const server = await startServer();
const browser = await launch();
try {
  for (const [perSecond, view] of [[240, null], [620, null], [620, 'spacetime']]) {
    const page = await openLab(browser, server.url, crowded(perSecond), { viewport: { width: 1280, height: 720 } });
    // The link opens at ten seconds; from the start there is less of a past.
    await control(page, 'start').click();
    if (view) await control(page, `dock-${view}`).click();
    await play(page, true);
    await page.waitForTimeout(3000);
    const inFlight = [];
    for (let i = 0; i < 10; i++) {
      inFlight.push(Number(await page.locator('[data-in-flight]').first().getAttribute('data-in-flight')));
      await page.waitForTimeout(50);
    }
    const { fps, median, p95, busy } = await frames(page);
    console.log(
      `9 nodes, ${Math.min(...inFlight)} to ${Math.max(...inFlight)} messages in flight, ${view ?? 'no view'} open, 1280x720: ` +
        `${fps.toFixed(1)} frames per second, interval median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, ` +
        `main thread busy ${busy.toFixed(1)} ms a frame`,
    );
    await closePage(page);
  }

  // A run of ten minutes, from its end to its start by the slider.
  const long = await openPage(browser, `${server.url}#/lab/${linkOf(LONG, 600_000)}`, { viewport: { width: 1280, height: 720 } });
  await long.waitForFunction(() => document.querySelector('[data-run-hash]')?.dataset.runTimeNs === '600000000000', null, { timeout: 120_000 });
  const scrub = await long.evaluate(async () => {
    const slider = document.querySelector('[data-control="time"]');
    const began = performance.now();
    slider.value = '0';
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    const stage = document.querySelector('[data-run-hash]');
    while (stage.dataset.runTimeNs !== '0' || stage.dataset.replaying !== 'false') {
      await new Promise((done) => requestAnimationFrame(done));
    }
    return performance.now() - began;
  });
  console.log(`a run of 10 minutes, from the end to the start: ${scrub.toFixed(0)} ms until it is drawn`);
  await closePage(long);

  // What a first visit asks for, each file compressed as a static host would.
  const fresh = await browser.newContext();
  const visit = await fresh.newPage();
  const asked = new Set();
  visit.on('requestfinished', (request) => asked.add(new URL(request.url()).pathname));
  await visit.goto(server.url);
  await visit.waitForSelector('[data-run-hash]');
  let gzip = 0;
  let brotli = 0;
  let raw = 0;
  const all = await files(dist);
  for (const path of asked) {
    const name = path === '/' ? 'index.html' : decodeURIComponent(path.slice(1));
    const file = all.find((candidate) => candidate === join(dist, name));
    if (!file) continue;
    const content = await readFile(file);
    const stored = /\.(woff2|png)$/.test(file);
    raw += content.length;
    gzip += stored ? content.length : gzipSync(content, { level: 9 }).length;
    brotli += stored ? content.length : brotliCompressSync(content).length;
  }
  const kB = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  console.log(`first visit: ${asked.size} files, ${kB(raw)} raw, ${kB(gzip)} gzip, ${kB(brotli)} brotli`);
} finally {
  await browser.close();
  await server.close();
}
