//! The split of the data from frames made by hand.

use std::rc::Rc;

use netsplit_sim::frame::{Frame, NodeFrame, ReplicaView, Status};
use netsplit_sim::history::{Call, History, Operation, Outcome};
use netsplit_sim::ids::{ClientId, EventId, Key, NodeId, OpId};
use netsplit_sim::setup::Position;
use netsplit_sim::sharding::{
    Move, Picture, Shard, ShardId, ShardMap, ShardState, ShardView, ShardingView, Traffic,
};
use netsplit_sim::time::Time;

use super::load::Load;
use super::nodes::{CopyState, arrows, cards, moves};
use super::space::{Shape, border_at, space};
use super::*;

fn n(number: u16) -> NodeId {
    NodeId(number - 1)
}

fn names() -> Names {
    Names { nodes: (1..=5).map(|n| format!("n{n}")).collect(), clients: vec!["c1".to_owned()] }
}

fn shard(id: u32, keys: &[u32], members: &[u16]) -> Shard {
    Shard {
        id: ShardId(id),
        keys: keys.iter().copied().map(Key).collect(),
        members: members.iter().map(|m| n(*m)).collect(),
    }
}

fn map(shards: Vec<Shard>, keys: u32) -> ShardMap {
    let place = |key: u32| shards.iter().position(|shard| shard.keys.contains(&Key(key)));
    let owners: Vec<u16> = (0..keys).map(|key| place(key).expect("every key has a shard") as u16).collect();
    ShardMap {
        version: 3,
        nodes: vec![n(1), n(2)],
        shards,
        moves: Vec::new(),
        owners: Rc::from(owners),
        picture: Picture::default(),
    }
}

/// The chapter's figure: A on n1, B on n2, C on both; n3 stands by.
pub(crate) fn chapter() -> ShardMap {
    map(
        vec![
            shard(1, &[0, 1, 2, 3], &[1]),
            shard(2, &[4, 5, 6, 7], &[2]),
            shard(3, &[8, 9, 10, 11], &[1, 2]),
        ],
        12,
    )
}

pub(crate) fn frame(map: &ShardMap, nodes: u16) -> Frame {
    let map = Rc::new(map.clone());
    let node = |number: u16| {
        let id = NodeId(number);
        let serving = |shard: &Shard| ShardView {
            id: shard.id,
            state: ShardState::Serving,
            role: "primary",
            leads: shard.members[0] == id,
            term: None,
            keys: shard.keys.len() as u32,
            bytes: 16 * shard.keys.len() as u64,
            served: 0,
        };
        let mine = map.shards.iter().filter(|shard| shard.members.contains(&id));
        let mut copies: Vec<ShardView> = mine.map(serving).collect();
        for coming in map.moves.iter().filter(|coming| coming.to.members.contains(&id)) {
            let of = coming.to.keys.len() as u32;
            let state = ShardState::Arriving { have: of / 2, of };
            copies.push(ShardView { state, ..serving(&coming.to) });
        }
        let sharding = ShardingView {
            map: Rc::clone(&map),
            keeps_map: number == 0,
            up: Vec::new(),
            copies,
            traffic: Traffic::default(),
        };
        NodeFrame {
            id,
            position: Position { x_km: 400 * i32::from(number), y_km: 0 },
            status: Status::Up,
            clock_ahead_ns: 0,
            clock_drift_ppm: 0,
            slow: 1,
            lie: None,
            queue: 0,
            utilisation: 0.0,
            parameters: Vec::new(),
            replica: ReplicaView { sharding: Some(sharding), ..ReplicaView::default() },
        }
    };
    Frame { now: Time(2_000_000_000), nodes: (0..nodes).map(node).collect(), ..Frame::default() }
}

/// Reads of these keys, each a millisecond after the other, from an instant on.
fn reads(keys: &[u32], from_ms: u64) -> History {
    let mut history = History::default();
    for (place, key) in keys.iter().enumerate() {
        history.operations.push(Operation {
            id: OpId(place as u32),
            client: ClientId(0),
            call: Call::Read { key: Key(*key) },
            query: None,
            node: n(1),
            invoked: Time((from_ms + place as u64) * 1_000_000),
            invoked_event: EventId(place as u32),
            returned: None,
            returned_event: EventId::NONE,
            outcome: Outcome::Pending,
            version: None,
        });
    }
    history
}

fn marks(frame: &Frame, pointed: Pointed) -> Vec<ShardMark> {
    let map = newest(frame).expect("a map");
    let load = Load::of(&reads(&[0, 0, 0, 4], 1_500), map, frame.now);
    shards(frame, map, &names(), &load, &pointed)
}

