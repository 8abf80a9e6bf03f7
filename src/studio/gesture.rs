//! Gestures on the stage: dragging a site, swiping across links, pressing long, and the same by keyboard.

use netsplit_scenario::model::Lock;
use netsplit_sim::action::Action;
use netsplit_sim::ids::{ClientId, NodeId, Site};
use netsplit_sim::setup::Position;

use crate::geometry::{Point, WORLD_KM};
use crate::intent::{Effect, StageKey};
use crate::messages::{FINGER_REACH, MOUSE_REACH};
use crate::selection::Selected;
use crate::stage::{Cut, NODE_RADIUS, Target, crossed, position, shown_at};
use crate::studio::{Panel, Studio};
use crate::units;

/// A pointer that moved less than this was not moved.
const SLACK: f64 = 5.0;
/// A finger that rests this long on something asks for its menu.
const LONG_PRESS_MS: f64 = 500.0;
/// Moves are put into force this often while the run plays.
const COMMIT_EVERY_MS: f64 = 250.0;
/// How far an arrow key moves a site, in pixels.
const KEY_STEP: f64 = 10.0;

/// What the hand holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hold {
    /// Nothing.
    Nothing,
    /// A pointer is down and has not moved yet.
    Press { on: Option<Target>, at: Point, since_ms: f64, touch: bool },
    /// A site, by pointer or by keyboard.
    Site(Held),
    /// Empty stage: a line is drawn across links. `began` is where, `last` where it is now.
    Swipe { began: Point, last: Point, cut: bool },
}

/// A site in the hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Held {
    site: Site,
    /// From the pointer to the site's centre.
    grip: Point,
    /// Where it was.
    origin: Position,
    /// Where the run knows it to be.
    committed: Position,
    committed_ms: f64,
}

impl Studio {
    pub(crate) fn press(&mut self, on: Option<Target>, at: Point, touch: bool) {
        self.drop_site();
        let on = self.meant(on, at, touch);
        match on {
            None => self.drop_menu(),
            // A message moves on: the run stops here and now, so that it can be told what to do.
            Some(Target::Message(_)) => {
                self.resumes |= self.playing;
                self.playing = false;
            }
            Some(Target::Site(_) | Target::Link(..)) => {}
        }
        self.hold = Hold::Press { on, at, since_ms: self.clock_ms, touch };
    }

    /// What a person points at: a node or a client under the pointer, or else the nearest message within
    /// reach, or else what the page says.
    fn meant(&self, on: Option<Target>, at: Point, touch: bool) -> Option<Target> {
        let reach = if touch { FINGER_REACH } else { MOUSE_REACH };
        match on {
            Some(Target::Site(_)) => on,
            _ => self.message_at(at, reach).map(Target::Message).or(on),
        }
    }

    pub(crate) fn open_menu_at(&mut self, on: Option<Target>, at: Point) {
        self.cancel();
        if let Some(target) = self.meant(on, at, false) {
            self.open_menu(target);
        }
    }

    pub(crate) fn moved(&mut self, at: Point) {
        match self.hold {
            Hold::Nothing => {
                self.attention.hovered = self.message_at(at, MOUSE_REACH);
                self.attention.pointed.node = self.split_node_at(at);
            }
            Hold::Press { on, at: began, .. } => {
                if began.distance(at) < SLACK {
                    return;
                }
                match on {
                    Some(Target::Site(site)) => {
                        let centre = self.view.point(position(&self.frame, site));
                        self.drop_menu();
                        self.take(site, Point::new(centre.x - began.x, centre.y - began.y));
                        self.moved(at);
                    }
                    Some(Target::Link(..) | Target::Message(_)) | None => {
                        // The run that a message under the finger had stopped goes on.
                        self.drop_menu();
                        self.group += 1;
                        self.hold = Hold::Swipe { began, last: began, cut: false };
                        self.moved(at);
                    }
                }
            }
            Hold::Site(held) => {
                let place = self.view.place(Point::new(at.x + held.grip.x, at.y + held.grip.y));
                self.attention.moving = Some((held.site, place));
            }
            Hold::Swipe { began, last, cut } => {
                let links = crossed(&self.stage(), last, at);
                let any = !links.is_empty();
                for (a, b) in links {
                    self.act_in_group(Action::Cut(a, b));
                }
                self.attention.swipe = Some((began, at));
                self.hold = Hold::Swipe { began, last: at, cut: cut || any };
            }
        }
    }

    /// The node at a point of the stage, where the data is split: what it holds is lit.
    fn split_node_at(&self, at: Point) -> Option<NodeId> {
        self.shard_map()?;
        let middle = |node: NodeId| self.view.point(position(&self.frame, node.into()));
        let mut nodes = self.frame.nodes.iter().map(|node| node.id);
        nodes.find(|node| middle(*node).distance(at) <= NODE_RADIUS)
    }

