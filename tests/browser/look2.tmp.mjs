import { look } from './look.tmp.mjs';
const choose = async (page, id) => { await page.click('[data-control=protocol]'); await page.click(`[data-protocol="${id}"]`); await page.waitForTimeout(500); };
const speed = async (page, v) => { await page.locator('[data-control=speed]').fill(String(v)); };
const stop = (page) => page.click('[data-control=play]');
const only = process.argv[2];
const runs = {
 raft: () => look('raft-inside', { size: 'wide', steps: async (page) => { await choose(page, 'raft'); await speed(page, 8); await page.waitForTimeout(3000); await stop(page); await page.click('[data-control=panel-inside]'); await page.selectOption('[data-control=inside-of]', '0'); await page.waitForTimeout(500);}, axe: true }),
 gallery: () => look('gallery6', { size: 'mid', scheme: 'dark', steps: async (page) => { await stop(page); await page.click('[data-control=protocol]'); await page.waitForTimeout(500);}, axe: true }),
 contract: () => look('contract', { size: 'mid', steps: async (page) => { await choose(page, 'raft'); await stop(page); await page.evaluate(() => { document.querySelectorAll('.contract details').forEach(d=>d.open=true); document.querySelector('.contract').scrollIntoView(); }); await page.waitForTimeout(500);} }),
 phone: () => look('phone-contract', { size: 'phone', full: true, steps: async (page) => { await choose(page, 'raft'); await page.waitForTimeout(4000); await stop(page); await page.click('[data-control=panel-inside]'); await page.selectOption('[data-control=inside-of]', '0'); await page.evaluate(() => { document.querySelectorAll('.contract details, .plan').forEach(d=>d.open=true);  }); await page.waitForTimeout(500);}, axe: true }),
 menu: () => look('menu-open', { size: 'mid', scheme: 'dark', steps: async (page) => { await choose(page, 'raft'); await speed(page, 8); await page.waitForTimeout(3000); await stop(page); await page.locator('[data-leads=true]').first().focus(); await page.keyboard.press('m'); await page.waitForTimeout(300); await page.evaluate(() => document.querySelectorAll('.menu [data-group=commands], .menu [data-group=clock]').forEach(d=>d.open=true)); await page.waitForTimeout(500);}, axe: true }),
};
for (const [name, f] of Object.entries(runs)) if (!only || only.split(',').includes(name)) { try { await f(); } catch (e) { console.log(name, String(e).slice(0, 400)); } }
