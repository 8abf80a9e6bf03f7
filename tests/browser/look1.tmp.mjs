import { look } from './look.tmp.mjs';
await look('a-mid', { steps: async (page) => { await page.waitForTimeout(3000); await page.click('[data-control=play]'); } });
await look('b-gallery', { steps: async (page) => { await page.click('[data-control=play]'); await page.click('[data-control=protocol]'); await page.waitForTimeout(400);} });
await look('c-inside', { steps: async (page) => { await page.waitForTimeout(3000); await page.click('[data-control=play]'); await page.click('[data-control=panel-inside]'); await page.selectOption('[data-control=inside-of]', '0'); await page.waitForTimeout(600);}, axe: true });
await look('d-phone-menu', { size: 'phone', steps: async (page) => { await page.waitForTimeout(2000); await page.tap('[data-control=play]'); const b = await page.locator('[data-node=n1]').boundingBox(); for (let i=0;i<2;i++) { await page.touchscreen.tap(b.x+b.width/2, b.y+b.height/2); await page.waitForTimeout(300);} await page.waitForTimeout(500);}, axe: true });
