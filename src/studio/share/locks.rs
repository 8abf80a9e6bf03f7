//! What the maker of a link locked. A locked thing is refused in one sentence, and its controls are off and say why. It is
//! for teaching, not for safety: the same page offers the run without its locks.

use netsplit_scenario::Scenario;
use netsplit_scenario::model::{Client, Node};
pub use netsplit_scenario::model::{Lock, Locks};
use netsplit_sim::action::Action;

use crate::dock::DockIntent;
use crate::intent::Intent;
use crate::menu::{Does, Item, Menu};
use crate::story::StoryIntent;
use crate::studio::{Studio, Tone};

/// Why a control is off.
pub const REASON: &str = "Locked by the maker of this link";

/// What is locked, for the line above the time bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedScene {
    /// What is locked, in one sentence.
    pub text: String,
    /// Where the same run is open without locks, from `#` on; empty if it is too long for a link.
    pub unlocked: String,
}

/// What a person may not do, in a few words, as part of a sentence.
#[must_use]
pub fn title(lock: Lock) -> &'static str {
    match lock {
        Lock::Move => "moving nodes and clients",
        Lock::Faults => "cutting links, crashes and other faults",
        Lock::Workload => "changing the workload",
        Lock::Protocol => "changing protocol, parameters and network",
        Lock::Time => "time travel",
    }
}

/// The lock that an action falls under.
fn lock_of(action: &Action) -> Lock {
    match action {
        Action::Move(..) => Lock::Move,
        Action::Operate(..) | Action::Ask(..) | Action::SetPace(..) => Lock::Workload,
        Action::Command(..)
        | Action::SetLink(..)
        | Action::SetNetwork(..)
        | Action::Reshape(..)
        | Action::Configure(..) => Lock::Protocol,
        Action::Cut(..)
        | Action::CutOneWay(..)
        | Action::Heal(..)
        | Action::HealAll
        | Action::Partition(..)
        | Action::Isolate(..)
        | Action::Crash(..)
        | Action::CrashUnsynced(..)
        | Action::Wipe(..)
        | Action::Restart(..)
        | Action::Pause(..)
        | Action::Resume(..)
        | Action::Slow(..)
        | Action::SetClock(..)
        | Action::Lie(..)
        | Action::DropMessage(..)
        | Action::DuplicateMessage(..)
        | Action::HoldMessage(..)
        | Action::ReleaseMessage(..) => Lock::Faults,
    }
}

/// The lock that an intent falls under, as far as the intent itself tells.
fn lock_of_intent(intent: &Intent) -> Option<Lock> {
    match intent {
        Intent::Scrubbed(_)
        | Intent::Sought(_)
        | Intent::Nudged(_)
        | Intent::SteppedBack
        | Intent::Forked
        | Intent::WentTo(_)
        | Intent::Dock(DockIntent::Story(StoryIntent::Leapt(_) | StoryIntent::Switched(_))) => {
            Some(Lock::Time)
        }
        Intent::Placed(..) => Some(Lock::Move),
        Intent::Did(action) => Some(lock_of(action)),
        Intent::Reconnected(_) | Intent::AddedFaults | Intent::AddedWear => Some(Lock::Faults),
        Intent::ChoseProtocol(_)
        | Intent::DroppedShard { .. }
        | Intent::DroppedCopy(..)
        | Intent::PutNode(..)
        | Intent::NudgedSplit(..)
        | Intent::DraggedSplit { .. } => Some(Lock::Protocol),
        _ => None,
    }
}

