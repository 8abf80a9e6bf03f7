//! Who replaces a group by another: seals members one by one, puts together what they hold, and has the nodes start.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::rc::Rc;

use netsplit_protocols::portable::{Parcels, Part, Portable};
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::digest::Digest;
use netsplit_sim::durable::Durable;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::machine::Machine;
use netsplit_sim::random::Random;
use netsplit_sim::time::Time;

use super::handover::{self, Handover, SEAL, START};

/// What a careless mover does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Careless {
    /// Nothing.
    Not,
    /// It takes the members that have seen the least.
    TakesTheLowestRank,
    /// It hands on what keys hold, and nothing else.
    ForgetsRequests,
    /// It seals one member fewer than it should.
    SealsOneFewer,
}

/// A change of hands that was done.
#[derive(Clone, Copy)]
pub(super) struct Done {
    /// When everyone who was needed was sealed.
    pub(super) sealed_at: Time,
}

pub(super) struct Mover<P: Portable> {
    random: Random,
    careless: Careless,
    parameters: Vec<u64>,
    nodes: u16,
    keys: u32,
    generation: u32,
    /// When it replaces the group, the last first.
    due: Vec<Time>,
    /// In which order it asks the members; none while it does not replace anything.
    order: Option<Vec<NodeId>>,
    sealed: BTreeMap<NodeId, Option<P>>,
    pub(super) done: Vec<Done>,
}

fn shuffled(random: &mut Random, nodes: u16) -> Vec<NodeId> {
    let mut order: Vec<NodeId> = (0..nodes).map(NodeId).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, random.below(i as u64 + 1) as usize);
    }
    order
}

pub(super) fn digest(content: &impl Hash) -> u64 {
    let mut digest = Digest::default();
    content.hash(&mut digest);
    std::hash::Hasher::finish(&digest)
}

/// What some replicas hold between them.
pub(super) fn together<P: Portable>(replicas: &[&P], keys: u32) -> Parcels<P> {
    let parts = std::iter::once(None).chain((0..keys).map(|key| Some(Key(key))));
    let merged = |part: Part| {
        let mut parcels = replicas.iter().filter_map(|replica| replica.pack(part));
        let mut all = parcels.next()?;
        parcels.for_each(|parcel| P::merge(&mut all, &parcel));
        Some((part, Rc::new(all)))
    };
    parts.filter_map(merged).collect()
}

/// The replicas whose rank is the highest.
pub(super) fn best<P: Portable>(replicas: Vec<&P>) -> Vec<&P> {
    let highest = replicas.iter().map(|replica| replica.rank()).max();
    replicas.into_iter().filter(|replica| Some(replica.rank()) == highest).collect()
}

