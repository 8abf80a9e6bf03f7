//! Backups that were away, or lost their disk, or hold another log.

use netsplit_protocols::primary_backup::note;
use netsplit_sim::action::Action;
use netsplit_sim::protocol::Promise;

use super::{N1, N3, Play};

fn writes(play: &mut Play, count: u64, from_ms: u64) -> u64 {
    for i in 0..count {
        play.until(from_ms + 3 * i).write(0, 1_000 + i);
    }
    from_ms + 3 * count
}

#[test]
fn a_returning_backup_catches_up_by_entries_or_by_a_snapshot() {
    for (missed, snapshot) in [(20, 0), (400, 1)] {
        let mut play = Play::new(3, &[("acks", 1)]);
        play.until(50).write(0, 100);
        play.until(100).act(Action::Crash(N3));
        let end = writes(&mut play, missed, 150);
        play.act(Action::Restart(N3)).until(end + 1_000);
        assert_eq!(play.noted(N3, note::SNAPSHOT).len(), snapshot, "{missed} missed");
        assert_eq!(play.noted(N3, note::CAUGHT_UP).len(), 1, "{missed} missed");
        assert!(play.noted(N3, note::THREW_AWAY).is_empty());
        assert_eq!(play.nodes()[2].1, Some(1_000 + missed - 1));
        assert!(play.broken(&[Promise::Converges]).is_empty());
    }
}

#[test]
fn a_backup_without_its_disk_gets_everything_again() {
    for failover in [0, 1] {
        for count in [20, 400] {
            let mut play = Play::new(3, &[("acks", 2), ("failover", failover)]);
            let end = writes(&mut play, count, 50);
            play.until(end + 100).act(Action::Wipe(N3));
            play.until(end + 150);
            assert_eq!(play.nodes()[2].1, None, "its disk is empty");
            // Nobody writes meanwhile: it has to find out by itself.
            play.act(Action::Restart(N3)).until(end + 1_000);
            assert_eq!(play.nodes()[2].1, Some(1_000 + count - 1), "failover {failover}, {count} writes");
            assert_eq!(play.noted(N3, note::SNAPSHOT).len(), usize::from(count == 400));
            assert!(play.broken(&[Promise::Converges, Promise::NoLostWrites]).is_empty());
        }
    }
}

/// The contract says that a wiped primary makes the others forget: it does, and they notice.
#[test]
fn a_primary_without_its_disk_makes_the_others_forget() {
    let mut play = Play::new(3, &[("acks", 2)]);
    play.until(50).write(0, 100);
    play.until(100).act(Action::Wipe(N1)).act(Action::Restart(N1));
    play.until(200).ask(
        0,
        netsplit_sim::history::Call::Write {
            key: netsplit_sim::ids::Key(1),
            value: netsplit_sim::ids::Value(7),
        },
    );
    play.until(1_000);
    assert!(play.nodes().iter().all(|(_, held)| held.is_none()));
    assert_eq!(play.noted(N3, note::THREW_AWAY).len(), 1);
    let broken = play.broken(&[Promise::NoLostWrites, Promise::Converges]);
    assert_eq!(broken.iter().map(|(promise, _)| *promise).collect::<Vec<_>>(), [Promise::NoLostWrites]);
}

/// More was written on each side than the log keeps, so the logs have no common entry left to find.
#[test]
fn logs_that_parted_long_ago_become_one_again() {
    let mut play = Play::new(3, &[("acks", 0), ("epochs", 1), ("failover", 1)]);
    play.until(50).write(0, 100);
    play.until(100).cut_off(N1, 3);
    for i in 0..400 {
        play.until(1_000 + 3 * i).write(0, 1_000 + i);
        play.write(1, 3_000 + i);
    }
    play.until(2_500).act(Action::HealAll);
    play.until(4_000);
    assert_eq!(play.nodes(), [(true, Some(1_399)), (false, Some(1_399)), (false, Some(1_399))]);
    for backup in [super::N2, N3] {
        assert_eq!(play.noted(backup, note::THREW_AWAY).len(), 1);
        assert_eq!(play.noted(backup, note::SNAPSHOT).len(), 1);
    }
}
