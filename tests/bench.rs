//! One round of the kernel's benchmark, natively: `bench list` names the protocols, `bench INDEX SECONDS`
//! runs one for so many simulated seconds and prints millions of events per second. `make bench` runs it
//! in turn with the same work in WebAssembly.

use netsplit_tests::clusters::run_steady;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<u64>().ok());
    if let (Some(protocol), Some(seconds)) = (number(0), number(1)) {
        // The first run warms the caches and the allocator, as the other side's warm-up does.
        run_steady(protocol as usize, seconds);
        #[allow(clippy::disallowed_methods)] // A benchmark is what clocks are for.
        let start = std::time::Instant::now();
        let events = run_steady(protocol as usize, seconds);
        println!("{}", events as f64 / start.elapsed().as_secs_f64() / 1e6);
    } else {
        let ids: Vec<&str> = netsplit_protocols::ALL.iter().map(|entry| (entry.about)().id).collect();
        println!("{}", serde_json::json!(ids));
    }
}
