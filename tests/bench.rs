//! One round of a kernel benchmark, natively: `bench list` names the protocols, `bench WORKLOAD PROTOCOL
//! SECONDS` (two indices and simulated seconds) runs one and prints how many millions of what it counts it
//! did per second of processor time, and how many simulated seconds. `bench wars MODEL` draws trials of one of
//! [`WARS`]'s models and prints how many millions of them it did, and what they came to. `bench
//! histories FILE...` judges histories and prints how many there are, with how many operations, how many of
//! them are linearizable, and the seconds that took at first and then each time; `bench live OPERATIONS` follows a run and
//! prints the milliseconds for a frame, on average and at most, and for all at once. `make bench` runs it in turn with
//! the same work in WebAssembly.

use netsplit_tests::clusters::{Workload, run_benchmark};
use netsplit_tests::judging::{Histories, LiveRun};
use netsplit_tests::wars::{WARS, run_wars};

/// A round is as many runs as fill this many seconds of processor time: a run may be short.
const ROUND: f64 = 0.4;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, model] = arguments.as_slice()
        && word == "wars"
    {
        return wars(model.parse().unwrap_or(0));
    }
    match arguments.split_first() {
        Some((word, files)) if word == "histories" => return histories(files),
        Some((word, [operations])) if word == "live" => return live(operations.parse().unwrap_or(0)),
        _ => {}
    }
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<usize>().ok());
    let workload = number(0).and_then(|index| Workload::ALL.get(index)).copied();
    if let (Some(workload), Some(protocol), Some(seconds)) = (workload, number(1), number(2)) {
        // The first run warms the caches and the allocator, as the other side's warm-up does.
        let _ = run_benchmark(workload, protocol, seconds as u64);
        let start = seconds_used();
        let (mut counted, mut runs) = (0, 0);
        while seconds_used() - start < ROUND {
            counted += run_benchmark(workload, protocol, seconds as u64);
            runs += 1;
        }
        let used = seconds_used() - start;
        println!("{}", serde_json::json!([counted as f64 / used / 1e6, (runs * seconds) as f64 / used]));
    } else {
        let ids: Vec<&str> = netsplit_protocols::ALL.iter().map(|entry| (entry.about)().id).collect();
        println!("{}", serde_json::json!(ids));
    }
}

/// One round of trials; without a known model, the names of all.
fn wars(model: usize) {
    const TRIALS: u64 = 1_000_000;
    if model >= WARS.len() {
        let names: Vec<&str> = WARS.iter().map(|(name, _)| *name).collect();
        println!("{}", serde_json::json!(names));
        return;
    }
    let came_to = run_wars(model, TRIALS);
    let start = seconds_used();
    let mut rounds = 0;
    while seconds_used() - start < ROUND {
        std::hint::black_box(run_wars(model, TRIALS));
        rounds += 1;
    }
    let rate = (rounds * TRIALS) as f64 / (seconds_used() - start) / 1e6;
    println!("{}", serde_json::json!([rate, came_to.to_string()]));
}

/// One round of judging histories.
fn histories(files: &[String]) {
    let mut histories = Histories::default();
    let mut operations = 0;
    for file in files {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let count = histories.add(&text);
        assert!(count > 0, "{file} is no history");
        operations += count;
    }
    let start = seconds_passed();
    let linearizable = histories.judge();
    let first = seconds_passed() - start;
    let (start, mut rounds) = (seconds_used(), 0);
    while seconds_used() - start < ROUND {
        std::hint::black_box(histories.judge());
        rounds += 1;
    }
    let each = (seconds_used() - start) / f64::from(rounds);
    println!("{}", serde_json::json!([files.len(), operations, linearizable, first, each]));
}

/// The frames that are measured once a run is long enough.
const FRAMES: usize = 60;

/// One round of following a run. A frame is too short for what the system tells of processor time, so this is by the
/// clock on the wall.
fn live(operations: usize) {
    let mut run = LiveRun::new();
    while run.play() < operations {
        std::hint::black_box(run.judge());
    }
    let (mut all, mut most) = (0.0, 0.0_f64);
    for _ in 0..FRAMES {
        run.play();
        let start = seconds_passed();
        std::hint::black_box(run.judge());
        let used = seconds_passed() - start;
        all += used;
        most = most.max(used);
    }
    let start = seconds_passed();
    std::hint::black_box(run.judge_all());
    let at_once = seconds_passed() - start;
    println!("{}", serde_json::json!([all / FRAMES as f64 * 1e3, most * 1e3, at_once * 1e3]));
}

/// Processor time of this process, where the system tells it; else wall-clock time. A busy machine then
/// does not look like a slow program.
fn seconds_used() -> f64 {
    let scheduled = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    if let Some(ns) = scheduled.split(' ').next().and_then(|word| word.parse::<f64>().ok()) {
        return ns / 1e9;
    }
    seconds_passed()
}

/// The clock on the wall.
fn seconds_passed() -> f64 {
    #[allow(clippy::disallowed_methods, clippy::disallowed_types)] // A benchmark is what clocks are for.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}
