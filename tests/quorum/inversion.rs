//! Why R + W > N is not linearizable, and what it takes: one script, two protocols.
//!
//! A write has reached n1 and nobody else. A first read, at n2, finds it there. A second read, at n3, begins
//! after the first has ended; its majority is n3 and n2, and neither has the write: the newer value was seen first and
//! the older one after it. The atomic register's first read leaves what it found at a majority, so the second finds it.
//!
//! The write's messages are lost twice, because the two protocols send the value at different times: the
//! leaderless store at once, the atomic register after it has asked for tags, which it does again at 201 ms.

use netsplit_checkers::{Input, Observations, Verdict};
use netsplit_protocols::atomic_register::{AtomicRegister, Register};
use netsplit_protocols::quorum::Quorum;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Protocol;
use netsplit_tests::mutants::abd::NeverWritesBack;

use super::{K, at, line, node, outcome, read, sent, start, until, values, write};

/// n1 and n2 are 2.1 ms apart, n2 and n3 3.1 ms, n1 and n3 5.1 ms.
fn run<P: Protocol>(changed: &[(&str, u64)]) -> Cluster<P> {
    let mut cluster: Cluster<P> = start(&line(&[0, 400, 1_000]), changed);
    let one_way = [Action::CutOneWay(node(0), node(1)), Action::CutOneWay(node(0), node(2))];
    let mut mute = |from_ms, until_ms, action: Option<Action>| {
        one_way.iter().for_each(|cut| at(&mut cluster, from_ms, cut));
        action.into_iter().for_each(|action| at(&mut cluster, from_ms + 1, &action));
        at(&mut cluster, until_ms, &Action::HealAll);
    };
    mute(0, 5, Some(write(0, K, 7)));
    mute(204, 210, None);
    at(&mut cluster, 215, &read(1, K));
    at(&mut cluster, 260, &read(2, K));
    until(&mut cluster, 300);
    cluster
}

fn is_linearizable(machine: &impl Machine) -> bool {
    let observations = Observations::from_history(machine.history());
    let input = Input::of(&observations);
    let checker = netsplit_checkers::find("linearizable").expect("there is such a checker");
    match (checker.check)(&input, 1_000_000) {
        Verdict::Holds => true,
        Verdict::Broken(_) => false,
        other => panic!("{}", other.sentence()),
    }
}

const MAJORITIES: [(&str, u64); 3] = [("r", 2), ("w", 2), ("repair", 1)];

#[test]
fn overlapping_quorums_show_the_newer_value_first_and_the_older_one_after_it() {
    let store = run::<Quorum>(&MAJORITIES);
    assert_eq!((values(&store, 1), values(&store, 2)), (vec![7], vec![]));
    assert!(!is_linearizable(&store));
}

#[test]
fn a_read_that_writes_back_is_never_followed_by_an_older_one() {
    let register = run::<AtomicRegister>(&[]);
    assert_eq!((values(&register, 1), values(&register, 2)), (vec![7], vec![7]));
    assert!(is_linearizable(&register));
}

/// It is the writing back that does it: without it, the same script has the same end as with plain quorums.
#[test]
fn without_writing_back_the_register_is_no_better() {
    let off = run::<AtomicRegister>(&[("write_back", 1)]);
    let bug = run::<Register<NeverWritesBack>>(&[]);
    assert_eq!((values(&off, 1), values(&off, 2)), (vec![7], vec![]));
    assert_eq!((values(&bug, 1), values(&bug, 2)), (vec![7], vec![]));
    assert!(!is_linearizable(&off) && !is_linearizable(&bug));
}

/// Read repair hides it here, as it comes soon enough after the first read; the swarm shows that it does not always.
#[test]
fn read_repair_may_come_in_time() {
    let store = run::<Quorum>(&MAJORITIES[..2]);
    assert_eq!((values(&store, 1), values(&store, 2)), (vec![7], vec![7]));
}

/// A write of the leaderless store takes n - 1 messages and their answers; of the register, twice that; a read of it
/// too, unless all of the majority agree.
#[test]
fn messages_are_as_many_as_the_papers_say() {
    let setup = line(&[0, 100, 200, 300, 400]);
    let mut store: Cluster<Quorum> = start(&setup, &[("r", 3), ("w", 3)]);
    at(&mut store, 1, &write(0, K, 7));
    at(&mut store, 50, &read(0, K));
    until(&mut store, 100);
    let of_store = ["Store", "Stored", "Fetch", "Fetched"].map(|kind| sent(&store, kind));
    assert_eq!(of_store, [4, 4, 4, 4]);
    let mut register: Cluster<AtomicRegister> = start(&setup, &[]);
    at(&mut register, 1, &write(0, K, 7));
    until(&mut register, 50);
    let kinds = ["Query", "Holds", "Store", "Stored"];
    assert_eq!(kinds.map(|kind| sent(&register, kind)), [4, 4, 4, 4]);
    at(&mut register, 50, &read(4, K));
    until(&mut register, 100);
    assert_eq!(kinds.map(|kind| sent(&register, kind)), [8, 8, 4, 4], "a fast read");
    let mut minimum: Cluster<Quorum> = start(&setup, &[("r", 3), ("w", 3), ("ask", 1)]);
    at(&mut minimum, 1, &write(0, K, 7));
    at(&mut minimum, 50, &read(0, K));
    until(&mut minimum, 99);
    assert_eq!(["Store", "Stored", "Fetch", "Fetched"].map(|kind| sent(&minimum, kind)), [2, 2, 2, 2]);
}

/// Who asks only the minimum asks the others when one of those is silent.
#[test]
fn silence_makes_the_minimum_more() {
    let mut store: Cluster<Quorum> = start(&line(&[0, 100, 200]), &[("r", 2), ("w", 2), ("ask", 1)]);
    // The coordinator asks one of the two others; whichever it is, both are tried in turn.
    for (down, begin) in [(1, 0), (2, 1_000)] {
        at(&mut store, begin, &Action::Crash(netsplit_sim::ids::NodeId(down)));
        at(&mut store, begin + 1, &write(0, K, begin + 1));
        at(&mut store, begin + 400, &read(0, K));
        at(&mut store, begin + 800, &Action::Restart(netsplit_sim::ids::NodeId(down)));
    }
    until(&mut store, 2_000);
    assert_eq!((values(&store, 1), values(&store, 3)), (vec![1], vec![1_001]));
    assert_eq!(outcome(&store, 2), netsplit_sim::history::Outcome::Written);
}
