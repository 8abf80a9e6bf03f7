//! Who takes over, when, and with what.

use netsplit_protocols::primary_backup::{command, note};
use netsplit_sim::action::Action;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{NodeId, Value};
use netsplit_sim::protocol::Promise;
use netsplit_sim::trace::EventKind;

use super::{KEY, N1, N2, N3, Play, room};

const PROMISES: [Promise; 3] = [Promise::Linearizable, Promise::NoLostWrites, Promise::Converges];

#[test]
fn a_person_promotes_a_backup_and_the_old_primary_comes_back_as_one() {
    for epochs in [0, 1] {
        let mut play = Play::new(3, &[("acks", 1), ("epochs", epochs)]);
        let first = play.until(50).write(0, 100);
        play.until(100).act(Action::Crash(N1));
        let lost = play.until(150).write(1, 200);
        play.until(400).command(N2, command::PROMOTE);
        let second = play.until(500).write(1, 300);
        let read = play.until(600).read(2);
        play.until(800);
        assert_eq!(play.outcome(first), Outcome::Written);
        assert!(matches!(play.outcome(lost), Outcome::Unknown(_)), "nobody was primary");
        assert_eq!(play.outcome(second), Outcome::Written);
        assert_eq!(play.noted(N2, note::LEADS).len(), 1);
        let asked = if epochs == 0 { Outcome::Read(Some(Value(300))) } else { play.outcome(read) };
        assert_eq!(play.outcome(read), asked);
        play.act(Action::Restart(N1)).until(2_000);
        let last = play.read(0);
        play.until(2_500);
        // Without epochs n1 does not know that it was replaced, and takes over again with its old log.
        let (leader, value) = if epochs == 0 { (1, 300) } else { (0, 100) };
        assert_eq!(play.outcome(last), Outcome::Read(Some(Value(value))), "epochs {epochs}");
        let leads: Vec<bool> = play.nodes().iter().map(|(leads, _)| *leads).collect();
        assert_eq!(leads.iter().position(|&leads| leads), Some(leader), "epochs {epochs}");
        assert_eq!(leads.iter().filter(|&&leads| leads).count(), 1);
        assert_eq!(play.broken(&PROMISES).is_empty(), epochs == 0);
    }
}

#[test]
fn a_planned_change_of_the_primary_loses_nothing() {
    for epochs in [0, 1] {
        let mut play = Play::new(3, &[("acks", 0), ("epochs", epochs)]);
        play.until(50).write(0, 100);
        play.until(100).command(N1, command::DEMOTE);
        play.until(150).command(N3, command::PROMOTE);
        let write = play.until(300).write(0, 200);
        play.until(600).read(1);
        play.until(1_000);
        assert_eq!(play.outcome(write), Outcome::Written, "epochs {epochs}");
        assert_eq!(play.noted(N1, note::STEPPED_DOWN).len(), 1);
        assert_eq!(play.nodes(), [(false, Some(200)), (false, Some(200)), (true, Some(200))]);
        assert!(play.broken(&PROMISES).is_empty(), "epochs {epochs}");
    }
}

/// n2 and n3 each have a part of the log that the other lacks; whoever is promoted fetches the longer one.
#[test]
fn a_new_primary_takes_the_best_log_of_a_majority() {
    for promoted in [N2, N3] {
        let mut play = Play::new(3, &[("acks", 1)]);
        play.until(50).write(0, 100);
        // n2 misses a write that n3 acknowledges.
        play.until(100).act(Action::Cut(N1.into(), N2.into()));
        let write = play.until(110).write(0, 200);
        play.until(150).act(Action::Crash(N1)).act(Action::HealAll);
        play.command(promoted, command::PROMOTE);
        let read = play.until(400).read(2);
        play.until(800);
        assert_eq!(play.outcome(write), Outcome::Written);
        assert_eq!(play.outcome(read), Outcome::Read(Some(Value(200))), "{promoted:?} promoted");
        assert!(play.nodes()[promoted.index()].0);
    }
}

