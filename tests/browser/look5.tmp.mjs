import { readFileSync } from 'node:fs';
import { linkOf, control, play, run } from './lab.mjs';
import { look } from './look.tmp.mjs';
await look('splitpb', { hash: '#/lab/' + linkOf(readFileSync('/tmp/page-split.toml', 'utf8')), steps: async (page) => { await control(page, 'speed').fill('9'); await play(page, true); for (let i=0;i<8;i++) { await page.waitForTimeout(700); console.log((await run(page)).ns, await page.locator('[data-node]').evaluateAll(n => n.map(x => x.dataset.leads + ' ' + x.ariaLabel))); } await play(page, false); } });