#[test]
fn the_map_of_its_keeper_counts_and_others_while_it_is_silent() {
    let mut frame = frame(&chapter(), 2);
    let newer = ShardMap { version: 9, ..chapter() };
    frame.nodes[1].replica.sharding.as_mut().expect("it has one").map = Rc::new(newer);
    assert_eq!(newest(&frame).map(|map| map.version), Some(3), "who keeps the map knows best");
    frame.nodes[0].replica.sharding = None;
    assert_eq!(newest(&frame).map(|map| map.version), Some(9));
}

#[test]
fn shards_have_letters_owners_load_and_say_who_runs() {
    let mut frame = frame(&chapter(), 2);
    frame.nodes[1].status = Status::Down;
    let marks = marks(&frame, Pointed::default());
    let read: Vec<_> = marks.iter().map(|m| (m.label.as_str(), m.owners_text.as_str(), m.reach())).collect();
    assert_eq!(read, [("A", "n1", "all"), ("B", "n2", "none"), ("C", "n1, n2", "some")]);
    assert_eq!(marks.iter().map(|mark| mark.rate).collect::<Vec<_>>(), [3.0, 1.0, 0.0]);
    assert_eq!(marks.iter().map(|mark| mark.heat).collect::<Vec<_>>(), [3, 1, 0], "of 5 per second");
    assert!(marks[1].spoken.contains("nobody who has it runs"), "{}", marks[1].spoken);
}

#[test]
fn only_the_last_second_counts_as_load() {
    let map = chapter();
    let mut history = reads(&[8, 8], 100);
    let late = reads(&[0, 4], 1_500).operations;
    history.operations.extend(late);
    let load = Load::of(&history, &map, Time(2_000_000_000));
    assert_eq!(load.by_shard, [1.0, 1.0, 0.0]);
    // A run that is younger than a second has had less time.
    assert_eq!(Load::of(&reads(&[0], 100), &map, Time(200_000_000)).by_shard, [5.0, 0.0, 0.0]);
}

#[test]
fn more_shards_than_letters_have_numbers() {
    let shards: Vec<Shard> = (0..27).map(|id| shard(id, &[id], &[1])).collect();
    let labels = labels(&map(shards, 27));
    assert_eq!((labels[0].as_str(), labels[26].as_str()), ("1", "27"));
}

#[test]
fn a_shard_that_lost_its_keys_has_no_label_and_no_mark() {
    let mut map = chapter();
    map.owners = Rc::from([0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2]);
    assert_eq!(labels(&map), ["A", "", "B"]);
    assert_eq!(marks(&frame(&map, 2), Pointed::default()).len(), 2);
}