#[test]
fn a_lagging_backup_promoted_by_force_loses_what_it_lacks_and_says_so() {
    let mut play = Play::new(3, &[("acks", 0)]);
    play.until(50).write(0, 100);
    play.until(100).cut_off(N3, 3);
    let write = play.until(150).write(0, 200);
    play.until(200).act(Action::HealAll);
    play.command(N3, command::FORCE);
    play.until(1_000).read(0);
    play.until(1_500);
    assert_eq!(play.outcome(write), Outcome::Written);
    assert_eq!(play.nodes(), [(false, Some(100)), (false, Some(100)), (true, Some(100))]);
    assert_eq!((play.noted(N1, note::THREW_AWAY).len(), play.noted(N2, note::THREW_AWAY).len()), (1, 1));
    let broken = play.broken(&[Promise::NoLostWrites]);
    assert!(broken[0].1.contains("v200"), "{broken:?}");
}

#[test]
fn nobody_is_elected_without_a_majority() {
    let mut play = Play::new(3, &[("acks", 1)]);
    play.until(50).write(0, 100);
    play.until(100).act(Action::Crash(N1)).act(Action::Crash(N3));
    play.command(N2, command::PROMOTE);
    play.until(1_000);
    assert!(!play.nodes()[1].0);
    // It goes on asking, and leads as soon as one more node is there.
    play.act(Action::Restart(N3)).until(1_500);
    assert!(play.nodes()[1].0);
}

#[test]
fn the_lowest_numbered_node_that_is_left_takes_over() {
    let mut play = Play::new(5, &[("acks", 2), ("failover", 1)]);
    play.until(50).write(4, 100);
    play.until(100).act(Action::Crash(N1)).act(Action::Crash(N2));
    let write = play.until(1_500).write(4, 200);
    play.until(2_000);
    assert_eq!(play.outcome(write), Outcome::Written);
    assert!(play.nodes()[2].0 && play.noted(NodeId(3), note::LEADS).is_empty());
    // A node that comes back does not take the lead back.
    play.act(Action::Restart(N1)).until(3_000);
    assert!(play.nodes()[2].0 && !play.nodes()[0].0);
    assert!(play.broken(&[Promise::Linearizable, Promise::NoLostWrites]).is_empty());
}

/// The request reached the old primary, and the answer was lost with it. The client asks the new one.
#[test]
fn a_request_that_survives_a_failover_is_applied_once() {
    let mut setup = room(3);
    for client in &mut setup.clients {
        client.retries = 20;
        client.timeout = netsplit_sim::time::Span::from_ms(100);
    }
    let mut play = Play::of(&setup, &[("acks", 1), ("failover", 1)]);
    play.until(50).act(Action::CutOneWay(N1.into(), netsplit_sim::ids::ClientId(0).into()));
    let add = play.until(60).ask(0, Call::Add { key: KEY, amount: 5 });
    play.until(80).act(Action::Crash(N1));
    play.until(2_000);
    assert_eq!(play.outcome(add), Outcome::Written);
    let retried = |kind| matches!(kind, EventKind::Retried { .. });
    let trace = netsplit_sim::machine::Machine::trace(&play.cluster);
    assert!(trace.iter().any(|event| retried(event.kind)));
    assert_eq!(play.nodes()[1], (true, Some(5)));
}

#[test]
fn a_client_is_sent_on_or_its_request_is() {
    let requests = |play: &Play| {
        let retried = |kind| matches!(kind, EventKind::Retried { node: N1, .. });
        let trace = netsplit_sim::machine::Machine::trace(&play.cluster);
        trace.iter().filter(|event| retried(event.kind)).count()
    };
    for (routing, redirected) in [(0, 0), (1, 1)] {
        let mut play = Play::new(3, &[("routing", routing)]);
        let first = play.until(50).write(1, 100);
        let second = play.until(100).write(1, 200);
        play.until(200);
        assert_eq!((play.outcome(first), play.outcome(second)), (Outcome::Written, Outcome::Written));
        // The second time the client knows where to ask.
        assert_eq!(requests(&play), redirected);
    }
}
