// temporary
import { launch, startServer, openPage, waitForApp, screenshot, problems, accessibilityProblems } from './harness.mjs';
import { linkOf } from './lab.mjs';
import { readFileSync } from 'node:fs';
export const sizes = { wide: [1600, 900], mid: [1280, 720], phone: [360, 740] };
export async function look(name, { size = 'mid', scheme = 'light', hash = '#/lab', steps, full = false, axe = false, touch } = {}) {
  const server = await startServer(); const browser = await launch();
  try {
    const [width, height] = sizes[size];
    const page = await openPage(browser, `${server.url}${hash}`, { viewport: { width, height }, colorScheme: scheme, touch: touch ?? size === 'phone' });
    await waitForApp(page); await page.waitForSelector('[data-run-hash]');
    await steps?.(page);
    console.log(await screenshot(page, `page-${name}`, { fullPage: full }));
    if (axe) console.log(await accessibilityProblems(page));
    const p = problems(page); if (p.consoleErrors.length || p.pageErrors.length || p.consoleWarnings.length) console.log(JSON.stringify(p, null, 1));
  } finally { await browser.close(); await server.close(); }
}
