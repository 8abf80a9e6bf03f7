//! Which code handled an event: a copy of the run is played again over the moment when it was handled, and watched. The
//! run itself is not touched.

use std::collections::BTreeSet;

use netsplit_protocols::SOURCES;
use netsplit_sim::ids::{EventId, NodeId, SiteKind};
use netsplit_sim::machine::Machine;
use netsplit_sim::trace::{Event, EventKind};
use netsplit_sim::watch::{self, Mark, Source};

use super::Session;

/// The most that a replay goes on past an action in search of what a node did about it: a busy node takes it up later.
const LATER: usize = 400;

/// The code that handled an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The event that the code handled: the one that was asked about, or the one it comes of.
    pub handled: EventId,
    /// The functions, in the order in which they were first called. The first is the handler.
    pub functions: Vec<Function>,
}

/// A function that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The path of its file within `src/protocols`.
    pub path: &'static str,
    /// Its name, with its type's.
    pub name: &'static str,
    /// Its first line.
    pub from: u32,
    /// Its last line.
    pub to: u32,
    /// For each of its lines, whether it ran.
    pub ran: Vec<bool>,
}

/// The file of that path as it was compiled.
#[must_use]
pub fn source(path: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.path == path)
}

/// Whether an event is one that a node's protocol handles.
#[must_use]
pub fn is_handled(kind: EventKind) -> bool {
    handler(kind).is_some()
}

/// The node whose protocol handles an event of this kind.
#[must_use]
pub fn handler(kind: EventKind) -> Option<NodeId> {
    match kind {
        EventKind::Delivered { to, .. } => match to.kind() {
            SiteKind::Node(node) => Some(node),
            SiteKind::Client(_) => None,
        },
        EventKind::TimerFired { node, .. } | EventKind::Started { node } => Some(node),
        _ => None,
    }
}

/// The event whose handler an event comes of: itself, or its cause where a handler asked for it. `None` if no code of a
/// protocol had to do with it.
#[must_use]
pub fn handled(trace: &[Event], id: EventId) -> Option<EventId> {
    let event = trace.get(id.index())?;
    if is_handled(event.kind) || matches!(event.kind, EventKind::Acted { .. }) {
        return Some(id);
    }
    let by_handler = match event.kind {
        EventKind::Sent { from, .. } => matches!(from.kind(), SiteKind::Node(_)),
        EventKind::Visible { .. } | EventKind::Noted { .. } => true,
        _ => false,
    };
    let cause = trace.get(event.cause.index()).filter(|_| by_handler)?;
    let comes_of_code = is_handled(cause.kind) || matches!(cause.kind, EventKind::Acted { .. });
    comes_of_code.then_some(event.cause)
}

impl Session {
    /// The code that handled an event of the record; of what a handler asked for, the code of that handler. `None` where
    /// no code of a protocol ran.
    #[must_use]
    pub fn ran_at(&self, id: EventId) -> Option<Ran> {
        let trace = self.machine.trace();
        let handled = handled(trace, id)?;
        let event = *trace.get(handled.index())?;
        // Nodes start before the first checkpoint, so that is played from nothing.
        let mut copy = self.machine.fork();
        let mut cursor = self.checkpoints.before(&mut *copy, event.at, handled.index());
        let marks = if copy.trace().len() > handled.index() {
            watch::watch(handled);
            let _anew = self.built.machine();
            watch::seen()
        } else {
            watch::watch(handled);
            let later = if matches!(event.kind, EventKind::Acted { .. }) { LATER } else { 0 };
            let end = trace.len().max(id.index() + 1);
            let mut past = 0;
            while watch::seen().is_empty() && copy.trace().len() < end {
                past += usize::from(copy.trace().len() > handled.index());
                if past > later + 1 || !self.step_copy(&mut *copy, &mut cursor) {
                    break;
                }
            }
            watch::seen()
        };
        watch::stop();
        let functions = functions(&marks);
        (!functions.is_empty()).then_some(Ran { handled, functions })
    }

    /// The next event or action of the script, as [`Session::step`] takes it.
    fn step_copy(&self, copy: &mut dyn Machine, cursor: &mut usize) -> bool {
        let action = self.built.script.get(*cursor);
        match (copy.next_at(), action) {
            (Some(at), action) if action.is_none_or(|action| at <= action.at) => copy.step(),
            (_, Some(action)) => {
                copy.run_until(action.at, 1);
                copy.act(&action.action);
                *cursor += 1;
                true
            }
            (_, None) => false,
        }
    }
}

/// What the marks tell, by function.
fn functions(marks: &[Mark]) -> Vec<Function> {
    let seen: BTreeSet<(u16, u32)> = marks.iter().map(|mark| (mark.file(), mark.line())).collect();
    let begins = |mark: &Mark| {
        let source = SOURCES.iter().find(|source| source.number == mark.file())?;
        let stretch = source.stretches().find(|one| one.from == mark.line())?;
        let name = stretch.function?;
        let inside = source.stretches().filter(|one| one.from >= stretch.from && one.to <= stretch.to);
        let mut ran = vec![false; (stretch.to + 1).saturating_sub(stretch.from) as usize];
        // Those inside come after those around them.
        for one in inside {
            let did = seen.contains(&(source.number, one.from));
            for line in one.from..=one.to {
                ran[(line - stretch.from) as usize] = did;
            }
        }
        Some(Function { path: source.path, name, from: stretch.from, to: stretch.to, ran })
    };
    marks.iter().filter_map(begins).collect()
}
