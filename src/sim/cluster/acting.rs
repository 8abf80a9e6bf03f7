//! What an [`Action`] does to a running cluster.

use super::{Cluster, Stage, Work, fresh_value};
use crate::action::Action;
use crate::ids::{EventId, NodeId, Site};
use crate::protocol::Protocol;
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
            Action::Crash(node) => self.crash(*node),
            Action::Restart(node) => {
                if self.state.nodes[node.index()].replica.is_none() {
                    self.start(*node, cause);
                }
            }
            Action::Pause(node) => self.pause(*node),
            Action::Resume(node) => self.resume(*node),
            Action::Move(site, position) => self.state.network.move_to(*site, *position),
            Action::SetLink(a, b, quality) => self.state.network.set_quality(*a, *b, *quality),
            Action::SetNetwork(quality) => self.state.network.set_all_qualities(*quality),
            Action::Operate(client, call) => {
                let call = call.with_value(fresh_value(&self.history));
                self.invoke(cause, *client, call, false);
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
            if flight.stage == Stage::OnItsWay && flight.from == from && flight.to == to {
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
