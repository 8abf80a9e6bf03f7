//! One round of a kernel benchmark, natively: `bench list` names the protocols, `bench WORKLOAD PROTOCOL
//! SECONDS` (two indices and simulated seconds) runs one and prints how many millions of what it counts it
//! did per second of processor time, and how many simulated seconds. `make bench` runs it in turn with the same
//! work in WebAssembly.

use netsplit_tests::clusters::{Workload, run_benchmark};

/// A round is as many runs as fill this many seconds of processor time: a run may be short.
const ROUND: f64 = 0.4;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
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

/// Processor time of this process, where the system tells it; else wall-clock time. A busy machine then
/// does not look like a slow program.
fn seconds_used() -> f64 {
    let scheduled = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    if let Some(ns) = scheduled.split(' ').next().and_then(|word| word.parse::<f64>().ok()) {
        return ns / 1e9;
    }
    #[allow(clippy::disallowed_methods, clippy::disallowed_types)] // A benchmark is what clocks are for.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}
