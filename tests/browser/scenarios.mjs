// Random scenarios as text, the same for a seed on every machine: all protocols with random parameters, all
// ways to split the data, all kinds of jitter, faults and clients. Tests compare what native and WebAssembly
// builds make of them.

import { execFileSync } from 'node:child_process';

const ask = (...words) => JSON.parse(execFileSync(process.env.NETSPLIT_CLI, words, { encoding: 'utf8' }));

// What the protocols and the schemes say of themselves, for clusters of three nodes; the scenarios have at least so many.
const PROTOCOLS = ask('protocols', '--json');
const PARTITIONERS = ask('partitioners', '--json');

// mulberry32: small, and good enough to pick test cases.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomScenario(seed) {
  const random = generator(seed);
  const whole = (least, most) => least + Math.floor(random() * (most - least + 1));
  const pick = (list) => list[whole(0, list.length - 1)];
  const nodes = whole(3, 6);
  const clients = whole(1, 4);
  const jitter = pick([
    'kind = "constant", ms = 0.5',
    'kind = "uniform", low_ms = 0.25, high_ms = 3.0',
    'kind = "exponential", mean_ms = 1.5',
    'kind = "pareto", minimum_ms = 0.5, shape = 1.7',
    'kind = "log-normal", median_ms = 1.0, sigma = 0.8',
  ]);
  // In turn, so that few scenarios are enough for all. Every second one splits its data.
  const turn = Math.floor(seed / 2);
  const protocol = PROTOCOLS[turn % PROTOCOLS.length];
  const isSplit = seed % 2 === 1;
  const scheme = PARTITIONERS.schemes[turn % PARTITIONERS.schemes.length];
  const copies = whole(1, 3);
  const draw = (parameter) => {
    const value = {
      choice: () => `"${pick(parameter.of ?? [{}]).id}"`,
      time: () => parameter.default,
      count: () => pick([parameter.default, parameter.least, Math.min(parameter.most, parameter.least + 5)]),
      replicas: () => whole(parameter.least, parameter.most),
    }[parameter.kind]();
    return `${parameter.name} = ${value}`;
  };
  // Bounds that depend on the size of a group are known for groups of three only.
  const fits = ({ kind }) => kind !== 'replicas' || !isSplit || copies === 3;
  const parameters = protocol.parameters.filter(fits).map(draw);
  const weights = protocol.calls.map((call) => `${call} = ${call === 'read' ? 3 : whole(1, 3)}`);
  const place = () => `x_km = ${whole(-900, 900)}\ny_km = ${whole(-600, 600)}`;
  const keys = isSplit ? whole(4, 24) : whole(1, 8);
  const lines = [
    `seed = ${seed}`,
    `keys = ${keys}`,
    `[network]\nloss = ${(random() * 0.1).toFixed(3)}\nduplicate = ${(random() * 0.1).toFixed(3)}\njitter = { ${jitter} }`,
    `[protocol]\nname = "${protocol.id}"\n${parameters.join('\n')}`,
  ];
  if (isSplit) {
    weights.push(`scan = 1`, `query_all = ${whole(0, 1)}`, `pair = 1`);
    const common = PARTITIONERS.parameters.filter(({ id }) => id !== 'replicas');
    const drawn = [...common, ...scheme.parameters].map(draw);
    lines.push(`[partitioning]\nscheme = "${scheme.id}"\nreplicas = ${copies}\n${drawn.join('\n')}`);
  }
  // The last ones stand by.
  const spares = isSplit ? nodes - Math.max(3, nodes - whole(0, 2)) : 0;
  for (let n = 1; n <= nodes; n++) {
    const spare = n > nodes - spares ? '\nspare = true' : '';
    lines.push(`[[nodes]]\nname = "n${n}"${spare}\n${place()}\nservice_ms = ${(random() * 0.4).toFixed(3)}\nfsync_ms = ${whole(0, 2)}`);
  }
  for (let c = 1; c <= clients; c++) {
    const pace = pick([
      `{ kind = "closed", think_ms = ${whole(1, 20)} }`,
      `{ kind = "open", per_second = ${whole(5, 60)} }`,
    ]);
    const home = pick(['"nearest"', '"round-robin"', `"n${whole(1, nodes)}"`]);
    lines.push(
      `[[clients]]\nname = "c${c}"\n${place()}\nhome = ${home}\npace = ${pace}\n` +
        `timeout_ms = ${whole(50, 400)}\nretries = ${whole(0, 2)}\nmix = { ${weights.join(', ')} }`,
    );
  }
  let at = 0;
  const step = (action) => {
    at += whole(40, 300);
    lines.push(`[[script]]\nat_ms = ${at}\n${action}`);
  };
  const node = () => `node = "n${whole(1, nodes)}"`;
  const faults = [
    () => `action = "cut"\nbetween = ["n1", "n2"]`,
    () => `action = "isolate"\nsite = "n${whole(1, nodes)}"`,
    () => `action = "crash"\n${node()}`,
    () => `action = "crash-unsynced"\n${node()}`,
    () => `action = "wipe"\n${node()}`,
    () => `action = "pause"\n${node()}`,
    () => `action = "slow"\n${node()}\ntimes = ${whole(2, 20)}`,
    () => `action = "clock"\n${node()}\nahead_ms = ${whole(-300, 300)}\ndrift_ppm = ${whole(-200000, 200000)}`,
    () => `action = "lie"\n${node()}\nhow = "${pick(['wrong-values', 'two-faced', 'empty-promises'])}"`,
    () => `action = "drop-message"\nmessage = ${whole(1, 400)}`,
    () => `action = "duplicate-message"\nmessage = ${whole(1, 400)}`,
    () => `action = "hold-message"\nmessage = ${whole(1, 400)}`,
  ];
  for (const command of protocol.commands) {
    const target = command.target ? `\ntarget = "n${whole(1, nodes)}"` : '';
    faults.push(() => `action = "command"\n${node()}\ncommand = "${command.id}"${target}`);
  }
  const key = () => whole(1, keys);
  // What is refused, such as a split of hashed keys, has to be refused alike.
  const changes = [
    () => `action = "join"\n${node()}`,
    () => `action = "leave"\nnode = "n${whole(2, nodes)}"`,
    () => `action = "remove-node"\nnode = "n${whole(2, nodes)}"`,
    () => `action = "split"\nkey = ${key()}`,
    () => `action = "merge"\nkey = ${key()}`,
    () => `action = "shift"\nfrom = ${key()}\nto = ${key()}`,
    () => `action = "assign"\nkey = ${key()}\nowners = ["n1", "n${whole(2, nodes)}"]`,
    () => `action = "scan"\nclient = "c1"\nkey = ${whole(1, keys - 3)}\ncount = 4`,
    () => `action = "query-all"\nclient = "c1"`,
    () => `action = "pair"\nclient = "c1"\nfirst = 1\nsecond = ${keys}`,
  ];
  if (isSplit) step(`action = "join"\nnode = "n${nodes}"`);
  for (let fault = 0; fault < 4; fault++) {
    step(pick(faults)());
    if (isSplit) step(pick(changes)());
  }
  step(`action = "move"\nsite = "n${whole(1, nodes)}"\n${place()}`);
  step(`action = "heal-all"`);
  for (let n = 1; n <= nodes; n++) step(`action = "restart"\nnode = "n${n}"`);
  step(`action = "resume"\nnode = "n1"`);
  if (isSplit) {
    step(`action = "leave"\nnode = "n2"`);
    step(`action = "query-all"\nclient = "c1"`);
  }
  return `${lines.join('\n\n')}\n`;
}
