//! What a session tells about its protocol and about the inside of its nodes.

use netsplit_scenario::{Scenario, Session};
use netsplit_sim::action::Action;
use netsplit_sim::frame::Inspection;
use netsplit_sim::history::CallKind;
use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{Contract, Fault};
use netsplit_sim::time::Time;

use crate::generate::playable;

fn contract(id: &str, parameters: &[u64]) -> Contract {
    let entry = netsplit_protocols::find(id).expect("registered");
    (entry.contract)(parameters, 3)
}

#[test]
fn the_contract_is_that_of_the_parameters_in_force() {
    let mut session = Session::new(playable(5, "quorum")).expect("valid");
    let before = session.parameters(NodeId(0));
    assert_eq!(session.contract(), contract("quorum", &before));
    assert_eq!(session.contract().tolerances.len(), Fault::ALL.len());
    // R = 1 and W = 1 on all: another contract.
    let mut weak = before.clone();
    (weak[0], weak[1]) = (1, 1);
    assert_ne!(contract("quorum", &weak), contract("quorum", &before));
    session.act(Action::Configure(None, weak.clone())).expect("valid");
    assert_eq!(session.contract(), contract("quorum", &weak));
    assert_eq!(session.promises(), contract("quorum", &weak).promises);
    session.undo();
    // On one node only: no more is promised than with either.
    session.act(Action::Configure(Some(NodeId(1)), weak.clone())).expect("valid");
    let (strong, weak) = (contract("quorum", &before), contract("quorum", &weak));
    let both = |promise| strong.promises.contains(promise) && weak.promises.contains(promise);
    assert!(session.promises().iter().all(both));
    assert_eq!(session.contract().consistency, strong.consistency.max(weak.consistency));
}

#[test]
fn calls_are_those_that_every_node_carries_out() {
    for entry in netsplit_protocols::ALL {
        let id = (entry.about)().id;
        let session = Session::new(Scenario::default().with_protocol(id).0).expect("valid");
        assert_eq!(session.calls(), (entry.calls)(&session.parameters(NodeId(0))), "{id}");
        assert!(session.calls().contains(&CallKind::Read), "{id}");
    }
}

#[test]
fn one_may_look_inside_every_node_and_no_other() {
    for entry in netsplit_protocols::ALL {
        let id = (entry.about)().id;
        let mut session = Session::new(Scenario::default().with_protocol(id).0).expect("valid");
        session.advance(Time(2_000_000_000), u64::MAX);
        session.act(Action::Crash(NodeId(1))).expect("valid");
        let inside: Vec<Inspection> = (0..3).map(|n| session.inspect(NodeId(n))).collect();
        assert!(inside.iter().any(|inspection| *inspection != Inspection::default()), "{id}");
        assert_eq!(session.inspect(NodeId(3)), Inspection::default());
    }
}
