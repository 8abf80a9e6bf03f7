use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Promise;
use netsplit_sim::setup::{Home, Mix};
use netsplit_sim::sharding::ShardState;
use netsplit_sim::time::Span;
use netsplit_sim::trace::EventKind;
use netsplit_tests::trials::broken;

use super::{Case, at, newest, owner, settle, view};

const WRITES: Mix =
    Mix { read: 1, write: 1, cas: 0, add: 0, insert: 0, remove: 0, scan: 0, query_all: 0, pair: 0 };

fn moved(machine: &dyn Machine, nodes: u16) -> u64 {
    (0..nodes).map(|node| view(machine, node).traffic.keys_in).sum()
}

/// Four nodes under load and every key written; then a fifth joins. Answers the share of keys that moved.
fn fifth_node(scheme: &str, virtual_nodes: u64) -> f64 {
    let keys = 400;
    let mut case = Case::new(scheme, "single", 4, keys);
    if let Some(own) = case.layout.own.first_mut() {
        *own = virtual_nodes;
    }
    case.client(Mix { write: 1, ..Mix::default() }, Span::from_us(100)).operations = Some(keys);
    case.client(WRITES, Span::from_ms(20));
    let mut machine = case.build();
    machine.run_until(at(2_500), u64::MAX);
    let before = newest(&*machine);
    machine.act(&Action::Reshape(Reshape::Join(NodeId(4))));
    settle(&mut *machine);
    let after = newest(&*machine);
    let changed = (0..keys).filter(|&key| owner(&before, key) != owner(&after, key)).count();
    // The copies that came are the keys whose owner changed; what changed while it was copied comes twice.
    let sent = moved(&*machine, 5);
    assert!(sent >= changed as u64, "{scheme}: {sent} keys were sent and {changed} changed hands");
    assert!(sent <= changed as u64 * 13 / 10, "{scheme}: {sent} keys were sent for {changed}");
    machine.run_until(machine.now() + Span::from_s(1), u64::MAX);
    let promises = [Promise::Linearizable, Promise::NoLostWrites, Promise::ReadYourWrites];
    assert_eq!(broken(&*machine, &promises), [], "{scheme}");
    assert!(machine.history().operations.iter().all(|op| op.returned.is_none() || op.outcome.is_success()));
    changed as f64 / f64::from(keys)
}

#[test]
fn a_fifth_node_takes_a_fifth_of_the_ring_and_modulo_moves_four_fifths() {
    let ring = fifth_node("ring", 128);
    assert!((0.14..0.26).contains(&ring), "{ring}");
    let modulo = fifth_node("modulo", 0);
    assert!((0.74..0.86).contains(&modulo), "{modulo}");
}

#[test]
fn a_leaving_node_gives_away_what_it_held_and_nothing_else_moves() {
    let mut case = Case::new("rendezvous", "raft", 5, 60);
    case.set("replicas", 3);
    case.client(WRITES, Span::from_ms(5));
    let mut machine = case.build();
    machine.run_until(at(2_000), u64::MAX);
    let before = newest(&*machine);
    machine.act(&Action::Reshape(Reshape::Leave(NodeId(2))));
    settle(&mut *machine);
    let after = newest(&*machine);
    for shard in &after.shards {
        assert!(!shard.members.contains(&NodeId(2)) && shard.members.len() == 3);
        for &key in shard.keys.iter() {
            let old = before.owner(key).expect("every key has a shard");
            if !old.members.contains(&NodeId(2)) {
                assert_eq!(old.members, shard.members, "{key:?} had nothing to do with it");
            }
        }
    }
    assert_eq!(view(&*machine, 2).copies, []);
    let promises = [Promise::Linearizable, Promise::NoLostWrites];
    machine.run_until(machine.now() + Span::from_s(1), u64::MAX);
    assert_eq!(broken(&*machine, &promises), []);
}

