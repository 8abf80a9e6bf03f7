import { test } from 'node:test';
import { useSite, openPage, waitForApp } from './harness.mjs';
const site = useSite();
const shots = [[1280, 720, 'light', 'split-0'], [1600, 1000, 'dark', 'split-1'], [360, 740, 'light', 'split-2']];
for (const [width, height, colorScheme, name] of shots) test(name, async () => {
  const page = await openPage(site.browser, `${site.url}#/lab`, { viewport: { width, height }, colorScheme, hasTouch: width < 400 });
  await waitForApp(page);
  const options = await page.locator('[data-control="example"] option').allTextContents();
  console.log(options);
  const which = name === 'split-1' ? 'and C' : name === 'split-2' ? 'modulo' : 'the ring';
  const text = options.find((o) => o.includes(which));
  await page.locator('[data-control="example"]').selectOption({ label: text });
  await page.waitForTimeout(800);
  await page.locator('[data-control="play"]').first().click();
  await page.waitForTimeout(4000);
  const join = page.locator('[data-reshape="join"]').first();
  if (await join.count()) { await join.click({ timeout: 3000 }).catch((e) => console.log('join', e.message.slice(0, 200))); }
  await page.waitForTimeout(2500);
  await page.screenshot({ path: `tests/browser/out/${name}.png`, fullPage: width < 400 });
  if (name === 'split-0') { await page.waitForTimeout(5000); await page.screenshot({ path: `tests/browser/out/split-0b.png`}); }
});
