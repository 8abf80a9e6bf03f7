//! The simulator as a bare WebAssembly module without any binding: a host writes text into a buffer,
//! calls a function with numbers, and gets a number back. Tests compare its run hashes with the native
//! ones; benchmarks compare its speed.

use std::cell::RefCell;

use netsplit_scenario::{Session, link, text};
use netsplit_sim::machine::Progress;
use netsplit_sim::time::Time;
use netsplit_tests::judging::{Histories, LiveRun};

thread_local! {
    /// The histories that were read.
    static HISTORIES: RefCell<Histories> = RefCell::default();
    /// The run that is followed.
    static LIVE: RefCell<Option<LiveRun>> = const { RefCell::new(None) };
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

/// Draws so many trials of one of the models of quorums; a digest of what they came to.
#[unsafe(no_mangle)]
pub extern "C" fn wars(model: usize, trials: u64) -> u64 {
    netsplit_tests::wars::run_wars(model, trials)
}

/// Forgets the histories.
#[unsafe(no_mangle)]
pub extern "C" fn histories_forget() {
    HISTORIES.take();
}

/// Reads the history in the buffer; how many operations it has, and none if it can't be read.
#[unsafe(no_mangle)]
pub extern "C" fn histories_add() -> usize {
    INPUT.with_borrow(|input| {
        let text = std::str::from_utf8(input).unwrap_or_default();
        HISTORIES.with_borrow_mut(|histories| histories.add(text))
    })
}

/// Judges the histories; how many are linearizable.
#[unsafe(no_mangle)]
pub extern "C" fn histories_judge() -> usize {
    HISTORIES.with_borrow(Histories::judge)
}

/// Begins a run to be followed.
#[unsafe(no_mangle)]
pub extern "C" fn live_begin() {
    LIVE.set(Some(LiveRun::new()));
}

/// Plays a frame of it; how many operations there are.
#[unsafe(no_mangle)]
pub extern "C" fn live_play() -> usize {
    LIVE.with_borrow_mut(|run| run.as_mut().map_or(0, LiveRun::play))
}

/// Judges what is new in it; how many promises are broken.
#[unsafe(no_mangle)]
pub extern "C" fn live_judge() -> usize {
    LIVE.with_borrow_mut(|run| run.as_mut().map_or(0, LiveRun::judge))
}

/// Judges all of it; how many promises are broken.
#[unsafe(no_mangle)]
pub extern "C" fn live_judge_all() -> usize {
    LIVE.with_borrow_mut(|run| run.as_mut().map_or(0, LiveRun::judge_all))
}