#[test]
fn a_node_that_is_gone_is_replaced_from_the_copies_that_are_left() {
    let mut case = Case::new("jump", "raft", 4, 40);
    case.set("replicas", 3);
    case.set("replace", Span::from_s(2).0);
    case.client(WRITES, Span::from_ms(5)).home = Home::Node(NodeId(0));
    let mut machine = case.build();
    machine.run_until(at(1_500), u64::MAX);
    machine.act(&Action::Crash(NodeId(3)));
    machine.run_until(at(10_000), u64::MAX);
    let map = newest(&*machine);
    assert!(map.moves.is_empty(), "{:?}", map.moves);
    assert!(!map.nodes.contains(&NodeId(3)));
    assert!(map.shards.iter().all(|shard| shard.members.len() == 3 && !shard.members.contains(&NodeId(3))));
    let promises = [Promise::Linearizable, Promise::NoLostWrites];
    assert_eq!(broken(&*machine, &promises), []);
}

#[test]
fn a_protocol_that_can_lose_data_with_a_node_waits_for_it() {
    let mut case = Case::new("jump", "single", 4, 40);
    case.client(WRITES, Span::from_ms(5)).home = Home::Node(NodeId(0));
    let mut machine = case.build();
    machine.run_until(at(1_500), u64::MAX);
    machine.act(&Action::Crash(NodeId(3)));
    machine.act(&Action::Reshape(Reshape::Remove(NodeId(3))));
    machine.run_until(at(6_000), u64::MAX);
    let map = newest(&*machine);
    assert!(!map.moves.is_empty(), "nobody else has the keys");
    assert!(map.moves.iter().all(|moved| !moved.sealing), "and the others serve on");
    machine.act(&Action::Restart(NodeId(3)));
    settle(&mut *machine);
    machine.run_until(machine.now() + Span::from_s(1), u64::MAX);
    assert_eq!(broken(&*machine, &[Promise::Linearizable, Promise::NoLostWrites]), []);
}

#[test]
fn a_transfer_goes_on_after_a_crash_from_where_it_was() {
    let mut case = Case::new("ring", "single", 2, 200);
    case.set("chunk", 2);
    case.set("pause", Span::from_ms(40).0);
    let client = case.client(Mix { write: 1, ..Mix::default() }, Span::from_us(100));
    client.operations = Some(200);
    let mut machine = case.build();
    machine.run_until(at(1_500), u64::MAX);
    machine.act(&Action::Reshape(Reshape::Join(NodeId(2))));
    machine.run_until(at(2_200), u64::MAX);
    let here = |machine: &dyn Machine| {
        let copies = view(machine, 2).copies;
        copies
            .iter()
            .map(|copy| if let ShardState::Arriving { have, .. } = copy.state { have } else { 0 })
            .sum::<u32>()
    };
    let before = here(&*machine);
    assert!(before > 8, "the transfer is under way: {before}");
    machine.act(&Action::CrashUnsynced(NodeId(2)));
    machine.run_until(at(2_500), u64::MAX);
    machine.act(&Action::Restart(NodeId(2)));
    assert_eq!(here(&*machine), before, "what had come is on the disk");
    settle(&mut *machine);
    let share = (0..200).filter(|&key| owner(&newest(&*machine), key) == NodeId(2)).count() as u64;
    // Its count began anew with the restart: nothing that had come before came again.
    let came = view(&*machine, 2).traffic.keys_in;
    assert!(came + u64::from(before) <= share + 2, "{came} after {before}, of {share}");
}

#[test]
fn slower_transfers_disturb_less_and_take_longer() {
    let took = |pause_ms: u64| {
        let mut case = Case::new("ring", "single", 2, 200);
        case.set("chunk", 4);
        case.set("pause", Span::from_ms(pause_ms).0);
        case.client(Mix { write: 1, ..Mix::default() }, Span::from_us(100)).operations = Some(200);
        let mut machine = case.build();
        machine.run_until(at(1_500), u64::MAX);
        machine.act(&Action::Reshape(Reshape::Join(NodeId(2))));
        settle(&mut *machine);
        machine.now().since(at(1_500)).as_ms()
    };
    let (quick, slow) = (took(1), took(60));
    assert!(slow > quick + 400.0, "{quick} ms and {slow} ms");
}

