//! What an [`Action`] does to a running cluster.

use std::rc::Rc;

use super::clients::fresh_value;
use super::{Cluster, Flight, Stage, Work};
use crate::action::Action;
use crate::ids::{EventId, MessageId, NodeId, Site};
use crate::node::Clock;
use crate::protocol::Protocol;
use crate::queue::Due;
use crate::time::Span;
use crate::trace::{DropCause, EventKind};

impl<P: Protocol> Cluster<P> {
    pub(crate) fn act(&mut self, action: &Action) {
        let index = self.state.actions;
        self.state.actions += 1;
        let cause = self.record(EventId::NONE, EventKind::Acted { index });
        match action {
            Action::Cut(a, b) => {
                self.cut(*a, *b);
                self.cut(*b, *a);
            }
            Action::CutOneWay(from, to) => self.cut(*from, *to),
            Action::Heal(a, b) => self.heal(*a, *b),
            Action::HealAll => {
                for (a, b) in self.pairs() {
                    self.heal(a, b);
                }
            }
            Action::Partition(groups) => self.partition(groups),
            Action::Isolate(site) => {
                for other in self.state.network.sites() {
                    if other != *site {
                        self.cut(*site, other);
                        self.cut(other, *site);
                    }
                }
            }
            Action::Crash(node) => self.crash(*node, false),
            Action::CrashUnsynced(node) => self.crash(*node, true),
            Action::Wipe(node) => {
                self.crash(*node, true);
                self.state.nodes[node.index()].disk = P::Stable::default();
            }
            Action::Restart(node) => {
                if self.state.nodes[node.index()].replica.is_none() {
                    self.start(*node, cause);
                }
            }
            Action::Pause(node) => self.pause(*node),
            Action::Resume(node) => self.resume(*node),
            Action::Slow(node, times) => self.state.nodes[node.index()].slow = (*times).max(1),
            Action::SetClock(node, ahead_ns, drift_ppm) => {
                let clock = Clock { since: self.state.now, ahead_ns: *ahead_ns, drift_ppm: *drift_ppm };
                self.state.nodes[node.index()].clock = clock;
            }
            Action::Lie(node, lie) => self.state.nodes[node.index()].lie = *lie,
            Action::DropMessage(message) => {
                for slot in self.flying(*message) {
                    self.drop_flight(slot, DropCause::Hand);
                }
            }
            Action::DuplicateMessage(message) => {
                if let Some(&slot) = self.flying(*message).first() {
                    self.duplicate(slot);
                }
            }
            Action::HoldMessage(message) => {
                for slot in self.flying(*message) {
                    self.hold(slot, cause);
                }
            }
            Action::ReleaseMessage(message) => {
                for slot in self.flying(*message) {
                    self.release(slot, cause);
                }
            }
            Action::Command(id, command, target) => {
                let node = &mut self.state.nodes[id.index()];
                if node.replica.is_some() {
                    node.line.push_back(Work::Command { command: *command, target: *target, cause });
                    self.serve(*id);
                }
            }
            Action::Move(site, position) => self.state.network.move_to(*site, *position),
            Action::SetLink(a, b, quality) => self.state.network.set_quality(*a, *b, *quality),
            Action::SetNetwork(quality) => self.state.network.set_all_qualities(*quality),
            Action::Operate(client, call) => {
                let call = call.with_value(fresh_value(&self.history));
                self.invoke(cause, *client, call, false);
            }
            Action::Ask(client, many) => self.ask(cause, *client, *many, false),
            Action::Reshape(change) => {
                let keeper = NodeId(0);
                let node = &mut self.state.nodes[keeper.index()];
                if node.replica.is_some() {
                    node.line.push_back(Work::Reshape { change: Rc::new(change.clone()), cause });
                    self.serve(keeper);
                }
            }
            Action::SetPace(id, pace) => {
                let client = &mut self.state.clients[id.index()];
                client.pace = *pace;
                client.generation += 1;
                self.schedule_first_tick(*id);
            }
            Action::Configure(node, parameters) => self.configure(*node, parameters, cause),
        }
    }

