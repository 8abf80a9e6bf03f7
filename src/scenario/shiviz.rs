//! A run as a log for ShiViz (Beschastnikh, Wang, Brun and Ernst 2016), which draws it as a space-time diagram.
//!
//! Each node and each client is a host. Each of their events is two lines: the host with its vector clock (Fidge 1988;
//! Mattern 1989), and what happened. An event adds one to its host's own place; to handle a message is to know what
//! its sender knew when it sent it. So one clock is below another exactly if word of the one event can have reached the
//! other. What happens to no host is left out: a message that is lost, held up or released, a step of the script.
//!
//! The log begins with the expression by which ShiViz takes it apart, and with an empty line where the one that would
//! tell several runs apart stands. The names of nodes and clients are of letters, digits and hyphens, and need no care.

use std::collections::BTreeMap;
use std::fmt::Write;

use netsplit_sim::ids::{MessageId, Site};
use netsplit_sim::machine::Machine;
use netsplit_sim::trace::EventKind;

use crate::Session;
use crate::transcript::words;

/// The expression by which ShiViz takes the log apart.
const PARSER: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// The log of a run up to now.
#[must_use]
pub fn log(session: &Session) -> String {
    let name = |site: Site| session.name_of(site).to_owned();
    let machine = session.machine();
    let about = session.about();
    let mut hosts = Hosts::default();
    let mut sent: BTreeMap<MessageId, Vec<u32>> = BTreeMap::new();
    let mut text = format!("{PARSER}\n\n");
    for event in machine.trace() {
        let Some(site) = host(&event.kind, machine) else { continue };
        let index = hosts.index(site, &name);
        if let EventKind::Delivered { message, .. } = event.kind
            && let Some(known) = sent.get(&message)
        {
            hosts.learn(index, known);
        }
        hosts.tick(index);
        let clock = &hosts.clocks[index];
        if let EventKind::Sent { message, .. } = event.kind {
            sent.insert(message, clock.clone());
        }
        let known = clock.iter().enumerate().filter(|(_, ticks)| **ticks > 0);
        let places = known.map(|(host, ticks)| format!("\"{}\": {ticks}", hosts.names[host]));
        let clock: Vec<String> = places.collect();
        let ms = format!("{}.{:06}", event.at.0 / 1_000_000, event.at.0 % 1_000_000);
        let what = words(&event.kind, about, machine, &name);
        // Writing to a string can't fail.
        let _ = write!(text, "{} {{{}}}\n{what}, at {ms} ms\n", hosts.names[index], clock.join(", "));
    }
    text
}

/// The node or client to which an event happens.
fn host(kind: &EventKind, machine: &dyn Machine) -> Option<Site> {
    let history = machine.history();
    Some(match *kind {
        EventKind::Sent { from, .. } => from,
        EventKind::Delivered { to, .. } => to,
        EventKind::TimerFired { node, .. }
        | EventKind::Visible { node, .. }
        | EventKind::Started { node }
        | EventKind::Noted { node, .. }
        | EventKind::Hiccup { node, .. } => node.into(),
        EventKind::Invoked { op } | EventKind::Retried { op, .. } | EventKind::Returned { op } => {
            history.operations[op.index()].client.into()
        }
        EventKind::Asked { query } | EventKind::Told { query } => {
            history.queries[query.0 as usize].client.into()
        }
        EventKind::Dropped { .. }
        | EventKind::Held { .. }
        | EventKind::Released { .. }
        | EventKind::Acted { .. } => return None,
    })
}

/// The hosts seen so far, with their clocks.
#[derive(Default)]
struct Hosts {
    indices: BTreeMap<Site, usize>,
    names: Vec<String>,
    clocks: Vec<Vec<u32>>,
}

impl Hosts {
    fn index(&mut self, site: Site, name: &dyn Fn(Site) -> String) -> usize {
        if let Some(&index) = self.indices.get(&site) {
            return index;
        }
        self.names.push(name(site));
        self.clocks.push(Vec::new());
        self.indices.insert(site, self.names.len() - 1);
        self.names.len() - 1
    }

    /// Takes over what another clock knows.
    fn learn(&mut self, host: usize, known: &[u32]) {
        let clock = &mut self.clocks[host];
        clock.resize(clock.len().max(known.len()), 0);
        for (own, other) in clock.iter_mut().zip(known) {
            *own = (*own).max(*other);
        }
    }

    /// One more event of a host.
    fn tick(&mut self, host: usize) {
        let clock = &mut self.clocks[host];
        clock.resize(clock.len().max(host + 1), 0);
        clock[host] += 1;
    }
}
