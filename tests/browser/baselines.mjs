// Screenshots as baselines. A test takes a picture of a page that stands still and compares it with the one that is kept;
// UPDATE=1 keeps the new one. Fonts are the page's own and the browser is the one that the set-up installs, but how glyphs
// are smoothed still differs a little between machines, so a small share of pixels may differ.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { screenshot } from './harness.mjs';

const kept = fileURLToPath(new URL('baselines/', import.meta.url));
/** The share of pixels that may differ. */
const TOLERANCE = 0.01;

/** Fails if the page does not look as it did; the difference is in tests/browser/out/NAME.difference.png then. */
export async function assertLooksAsBefore(page, name) {
  const path = await screenshot(page, name, { animations: 'disabled', caret: 'hide' });
  const baseline = `${kept}${name}.png`;
  if (process.env.UPDATE || !existsSync(baseline)) {
    assert.ok(process.env.UPDATE, `there is no baseline ${name}: look at ${path}, then keep it with UPDATE=1`);
    mkdirSync(dirname(baseline), { recursive: true });
    writeFileSync(baseline, readFileSync(path));
    return;
  }
  const [now, before] = [path, baseline].map((file) => PNG.sync.read(readFileSync(file)));
  assert.deepEqual([now.width, now.height], [before.width, before.height], `${name} has another size`);
  const difference = new PNG({ width: now.width, height: now.height });
  const options = { threshold: 0.2 };
  const pixels = pixelmatch(now.data, before.data, difference.data, now.width, now.height, options);
  const share = pixels / (now.width * now.height);
  if (share > TOLERANCE) writeFileSync(path.replace('.png', '.difference.png'), PNG.sync.write(difference));
  assert.ok(share <= TOLERANCE, `${name} differs in ${(share * 100).toFixed(2)} % of its pixels; compare ${path} with ${baseline}`);
}