#[test]
fn pointing_at_a_shard_lights_its_copies_and_at_a_node_its_shards() {
    let frame = frame(&chapter(), 3);
    let map = newest(&frame).expect("a map");
    let by_shard = Pointed { shard: Some(Key(9)), ..Pointed::default() };
    let lit: Vec<bool> = marks(&frame, by_shard).iter().map(|mark| mark.lit).collect();
    assert_eq!(lit, [false, false, true]);
    let cards_lit = |pointed: &Pointed| {
        let cards = cards(&frame, map, &names(), &Load::default(), pointed);
        let of =
            |card: &nodes::NodeCard| (card.lit, card.copies.iter().map(|copy| copy.lit).collect::<Vec<_>>());
        cards.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(cards_lit(&by_shard), [(true, vec![false, true]), (true, vec![false, true]), (false, vec![])]);
    let by_node = Pointed { node: Some(n(2)), ..Pointed::default() };
    assert_eq!(marks(&frame, by_node).iter().map(|mark| mark.lit).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(cards_lit(&by_node), [(false, vec![false, false]), (true, vec![true, true]), (false, vec![])]);
}

#[test]
fn nodes_outside_stand_by_and_count_their_bytes() {
    let frame = frame(&chapter(), 3);
    let cards =
        cards(&frame, newest(&frame).expect("a map"), &names(), &Load::default(), &Pointed::default());
    let read: Vec<_> = cards.iter().map(|card| (card.inside, card.words.as_str(), card.bytes)).collect();
    assert_eq!(read, [(true, "keeps the map", 128), (true, "", 128), (false, "standing by", 0)]);
}

#[test]
fn ranges_are_a_bar_with_split_points_between_them() {
    let map = chapter();
    let load = Load::of(&reads(&[0, 0, 0, 4], 1_500), &map, Time(2_000_000_000));
    let space = space(&map, true, &load, &names(), Some((Key(4), Key(9))));
    assert_eq!(space.shape, Shape::Ranges);
    let pieces: Vec<_> = space.pieces.iter().map(|piece| (piece.shard, piece.from, piece.to)).collect();
    assert_eq!(pieces, [(0, 0.0, 4.0 / 12.0), (1, 4.0 / 12.0, 8.0 / 12.0), (2, 8.0 / 12.0, 1.0)]);
    assert!(space.pieces.iter().all(|piece| piece.labelled && piece.named));
    assert_eq!(space.ticks.len(), 12);
    assert_eq!(
        (space.ticks[0].tall, space.ticks[1].tall),
        (1.0, 0.0),
        "the hottest key has the tallest tick"
    );
    let splits: Vec<_> = space.splits.iter().map(|split| (split.key.0, split.now.0, split.held)).collect();
    assert_eq!(splits, [(4, 7, true), (8, 8, false)], "a split point stays before the next one");
    assert_eq!(border_at(0.26, 12), Key(3));
    assert_eq!((border_at(-1.0, 12), border_at(2.0, 12)), (Key(1), Key(11)), "no range is empty");
}

#[test]
fn many_keys_share_ticks_but_never_across_shards() {
    let keys: Vec<u32> = (0..1_000).collect();
    let map = map(vec![shard(1, &keys[..333], &[1]), shard(2, &keys[333..], &[2])], 1_000);
    let space = space(&map, true, &Load::default(), &names(), None);
    assert!(space.ticks.len() <= space::TICKS, "{}", space.ticks.len());
    assert_eq!(space.ticks.iter().map(|tick| tick.keys).sum::<u32>(), 1_000);
    let of_first: u32 = space.ticks.iter().filter(|tick| tick.shard == 0).map(|tick| tick.keys).sum();
    assert_eq!(of_first, 333);
}

#[test]
fn hashed_keys_without_places_lie_by_owner() {
    // As modulo would: even keys on n2, odd ones on n1.
    let map = map(vec![shard(1, &[0, 2, 4], &[2]), shard(2, &[1, 3, 5], &[1])], 6);
    let space = space(&map, false, &Load::default(), &names(), None);
    assert_eq!(space.shape, Shape::Owners);
    assert_eq!(space.pieces.iter().map(|piece| piece.shard).collect::<Vec<_>>(), [1, 0], "n1 first");
    assert!(space.splits.is_empty());
}

#[test]
fn a_ring_has_keys_nodes_and_the_arcs_before_them() {
    let at = |share: f64| (share * 18_446_744_073_709_551_616.0) as u64;
    let mut map = map(vec![shard(1, &[0, 3], &[1]), shard(2, &[1, 2], &[2])], 4);
    map.picture = Picture {
        places: Rc::from([at(0.1), at(0.3), at(0.5), at(0.9)]),
        points: Rc::from([(at(0.25), n(1)), (at(0.75), n(2))]),
    };
    let space = space(&map, false, &Load::default(), &names(), None);
    assert_eq!(space.shape, Shape::Ring);
    let arcs: Vec<_> = space.pieces.iter().map(|arc| (arc.shard, arc.from, arc.to)).collect();
    assert_eq!(arcs, [(0, 0.75, 0.25), (1, 0.25, 0.75)], "a key belongs to the next point, over the top too");
    assert!(space.pieces.iter().all(|arc| arc.labelled));
    assert_eq!(space.ticks.iter().map(|tick| tick.at).collect::<Vec<_>>().len(), 4);
    assert_eq!(space.points[0].2.as_deref(), Some("n1"));
}

#[test]
fn what_moves_says_from_whom_to_whom_and_how_far_it_is() {
    let mut map = chapter();
    map.nodes.push(n(3));
    map.moves.push(Move { to: shard(4, &[0, 1, 2, 3], &[3]), from: vec![ShardId(1)], sealing: false });
    let frame = frame(&map, 3);
    let (rows, more) = moves(&frame, &map, &names());
    assert_eq!(more, 0);
    assert_eq!((rows[0].what.as_str(), rows[0].way.as_str()), ("A", "n1 → n3"));
    assert_eq!((rows[0].have, rows[0].of, rows[0].words.as_str()), (2, 4, "2 of 4 keys"));
    assert_eq!(arrows(&frame, &map), [(n(1), n(3))]);
    let cards = cards(&frame, &map, &names(), &Load::default(), &Pointed::default());
    let coming = &cards[2].copies[0];
    assert_eq!(
        (coming.label.as_str(), coming.state, coming.can_move),
        ("A", CopyState::Arriving(0.5), false)
    );
}

#[test]
fn keys_are_told_in_a_few_words() {
    let of = |keys: &[u32]| keys_in_words(&keys.iter().copied().map(Key).collect::<Vec<_>>());
    assert_eq!(of(&[3]), "k4");
    assert_eq!(of(&[3, 4, 5]), "k4 to k6");
    assert_eq!(of(&[0, 2]), "k1 and k3");
    assert_eq!(of(&[0, 2, 4, 8]), "k1, k3 and 2 more");
}
