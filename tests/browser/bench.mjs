// The kernel's benchmark natively and in WebAssembly, round by round in turn, because this kind of
// machine changes its speed while it works and only a ratio from one run means anything.
//
// Usage: node bench.mjs NATIVE_BINARY PROBE.wasm [FOLDER_OF_HISTORIES]
// The folder may also be told by NETSPLIT_HISTORIES.

import { execFileSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const [native, probe, folder = process.env.NETSPLIT_HISTORIES] = process.argv.slice(2);
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

// Trials of the model of quorums (PBS): each gives the read's and the write's latency and the staleness for every R and W.
const TRIALS = 1_000_000n;
const warsInWasm = (model) => {
  const start = process.cpuUsage();
  let used;
  let trials = 0n;
  do {
    instance.exports.wars(model, TRIALS);
    trials += TRIALS;
    const now = process.cpuUsage(start);
    used = now.user + now.system;
  } while (used < 400_000);
  return Number(trials) / used;
};
const wars = (model) => JSON.parse(execFileSync(native, ['wars', String(model)], { encoding: 'utf8' }));

console.log(`\nmillion trials of PBS, N = 3, all R and W (medians of ${ROUNDS} rounds, per second of processor time):`);
for (const [model, name] of wars(99).entries()) {
  const same = BigInt.asUintN(64, instance.exports.wars(model, TRIALS)).toString();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const [rate, cameTo] = wars(model);
    if (cameTo !== same) throw new Error(`${name}: WebAssembly counts ${same} and the native program ${cameTo}`);
    return { native: rate, wasm: warsInWasm(model) };
  });
  const rate = (side) => median(rounds.map((round) => round[side])).toFixed(2);
  const ratio = median(rounds.map((round) => round.native / round.wasm)).toFixed(2);
  console.log(`${name.padEnd(16)} native ${rate('native')}, wasm ${rate('wasm')}; native is ${ratio}x wasm`);
}

/** Processor time of something, in seconds. */
const used = (work) => {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};

/** Milliseconds of something by the clock on the wall: it is too short for what the system tells of processor time. */
const passed = (work) => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

/** Judges histories in WebAssembly: the same numbers as the native program's. */
const judgeInWasm = (texts) => {
  const { input, memory, histories_forget, histories_add, histories_judge } = instance.exports;
  histories_forget();
  let operations = 0;
  for (const text of texts) {
    const at = input(text.length);
    new Uint8Array(memory.buffer, at, text.length).set(text);
    operations += histories_add();
  }
  let linearizable;
  const first = passed(() => (linearizable = histories_judge())) / 1e3;
  let rounds = 0;
  let all = 0;
  while (all < 0.4) {
    all += used(() => histories_judge());
    rounds += 1;
  }
  return [texts.length, operations, linearizable, first, all / rounds];
};

const names = folder ? await readdir(folder).catch(() => null) : null;
if (names === null) {
  const why = folder ? `${folder} can't be read` : 'NETSPLIT_HISTORIES names no folder';
  console.log(`\nNo histories were judged: ${why}.`);
} else {
  console.log(`\nseconds to judge whether histories are linearizable, without the reading (medians of ${ROUNDS} rounds):`);
  const groups = new Map();
  for (const name of names.filter((file) => /\.(jsonl|edn|log|txt)$/.test(file)).toSorted()) {
    const [group] = name.split(/[_.]/);
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  for (const [group, files] of groups) {
    const paths = files.map((name) => path.join(folder, name));
    const texts = await Promise.all(paths.map((file) => readFile(file)));
    const rounds = Array.from({ length: ROUNDS }, () => ({
      native: JSON.parse(execFileSync(native, ['histories', ...paths], { encoding: 'utf8' })),
      wasm: judgeInWasm(texts),
    }));
    const [{ native: ours, wasm: theirs }] = rounds;
    if (ours.slice(0, 3).join() !== theirs.slice(0, 3).join()) throw new Error(`${ours} is not ${theirs}`);
    const [count, operations, linearizable] = ours;
    const seconds = (side, what) => median(rounds.map((round) => round[side][what]));
    const say = (side) => {
      const each = seconds(side, 4);
      const rate = (operations / each / 1e6).toFixed(2);
      return `${side} ${each.toFixed(4)} s (${seconds(side, 3).toFixed(4)} at first), ${rate} million operations/s`;
    };
    console.log(
      `${group.padEnd(16)} ${count} histories, ${operations} operations, ${linearizable} linearizable: ` +
        `${say('native')}; ${say('wasm')}`,
    );
  }
}

const LIVE_OPERATIONS = 2000;
const FRAMES = 60;
/** Follows a run in WebAssembly: the same numbers as the native program's. */
const liveInWasm = () => {
  const { live_begin, live_play, live_judge, live_judge_all } = instance.exports;
  live_begin();
  while (live_play() < LIVE_OPERATIONS) live_judge();
  const frames = Array.from({ length: FRAMES }, () => {
    live_play();
    return passed(live_judge);
  });
  return [frames.reduce((a, b) => a + b) / FRAMES, Math.max(...frames), passed(live_judge_all)];
};
const live = Array.from({ length: ROUNDS }, () => ({
  native: JSON.parse(execFileSync(native, ['live', String(LIVE_OPERATIONS)], { encoding: 'utf8' })),
  wasm: liveInWasm(),
}));
const ms = (side) => [0, 1, 2].map((what) => median(live.map((round) => round[side][what])).toFixed(3));
console.log(`\nmilliseconds for the verdicts of one frame at ${LIVE_OPERATIONS} operations: mean, most, all anew (medians):`);
console.log(`native ${ms('native').join(', ')}; wasm ${ms('wasm').join(', ')}`);
