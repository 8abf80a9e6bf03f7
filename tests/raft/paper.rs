//! The situations that the paper draws: figures 7 and 8, and the election restriction of section 5.4.1.
//! The servers begin with the logs of the figures on their disks.

use netsplit_protocols::raft::{Bugs, Disk, Entry, Role, What, note};
use netsplit_sim::action::Action;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::trace::EventKind;
use netsplit_tests::mutants::raft::{CommitsOldTermsByCount, VotesForAnyLog};

use super::safety::Safety;
use super::{Lab, parameter, parameters, room, site};

/// A log with entries of these terms. An entry is known by its term and its place.
fn log(terms: &[u64]) -> Vec<Entry> {
    (0..)
        .zip(terms)
        .map(|(index, &term)| {
            let value = Value(term * 100 + index);
            let call = Call::Write { key: Key(0), value };
            Entry { term, what: What::Operation { op: OpId(term as u32 * 100 + index as u32), call } }
        })
        .collect()
}

fn terms<B: Bugs>(lab: &Lab<B>, node: u16) -> Vec<u64> {
    lab.raft(node).disk().log().from(0).map(|(_, entry)| entry.term).collect()
}

/// Lets only these nodes' timers run at their normal speed: the others stand for no election for long.
fn only_stand<B: Bugs>(lab: &mut Lab<B>, nodes: &[u16]) {
    for node in 0..lab.nodes {
        let slow = if nodes.contains(&node) { 0 } else { -990_000 };
        lab.act(Action::SetClock(NodeId(node), 0, slow));
    }
}

/// Figure 7: a leader of term 8 and the six logs that its followers may have.
#[derive(Clone)]
struct Figure7;

