//! Random faults as ordinary actions: which kinds, how often and for how long is chosen; when, where and
//! exactly how long is drawn from a seed. The page offers it, and the tests of every protocol's contract run it.
//! Machines with a mean time between failures and to repair are in [`wear`].

pub mod wear;

use crate::action::{Action, Lie};
use crate::ids::{ClientId, NodeId, Site};
use crate::protocol::Fault;
use crate::random::{Purpose, Random, stream};
use crate::setup::{LinkQuality, Setup};
use crate::time::{Span, Time};

/// A plan of random faults. All that it breaks is mended at `until`.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlan {
    /// What everything is drawn from, apart from the seed of the run: the same plan for many runs, or
    /// many plans for one.
    pub seed: u64,
    /// The kinds of faults.
    pub faults: Vec<FaultRate>,
    /// How long a fault lasts on average; the length is exponential.
    pub lasting: Span,
    /// The first fault comes after this.
    pub from: Time,
    /// At this time everything is mended.
    pub until: Time,
}

/// A kind of fault in a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultRate {
    /// The kind. [`Fault::Retry`] is what clients do, and no plan makes it.
    pub fault: Fault,
    /// How often it begins, per minute of the run in the whole cluster, on average; the gaps are
    /// exponential.
    pub per_minute: f64,
    /// The most different nodes that ever suffer it; `None` for all. Only for kinds that befall nodes.
    pub nodes: Option<u16>,
}

/// The most faults of one kind in a plan: far more than a person could follow.
const MOST: usize = 500;

impl FaultPlan {
    /// The plan as actions in the order of their times, for a cluster like this one. Every fault that
    /// begins also ends, at the latest at `until`.
    #[must_use]
    pub fn actions(&self, setup: &Setup) -> Vec<(Time, Action)> {
        let mut actions = Vec::new();
        for rate in &self.faults {
            // A stream for each kind: another kind more or less in the plan shifts nothing.
            let mut random = stream(self.seed, Purpose::Faults, rate.fault as u16, 1);
            let most = rate.nodes.unwrap_or(u16::MAX);
            let victims = Victims::draw(&mut random, setup.nodes.len() as u16, most);
            let mut at = self.from;
            for _ in 0..MOST {
                let gap = if rate.per_minute > 0.0 { 60_000.0 / rate.per_minute } else { break };
                at += Span::from_ms_f64(random.exponential(gap));
                if at >= self.until {
                    break;
                }
                let lasts = Span::from_ms_f64(random.exponential(self.lasting.as_ms()));
                let ends = (at + lasts).min(self.until);
                if let Some((begin, end)) = fault(rate.fault, &mut random, setup, &victims) {
                    actions.push((at, begin));
                    actions.extend(end.into_iter().map(|action| (ends, action)));
                }
            }
        }
        actions.sort_by_key(|(at, _)| *at);
        actions
    }
}

/// The nodes that a kind of fault may befall.
struct Victims(Vec<NodeId>);

impl Victims {
    fn draw(random: &mut Random, nodes: u16, most: u16) -> Self {
        let mut all: Vec<NodeId> = (0..nodes).map(NodeId).collect();
        for i in (1..all.len()).rev() {
            all.swap(i, random.below(i as u64 + 1) as usize);
        }
        all.truncate(usize::from(most));
        Self(all)
    }

    fn one(&self, random: &mut Random) -> Option<NodeId> {
        (!self.0.is_empty()).then(|| self.0[random.below(self.0.len() as u64) as usize])
    }
}

