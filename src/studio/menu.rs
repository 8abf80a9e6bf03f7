//! The menu of a node, a client or a link: what it is now, what can be done to it, and its own settings.

use netsplit_scenario::model::StepAction;
use netsplit_sim::action::Action;
use netsplit_sim::frame::Status;
use netsplit_sim::ids::{ClientId, NodeId, Site, SiteKind};
use netsplit_sim::setup::{Pace, Position};
use netsplit_sim::time::Span;

use crate::controls::{self, Control};
use crate::geometry::Point;
use crate::intent::{Effect, Intent};
use crate::stage::{Cut, NODE_RADIUS, Target, shown_at};
use crate::studio::Studio;
use crate::units;
use crate::words;

/// Something that can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The stable name, such as `crash`.
    pub name: &'static str,
    /// The label.
    pub text: String,
    /// What it means, in a few words.
    pub hint: &'static str,
    /// What it does.
    pub intent: Intent,
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
    /// Where it is, for a site: its place can be typed.
    pub place: Option<(Site, Position)>,
    /// Parameters of this node alone.
    pub settings: Vec<Control>,
    /// The node of the settings.
    pub node: Option<NodeId>,
}

fn item(name: &'static str, text: impl Into<String>, hint: &'static str, action: Action) -> Item {
    Item { name, text: text.into(), hint, intent: Intent::Did(action) }
}

impl Studio {
    pub(crate) fn open_menu(&mut self, target: Target) {
        if let Target::Site(site) = target {
            self.attention.selected = Some(site);
        }
        self.menu = Some(target);
    }

    pub(crate) fn close_menu(&mut self) {
        if let Some(target) = self.menu.take() {
            self.effects.push(Effect::Focus(target));
        }
    }

    /// The open menu.
    #[must_use]
    pub fn menu(&self) -> Option<Menu> {
        match self.menu? {
            Target::Site(site) => Some(match site.kind() {
                SiteKind::Node(node) => self.node_menu(node)?,
                SiteKind::Client(client) => self.client_menu(client)?,
            }),
            Target::Link(a, b) => Some(self.link_menu(a, b)),
        }
    }

    fn at(&self, site: Site) -> Point {
        self.view.point(shown_at(&self.frame, &self.attention, site))
    }

    /// Whether every link of a site to a node is cut.
    fn is_isolated(&self, site: Site) -> bool {
        let mut links = self.frame.links.iter().filter(|link| link.a == site || link.b == site).peekable();
        links.peek().is_some() && links.all(|link| link.cut_forward && link.cut_back)
    }

    fn isolation(&self, site: Site) -> Vec<Item> {
        if self.is_isolated(site) {
            vec![Item {
                name: "reconnect",
                text: "Reconnect".to_owned(),
                hint: "heal all its links",
                intent: Intent::Reconnected(site),
            }]
        } else {
            vec![item("isolate", "Isolate", "cut all its links", Action::Isolate(site))]
        }
    }

    fn node_menu(&self, id: NodeId) -> Option<Menu> {
        let node = self.frame.nodes.get(id.index())?;
        let mut items = Vec::new();
        match node.status {
            Status::Up => {
                items.push(item("crash", "Crash", "its memory is lost, its disk stays", Action::Crash(id)));
                items.push(item("pause", "Pause", "stop it for a while, lose nothing", Action::Pause(id)));
            }
            Status::Paused => {
                items.push(item("resume", "Resume", "let it go on", Action::Resume(id)));
                items.push(item("crash", "Crash", "its memory is lost, its disk stays", Action::Crash(id)));
            }
            Status::Down => {
                items.push(item("restart", "Restart", "from what its disk holds", Action::Restart(id)));
            }
        }
        items.extend(self.isolation(id.into()));
        let mut facts = vec![("role".to_owned(), node.replica.role.to_owned())];
        facts.extend(node.replica.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        facts.push(("at work".to_owned(), units::percent(node.utilisation)));
        facts.push(("in line".to_owned(), units::count(node.queue as u64, "message")));
        for held in node.replica.keys.iter().take(4) {
            facts.push((words::key(held.key), words::value(held.value)));
        }
        let nodes = self.frame.nodes.len() as u16;
        Some(Menu {
            target: Target::Site(id.into()),
            at: self.at(id.into()),
            reach: NODE_RADIUS,
            title: format!("Node {}", self.names.node(id)),
            facts,
            items,
            place: Some((id.into(), node.position)),
            settings: controls::parameters(self.session.about(), &node.parameters, nodes),
            node: Some(id),
        })
    }

    fn client_menu(&self, id: ClientId) -> Option<Menu> {
        let client = self.frame.clients.get(id.index())?;
        let key = words::key(self.watched);
        let ask = |writes| Intent::Asked { client: id, writes };
        let mut items = vec![
            Item {
                name: "write",
                text: format!("Write {key} now"),
                hint: "a value of yours",
                intent: ask(true),
            },
            Item {
                name: "read",
                text: format!("Read {key} now"),
                hint: "see what it gets",
                intent: ask(false),
            },
        ];
        if self.pace_of(id) == Pace::Silent {
            let pace = Pace::Closed { think: Span::from_ms(20) };
            items.push(item("go", "Let it work", "one operation after the other", Action::SetPace(id, pace)));
        } else {
            let silent = Action::SetPace(id, Pace::Silent);
            items.push(item("silence", "Keep it silent", "it sends only when told", silent));
        }
        items.extend(self.isolation(id.into()));
        let waits = units::count(client.pending as u64, "operation");
        let mut facts = vec![
            ("talks to".to_owned(), self.names.node(client.home).to_owned()),
            ("waits for".to_owned(), waits),
        ];
        if let Some(last) = client.last {
            let operation = self.session.machine().history().operations.get(last.index());
            facts.extend(operation.map(|op| ("last".to_owned(), words::outcome(op, &self.names))));
        }
        Some(Menu {
            target: Target::Site(id.into()),
            at: self.at(id.into()),
            reach: NODE_RADIUS,
            title: format!("Client {}", self.names.client(id)),
            facts,
            items,
            place: Some((id.into(), client.position)),
            settings: Vec::new(),
            node: None,
        })
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
        let facts = match self.frame.links.iter().find(|link| link.a == a && link.b == b) {
            None => Vec::new(),
            Some(link) => vec![
                ("distance".to_owned(), units::km(link.distance_km)),
                ("at least".to_owned(), format!("{} one way", units::span(link.floor))),
                ("lost".to_owned(), units::percent(link.quality.loss)),
            ],
        };
        Menu {
            target: Target::Link(a, b),
            at: self.at(a).towards(self.at(b), 0.5),
            reach: 6.0,
            title: format!("Link {from}–{to}"),
            facts,
            items,
            place: None,
            settings: Vec::new(),
            node: None,
        }
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