const FIGURE_7: [&[u64]; 7] = [
    &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
    &[1, 1, 1, 4, 4, 5, 5, 6, 6],
    &[1, 1, 1, 4],
    &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    &[1, 1, 1, 4, 4, 4, 4],
    &[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
];

impl Bugs for Figure7 {
    fn first_disk(me: NodeId) -> Option<Disk> {
        Some(Disk::with(7, None, &log(FIGURE_7[me.index()])))
    }
}

/// Runs for so long with the safety properties looked at after every event.
fn watch<B: Bugs>(lab: &mut Lab<B>, safety: &mut Safety, ms: u64) -> Result<(), String> {
    let end = lab.now() + netsplit_sim::time::Span::from_ms(ms);
    let nodes = lab.nodes;
    while lab.cluster.next_at().is_some_and(|at| at <= end) {
        Machine::step(&mut lab.cluster);
        safety.look(&lab.cluster, nodes)?;
    }
    lab.cluster.run_until(end, u64::MAX);
    Ok(())
}

#[test]
fn figure_7_a_leader_brings_every_log_in_line_with_its_own() {
    let given = parameters(7, &[(parameter::PRE_VOTE, 0), (parameter::SNAPSHOT, 0)]);
    let mut lab = Lab::<Figure7>::of(&room(1, 7, 1), &given);
    // The clocks are set after the first timers are: those of the others still run.
    for node in 1..7 {
        lab.act(Action::Pause(NodeId(node)));
    }
    lab.run(290);
    only_stand(&mut lab, &[0]);
    for node in 1..7 {
        lab.act(Action::Resume(NodeId(node)));
    }
    let mut safety = Safety::default();
    let first = watch(&mut lab, &mut safety, 5);
    assert_eq!(first, Ok(()));
    while lab.leader().is_none() {
        assert_eq!(watch(&mut lab, &mut safety, 1), Ok(()));
    }
    assert_eq!(lab.leader(), Some(0), "(c) and (d) refuse, and four others are a majority with it");
    assert_eq!(watch(&mut lab, &mut safety, 300), Ok(()));
    assert!(lab.noted(note::LOG_TOO_OLD) >= 2);
    let term = lab.raft(0).term();
    let expected: Vec<u64> = FIGURE_7[0].iter().copied().chain([term]).collect();
    for node in 0..7 {
        assert_eq!(terms(&lab, node), expected, "log of node {node}");
        assert_eq!(lab.raft(node).committed(), 11);
    }
    // (c), (d), (e) and (f) held entries that contradict the leader's.
    assert_eq!(lab.noted(note::CONFLICT), 4);
    // The leader goes back by terms and not by entries: (f) has eight entries too many, and two terms.
    let told = |event: &&netsplit_sim::trace::Event| {
        matches!(event.kind, EventKind::Sent { from, to, label: 4 | 5, .. }
            if from == site(0) && to == site(6))
    };
    let sent = lab.cluster.trace().iter().filter(told).count();
    assert!(sent <= 3 + 8, "{sent} messages, of which eight are heartbeats at the most");
}

/// Figure 8 at the moment between (b) and (c). S5 led term 3 and has an entry of it; S1 and S2 have one of term 2.
#[derive(Clone)]
struct Figure8<B>(std::marker::PhantomData<B>);

impl<B: Bugs> Bugs for Figure8<B> {
    const COMMITS_OLD_TERMS_BY_COUNT: bool = B::COMMITS_OLD_TERMS_BY_COUNT;
    const BEGINS_WITHOUT_NO_OP: bool = B::BEGINS_WITHOUT_NO_OP;

    fn first_disk(me: NodeId) -> Option<Disk> {
        Some(match me.0 {
            0 | 1 => Disk::with(2, Some(NodeId(0)), &log(&[1, 2])),
            2 | 3 => Disk::with(3, Some(NodeId(4)), &log(&[1])),
            _ => Disk::with(3, Some(NodeId(4)), &log(&[1, 3])),
        })
    }
}

/// As sound as Raft, but without the empty entry: as the figure has it.
#[derive(Clone)]
struct NoEmptyEntry;

impl Bugs for NoEmptyEntry {
    const BEGINS_WITHOUT_NO_OP: bool = true;
}

/// Plays (c) and (d): S1 leads term 4 and ships its entry of term 2 to a majority; then S5 takes over. Tells
/// what S1 had committed, and what is broken.
fn figure_8<B: Bugs>() -> (u64, bool, Result<(), String>) {
    let given = parameters(5, &[(parameter::PRE_VOTE, 0), (parameter::SNAPSHOT, 0), (parameter::SPREAD, 0)]);
    let mut lab = Lab::<Figure8<B>>::of(&room(2, 5, 1), &given);
    let mut safety = Safety::default();
    // (c) S5 is down, S4 is not reached. The others would stand too, but S1 is first.
    lab.act(Action::Crash(NodeId(4)));
    for other in 0..5 {
        lab.act(Action::Cut(site(3), site(other)));
    }
    for node in [1, 2] {
        lab.act(Action::Pause(NodeId(node)));
    }
    lab.run(149);
    only_stand(&mut lab, &[0, 4]);
    lab.run(5);
    for node in [1, 2] {
        lab.act(Action::Crash(NodeId(node)));
        lab.act(Action::Restart(NodeId(node)));
    }
    let until_leader = |lab: &mut Lab<Figure8<B>>, safety: &mut Safety, who: u16, ms: u64| {
        for _ in 0..ms {
            watch(lab, safety, 1)?;
            if lab.raft(who).role() == Role::Leader {
                break;
            }
        }
        Ok::<(), String>(())
    };
    let mut result =
        until_leader(&mut lab, &mut safety, 0, 2_000).and_then(|()| watch(&mut lab, &mut safety, 30));
    assert_eq!(lab.raft(0).role(), Role::Leader, "S1 leads");
    assert!((0..3).all(|node| terms(&lab, node)[1] == 2), "a majority has the entry of term 2");
    let committed = lab.raft(0).committed();
    // (d) S1 goes, S5 comes and asks S2, S3 and S4.
    lab.act(Action::Crash(NodeId(0)));
    lab.act(Action::HealAll);
    for node in [1, 2] {
        // Their slow clocks would let them wait for S1 for long.
        lab.act(Action::Crash(NodeId(node)));
        lab.act(Action::Restart(NodeId(node)));
    }
    lab.act(Action::Restart(NodeId(4)));
    if result.is_ok() {
        result =
            until_leader(&mut lab, &mut safety, 4, 3_000).and_then(|()| watch(&mut lab, &mut safety, 300));
    }
    (committed, lab.raft(4).role() == Role::Leader, result)
}

#[test]
fn figure_8_an_entry_of_an_old_term_is_not_committed_by_counting() {
    let (committed, overwritten, safe) = figure_8::<NoEmptyEntry>();
    assert_eq!(
        (committed, overwritten, safe),
        (0, true, Ok(())),
        "(d): it is overwritten, and nobody was told"
    );
    // (e): an entry of its own term commits the one before, and S5 can't win.
    let (committed, overwritten, safe) = figure_8::<netsplit_protocols::raft::Sound>();
    assert_eq!((committed, overwritten, safe), (3, false, Ok(())));
    let (committed, _, broken) = figure_8::<CommitsOldTermsByCount>();
    assert_eq!(committed, 2);
    let broken = broken.expect_err("a committed entry is overwritten");
    assert!(broken.contains("leader completeness"), "{broken}");
}

/// Section 5.4.1: a candidate that lacks a committed entry can't win, however often it stands.
#[derive(Clone)]
struct Behind<B>(std::marker::PhantomData<B>);

impl<B: Bugs> Bugs for Behind<B> {
    const VOTES_FOR_ANY_LOG: bool = B::VOTES_FOR_ANY_LOG;

    /// Two of three have an entry that is committed; the third has a longer log of an older term.
    fn first_disk(me: NodeId) -> Option<Disk> {
        let terms: &[u64] = if me.0 == 2 { &[1, 1, 1] } else { &[1, 2] };
        Some(Disk::with(2, None, &log(terms)))
    }
}

#[test]
fn a_candidate_with_an_older_log_is_refused_even_if_it_is_longer() {
    fn wins<B: Bugs>() -> bool {
        let mut lab = Lab::<Behind<B>>::of(&room(3, 3, 1), &parameters(3, &[(parameter::PRE_VOTE, 0)]));
        for node in [0, 1] {
            lab.act(Action::Pause(NodeId(node)));
        }
        lab.run(140);
        only_stand(&mut lab, &[2]);
        for node in [0, 1] {
            lab.act(Action::Crash(NodeId(node)));
            lab.act(Action::Restart(NodeId(node)));
        }
        lab.run(3_000);
        let stood = lab.noted(note::CANDIDATE);
        assert!(stood >= 1);
        let wins = lab.raft(2).role() == Role::Leader;
        assert_eq!(lab.noted(note::LOG_TOO_OLD) >= 2 * stood, !wins);
        wins
    }
    assert!(!wins::<netsplit_protocols::raft::Sound>());
    assert!(wins::<VotesForAnyLog>());
}
