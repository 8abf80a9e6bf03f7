import { look } from './look.tmp.mjs';
import { menuOf, playUntil, control } from './lab.mjs';
const choose = async (page, id) => { await page.click('[data-control=protocol]'); await page.click(`[data-protocol="${id}"]`); await page.waitForTimeout(500); };
const speed = async (page, v) => { await page.locator('[data-control=speed]').fill(String(v)); };
const stop = (page) => page.click('[data-control=play]');
const only = process.argv[2];
const runs = {
 kinds: () => look('kinds', { size: 'mid', steps: async (page) => { await stop(page); await page.click('.kinds summary'); await page.waitForTimeout(300);} , axe: true}),
 msgmenu: () => look('msgmenu', { size: 'phone', scheme: 'dark', steps: async (page) => { await page.waitForTimeout(1500); await stop(page); await page.click('[data-control=panel-inside]'); await page.waitForTimeout(300); await page.locator('[data-message]').first().click(); await page.waitForTimeout(400);} , axe: true}),
 client: () => look('client', { size: 'mid', scheme: 'dark', steps: async (page) => { await choose(page, 'raft'); await speed(page, 8); await page.waitForTimeout(2000); await stop(page); await menuOf(page, 'c1'); await page.waitForTimeout(400);} , axe: true}),
 quorum: () => look('quorum', { size: 'wide', scheme: 'dark', steps: async (page) => { await choose(page, 'quorum'); await speed(page, 8); await page.waitForTimeout(2000); await menuOf(page, 'n2'); await page.click('[data-action=crash]'); await page.waitForTimeout(2000); await stop(page); await page.click('[data-control=panel-inside]'); await page.selectOption('[data-control=inside-of]', '0');  await page.waitForTimeout(400);} , axe: true}),
 workload: () => look('workload', { size: 'mid', steps: async (page) => { await choose(page, 'atomic-register').catch(()=>{}); await stop(page); await page.evaluate(() => { document.querySelectorAll('.group').forEach(d=>d.open=true); document.querySelectorAll('.refused').forEach(d=>d.open=true); }); await page.locator('.refused').scrollIntoViewIfNeeded(); await page.waitForTimeout(400);} , axe: true}),
};
for (const [name, f] of Object.entries(runs)) if (!only || only.split(',').includes(name)) { try { await f(); } catch (e) { console.log(name, String(e).slice(0, 600)); } }