    fn configure(&mut self, only: Option<NodeId>, parameters: &[u64], cause: EventId) {
        for n in 0..self.state.nodes.len() {
            let id = NodeId(n as u16);
            if only.is_some_and(|only| only != id) {
                continue;
            }
            let node = &mut self.state.nodes[n];
            node.parameters = parameters.to_vec();
            if node.replica.is_some() {
                node.line.push_back(Work::Configuration { cause });
                self.serve(id);
            }
        }
    }

    /// The slots of a message that is on its way or held: two, if the network doubled it.
    fn flying(&self, message: MessageId) -> Vec<u32> {
        let flying = |flight: &Flight<P>| {
            flight.message == message && matches!(flight.stage, Stage::OnItsWay | Stage::Held)
        };
        (0..self.state.flights.len())
            .filter(|&slot| flying(&self.state.flights[slot]))
            .map(|s| s as u32)
            .collect()
    }

    fn hold(&mut self, slot: u32, cause: EventId) {
        let now = self.state.now;
        let flight = &mut self.state.flights[slot as usize];
        if flight.stage == Stage::OnItsWay {
            flight.stage = Stage::Held;
            flight.held = Some(now);
            let message = flight.message;
            self.record(cause, EventKind::Held { message });
        }
    }

    /// A held message goes on from where it was stopped.
    fn release(&mut self, slot: u32, cause: EventId) {
        let now = self.state.now;
        let flight = &mut self.state.flights[slot as usize];
        let Some(held) = flight.held.take() else { return };
        flight.stage = Stage::OnItsWay;
        flight.generation = flight.generation.wrapping_add(1);
        let waited = now.since(held);
        flight.sent += waited;
        flight.arrives += waited;
        let (message, arrives, generation) = (flight.message, flight.arrives, flight.generation);
        self.state.queue.push(arrives, Due::Arrival { slot, generation });
        self.record(cause, EventKind::Released { message });
    }

    /// A copy of a message travels right behind it.
    fn duplicate(&mut self, slot: u32) {
        let mut copy = self.state.flights[slot as usize].clone();
        if copy.held.take().is_some() {
            copy.stage = Stage::OnItsWay;
            copy.arrives = copy.arrives.max(self.state.now);
        }
        copy.arrives += Span(1);
        self.take_off(copy);
    }

    /// Every pair of different sites, once.
    fn pairs(&self) -> Vec<(Site, Site)> {
        let sites = self.state.network.sites();
        let mut pairs = Vec::new();
        for (i, &a) in sites.iter().enumerate() {
            pairs.extend(sites[i + 1..].iter().map(|&b| (a, b)));
        }
        pairs
    }

    fn cut(&mut self, from: Site, to: Site) {
        self.state.network.set_cut(from, to, true);
        for slot in 0..self.state.flights.len() {
            let flight = &self.state.flights[slot];
            if matches!(flight.stage, Stage::OnItsWay | Stage::Held) && flight.from == from && flight.to == to
            {
                self.drop_flight(slot as u32, DropCause::Cut);
            }
        }
    }

    fn heal(&mut self, a: Site, b: Site) {
        self.state.network.set_cut(a, b, false);
        self.state.network.set_cut(b, a, false);
    }

    fn partition(&mut self, groups: &[Vec<Site>]) {
        let group = |site: Site| groups.iter().position(|group| group.contains(&site));
        for (a, b) in self.pairs() {
            match (group(a), group(b)) {
                (Some(of_a), Some(of_b)) if of_a == of_b => self.heal(a, b),
                (Some(_), Some(_)) => {
                    self.cut(a, b);
                    self.cut(b, a);
                }
                _ => {}
            }
        }
    }
}
