// Random scenarios as text, the same for a seed on every machine: all protocols, all kinds of jitter,
// faults and clients. Tests compare what native and WebAssembly builds make of them.

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
  const nodes = whole(2, 6);
  const clients = whole(1, 4);
  const jitter = pick([
    'kind = "constant", ms = 0.5',
    'kind = "uniform", low_ms = 0.25, high_ms = 3.0',
    'kind = "exponential", mean_ms = 1.5',
    'kind = "pareto", minimum_ms = 0.5, shape = 1.7',
    'kind = "log-normal", median_ms = 1.0, sigma = 0.8',
  ]);
  const protocol = pick([
    () => `name = "primary-backup"\nacks = ${whole(0, nodes - 1)}\nreads = "${pick(['primary', 'any'])}"`,
    () => `name = "quorum"\nr = ${whole(1, nodes)}\nw = ${whole(1, nodes)}\nshort = "${pick(['refuse', 'accept'])}"`,
  ])();
  const place = () => `x_km = ${whole(-900, 900)}\ny_km = ${whole(-600, 600)}`;
  const lines = [
    `seed = ${seed}`,
    `keys = ${whole(1, 8)}`,
    `[network]\nloss = ${(random() * 0.1).toFixed(3)}\nduplicate = ${(random() * 0.1).toFixed(3)}\njitter = { ${jitter} }`,
    `[protocol]\n${protocol}`,
  ];
  for (let n = 1; n <= nodes; n++) {
    lines.push(`[[nodes]]\nname = "n${n}"\n${place()}\nservice_ms = ${(random() * 0.4).toFixed(3)}`);
  }
  for (let c = 1; c <= clients; c++) {
    const pace = pick([
      `{ kind = "closed", think_ms = ${whole(1, 20)} }`,
      `{ kind = "open", per_second = ${whole(5, 60)} }`,
    ]);
    const home = pick(['"nearest"', '"round-robin"', `"n${whole(1, nodes)}"`]);
    lines.push(
      `[[clients]]\nname = "c${c}"\n${place()}\nhome = ${home}\npace = ${pace}\n` +
        `timeout_ms = ${whole(50, 400)}\nretries = ${whole(0, 2)}\nmix = { read = 3, write = 2, cas = ${whole(0, 1)} }`,
    );
  }
  let at = 0;
  const step = (action) => {
    at += whole(40, 300);
    lines.push(`[[script]]\nat_ms = ${at}\n${action}`);
  };
  step(`action = "cut"\nbetween = ["n1", "n2"]`);
  step(`action = "crash"\nnode = "n${whole(1, nodes)}"`);
  step(`action = "move"\nsite = "n${whole(1, nodes)}"\n${place()}`);
  step(`action = "heal-all"`);
  for (let n = 1; n <= nodes; n++) step(`action = "restart"\nnode = "n${n}"`);
  return `${lines.join('\n\n')}\n`;
}