    pub(crate) fn release(&mut self, at: Point) {
        self.moved(at);
        match self.hold {
            Hold::Nothing => {}
            Hold::Press { on, .. } => {
                self.hold = Hold::Nothing;
                match on {
                    Some(Target::Site(site)) => self.click_site(site),
                    Some(Target::Link(a, b)) => self.toggle_link(a, b),
                    Some(Target::Message(message)) => self.open_menu(Target::Message(message)),
                    None => self.select(None),
                }
            }
            Hold::Site(_) => self.drop_site(),
            Hold::Swipe { cut, .. } => {
                self.hold = Hold::Nothing;
                self.attention.swipe = None;
                if !cut {
                    self.say("No link was crossed");
                }
            }
        }
    }

    pub(crate) fn cancel(&mut self) {
        match self.hold {
            Hold::Site(_) => self.restore(),
            _ => {
                self.hold = Hold::Nothing;
                self.attention.swipe = None;
                if self.menu.is_none() {
                    self.drop_menu();
                }
            }
        }
    }

    fn click_site(&mut self, site: Site) {
        self.attention.site_stop = Some(site);
        if self.attention.selected == Some(site) {
            self.open_menu(Target::Site(site));
        } else {
            self.select(Some(Selected::Target(Target::Site(site))));
            self.drop_menu();
        }
        if let (true, Some(node)) = (self.panel == Panel::Inside, site.node()) {
            self.inspected = Some(node);
        }
    }

    pub(crate) fn toggle_link(&mut self, a: Site, b: Site) {
        let link = self.frame.links.iter().find(|link| link.a == a && link.b == b);
        let Some(link) = link else { return };
        let whole = !link.cut_forward && !link.cut_back;
        self.attention.link_stop = Some((a, b));
        self.drop_menu();
        self.act(if whole { Action::Cut(a, b) } else { Action::Heal(a, b) });
    }

    fn take(&mut self, site: Site, grip: Point) {
        if !self.allows(Lock::Move) {
            self.hold = Hold::Nothing;
            return;
        }
        self.group += 1;
        let origin = position(&self.frame, site);
        self.attention.moving = Some((site, origin));
        self.attention.site_stop = Some(site);
        self.hold = Hold::Site(Held { site, grip, origin, committed: origin, committed_ms: self.clock_ms });
    }

    /// Puts the place of the site in the hand into force, if it is a new one.
    fn commit(&mut self) {
        let (Hold::Site(mut held), Some((site, place))) = (self.hold, self.attention.moving) else { return };
        if place == held.committed || !self.act_in_group(Action::Move(site, place)) {
            return;
        }
        held.committed = place;
        held.committed_ms = self.clock_ms;
        self.hold = Hold::Site(held);
    }

    fn drop_site(&mut self) {
        self.commit();
        if let Hold::Site(_) = self.hold {
            self.hold = Hold::Nothing;
            // The person chose this view by where they dropped it.
            self.fitted = false;
        }
        self.attention.moving = None;
        self.attention.grabbed = false;
    }

    /// Puts the site in the hand back to where it was taken.
    fn restore(&mut self) {
        if let Hold::Site(held) = self.hold {
            self.attention.moving = Some((held.site, held.origin));
            self.commit();
            self.hold = Hold::Nothing;
        }
        self.attention.moving = None;
        self.attention.grabbed = false;
    }

    /// What goes on while the hand holds still: a long press, and moves that take effect while playing.
    pub(crate) fn hold_on(&mut self) {
        match self.hold {
            Hold::Press { on: Some(target), since_ms, touch: true, .. }
                if self.clock_ms - since_ms > LONG_PRESS_MS =>
            {
                self.hold = Hold::Nothing;
                self.open_menu(target);
            }
            Hold::Site(held) if self.playing && self.clock_ms - held.committed_ms > COMMIT_EVERY_MS => {
                self.commit();
            }
            _ => {}
        }
    }

    // By keyboard.

    pub(crate) fn focus(&mut self, target: Target) {
        match target {
            Target::Site(site) => {
                if self.attention.moving.is_some_and(|(moving, _)| moving != site) {
                    self.drop_site();
                }
                self.attention.site_stop = Some(site);
                self.attention.pointed.node = site.node().filter(|_| self.is_split());
            }
            Target::Link(a, b) => self.attention.link_stop = Some((a, b)),
            Target::Message(_) => {}
        }
    }

