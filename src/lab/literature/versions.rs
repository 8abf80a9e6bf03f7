//! How many versions behind a read is when neither writes nor reads go further than their quorum (PBS, sections 3.1
//! and 3.2), measured with the leaderless store: for each write the coordinator's links to all but W replicas are cut,
//! and for each read those to all but R.

use netsplit_sim::action::Action;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{Key, NodeId, Value};
use netsplit_sim::random::{Purpose, Random, stream};
use netsplit_sim::setup::ClientSetup;
use netsplit_sim::time::Span;

use super::pbs::luck;
use super::running::{Running, setup};
use super::{Effort, Figure};
use crate::wars::within_versions;

/// Versions that replicas may begin with: too many behind to be found.
const FIRST: usize = 30;

/// N, R, W, and for some k the share of reads within k versions.
type Row = (u16, u16, u16, &'static [(u32, f64)]);

const PRINTED: &[Row] = &[
    (3, 1, 1, &[(1, 0.3333), (2, 0.5556), (3, 0.7037), (5, 0.8683)]),
    (3, 2, 1, &[(1, 0.6667), (2, 0.8889), (3, 0.9630)]),
    (5, 2, 2, &[(1, 0.7), (2, 0.91), (3, 0.973)]),
];

pub(super) fn figures(effort: Effort) -> Vec<Figure> {
    let reads = match effort {
        Effort::Quick => 4_000,
        Effort::Full => 200_000,
    };
    let mut figures = Vec::new();
    for &(n, r, w, shares) in PRINTED {
        let behind = ages(n, r, w, reads);
        for &(k, published) in shares {
            let within = behind.iter().filter(|&&age| age < k as usize).count();
            let formula = within_versions(n.into(), r.into(), w.into(), k);
            figures.push(Figure {
                what: format!(
                    "N = {n}, R = {r}, W = {w}: reads within {k} {}",
                    if k == 1 { "version" } else { "versions" }
                ),
                measured: within as f64 / behind.len() as f64,
                published,
                // Neighbouring reads share most of the last k writes, so k of them may tell no more than one. And what
                // is printed is rounded.
                within: luck(formula, behind.len() as u64 / u64::from(k)) + (formula - published).abs(),
                note: String::new(),
            });
        }
    }
    figures
}

/// Of so many reads, each after one more write, how many versions behind they were.
fn ages(n: u16, r: u16, w: u16, reads: usize) -> Vec<usize> {
    // One node more than there are replicas: that which is no replica coordinates.
    let mut random = stream(1, Purpose::Trials, n, r << 8 | w);
    let mut ages = Vec::with_capacity(reads);
    while ages.len() < reads {
        let client = ClientSetup { timeout: Span::from_s(5), ..ClientSetup::default() };
        let outside = outsider(n);
        let setup = setup(random.bits(), n + 1, &[outside.0], &client);
        let named = [("r", r.into()), ("w", w.into()), ("n", n.into()), ("repair", 1)];
        let mut cluster = Running::new("quorum", &setup, &named);
        let mut written = Vec::new();
        while ages.len() < reads && !cluster.is_worn() {
            let write = among(
                &mut cluster,
                outside,
                n,
                w,
                &mut random,
                Call::Write { key: KEY, value: Value::FRESH },
            );
            written.push(write.1);
            let read = among(&mut cluster, outside, n, r, &mut random, Call::Read { key: KEY });
            if let (Outcome::Read(found), true) = (read.0, written.len() > FIRST) {
                let place = written.iter().rev().position(|value| *value == found);
                ages.push(place.unwrap_or(written.len()));
            }
        }
    }
    ages
}

const KEY: Key = Key(0);

/// The node without the key, in a cluster of one node more than there are replicas.
fn outsider(n: u16) -> NodeId {
    let mut asked = Running::new(
        "quorum",
        &setup(1, n + 1, &[0], &ClientSetup::default()),
        &[("n", n.into()), ("w", n.into())],
    );
    let holders = super::pbs_protocol::holders(&mut asked, KEY);
    (0..=n).map(NodeId).find(|node| !holders.contains(node)).unwrap_or(NodeId(n))
}

/// One operation that reaches only so many replicas, drawn at random: its outcome, and what it wrote.
fn among(
    cluster: &mut Running,
    from: NodeId,
    n: u16,
    reaches: u16,
    random: &mut Random,
    call: Call,
) -> (Outcome, Option<Value>) {
    let mut replicas: Vec<NodeId> = (0..=n).map(NodeId).filter(|node| *node != from).collect();
    for last in (1..replicas.len()).rev() {
        replicas.swap(last, random.below(last as u64 + 1) as usize);
    }
    let cut = &replicas[usize::from(reaches)..];
    cut.iter().for_each(|node| cluster.act(&Action::CutOneWay(from.into(), (*node).into())));
    let op = cluster.operate(0, call);
    let operation = cluster.finish(op);
    cluster.come_to_rest();
    cut.iter().for_each(|node| cluster.act(&Action::Heal(from.into(), (*node).into())));
    (operation.outcome, operation.call.writes())
}
