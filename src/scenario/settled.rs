//! Whether the cluster has come to rest, so that copies that differ will stay different.

use netsplit_protocols::partitioning::Layout;
use netsplit_sim::frame::{FlightFrame, Frame, NodeFrame, Status};
use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{About, Range};
use netsplit_sim::sharding::{ShardMap, ShardState};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{Event, EventKind};

use crate::sharding::newest;

/// A cluster is at rest when the network between the nodes is whole, every node runs at its speed and tells
/// the truth, no client waits, nobody holds a message up, nothing that belongs to an operation is on its
/// way, and for a while nothing was called, returned, became visible or was done to it. How long: a
/// second, and five times the longest time among the protocol's parameters, so that whatever is sent again
/// after a loss has been sent again. Nodes that keep talking to each other, as in gossip, may still tell each
/// other news, by chance late; they get four times as long.
///
/// Where the data is split, only the nodes in the cluster have to run and reach each other; and nothing is moving:
/// every member of every shard serves it.
///
/// What the script does later does not count: this is about now.
pub(crate) fn is_settled(about: &About, frame: &Frame, trace: &[Event]) -> bool {
    let map = newest(frame).map(|map| &**map);
    let inside = |node: NodeId| map.is_none_or(|map| map.nodes.contains(&node));
    let whole = frame.links.iter().all(|link| {
        let between_nodes = link.a.node().is_some_and(inside) && link.b.node().is_some_and(inside);
        !between_nodes || !(link.cut_forward || link.cut_back)
    });
    let members = || frame.nodes.iter().filter(|node| inside(node.id));
    let up = members().all(|node| node.status == Status::Up && node.queue == 0);
    let honest = members().all(|node| node.lie.is_none() && node.slow == 1);
    let idle = frame.clients.iter().all(|client| client.pending == 0);
    // A message that a person holds up is a fault that has not ended.
    let quiet =
        |flight: &FlightFrame| flight.op.is_none() && flight.version.is_none() && flight.held.is_none();
    let quiet_wire = frame.flights.iter().all(quiet);
    let patience = patience(about, frame);
    let long = Span(patience.0.saturating_mul(4));
    let enough = if talk(trace, frame.now, patience) { long } else { patience };
    let placed = map.is_none_or(|map| is_placed(frame, map));
    whole && up && honest && placed && idle && quiet_wire && is_quiet(trace, frame.now, enough)
}

fn patience(about: &About, frame: &Frame) -> Span {
    let times = frame.nodes.iter().flat_map(|node| {
        // Where the data is split, that stands in front of the protocol's parameters.
        let split = node.replica.sharding.as_ref().and_then(|_| Layout::from_words(&node.parameters));
        let (own, start) = split.map_or((0, 0), |(layout, length)| {
            (layout.pause().max(layout.linger()).max(layout.deadline()).0, length)
        });
        let times = about.parameters.iter().zip(node.parameters.get(start..).unwrap_or_default());
        let times = times.filter(|(parameter, _)| matches!(parameter.range, Range::Time { .. }));
        times.map(|(_, value)| *value).chain([own])
    });
    Span::from_s(1).max(Span(times.max().unwrap_or(0).saturating_mul(5)))
}

/// Whether every shard is where the map wants it, and nothing moves.
fn is_placed(frame: &Frame, map: &ShardMap) -> bool {
    let serves = |node: &NodeFrame, shard| {
        let copies = node.replica.sharding.as_ref().map_or(&[][..], |view| &view.copies);
        copies.iter().any(|copy| copy.id == shard && copy.state == ShardState::Serving)
    };
    let whole = |shard: &netsplit_sim::sharding::Shard| {
        let mut members = shard.members.iter();
        members.all(|node| frame.nodes.get(node.index()).is_some_and(|node| serves(node, shard.id)))
    };
    map.moves.is_empty() && map.shards.iter().all(whole)
}

/// Whether nothing that a person would call a change happened for a while.
fn is_quiet(trace: &[Event], now: Time, patience: Span) -> bool {
    let Some(since) = now.0.checked_sub(patience.0) else { return false };
    let change = |event: &Event| {
        matches!(
            event.kind,
            EventKind::Invoked { .. }
                | EventKind::Retried { .. }
                | EventKind::Returned { .. }
                | EventKind::Asked { .. }
                | EventKind::Told { .. }
                | EventKind::Visible { .. }
                | EventKind::Acted { .. }
        )
    };
    !trace.iter().rev().take_while(|event| event.at.0 > since).any(change)
}

/// Whether nodes sent each other anything lately.
fn talk(trace: &[Event], now: Time, lately: Span) -> bool {
    let between_nodes = |event: &Event| match event.kind {
        EventKind::Sent { from, to, .. } => from.node().is_some() && to.node().is_some(),
        _ => false,
    };
    trace.iter().rev().take_while(|event| now.since(event.at) < lately).any(between_nodes)
}
