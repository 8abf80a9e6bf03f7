// The kernel's benchmark natively and in WebAssembly, round by round in turn, because this kind of
// machine changes its speed while it works and only a ratio from one run means anything.
//
// Usage: node bench.mjs NATIVE_BINARY PROBE.wasm

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const [native, probe] = process.argv.slice(2);
const SECONDS = 20;
const ROUNDS = 7;

const { instance } = await WebAssembly.instantiate(await readFile(probe), {});
const protocols = JSON.parse(execFileSync(native, ['list'], { encoding: 'utf8' }));

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

for (const [index, id] of protocols.entries()) {
  // V8 compiles quickly first and well later: warm up before counting.
  for (let i = 0; i < 5; i++) instance.exports.bench(index, BigInt(SECONDS));
  const rates = { native: [], wasm: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.native.push(Number(execFileSync(native, [String(index), String(SECONDS)], { encoding: 'utf8' })));
    const start = process.cpuUsage();
    const events = Number(instance.exports.bench(index, BigInt(SECONDS)));
    const used = process.cpuUsage(start);
    rates.wasm.push(events / (used.user + used.system));
  }
  const ratio = median(rates.native.map((rate, round) => rate / rates.wasm[round]));
  console.log(
    `${id.padEnd(16)} native ${median(rates.native).toFixed(2)}, wasm ${median(rates.wasm).toFixed(2)} ` +
      `million events per second (medians of ${ROUNDS}); native is ${ratio.toFixed(2)}x wasm`,
  );
}