    pub(crate) fn push(&mut self, on: Target, key: StageKey, fine: bool) {
        match (key, on) {
            (StageKey::Menu, _) => self.open_menu(on),
            (StageKey::Escape, _) => self.escape(),
            (StageKey::Enter, Target::Link(a, b)) => self.toggle_link(a, b),
            (StageKey::Enter, Target::Site(site)) => self.grab_or_drop(site),
            (StageKey::Enter, Target::Message(_)) => self.open_menu(on),
            (_, Target::Site(site)) if self.attention.grabbed => self.move_by_key(site, key, fine),
            _ => self.move_focus(on, key),
        }
    }

    fn escape(&mut self) {
        if self.menu.is_some() {
            self.close_menu();
        } else if self.attention.grabbed {
            let name = self.attention.moving.map(|(site, _)| self.names.site(site).to_owned());
            self.restore();
            self.say(format!("{} is back where it was", name.unwrap_or_default()));
        } else {
            self.select(None);
        }
    }

    fn grab_or_drop(&mut self, site: Site) {
        let name = self.names.site(site).to_owned();
        if self.attention.grabbed {
            self.drop_site();
            let text = format!("{name} dropped. {}", self.distances(site));
            self.say(text);
        } else {
            self.take(site, Point::default());
            if self.hold == Hold::Nothing {
                return;
            }
            self.attention.grabbed = true;
            self.select(Some(Selected::Target(Target::Site(site))));
            let text = format!("{name} grabbed: arrows move it, Shift finer, Enter drops, Escape restores");
            self.say(text);
        }
    }

    fn move_by_key(&mut self, site: Site, key: StageKey, fine: bool) {
        let step = if fine { 1.0 } else { KEY_STEP } / self.view.scale;
        let km = (libm::round(step) as i32).max(1);
        let (dx, dy) = match key {
            StageKey::Left => (-km, 0),
            StageKey::Right => (km, 0),
            StageKey::Up => (0, -km),
            StageKey::Down => (0, km),
            _ => return,
        };
        let old = shown_at(&self.frame, &self.attention, site);
        let within = |km: i32| km.clamp(-WORLD_KM, WORLD_KM);
        let place = Position { x_km: within(old.x_km + dx), y_km: within(old.y_km + dy) };
        self.attention.moving = Some((site, place));
        let text = self.distances(site);
        self.say(text);
    }

    /// How far a site is from the nodes, in words.
    fn distances(&self, site: Site) -> String {
        let stage = self.stage();
        let to_nodes = stage.links.iter().filter(|link| link.a == site || link.b == site).take(4);
        let words: Vec<String> = to_nodes
            .filter_map(|link| {
                let other = if link.a == site { link.b } else { link.a };
                let here = shown_at(&self.frame, &self.attention, site);
                let km = here.distance_km(shown_at(&self.frame, &self.attention, other));
                let frame = self.frame.links.iter().find(|frame| frame.a == link.a && frame.b == link.b)?;
                let delay = frame.quality.floor(km);
                Some(format!("{} and {} from {}", units::km(km), units::span(delay), self.names.site(other)))
            })
            .collect();
        words.join("; ")
    }

    fn move_focus(&mut self, on: Target, key: StageKey) {
        let targets: Vec<Target> = match on {
            Target::Site(_) => {
                let nodes = (0..self.frame.nodes.len()).map(|n| Site::from(NodeId(n as u16)));
                let clients = (0..self.frame.clients.len()).map(|c| Site::from(ClientId(c as u16)));
                nodes.chain(clients).map(Target::Site).collect()
            }
            Target::Link(..) => self.stage().links.iter().map(|link| Target::Link(link.a, link.b)).collect(),
            Target::Message(_) => {
                let (rows, _) = self.message_rows(self.inspected);
                rows.iter().map(|row| Target::Message(row.message)).collect()
            }
        };
        let here = targets.iter().position(|target| *target == on).unwrap_or(0);
        let last = targets.len().saturating_sub(1);
        let next = match key {
            StageKey::Left | StageKey::Up => here.checked_sub(1).unwrap_or(last),
            StageKey::Right | StageKey::Down if here == last => 0,
            StageKey::Right | StageKey::Down => here + 1,
            StageKey::First => 0,
            StageKey::Last => last,
            StageKey::Enter | StageKey::Escape | StageKey::Menu => return,
        };
        if let Some(target) = targets.get(next) {
            self.focus(*target);
            self.effects.push(Effect::Focus(*target));
        }
    }

    /// Whether a link of the frame is cut, for the menu.
    pub(crate) fn cut_of(&self, a: Site, b: Site) -> Cut {
        let stage = self.stage();
        stage.links.iter().find(|link| link.a == a && link.b == b).map_or(Cut::No, |link| link.cut)
    }
}
