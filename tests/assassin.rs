//! An adversary for trials, who goes for whoever leads.

use netsplit_sim::action::Action;
use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;
use netsplit_sim::random::Random;
use netsplit_sim::time::{Span, Time};

/// An adversary who watches. Soon after a node began to lead it cuts that node off from the others, lets it take
/// requests for a moment, crashes it, and restarts the one that it crashed before: every leader leaves something
/// half done, and finds what another left (figure 8 of the Raft paper).
#[derive(Clone)]
pub struct Assassin {
    random: Random,
    plan: Plan,
    /// The term of the leader that was struck last.
    struck: Option<Option<u64>>,
    /// Who was crashed last.
    victim: Option<NodeId>,
}

#[derive(Clone, Copy)]
enum Plan {
    Watch,
    /// Cut this node off at this time.
    CutOff(NodeId, Time),
    /// Crash it at this time.
    Crash(NodeId, Time),
}

impl Assassin {
    /// One who has done nothing yet.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self { random, plan: Plan::Watch, struck: None, victim: None }
    }

    /// Looks what the cluster does now, and perhaps strikes.
    pub fn look(&mut self, machine: &mut dyn Machine) {
        let now = machine.now();
        match self.plan {
            Plan::Watch => {
                if let Some((leader, term)) = leader(machine).filter(|(_, term)| self.struck != Some(*term)) {
                    self.struck = Some(term);
                    self.plan = Plan::CutOff(leader, now + Span(self.random.below(50_000_000)));
                }
            }
            Plan::CutOff(node, at) if at <= now => {
                for other in (0..nodes(machine)).map(NodeId).filter(|&other| other != node) {
                    machine.act(&Action::Cut(node.into(), other.into()));
                }
                self.plan = Plan::Crash(node, now + Span(self.random.below(30_000_000)));
            }
            Plan::Crash(node, at) if at <= now => {
                machine.act(&Action::Crash(node));
                machine.act(&Action::HealAll);
                if let Some(before) = self.victim.replace(node) {
                    machine.act(&Action::Restart(before));
                }
                self.plan = Plan::Watch;
            }
            Plan::CutOff(..) | Plan::Crash(..) => {}
        }
    }
}

fn nodes(machine: &dyn Machine) -> u16 {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    frame.nodes.len() as u16
}

/// The node that runs and believes to lead, with its term; of several the one with the latest.
#[must_use]
pub fn leader(machine: &dyn Machine) -> Option<(NodeId, Option<u64>)> {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let leading = frame.nodes.iter().filter(|node| node.status == Status::Up && node.replica.leads);
    leading.map(|node| (node.id, node.replica.term)).max_by_key(|(_, term)| *term)
}