impl<P: Portable> Mover<P> {
    pub(super) fn new(
        random: Random,
        parameters: &[u64],
        nodes: u16,
        keys: u32,
        mut due: Vec<Time>,
        careless: Careless,
    ) -> Self {
        handover::begin();
        due.sort_by_key(|at| std::cmp::Reverse(*at));
        Self {
            random,
            careless,
            parameters: parameters.to_vec(),
            nodes,
            keys,
            generation: 0,
            due,
            order: None,
            sealed: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    fn nodes(&self) -> impl Iterator<Item = NodeId> + use<P> {
        (0..self.nodes).map(NodeId)
    }

    fn started(&self, cluster: &Cluster<Handover<P>>) -> BTreeSet<NodeId> {
        let started = |&node: &NodeId| {
            let here = cluster.replica(node);
            here.is_some_and(|here| here.generation() == self.generation && here.replica().is_some())
        };
        self.nodes().filter(started).collect()
    }

    /// From this time on it may replace the group once more.
    pub(super) fn plan(&mut self, at: Time) {
        self.due.push(at);
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_idle(&self, cluster: &Cluster<Handover<P>>) -> bool {
        self.due.is_empty() && self.order.is_none() && self.started(cluster).len() == usize::from(self.nodes)
    }

    /// Does a little more. To be called again and again, with the nodes running in between.
    pub(super) fn go_on(&mut self, cluster: &mut Cluster<Handover<P>>) {
        if self.order.is_some() {
            return self.seal_more(cluster);
        }
        let started = self.started(cluster);
        for node in self.nodes().filter(|node| !started.contains(node)) {
            if self.generation > 0 && self.random.below(6) == 0 {
                Machine::act(cluster, &Action::Command(node, START, None));
            }
        }
        // Some may not have started when the group is replaced in turn.
        let enough = started.len() > usize::from(self.nodes / 2);
        if enough && self.due.last().is_some_and(|at| *at <= Machine::now(cluster)) {
            self.due.pop();
            self.order = Some(shuffled(&mut self.random, self.nodes));
        }
    }

    /// How many it seals.
    fn needed(&self) -> usize {
        let needed = P::sealed_by(&self.parameters, self.nodes);
        usize::from(if self.careless == Careless::SealsOneFewer { (needed - 1).max(1) } else { needed })
    }

    fn seal_more(&mut self, cluster: &mut Cluster<Handover<P>>) {
        for node in self.nodes() {
            let here = cluster.replica(node).filter(|here| here.generation() == self.generation);
            if let Some(here) = here.filter(|here| here.is_sealed())
                && self.sealed.len() < self.needed()
            {
                let replica = here.replica().cloned();
                self.sealed.entry(node).or_insert(replica);
            }
        }
        if self.sealed.len() >= self.needed() {
            return self.hand_on(cluster);
        }
        let order = self.order.clone().unwrap_or_default();
        let asked = self.sealed.len();
        let next = order.iter().filter(|node| !self.sealed.contains_key(node));
        // Who does not run is passed over, unless nobody else is left.
        let running = next.clone().find(|node| cluster.replica(**node).is_some());
        match (running, next.clone().next()) {
            (Some(&node), _) if self.random.below(2) == 0 || asked == 0 => {
                Machine::act(cluster, &Action::Resume(node));
                Machine::act(cluster, &Action::Command(node, SEAL, None));
            }
            (None, Some(&node)) => Machine::act(cluster, &Action::Restart(node)),
            _ => {}
        }
    }

    fn hand_on(&mut self, cluster: &Cluster<Handover<P>>) {
        self.order = None;
        let sealed: BTreeMap<NodeId, Option<P>> = std::mem::take(&mut self.sealed);
        let replicas: Vec<&P> = sealed.values().flatten().collect();
        assert!(!replicas.is_empty(), "a majority had started");
        let taken = match self.careless {
            Careless::TakesTheLowestRank => {
                let lowest = replicas.iter().map(|replica| replica.rank()).min();
                replicas.into_iter().filter(|replica| Some(replica.rank()) == lowest).collect()
            }
            _ => best(replicas),
        };
        let mut parcels = together(&taken, self.keys);
        if self.careless == Careless::ForgetsRequests {
            parcels.remove(&None);
        }
        self.check(&taken, &parcels);
        self.generation += 1;
        handover::go_on_with::<P>(self.generation, parcels);
        self.done.push(Done { sealed_at: Machine::now(cluster) });
    }

    /// What has to hold of parcels whatever happens.
    fn check(&mut self, taken: &[&P], parcels: &Parcels<P>) {
        // Neither order nor repetition matters.
        let order = shuffled(&mut self.random, taken.len() as u16);
        let mut again: Vec<&P> = order.iter().map(|place| taken[place.index()]).collect();
        again.extend_from_slice(taken);
        if self.careless != Careless::ForgetsRequests {
            let content = |parcels: &Parcels<P>| -> Vec<(Part, u64)> {
                parcels.iter().map(|(part, parcel)| (*part, digest(&**parcel))).collect()
            };
            assert_eq!(content(parcels), content(&together(&again, self.keys)));
        }
        for (part, parcel) in parcels {
            assert!(P::bytes(parcel) > 0 || part.is_none(), "{part:?}");
        }
        // Whoever unpacks them holds the same between them, and has nothing to lose.
        let generation = self.generation + 1;
        let unpacked = |loses: bool| -> Vec<P> {
            let boot = |me| {
                let mut disk = P::unpack(me, self.nodes, &self.parameters, generation, parcels);
                if loses {
                    disk.lose_unsynced();
                }
                P::boot(me, self.nodes, &self.parameters, disk)
            };
            self.nodes().map(boot).collect()
        };
        let keys_of = |replicas: &[P]| -> Vec<(Part, u64)> {
            let parcels = together(&replicas.iter().collect::<Vec<_>>(), self.keys);
            let keys = parcels.iter().filter(|(part, _)| part.is_some());
            keys.map(|(part, parcel)| (*part, digest(&**parcel))).collect()
        };
        let keys = parcels.iter().filter(|(part, _)| part.is_some());
        let expected: Vec<(Part, u64)> = keys.map(|(part, parcel)| (*part, digest(&**parcel))).collect();
        assert_eq!(keys_of(&unpacked(false)), expected);
        assert_eq!(keys_of(&unpacked(true)), expected);
        // Even one of them alone has it all, should it be the only one that starts.
        for replica in unpacked(false) {
            assert_eq!(keys_of(&[replica]), expected);
        }
    }
}
