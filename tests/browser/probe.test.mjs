// The same run natively and in WebAssembly: every event, every message, to the last bit. The hash of a run
// covers them all.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { randomScenario } from './scenarios.mjs';

const SCENARIOS = 40;
const UNTIL_MS = 3000;

const cli = process.env.NETSPLIT_CLI;
const { instance } = await WebAssembly.instantiate(await readFile(process.env.NETSPLIT_PROBE_WASM), {});
const { input, run, memory } = instance.exports;

function wasmHash(text, untilMs) {
  const bytes = new TextEncoder().encode(text);
  const at = input(bytes.length);
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  return BigInt.asUintN(64, run(BigInt(untilMs) * 1_000_000n)).toString(16).padStart(16, '0');
}

test(`${SCENARIOS} random scenarios hash alike natively and in WebAssembly`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netsplit-'));
  const hashes = new Set();
  for (let seed = 1; seed <= SCENARIOS; seed++) {
    const text = randomScenario(seed);
    const file = join(folder, `${seed}.toml`);
    await writeFile(file, text);
    const output = execFileSync(cli, ['run', file, '--until', `${UNTIL_MS}ms`, '--json'], { encoding: 'utf8' });
    const native = JSON.parse(output).hash;
    assert.match(native, /^[0-9a-f]{16}$/);
    assert.equal(wasmHash(text, UNTIL_MS), native, `seed ${seed}`);
    hashes.add(native);
  }
  assert.equal(hashes.size, SCENARIOS, 'every scenario is another run');
});

test('what the probe cannot read has no hash', () => {
  assert.equal(wasmHash('not a scenario', UNTIL_MS), '0'.repeat(16));
});

test('a million trials of the model of quorums come to the same as natively', () => {
  // The native tests know the same numbers (wars_golden.rs).
  const golden = [
    11589283832020176629n,
    5990322199989501561n,
    7838155045482543642n,
    4498778147416576054n,
    7887749869168786451n,
  ];
  const found = golden.map((_, model) => BigInt.asUintN(64, instance.exports.wars(model, 1_000_000n)));
  assert.deepEqual(found, golden);
});
