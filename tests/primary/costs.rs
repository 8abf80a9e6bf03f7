//! What a write costs in messages, with nothing broken.

use std::collections::BTreeMap;

use netsplit_protocols::primary_backup::PrimaryBackup;
use netsplit_protocols::single_copy::SingleCopy;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Protocol;
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{EventKind, REQUEST, RESPONSE};

use super::{KEY, parameters, room};

const WRITES: u64 = 100;

/// Messages for each write, by kind, in a run in which the first client writes at n1 again and again.
fn messages<P: Protocol>(nodes: u16, parameters: &[u64]) -> BTreeMap<&'static str, f64> {
    let mut cluster = Cluster::<P>::new(&room(nodes), parameters);
    // The start is no part of what a write costs.
    Machine::run_until(&mut cluster, Time::ZERO + Span::from_s(1), u64::MAX);
    let begin = Machine::trace(&cluster).len();
    for i in 0..WRITES {
        Machine::act(
            &mut cluster,
            &Action::Operate(ClientId(0), Call::Write { key: KEY, value: Value(i + 1) }),
        );
        let next = Machine::now(&cluster) + Span::from_ms(10);
        Machine::run_until(&mut cluster, next, u64::MAX);
    }
    assert!(Machine::history(&cluster).operations.iter().all(|op| op.outcome == Outcome::Written));
    let kinds = P::about().messages;
    let mut counted = BTreeMap::new();
    for event in &Machine::trace(&cluster)[begin..] {
        if let EventKind::Sent { label, .. } = event.kind {
            let name = match label {
                REQUEST => "request",
                RESPONSE => "answer",
                kind => kinds[usize::from(kind)].name,
            };
            *counted.entry(name).or_insert(0.0) += 1.0 / WRITES as f64;
        }
    }
    counted
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.011
}

/// The literature's n and 2n, as the protocol's prose counts them.
#[test]
fn an_asynchronous_write_takes_n_messages_and_a_synchronous_one_2n() {
    for nodes in [2, 3, 5] {
        let n = f64::from(nodes);
        let counted = messages::<PrimaryBackup>(nodes, &parameters(nodes, &[("acks", 0)]));
        assert!(close(counted["request"] + counted["Append"], n), "{nodes} nodes: {counted:?}");
        // One acknowledgement for each backup within half of 200 ms, so at most one for nine writes.
        assert!(counted["Ack"] <= (n - 1.0) / 9.0, "{nodes} nodes: {counted:?}");

        let acks = u64::from(nodes) - 1;
        let counted = messages::<PrimaryBackup>(nodes, &parameters(nodes, &[("acks", acks)]));
        let all: f64 = counted.values().sum();
        assert!(close(all, 2.0 * n), "{nodes} nodes: {counted:?}");
        assert!(close(counted["Append"] + counted["Ack"], 2.0 * (n - 1.0)), "{nodes} nodes: {counted:?}");
    }
}

#[test]
fn a_single_copy_takes_a_request_and_an_answer() {
    let counted = messages::<SingleCopy>(3, &[0]);
    assert_eq!(counted.keys().copied().collect::<Vec<_>>(), ["answer", "request"]);
    assert!(counted.values().all(|&count| close(count, 1.0)), "{counted:?}");
}
