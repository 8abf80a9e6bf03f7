//! Figures of papers, measured in running clusters.

use netsplit_sim::ids::NodeId;
use netsplit_sim::setup::{Home, Mix, Pace};
use netsplit_sim::time::Span;

use super::{Case, at};

/// Barroso, Clidaras and Hölzle, *The Datacenter as a Computer* (2013), figure 3.2: a job computes for 1 ms and makes
/// f accesses, of which 1 in n is at hand (100 ns) and the others are at other nodes (100 µs).
#[test]
fn a_job_with_uniform_accesses_takes_what_barroso_clidaras_and_holzle_say() {
    for nodes in [1u16, 2, 4, 8, 16, 32] {
        for (accesses, jobs) in [(1u32, 1_500u32), (10, 300), (100, 60)] {
            let measured = job_ms(nodes, accesses, jobs);
            let n = f64::from(nodes);
            let formula = 1.0 + f64::from(accesses) * (100e-6 / n + 0.1 * (1.0 - 1.0 / n));
            let off = (measured / formula - 1.0).abs();
            assert!(
                off < 0.01,
                "n = {nodes}, f = {accesses}: {measured} ms measured, {formula} ms by the formula"
            );
        }
    }
}

/// The mean time of a job. The client stands at the first node, 50 ns from it each way; another node is 49.975 µs from
/// both of them, and answers the client itself.
fn job_ms(nodes: u16, accesses: u32, jobs: u32) -> f64 {
    let mut case = Case::new("modulo", "single", nodes, 960);
    let far = Span(49_975);
    case.setup.network.base = far;
    let client = case.client(Mix { read: 1, ..Mix::default() }, Span::ZERO);
    client.home = Home::Node(NodeId(0));
    client.keys = netsplit_sim::setup::KeyPick::Uniform;
    client.pace = Pace::Job { accesses, compute: Span::from_ms(1) };
    client.operations = Some(accesses * jobs);
    let near = netsplit_sim::setup::LinkQuality { base: Span(50), ..case.setup.network };
    case.setup.links.push(netsplit_sim::setup::LinkSetup {
        a: NodeId(0).into(),
        b: netsplit_sim::ids::ClientId(0).into(),
        quality: near,
        one_way: false,
    });
    let mut machine = case.build();
    machine.run_until(at(60_000), u64::MAX);
    let operations = &machine.history().operations;
    assert_eq!(operations.len() as u32, accesses * jobs);
    // A job is its accesses and then the computing.
    let first = operations[0].invoked;
    let last = operations.last().and_then(|op| op.returned).expect("the last one ended");
    (last.since(first).as_ms() + 1.0) / f64::from(jobs)
}

/// Dean and Barroso, *The Tail at Scale* (2013): a query that needs n nodes, each slow in 1 % of cases, is slow in
/// 1 - 0.99^n of cases.
#[test]
fn the_slow_tail_of_a_query_grows_with_the_nodes_that_it_needs() {
    for nodes in [1u16, 5, 10, 30] {
        let queries = 2_000;
        let mut case = Case::new("range", "single", nodes, u32::from(nodes));
        for node in &mut case.setup.nodes {
            node.service = Span::from_us(100);
            node.hiccup_share = 0.01;
            node.hiccup_times = 1_000;
        }
        // The node that asks would be slow too, for every message that it handles: a spare asks.
        case.setup.nodes[usize::from(nodes)].hiccup_share = 0.0;
        let client = case.client(Mix { query_all: 1, ..Mix::default() }, Span::from_ms(1));
        client.home = Home::Node(NodeId(nodes));
        client.operations = Some(queries);
        let mut machine = case.build();
        machine.run_until(at(200_000), u64::MAX);
        let done = &machine.history().queries;
        assert_eq!(done.len() as u32, queries);
        let slow = done.iter().filter(|query| {
            query.returned.is_some_and(|returned| returned.since(query.invoked) > Span::from_ms(50))
        });
        let share = slow.count() as f64 / f64::from(queries);
        let formula = 1.0 - libm::pow(0.99, f64::from(nodes));
        // Three standard deviations of so many queries, and what reports add to a node's messages.
        let spread = 3.0 * libm::sqrt(formula * (1.0 - formula) / f64::from(queries)) + 0.15 * formula;
        assert!((share - formula).abs() < spread, "n = {nodes}: {share}, by the formula {formula}");
    }
}
