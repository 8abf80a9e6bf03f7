//! Benchmarks: how many kernel events a second, with the trace on.

use std::hint::black_box;

use netsplit_sim::time::Time;

/// Simulated seconds of one round.
const SECONDS: u64 = 20;

fn main() {
    for entry in netsplit_protocols::ALL {
        let about = (entry.about)();
        let setup = netsplit_tests::clusters::steady(1);
        let parameters: Vec<u64> = about.parameters.iter().map(|p| p.range.default_value(5)).collect();
        let mut best = f64::INFINITY;
        let mut rates = Vec::new();
        for _ in 0..9 {
            #[allow(clippy::disallowed_methods, clippy::disallowed_types)]
            // A benchmark is what clocks are for.
            let start = std::time::Instant::now();
            let mut machine = (entry.build)(&setup, &parameters);
            machine.run_until(Time(SECONDS * 1_000_000_000), u64::MAX);
            let seconds = start.elapsed().as_secs_f64();
            let totals = machine.totals();
            black_box(machine.hash());
            rates.push(totals.events as f64 / seconds / 1e6);
            best = best.min(seconds);
        }
        rates.sort_by(f64::total_cmp);
        println!(
            "{:16} native: median {:.2}, best {:.2} million events per second",
            about.id,
            rates[rates.len() / 2],
            rates[rates.len() - 1],
        );
    }
}
