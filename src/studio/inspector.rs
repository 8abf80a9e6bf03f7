//! The inspector: the one thing that is selected, whatever it is. A node, a client, a link or a message on its way has
//! the content of its menu here, with every setting where it stands; an operation and an event say what they are, what
//! led to them and what they led to, and take the playhead there.

use netsplit_sim::ids::{EventId, MessageId, OpId};
use netsplit_sim::trace::{Event, EventKind};

use crate::intent::Intent;
use crate::menu::{Does, Group, Item, Menu};
use crate::selection::Selected;
use crate::stage::Target;
use crate::studio::{Panel, Studio};
use crate::units;
use crate::words;

/// The most events that are looked through for what an event led to.
const LOOK_AHEAD: usize = 20_000;
/// The most of them that are named.
const EFFECTS: usize = 4;

/// What is selected, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspector {
    /// What it is, in a few words.
    pub title: String,
    /// The element of the stage that it is, if one.
    pub target: Option<Target>,
    /// What is to be known: names and values.
    pub facts: Vec<(String, String)>,
    /// What can be done.
    pub items: Vec<Item>,
    /// What can be done besides, folded.
    pub groups: Vec<Group>,
}

impl From<Menu> for Inspector {
    fn from(menu: Menu) -> Self {
        Self {
            title: menu.title,
            target: Some(menu.target),
            facts: menu.facts,
            items: menu.items,
            groups: menu.groups,
        }
    }
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn go(name: &'static str, text: impl Into<String>, hint: String, event: EventId) -> Item {
    Item { name, text: text.into(), hint, does: Does::One(Intent::WentTo(event)) }
}

impl Studio {
    /// What is selected, in a few words: for the button that shows it whole.
    #[must_use]
    pub fn selected_words(&self) -> Option<String> {
        let machine = self.session.machine();
        Some(match self.selected? {
            Selected::Target(Target::Site(site)) => self.names.site(site).to_owned(),
            Selected::Target(Target::Link(a, b)) => format!("link {}", self.names.link(a, b)),
            Selected::Target(Target::Message(_)) | Selected::Message(_) => "a message".to_owned(),
            Selected::Operation(op) => {
                let operation = machine.history().operations.get(op.index())?;
                format!("{}: {}", self.names.client(operation.client), words::call(operation.call))
            }
            Selected::Event(_) => {
                let (id, event) = self.selected_event()?;
                format!("event {}, {}", id.0 + 1, units::playhead(event.at))
            }
        })
    }

    /// What is selected, while the panel shows it.
    #[must_use]
    pub fn inspector(&self) -> Option<Inspector> {
        if self.panel != Panel::Inside {
            return None;
        }
        let mut inspector = match self.selected? {
            Selected::Target(Target::Message(message)) | Selected::Message(message) => {
                self.inspect_message(message)
            }
            Selected::Target(target) => self.menu_of(target).map(Inspector::from),
            Selected::Operation(op) => self.inspect_operation(op),
            Selected::Event(_) => self.inspect_event(),
        }?;
        // While its menu is open, what can be done stands there and not twice.
        if self.menu.is_some() && inspector.target == self.menu {
            inspector.items.clear();
            inspector.groups.clear();
        }
        Some(inspector)
    }

    fn inspect_message(&self, message: MessageId) -> Option<Inspector> {
        if let Some(menu) = self.menu_of(Target::Message(message)) {
            return Some(menu.into());
        }
        let trace = self.session.machine().trace();
        let of = |event: &Event| match event.kind {
            EventKind::Sent { message: of, .. }
            | EventKind::Delivered { message: of, .. }
            | EventKind::Dropped { message: of, .. }
            | EventKind::Held { message: of }
            | EventKind::Released { message: of } => of == message,
            _ => false,
        };
        let events: Vec<(usize, &Event)> =
            trace.iter().enumerate().filter(|(_, event)| of(event)).take(8).collect();
        let (_, first) = events.first()?;
        let facts =
            events.iter().map(|(_, event)| (units::playhead(event.at), self.event_words(event))).collect();
        let items = events.iter().map(|(index, event)| {
            let what = match event.kind {
                EventKind::Sent { .. } => "Go to its sending",
                EventKind::Delivered { .. } => "Go to its arrival",
                EventKind::Dropped { .. } => "Go to its loss",
                _ => "Go there",
            };
            go("go", what, units::playhead(event.at), EventId(*index as u32))
        });
        Some(Inspector {
            title: match first.kind {
                EventKind::Sent { from, to, label, .. } => {
                    let kind = words::message_kind(label, self.session.about());
                    format!("{kind} from {} to {}", self.names.site(from), self.names.site(to))
                }
                _ => "A message".to_owned(),
            },
            target: None,
            facts,
            items: items.collect(),
            groups: Vec::new(),
        })
    }

    fn inspect_operation(&self, op: OpId) -> Option<Inspector> {
        let machine = self.session.machine();
        let history = machine.history();
        let operation = history.operations.get(op.index())?;
        let mut facts = vec![
            fact("asked", units::playhead(operation.invoked)),
            fact("of", self.names.node(operation.node)),
        ];
        let mut items = vec![go(
            "go-call",
            "Go to its call",
            units::playhead(operation.invoked),
            operation.invoked_event,
        )];
        match operation.returned {
            None => facts.push(fact("answered", "not yet")),
            Some(at) => {
                facts.push(fact("answered", units::playhead(at)));
                facts.push(fact("took", units::span(at.since(operation.invoked))));
                items.push(go(
                    "go-return",
                    "Go to its answer",
                    units::playhead(at),
                    operation.returned_event,
                ));
            }
        }
        facts.push(fact("outcome", words::outcome(operation, history, &self.names)));
        Some(Inspector {
            title: format!("{}: {}", self.names.client(operation.client), words::call(operation.call)),
            target: None,
            facts,
            items,
            groups: Vec::new(),
        })
    }

    fn inspect_event(&self) -> Option<Inspector> {
        let (id, event) = self.selected_event()?;
        if !self.is_in_sight(&event) {
            return None;
        }
        let trace = self.session.machine().trace();
        let mut facts = vec![fact("when", units::playhead(event.at)), fact("number", (id.0 + 1).to_string())];
        let mut items = vec![go("go", "Go there", "the moment right after it".to_owned(), id)];
        if let Some(cause) = trace.get(event.cause.index()).filter(|cause| self.is_in_sight(cause)) {
            facts.push(fact("because", self.event_words(cause)));
            items.push(go("go-cause", "Go to what led to it", units::playhead(cause.at), event.cause));
        }
        let led_to = trace.iter().enumerate().skip(id.index() + 1).take(LOOK_AHEAD);
        let led_to = led_to.filter(|(_, other)| other.cause == id && self.is_in_sight(other));
        for (index, other) in led_to.take(EFFECTS) {
            let text = self.event_words(other);
            facts.push(fact("led to", text));
            items.push(go(
                "go-effect",
                "Go to what it led to",
                units::playhead(other.at),
                EventId(index as u32),
            ));
        }
        Some(Inspector { title: self.event_words(&event), target: None, facts, items, groups: Vec::new() })
    }
}
