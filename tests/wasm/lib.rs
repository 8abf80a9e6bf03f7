//! The simulator as a bare WebAssembly module without any binding: a host writes text into a buffer,
//! calls a function with numbers, and gets a number back. Tests compare its run hashes with the native
//! ones; benchmarks compare its speed.

use std::cell::RefCell;

use netsplit_scenario::{Session, link, text};
use netsplit_sim::machine::Progress;
use netsplit_sim::time::Time;

thread_local! {
    /// Where the host puts its text.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for `length` bytes of text and tells where the host is to write them.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(length, 0);
        input.as_mut_ptr()
    })
}

/// Runs the scenario or link in the buffer until an instant; the run hash, or 0 if it can't be read.
#[unsafe(no_mangle)]
pub extern "C" fn run(until_ns: u64) -> u64 {
    INPUT.with_borrow(|input| {
        let Ok(given) = std::str::from_utf8(input) else { return 0 };
        let scenario = match link::decode(given) {
            Ok(shared) => Some(shared.scenario),
            Err(_) => text::parse(given).ok(),
        };
        let Some(Ok(mut session)) = scenario.map(Session::new) else { return 0 };
        while session.advance(Time(until_ns), 100_000) == Progress::OutOfBudget {}
        session.hash()
    })
}

/// Runs a kernel benchmark of one protocol for so many simulated seconds; how much of what it counts it did.
#[unsafe(no_mangle)]
pub extern "C" fn bench(workload: usize, protocol: usize, seconds: u64) -> u64 {
    let workload = netsplit_tests::clusters::Workload::ALL[workload];
    netsplit_tests::clusters::run_benchmark(workload, protocol, seconds)
}