/// The locks that a change of the scenario falls under.
fn locks_of_change(old: &Scenario, new: &Scenario) -> Locks {
    let mut locks = Locks::new();
    let mut differs = |lock: Lock, differs: bool| {
        if differs {
            locks.insert(lock);
        }
    };
    let unplaced = |nodes: &[Node]| -> Vec<Node> {
        let at = |node: &Node| Node { position: Default::default(), ..node.clone() };
        nodes.iter().map(at).collect()
    };
    let nowhere = |clients: &[Client]| -> Vec<Client> {
        let at = |client: &Client| Client { position: Default::default(), ..client.clone() };
        clients.iter().map(at).collect()
    };
    let same_nodes = unplaced(&old.nodes) == unplaced(&new.nodes);
    let same_clients = nowhere(&old.clients) == nowhere(&new.clients);
    let fixed = |scenario: &Scenario| {
        (
            scenario.protocol.clone(),
            scenario.partitioning.clone(),
            scenario.network,
            scenario.links.clone(),
            scenario.seed,
            scenario.keys,
        )
    };
    differs(Lock::Protocol, !same_nodes || fixed(old) != fixed(new));
    differs(Lock::Workload, !same_clients);
    differs(Lock::Move, same_nodes && old.nodes != new.nodes);
    differs(Lock::Move, same_clients && old.clients != new.clients);
    differs(Lock::Faults, same_nodes && same_clients && fixed(old) == fixed(new) && old.script != new.script);
    locks
}

impl Studio {
    /// What is locked in this run.
    #[must_use]
    pub fn locks(&self) -> &Locks {
        &self.session.scenario().locked
    }

    /// Whether something is locked.
    pub(crate) fn is_locked(&self, lock: Lock) -> bool {
        self.locks().contains(&lock)
    }

    /// Whether something may be touched; if it may not, the person is told.
    pub(crate) fn allows(&mut self, lock: Lock) -> bool {
        if !self.is_locked(lock) {
            return true;
        }
        let what = title(lock);
        let offer = "“Open a copy unlocked” is above the time bar.";
        self.notice(Tone::Plain, format!("The maker of this link has locked {what} in this run. {offer}"));
        false
    }

    /// Whether an intent may be followed; if not, the person is told.
    pub(crate) fn allows_intent(&mut self, intent: &Intent) -> bool {
        lock_of_intent(intent).is_none_or(|lock| self.allows(lock))
    }

    /// Whether an action may be done; if not, the person is told.
    pub(crate) fn allows_action(&mut self, action: &Action) -> bool {
        self.allows(lock_of(action))
    }

    /// Whether the scenario may become this one; if not, the person is told.
    pub(crate) fn allows_change(&mut self, new: &Scenario) -> bool {
        if self.locks().is_empty() {
            return true;
        }
        let locks = locks_of_change(self.session.scenario(), new);
        locks.into_iter().all(|lock| self.allows(lock))
    }

    /// What is locked, in words, and the way to a copy without locks.
    #[must_use]
    pub fn locked_scene(&self) -> Option<LockedScene> {
        if self.locks().is_empty() {
            return None;
        }
        let words: Vec<&str> = self.locks().iter().map(|lock| title(*lock)).collect();
        let what = match words.as_slice() {
            [most @ .., last] if !most.is_empty() => format!("{}; and {last}", most.join("; ")),
            few => few.concat(),
        };
        let unlocked = self.payload(Locks::new()).map(|code| crate::Route::Run(code).print());
        Some(LockedScene {
            text: format!("Locked by the maker of this link: {what}."),
            unlocked: unlocked.unwrap_or_default(),
        })
    }

    /// The menu with what is locked switched off.
    pub(crate) fn with_locks(&self, mut menu: Menu) -> Menu {
        if self.locks().is_empty() {
            return menu;
        }
        let locked = |intent: &Intent| lock_of_intent(intent).is_some_and(|lock| self.is_locked(lock));
        let switch_off = |item: &mut Item| {
            let off = match &item.does {
                Does::One(intent) => locked(intent),
                Does::OneOf(choices) => choices.iter().all(|(_, intent)| locked(intent)),
                Does::Nothing => true,
            };
            if off {
                item.does = Does::Nothing;
                item.hint = REASON.to_owned();
            }
        };
        menu.items.iter_mut().for_each(switch_off);
        for group in &mut menu.groups {
            group.items.iter_mut().for_each(switch_off);
            if self.is_locked(Lock::Protocol) && !group.fields.is_empty() {
                group.fields.clear();
                group.now = REASON.to_owned();
            }
        }
        menu.groups.retain(|group| !group.items.is_empty() || !group.now.is_empty());
        menu.place = menu.place.filter(|_| !self.is_locked(Lock::Move));
        menu
    }
}
