//! The menu of a node, a client, a link or a message: what it is now, what can be done to it, and its own
//! settings. What is done rarely is folded into groups, so that a menu can be read at a glance.

use netsplit_scenario::model::StepAction;
use netsplit_sim::action::{Action, Lie};
use netsplit_sim::frame::{NodeFrame, Status};
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{ClientId, MessageId, NodeId, Site, SiteKind, Value};
use netsplit_sim::setup::{Pace, Position};
use netsplit_sim::time::Span;

use crate::controls::{self, Control};
use crate::geometry::Point;
use crate::inside::lie_words;
use crate::intent::{Effect, Intent};
use crate::selection::Selected;
use crate::stage::{Cut, NODE_RADIUS, Target, shown_at};
use crate::studio::Studio;
use crate::units;
use crate::versions::{Seen, last_seen};
use crate::words;

/// The most elements of a set that are offered to be taken out.
const ELEMENTS: usize = 8;

/// Something that can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The stable name, such as `crash`.
    pub name: &'static str,
    /// The label.
    pub text: String,
    /// What it means, in a few words.
    pub hint: String,
    /// What it does.
    pub does: Does,
}

/// What an item does when it is pressed.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// This.
    One(Intent),
    /// One of these, each with its own button: to whom, how much.
    OneOf(Vec<(String, Intent)>),
    /// Nothing: it is locked in this run, and the hint says so.
    Nothing,
}

/// Items and fields that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The stable name, such as `clock`.
    pub name: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What is so now, if that is worth a word.
    pub now: String,
    /// What can be done.
    pub items: Vec<Item>,
    /// What can be set.
    pub fields: Vec<Control>,
}

/// A menu, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Menu {
    /// Of what.
    pub target: Target,
    /// Where it points.
    pub at: Point,
    /// How far its subject reaches from there.
    pub reach: f64,
    /// The heading.
    pub title: String,
    /// What it is now: names and values.
    pub facts: Vec<(String, String)>,
    /// What can be done.
    pub items: Vec<Item>,
    /// What can be done besides, folded.
    pub groups: Vec<Group>,
    /// Where it is, for a site: its place can be typed.
    pub place: Option<(Site, Position)>,
}