#[test]
fn clients_learn_where_a_key_is_and_are_told_when_it_has_moved() {
    let mut case = Case::new("modulo", "single", 4, 12);
    case.set("routing", 1);
    case.client(WRITES, Span::from_ms(2)).home = Home::Node(NodeId(0));
    let mut machine = case.build();
    let told = |machine: &dyn Machine, from: usize| {
        machine.trace()[from..].iter().filter(|event| matches!(event.kind, EventKind::Retried { .. })).count()
    };
    machine.run_until(at(1_000), u64::MAX);
    let first = told(&*machine, 0);
    // Once for each key that the first node does not hold, and never again.
    assert!((6..=12).contains(&first), "{first}");
    let from = machine.trace().len();
    machine.run_until(at(1_500), u64::MAX);
    assert_eq!(told(&*machine, from), 0);
    machine.act(&Action::Reshape(Reshape::Join(NodeId(4))));
    settle(&mut *machine);
    machine.run_until(machine.now() + Span::from_s(1), u64::MAX);
    assert!(told(&*machine, from) >= 6, "the keys that moved");
    assert!(machine.history().operations.iter().all(|op| op.returned.is_none() || op.outcome.is_success()));
}

#[test]
fn gathered_messages_travel_as_one() {
    let sent = |linger_ms: u64| {
        let mut case = Case::new("modulo", "quorum", 4, 40);
        case.set("replicas", 3);
        case.set("linger", Span::from_ms(linger_ms).0);
        for _ in 0..8 {
            case.client(WRITES, Span::from_ms(2));
        }
        let mut machine = case.build();
        machine.run_until(at(2_000), u64::MAX);
        let done = machine.history().operations.iter().filter(|op| op.outcome.is_success()).count();
        machine.totals().messages as f64 / done as f64
    };
    let (at_once, gathered) = (sent(0), sent(5));
    assert!(gathered < at_once * 0.7, "{at_once} and {gathered} messages an operation");
}

#[test]
fn a_hot_range_is_split_and_small_neighbours_are_joined() {
    let mut case = Case::new("range", "single", 4, 80);
    case.set("hot", 200);
    case.set("merge", 4);
    let client = case.client(WRITES, Span::from_ms(1));
    client.keys = netsplit_sim::setup::KeyPick::Zipf { exponent: 1.0 };
    let mut machine = case.build();
    let before = newest(&*machine).shards.len();
    machine.run_until(at(12_000), u64::MAX);
    let after = newest(&*machine).shards.len();
    assert!(after > before, "{before} ranges, then {after}");
    assert_eq!(broken(&*machine, &[Promise::Linearizable, Promise::NoLostWrites]), []);
}

#[test]
fn what_can_not_be_done_is_refused_and_changes_nothing() {
    let mut case = Case::new("modulo", "single", 2, 12);
    case.client(WRITES, Span::from_ms(5));
    let mut machine = case.build();
    machine.run_until(at(300), u64::MAX);
    let before = newest(&*machine);
    let nonsense = [
        Reshape::Join(NodeId(0)),
        Reshape::Leave(NodeId(0)),
        Reshape::Leave(NodeId(2)),
        Reshape::Split(netsplit_sim::ids::Key(3)),
        Reshape::Assign(netsplit_sim::ids::Key(3), vec![NodeId(2)]),
        Reshape::Assign(netsplit_sim::ids::Key(99), vec![NodeId(1)]),
    ];
    for change in nonsense {
        machine.act(&Action::Reshape(change));
    }
    machine.run_until(at(600), u64::MAX);
    assert_eq!(newest(&*machine), before);
    let about = machine.about();
    let refused = machine.trace().iter().filter(|event| {
        matches!(event.kind, EventKind::Noted { note, .. } if about.notes[usize::from(note)].name == "refused a change")
    });
    assert_eq!(refused.count(), 6);
}
