//! Replicas of a cluster whose data is split: each key has holders of its own.

use std::rc::Rc;

use netsplit_sim::frame::{Frame, KeyView, NodeFrame, ReplicaView, Status};
use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::setup::Position;
use netsplit_sim::sharding::{
    Picture, Shard, ShardId, ShardMap, ShardState, ShardView, ShardingView, Traffic,
};

use crate::Replicas;
use crate::testing::{history, judge_with};

/// k1 is on n1 and n2, k2 on n2 and n3; n1 also has an old copy of k2.
fn map() -> Rc<ShardMap> {
    let shard = |id, key, members: [u16; 2]| Shard {
        id: ShardId(id),
        keys: Rc::from([Key(key)]),
        members: members.map(NodeId).to_vec(),
    };
    Rc::new(ShardMap {
        version: 7,
        nodes: (0..3).map(NodeId).collect(),
        shards: vec![shard(4, 0, [0, 1]), shard(9, 1, [1, 2])],
        moves: Vec::new(),
        owners: Rc::from([0, 1]),
        picture: Picture::default(),
    })
}

fn node(id: u16, status: Status, copies: &[(u32, ShardState)], held: &[(u32, u64)]) -> NodeFrame {
    let copy = |&(id, state): &(u32, ShardState)| ShardView {
        id: ShardId(id),
        state,
        role: "replica",
        leads: false,
        term: None,
        keys: 1,
        bytes: 0,
        served: 0,
    };
    // Only the node that keeps the map knows the newest one.
    let map = if id == 0 { map() } else { Rc::default() };
    let sharding = ShardingView {
        map,
        keeps_map: id == 0,
        up: Vec::new(),
        copies: copies.iter().map(copy).collect(),
        traffic: Traffic::default(),
    };
    let view = |&(key, value): &(u32, u64)| KeyView {
        key: Key(key),
        value: Value(value),
        version: Version { counter: value, node: NodeId(0) },
        op: OpId(0),
    };
    let keys = held.iter().map(view).collect();
    NodeFrame {
        id: NodeId(id),
        position: Position::default(),
        status,
        clock_ahead_ns: 0,
        clock_drift_ppm: 0,
        slow: 1,
        lie: None,
        queue: 0,
        utilisation: 0.0,
        parameters: Vec::new(),
        replica: ReplicaView { keys, sharding: Some(sharding), ..ReplicaView::default() },
    }
}

/// What n2 holds is given; the others hold 3 for k1 and 4 for k2, and n1 an old 9 for k2.
fn replicas(second: &[(u32, u64)], second_status: Status) -> Replicas {
    let serves = ShardState::Serving;
    let frame = Frame {
        nodes: vec![
            node(0, Status::Up, &[(4, serves), (6, ShardState::Sealed)], &[(0, 3), (1, 9)]),
            node(1, second_status, &[(4, serves), (9, serves)], second),
            node(2, Status::Up, &[(9, serves), (11, ShardState::Arriving { have: 0, of: 1 })], &[(1, 4)]),
        ],
        ..Frame::default()
    };
    Replicas::from_frame(&frame, true)
}

fn says(name: &str, text: &str, replicas: &Replicas) -> String {
    let verdict = judge_with(name, &history(text), Some(replicas));
    format!("{}: {}", verdict.name(), verdict.sentence())
}

const WRITTEN: &str = "c1 k1:w3 0 5; c1 k2:w9 6 7; c1 k2:w4 8 9";

#[test]
fn a_key_is_compared_among_those_that_hold_it() {
    let converges = |second: &[(u32, u64)], status| says("converges", WRITTEN, &replicas(second, status));
    assert_eq!(converges(&[(0, 3), (1, 4)], Status::Up), "holds: ");
    assert_eq!(
        converges(&[(0, 3), (1, 9)], Status::Up),
        "broken: The network is whole and quiet, and still n2 holds v9 for k2 and n3 holds v4"
    );
    assert_eq!(
        converges(&[(1, 4)], Status::Up),
        "broken: The network is whole and quiet, and still n1 holds v3 for k1 and n2 holds nothing"
    );
    assert_eq!(converges(&[(0, 3), (1, 4)], Status::Down), "holds: ");
    assert_eq!(
        converges(&[(0, 3), (1, 9)], Status::Down),
        "unknown: not settled yet: n2 is down, and behind"
    );
}

#[test]
fn only_those_that_hold_a_key_can_save_a_write() {
    let lost = |text: &str| says("no-lost-writes", text, &replicas(&[(0, 3), (1, 4)], Status::Up));
    assert_eq!(lost(WRITTEN), "holds: ");
    // The old copy at n1 still has 9, the last write; those that hold the key do not.
    assert_eq!(
        lost("c1 k1:w3 0 5; c1 k2:w4 6 7; c1 k2:w9 8 9"),
        "broken: c1's write of v9 to k2, sent to n1, was acknowledged at 9.0 ms, but at rest no replica holds it or anything newer: \
         n2 holds v4"
    );
}
