//! One round of the kernel's benchmark, natively: `bench list` names the protocols, `bench INDEX SECONDS`
//! runs one for so many simulated seconds and prints millions of events per second. `make bench` runs it
//! in turn with the same work in WebAssembly.

use netsplit_tests::clusters::run_steady;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<u64>().ok());
    if let (Some(protocol), Some(seconds)) = (number(0), number(1)) {
        // The first run warms the caches and the allocator, as the other side's warm-up does.
        let _ = run_steady(protocol as usize, seconds);
        let start = seconds_used();
        let events = run_steady(protocol as usize, seconds);
        println!("{}", events as f64 / (seconds_used() - start) / 1e6);
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