fn item(name: &'static str, text: impl Into<String>, hint: impl Into<String>, action: Action) -> Item {
    Item { name, text: text.into(), hint: hint.into(), does: Does::One(Intent::Did(action)) }
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

impl Studio {
    pub(crate) fn open_menu(&mut self, target: Target) {
        self.select(Some(Selected::Target(target)));
        if self.menu != Some(target) && !matches!(target, Target::Message(_)) {
            self.drop_menu();
        }
        if let Target::Message(_) = target {
            // A message would be gone before its menu is read: time waits until the menu closes.
            self.resumes |= self.playing;
            self.playing = false;
        }
        self.menu = Some(target);
    }

    /// Away with the menu, the focus left where it is.
    pub(crate) fn drop_menu(&mut self) {
        self.menu = None;
        if self.resumes {
            self.resumes = false;
            self.playing = true;
        }
    }

    pub(crate) fn close_menu(&mut self) {
        if let Some(target) = self.menu {
            self.drop_menu();
            self.effects.push(Effect::Focus(target));
        }
    }

    /// The open menu.
    #[must_use]
    pub fn menu(&self) -> Option<Menu> {
        self.menu_of(self.menu?)
    }

    /// What would be in the menu of something.
    pub(crate) fn menu_of(&self, target: Target) -> Option<Menu> {
        let menu = match target {
            Target::Site(site) => match site.kind() {
                SiteKind::Node(node) => self.node_menu(node),
                SiteKind::Client(client) => self.client_menu(client),
            },
            Target::Link(a, b) => Some(self.link_menu(a, b)),
            Target::Message(message) => self.message_menu(message),
        };
        menu.map(|menu| self.with_locks(menu))
    }

    fn at(&self, site: Site) -> Point {
        self.view.point(shown_at(&self.frame, &self.attention, site))
    }

    /// Whether every link of a site to a node is cut.
    fn is_isolated(&self, site: Site) -> bool {
        let mut links = self.frame.links.iter().filter(|link| link.a == site || link.b == site).peekable();
        links.peek().is_some() && links.all(|link| link.cut_forward && link.cut_back)
    }

    fn isolation(&self, site: Site) -> Item {
        if self.is_isolated(site) {
            Item {
                name: "reconnect",
                text: "Reconnect".to_owned(),
                hint: "heal all its links".to_owned(),
                does: Does::One(Intent::Reconnected(site)),
            }
        } else {
            item("isolate", "Isolate", "cut all its links", Action::Isolate(site))
        }
    }

    // A node.

    fn node_menu(&self, id: NodeId) -> Option<Menu> {
        let node = self.frame.nodes.get(id.index())?;
        let crash = || item("crash", "Crash", "its memory is lost, its disk stays", Action::Crash(id));
        let mut items = Vec::new();
        match node.status {
            Status::Up => {
                items.push(crash());
                items.push(item("pause", "Pause", "stop it for a while, lose nothing", Action::Pause(id)));
            }
            Status::Paused => {
                items.push(item("resume", "Resume", "let it go on", Action::Resume(id)));
                items.push(crash());
            }
            Status::Down => {
                items.push(item("restart", "Restart", "from what its disk holds", Action::Restart(id)));
            }
        }
        items.extend(self.membership(id));
        items.push(self.isolation(id.into()));
        items.push(Item {
            name: "look",
            text: "Look inside".to_owned(),
            hint: "role, log, what it holds".to_owned(),
            does: Does::One(Intent::LookedInto(Some(id))),
        });
        let mut facts = vec![fact("role", node.replica.role)];
        facts.extend(node.replica.term.map(|term| fact("term", term.to_string())));
        facts.push(fact("at work", units::percent(node.utilisation)));
        facts.push(fact("in line", units::count(node.queue as u64, "message")));
        Some(Menu {
            target: Target::Site(id.into()),
            at: self.at(id.into()),
            reach: NODE_RADIUS,
            title: format!("Node {}", self.names.node(id)),
            facts,
            items,
            groups: self.node_groups(node),
            place: Some((id.into(), node.position)),
        })
    }

    fn node_groups(&self, node: &NodeFrame) -> Vec<Group> {
        let id = node.id;
        let group =
            |name, title| Group { name, title, now: String::new(), items: Vec::new(), fields: Vec::new() };
        let mut groups = Vec::new();
        let commands = self.commands(id);
        if !commands.is_empty() && node.status != Status::Down {
            groups.push(Group { items: commands, ..group("commands", "Tell it to") });
        }
        let unsynced = "and what its disk had not yet made durable";
        groups.push(Group {
            items: vec![
                item("crash-unsynced", "Crash, lose unsynced writes", unsynced, Action::CrashUnsynced(id)),
                item("wipe", "Wipe its disk", "it restarts knowing nothing", Action::Wipe(id)),
            ],
            ..group("lose", "Lose more")
        });
        let slow = if node.slow > 1 {
            item("normal-speed", "Normal speed", "as before", Action::Slow(id, 1))
        } else {
            item("slow", "Slow, 10 times", "its work and its disk", Action::Slow(id, 10))
        };
        groups.push(Group {
            now: if node.slow > 1 { format!("{} ×", node.slow) } else { String::new() },
            items: vec![slow],
            fields: vec![controls::slowness(node.slow)],
            ..group("slow", "Slow it down")
        });
        let right = node.clock_ahead_ns == 0 && node.clock_drift_ppm == 0;
        let set_right =
            item("clock-right", "Set it right", "true time, no drift", Action::SetClock(id, 0, 0));
        groups.push(Group {
            now: if right { String::new() } else { words::clock(node.clock_ahead_ns, node.clock_drift_ppm) },
            items: if right { Vec::new() } else { vec![set_right] },
            fields: controls::clock(node.clock_ahead_ns, node.clock_drift_ppm),
            ..group("clock", "Set its clock")
        });
        let lies = Lie::ALL.into_iter().filter(|lie| node.lie != Some(*lie));
        let mut items: Vec<Item> = lies
            .map(|lie| item(lie.id(), lie_title(lie), lie_words(lie), Action::Lie(id, Some(lie))))
            .collect();
        if node.lie.is_some() {
            items.insert(0, item("honest", "Be honest", "follow the protocol again", Action::Lie(id, None)));
        }
        groups.push(Group {
            now: node.lie.map_or_else(String::new, |lie| lie_title(lie).to_lowercase()),
            items,
            ..group("lie", "Let it lie")
        });
        let nodes = self.session.scenario().group();
        let settings = controls::parameters(self.session.about(), &node.parameters, nodes);
        if !settings.is_empty() {
            groups.push(Group { fields: settings, ..group("settings", "Its own settings") });
        }
        let scenario = self.session.scenario();
        if let Some(node) = scenario.nodes.get(id.index()).filter(|_| scenario.partitioning.is_some()) {
            let fields = controls::place(node, id == NodeId(0));
            groups.push(Group { fields, ..group("place", "Its place in the cluster") });
        }
        groups
    }

    /// What the protocol lets a person tell a node.
    fn commands(&self, id: NodeId) -> Vec<Item> {
        let others = || (0..self.frame.nodes.len()).map(|n| NodeId(n as u16)).filter(|other| *other != id);
        let commands = self.session.about().commands.iter().enumerate();
        let items = commands.map(|(index, command)| {
            let tell = |target| Intent::Did(Action::Command(id, index as u8, target));
            let does = if command.target {
                let to = |node: NodeId| (self.names.node(node).to_owned(), tell(Some(node)));
                Does::OneOf(others().map(to).collect())
            } else {
                Does::One(tell(None))
            };
            Item { name: command.id, text: command.title.to_owned(), hint: command.summary.to_owned(), does }
        });
        items.filter(|item| !matches!(&item.does, Does::OneOf(none) if none.is_empty())).collect()
    }

    // A client.

    fn client_menu(&self, id: ClientId) -> Option<Menu> {
        let client = self.frame.clients.get(id.index())?;
        let mut items = self.operations(id);
        items.extend(self.asks(Some(id)));
        if self.pace_of(id) == Pace::Silent {
            let pace = Pace::Closed { think: Span::from_ms(20) };
            items.push(item("go", "Let it work", "one operation after the other", Action::SetPace(id, pace)));
        } else {
            let silent = Action::SetPace(id, Pace::Silent);
            items.push(item("silence", "Keep it silent", "it sends only when told", silent));
        }
        items.push(self.isolation(id.into()));
        let mut facts = vec![
            fact("talks to", self.names.node(client.home)),
            fact("waits for", units::count(client.pending as u64, "operation")),
        ];
        if let Some(last) = client.last {
            let history = self.session.machine().history();
            let operation = history.operations.get(last.index());
            facts.extend(operation.map(|op| fact("last", words::outcome(op, history, &self.names))));
        }
        Some(Menu {
            target: Target::Site(id.into()),
            at: self.at(id.into()),
            reach: NODE_RADIUS,
            title: format!("Client {}", self.names.client(id)),
            facts,
            items,
            groups: Vec::new(),
            place: Some((id.into(), client.position)),
        })
    }

    /// The operations that this protocol carries out, on the watched key.
    fn operations(&self, id: ClientId) -> Vec<Item> {
        let key = self.watched;
        let k = words::key(key);
        let ask = |call| Intent::Did(Action::Operate(id, call));
        let one =
            |name, text: String, hint: String, call| Item { name, text, hint, does: Does::One(ask(call)) };
        let history = self.session.machine().history();
        let seen = match last_seen(history, id, key) {
            Seen::Read(value) | Seen::Wrote(value) => Some(value),
            _ => None,
        };
        let calls = self.calls();
        // Changes before reads, as before.
        let order = [
            CallKind::Write,
            CallKind::Read,
            CallKind::Cas,
            CallKind::Add,
            CallKind::Insert,
            CallKind::Remove,
        ];
        let items = order.into_iter().filter(|kind| calls.contains(kind)).filter_map(|kind| {
            Some(match kind {
                CallKind::Write => {
                    let call = Call::Write { key, value: Value::FRESH };
                    one("write", format!("Write {k} now"), "a value of yours".to_owned(), call)
                }
                CallKind::Read => {
                    one("read", format!("Read {k} now"), "see what it gets".to_owned(), Call::Read { key })
                }
                CallKind::Cas => {
                    let hint = match seen {
                        Some(value) => format!("only if it still is {}", words::value(value)),
                        None => "only if it was never written".to_owned(),
                    };
                    let call = Call::Cas { key, from: seen, to: Value::FRESH };
                    one("cas", format!("Compare and set {k}"), hint, call)
                }
                CallKind::Add => {
                    let amounts = [1i64, 10, -1, -10];
                    let amount =
                        |amount| (format!("{amount:+}").replace('-', "−"), ask(Call::Add { key, amount }));
                    Item {
                        name: "add",
                        text: format!("Add to {k}"),
                        hint: "how much?".to_owned(),
                        does: Does::OneOf(amounts.map(amount).into()),
                    }
                }
                CallKind::Insert => {
                    let call = Call::Insert { key, value: Value::FRESH };
                    one("insert", format!("Put something into {k}"), "an element of yours".to_owned(), call)
                }
                CallKind::Remove => {
                    let elements = self.elements(id);
                    if elements.is_empty() {
                        return None;
                    }
                    let out =
                        |value: &Value| (words::value(*value), ask(Call::Remove { key, value: *value }));
                    Item {
                        name: "remove",
                        text: format!("Take out of {k}"),
                        hint: "which element?".to_owned(),
                        does: Does::OneOf(elements.iter().map(out).collect()),
                    }
                }
            })
        });
        items.collect()
    }

    /// The elements that the client's own node has of the watched key.
    fn elements(&self, id: ClientId) -> Vec<Value> {
        let home = self.frame.clients.get(id.index()).map(|client| client.home);
        let node = home.and_then(|home| self.frame.nodes.get(home.index()));
        let keys = node.map_or(&[][..], |node| node.replica.keys.as_slice());
        let mine = keys.iter().filter(|held| held.key == self.watched);
        mine.map(|held| held.value).take(ELEMENTS).collect()
    }

    /// A client's pace in force now.
    fn pace_of(&self, id: ClientId) -> Pace {
        let scenario = self.session.scenario();
        let client = &scenario.clients[id.index()];
        let now = self.session.now();
        let past = scenario.script.iter().take_while(|step| step.at <= now);
        past.fold(client.pace, |pace, step| match &step.action {
            StepAction::SetPace { client: name, pace: new } if *name == client.name => *new,
            _ => pace,
        })
    }

    // A link.

    fn link_menu(&self, a: Site, b: Site) -> Menu {
        let (from, to) = (self.names.site(a), self.names.site(b));
        let mut items = Vec::new();
        let cut = self.cut_of(a, b);
        if cut != Cut::No {
            items.push(item("heal", "Heal", "both directions", Action::Heal(a, b)));
        }
        if cut != Cut::Both {
            items.push(item("cut", "Cut", "both directions", Action::Cut(a, b)));
        }
        if cut == Cut::No {
            let hint = "the other direction stays";
            items.push(item("cut-forward", format!("Cut {from} to {to}"), hint, Action::CutOneWay(a, b)));
            items.push(item("cut-back", format!("Cut {to} to {from}"), hint, Action::CutOneWay(b, a)));
        }
        if self.frame.links.iter().any(|link| link.cut_forward || link.cut_back) {
            items.push(item("heal-all", "Heal every link", "the whole network", Action::HealAll));
        }
        let mut facts = Vec::new();
        let mut groups = Vec::new();
        if let Some(link) = self.frame.links.iter().find(|link| link.a == a && link.b == b) {
            facts = vec![
                fact("distance", units::km(link.distance_km)),
                fact("at least", format!("{} one way", units::span(link.floor))),
                fact("lost", units::percent(link.quality.loss)),
            ];
            let network = self.quality_now();
            let own = link.quality != network;
            let reset =
                item("as-network", "As the network", "no quality of its own", Action::SetLink(a, b, network));
            groups.push(Group {
                name: "quality",
                title: "Its quality",
                now: if own { "its own".to_owned() } else { String::new() },
                items: if own { vec![reset] } else { Vec::new() },
                fields: controls::network(&link.quality),
            });
        }
        Menu {
            target: Target::Link(a, b),
            at: self.at(a).towards(self.at(b), 0.5),
            reach: 6.0,
            title: format!("Link {from}–{to}"),
            facts,
            items,
            groups,
            place: None,
        }
    }

    // A message.

    fn message_menu(&self, message: MessageId) -> Option<Menu> {
        let flight = self.flight(message)?;
        let mut items = Vec::new();
        if flight.held.is_some() {
            let release = Action::ReleaseMessage(message);
            items.push(item("release", "Release", "it goes on from here", release));
        } else {
            items.push(item("hold", "Hold", "it waits until you release it", Action::HoldMessage(message)));
        }
        items.push(item("drop", "Drop", "it never arrives", Action::DropMessage(message)));
        let twice = "it arrives a second time";
        items.push(item("duplicate", "Duplicate", twice, Action::DuplicateMessage(message)));
        let mut facts =
            vec![fact("way", format!("{} to {}", self.names.site(flight.from), self.names.site(flight.to)))];
        match self.carried(flight) {
            carried if carried.is_empty() => {}
            carried => facts.push(fact("carries", carried)),
        }
        facts.push(fact("sent", format!("{} ago", units::span(self.frame.now.since(flight.sent)))));
        facts.push(fact("state", self.arrival(flight)));
        let about = self.session.about();
        let meaning = about.messages.get(usize::from(flight.label)).map(|kind| kind.summary);
        facts.extend(meaning.map(|meaning| fact("means", meaning)));
        Some(Menu {
            target: Target::Message(message),
            at: self.place_of_message(message)?,
            reach: 10.0,
            title: format!("Message: {}", words::message_kind(flight.label, about)),
            facts,
            items,
            groups: Vec::new(),
            place: None,
        })
    }

    /// Heals every link of a site.
    pub(crate) fn reconnect(&mut self, site: Site) {
        self.close_menu();
        self.group += 1;
        let links: Vec<(Site, Site)> = (self.frame.links.iter())
            .filter(|link| link.a == site || link.b == site)
            .filter(|link| link.cut_forward || link.cut_back)
            .map(|link| (link.a, link.b))
            .collect();
        for (a, b) in links {
            self.act_in_group(Action::Heal(a, b));
        }
    }
}

fn lie_title(lie: Lie) -> &'static str {
    match lie {
        Lie::WrongValues => "Wrong values",
        Lie::TwoFaced => "Two-faced",
        Lie::EmptyPromises => "Empty promises",
    }
}