/// One fault: the action that begins it and those that end it. `None` where nobody may suffer it.
fn fault(
    fault: Fault,
    random: &mut Random,
    setup: &Setup,
    victims: &Victims,
) -> Option<(Action, Vec<Action>)> {
    let share = 0.02 + random.unit() * 0.25;
    let worse = |quality: LinkQuality| match fault {
        Fault::Loss => Some(LinkQuality { loss: share, ..quality }),
        Fault::Duplication => Some(LinkQuality { duplicate: share, ..quality }),
        Fault::Reordering => Some(LinkQuality { reorder: share, ..quality }),
        _ => None,
    };
    if let Some(quality) = worse(setup.network) {
        // The whole network suffers, unless some links have a quality of their own, which would be lost:
        // then one link does. Of two such faults at a time the later replaces the earlier.
        if setup.links.is_empty() {
            return Some((Action::SetNetwork(quality), vec![Action::SetNetwork(setup.network)]));
        }
        let link = setup.links[random.below(setup.links.len() as u64) as usize];
        let begin = Action::SetLink(link.a, link.b, worse(link.quality)?);
        return Some((begin, vec![Action::SetLink(link.a, link.b, link.quality)]));
    }
    if fault == Fault::Retry {
        return None;
    }
    let node = victims.one(random)?;
    let setup_of_node = &setup.nodes[node.index()];
    let (skew, drift) = (setup_of_node.clock_skew_ns, setup_of_node.clock_drift_ppm);
    let reset = Action::SetClock(node, skew, drift);
    let (begin, end) = match fault {
        Fault::Cut if random.below(3) == 0 => {
            let groups = halves(random, setup);
            let mend = groups[0].iter().flat_map(|&a| groups[1].iter().map(move |&b| Action::Heal(a, b)));
            let mend = mend.collect();
            return Some((Action::Partition(groups), mend));
        }
        Fault::Cut if random.below(2) == 0 => {
            let others = sites(setup).into_iter().filter(|&site| site != node.into());
            let mend = others.map(|other| Action::Heal(node.into(), other)).collect();
            return Some((Action::Isolate(node.into()), mend));
        }
        Fault::Cut | Fault::OneWayCut => {
            let others: Vec<Site> = sites(setup).into_iter().filter(|&site| site != node.into()).collect();
            if others.is_empty() {
                return None;
            }
            let other = others[random.below(others.len() as u64) as usize];
            let mend = Action::Heal(node.into(), other);
            match (fault, random.below(2)) {
                (Fault::Cut, _) => (Action::Cut(node.into(), other), mend),
                (_, 0) => (Action::CutOneWay(node.into(), other), mend),
                _ => (Action::CutOneWay(other, node.into()), mend),
            }
        }
        Fault::Crash => (Action::Crash(node), Action::Restart(node)),
        Fault::UnsyncedCrash => (Action::CrashUnsynced(node), Action::Restart(node)),
        Fault::Wipe => (Action::Wipe(node), Action::Restart(node)),
        Fault::Pause => (Action::Pause(node), Action::Resume(node)),
        Fault::Slow => (Action::Slow(node, 2 + random.below(30) as u32), Action::Slow(node, 1)),
        Fault::ClockSkew => {
            let ahead_ns = random.below(1_000_000_000) as i64 - 500_000_000;
            (Action::SetClock(node, ahead_ns, drift), reset)
        }
        Fault::ClockDrift => {
            let drift_ppm = random.below(400_000) as i32 - 200_000;
            (Action::SetClock(node, skew, drift_ppm), reset)
        }
        Fault::Lie => {
            let lie = Lie::ALL[random.below(Lie::ALL.len() as u64) as usize];
            (Action::Lie(node, Some(lie)), Action::Lie(node, None))
        }
        Fault::Loss | Fault::Duplication | Fault::Reordering | Fault::Retry => return None,
    };
    Some((begin, vec![end]))
}

fn sites(setup: &Setup) -> Vec<Site> {
    let nodes = (0..setup.nodes.len()).map(|n| Site::from(NodeId(n as u16)));
    nodes.chain((0..setup.clients.len()).map(|c| Site::from(ClientId(c as u16)))).collect()
}

fn halves(random: &mut Random, setup: &Setup) -> Vec<Vec<Site>> {
    let mut groups = vec![Vec::new(), Vec::new()];
    for site in sites(setup) {
        groups[random.below(2) as usize].push(site);
    }
    groups
}
