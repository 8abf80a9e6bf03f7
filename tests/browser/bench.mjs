// The kernel's benchmark natively and in WebAssembly, round by round in turn, because this kind of
// machine changes its speed while it works and only a ratio from one run means anything.
//
// Usage: node bench.mjs NATIVE_BINARY PROBE.wasm

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const [native, probe] = process.argv.slice(2);
const ROUNDS = 7;
const WORKLOADS = [
  { name: 'five clients as fast as they are answered', seconds: 20, counts: 'million events' },
  { name: 'one write every 10 ms, 60 simulated seconds', seconds: 60, counts: 'million delivered messages' },
];

const { instance } = await WebAssembly.instantiate(await readFile(probe), {});
const protocols = JSON.parse(execFileSync(native, ['list'], { encoding: 'utf8' }));

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** One round in WebAssembly: [millions counted, simulated seconds] per second of processor time. */
const inWasm = (workload, protocol, seconds) => {
  const start = process.cpuUsage();
  let used;
  let counted = 0;
  let runs = 0;
  do {
    counted += Number(instance.exports.bench(workload, protocol, BigInt(seconds)));
    runs += 1;
    const now = process.cpuUsage(start);
    used = now.user + now.system;
  } while (used < 400_000);
  return [counted / used, (runs * seconds * 1e6) / used];
};

for (const [workload, { name, seconds, counts }] of WORKLOADS.entries()) {
  console.log(`\n${name} (medians of ${ROUNDS} rounds, per second of processor time):`);
  for (const [protocol, id] of protocols.entries()) {
    // V8 compiles quickly first and well later: warm up before counting.
    inWasm(workload, protocol, seconds);
    const rounds = Array.from({ length: ROUNDS }, () => ({
      native: JSON.parse(execFileSync(native, [workload, protocol, seconds].map(String), { encoding: 'utf8' })),
      wasm: inWasm(workload, protocol, seconds),
    }));
    const rate = (side, what) => median(rounds.map((round) => round[side][what]));
    const ratio = median(rounds.map((round) => round.native[0] / round.wasm[0]));
    console.log(
      `${id.padEnd(16)} native ${rate('native', 0).toFixed(2)}, wasm ${rate('wasm', 0).toFixed(2)} ${counts} ` +
        `(${rate('native', 1).toFixed(0)} and ${rate('wasm', 1).toFixed(0)} simulated seconds); ` +
        `native is ${ratio.toFixed(2)}x wasm`,
    );
  }
}
