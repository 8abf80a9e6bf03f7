//! Two primaries at once: made without epochs, prevented with them.

use netsplit_protocols::primary_backup::{command, note};
use netsplit_sim::action::Action;
use netsplit_sim::history::Outcome;
use netsplit_sim::ids::{OpId, Value};
use netsplit_sim::protocol::Promise;

use super::{N1, N2, N3, Play};

const OFF: u64 = 1;
const AUTOMATIC: u64 = 1;

/// n1 is cut off with its client. Both sides write; the link is mended; everybody reads. Answers the writes of the
/// two sides and the reads.
fn script(play: &mut Play, promote: bool) -> (OpId, OpId, [OpId; 3]) {
    let first = play.until(50).write(0, 100);
    play.until(100).cut_off(N1, 3);
    if promote {
        play.until(150).command(N2, command::PROMOTE);
    }
    let (left, right) = (play.until(1_000).write(0, 200), play.write(1, 300));
    play.until(1_500).act(Action::HealAll);
    let reads = [play.until(3_000).read(0), play.read(1), play.read(2)];
    play.until(4_000);
    assert_eq!(play.outcome(first), Outcome::Written);
    (left, right, reads)
}

#[test]
fn without_epochs_both_sides_acknowledge_and_one_write_is_lost() {
    for (name, failover, promote) in [("automatic", AUTOMATIC, false), ("manual", 0, true)] {
        let mut play = Play::new(3, &[("acks", 0), ("epochs", OFF), ("failover", failover)]);
        let (left, right, reads) = script(&mut play, promote);
        assert_eq!((play.outcome(left), play.outcome(right)), (Outcome::Written, Outcome::Written), "{name}");
        for read in reads {
            // The lower-numbered primary wins.
            assert_eq!(play.outcome(read), Outcome::Read(Some(Value(200))), "{name}");
        }
        assert_eq!(play.noted(N2, note::STEPPED_DOWN).len(), 1, "{name}");
        assert_eq!(play.noted(N2, note::THREW_AWAY).len(), 1, "{name}");
        assert_eq!(play.nodes(), [(true, Some(200)), (false, Some(200)), (false, Some(200))], "{name}");
        assert!(play.broken(&[Promise::Converges]).is_empty(), "{name}");
    }
}

/// The writes of both sides overlap, so neither was surely first. Here the lost one is alone.
#[test]
fn the_checkers_name_the_lost_write() {
    for (name, epochs, lost) in [("off", OFF, true), ("on", 0, false)] {
        let mut play = Play::new(3, &[("acks", 0), ("epochs", epochs), ("failover", AUTOMATIC)]);
        play.until(50).write(0, 100);
        play.until(100).cut_off(N1, 3);
        let write = play.until(1_000).write(1, 300);
        play.until(1_500).act(Action::HealAll);
        play.until(3_000).read(0);
        play.until(4_000);
        assert_eq!(play.outcome(write), Outcome::Written, "epochs {name}");
        let broken = play.broken(&[Promise::NoLostWrites, Promise::Linearizable]);
        assert_eq!(broken.len(), if lost { 2 } else { 0 }, "epochs {name}: {broken:?}");
        assert!(broken.iter().all(|(_, sentence)| sentence.contains("v300")), "{broken:?}");
    }
}

#[test]
fn with_epochs_only_the_majority_acknowledges_and_nothing_is_lost() {
    for (name, failover, promote) in [("automatic", AUTOMATIC, false), ("manual", 0, true)] {
        let mut play = Play::new(3, &[("acks", 1), ("failover", failover)]);
        let (left, right, reads) = script(&mut play, promote);
        assert!(matches!(play.outcome(left), Outcome::Unknown(_)), "{name}");
        assert_eq!(play.outcome(right), Outcome::Written, "{name}");
        let broken = play.broken(&[Promise::NoLostWrites, Promise::Linearizable, Promise::Converges]);
        assert!(broken.is_empty(), "{name}: {broken:?}");
        for read in reads {
            // The write of n1 was never acknowledged, and is gone with what else n1 did not ship.
            assert_eq!(play.outcome(read), Outcome::Read(Some(Value(300))), "{name}");
        }
        assert_eq!(play.noted(N1, note::STEPPED_DOWN).len(), 1, "{name}");
        assert_eq!(play.noted(N1, note::THREW_AWAY).len(), 1, "{name}");
        if failover == AUTOMATIC {
            // Its heartbeats told the others that it still took itself for the primary.
            assert!(!play.noted(N2, note::REFUSED).is_empty() || !play.noted(N3, note::REFUSED).is_empty());
        }
        assert_eq!(play.nodes().iter().filter(|(leads, _)| *leads).count(), 1, "{name}");
    }
}

/// Epochs fence an old primary off; they do not bring back what it never shipped.
#[test]
fn with_epochs_and_too_few_acknowledgements_a_write_is_still_lost() {
    let mut play = Play::new(3, &[("acks", 0), ("failover", AUTOMATIC)]);
    let (left, right, reads) = script(&mut play, false);
    assert_eq!((play.outcome(left), play.outcome(right)), (Outcome::Written, Outcome::Written));
    assert!(reads.iter().all(|&read| play.outcome(read) == Outcome::Read(Some(Value(300)))));
    assert_eq!(play.noted(N1, note::THREW_AWAY).len(), 1);
}

/// A deposed primary does not know it. If it answers without asking, the answer may be old.
#[test]
fn a_deposed_primary_answers_old_values_unless_it_asks_first() {
    for (name, reads, stale) in [("confirmed", 0, false), ("unconfirmed", 2, true)] {
        let mut play = Play::new(3, &[("acks", 1), ("failover", AUTOMATIC), ("reads", reads)]);
        play.until(50).write(0, 100);
        play.until(100).cut_off(N1, 3);
        play.until(1_000).write(1, 300);
        let read = play.until(1_100).read(0);
        play.until(3_000);
        let outcome = play.outcome(read);
        assert_eq!(outcome == Outcome::Read(Some(Value(100))), stale, "{name}: {outcome:?}");
        assert_eq!(play.broken(&[Promise::Linearizable]).is_empty(), !stale, "{name}");
    }
}
