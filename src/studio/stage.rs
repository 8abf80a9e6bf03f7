//! The stage: nodes, clients and links of one frame, laid out in pixels. Messages are in
//! [`crate::flights`], because they move at every instant and these do not.

use netsplit_sim::frame::{Frame, LinkFrame, NodeFrame, Status};
use netsplit_sim::history::History;
use netsplit_sim::ids::{ClientId, Key, MessageId, NodeId, Site};
use netsplit_sim::setup::Position;
use netsplit_sim::sharding::ShardMap;
use netsplit_sim::time::Span;

use crate::geometry::{Line, Margin, Point, Rect, Size, View, place_labels};
use crate::shards::load::Load;
use crate::shards::nodes::{CopyMark, CopyState, NodeCard, arrows, cards};
use crate::shards::{Pointed, newest};
use crate::units;
use crate::versions::{Seen, Versions, last_seen};
use crate::words::{self, Names};

/// The radius of a node, in pixels.
pub const NODE_RADIUS: f64 = 27.0;
/// Half the diagonal of a client's diamond.
pub const CLIENT_RADIUS: f64 = 21.0;
/// The room that the fitted view leaves at the edges: on a small stage less, but always for a site with
/// its badge, and below for the scale.
#[must_use]
pub fn margin(size: Size) -> Margin {
    Margin {
        side: (size.width * 0.12).clamp(44.0, 90.0),
        top: (size.height * 0.12).clamp(56.0, 84.0),
        bottom: (size.height * 0.16).clamp(66.0, 96.0),
    }
}

/// The width of a letter of a link's label, about.
const LETTER: f64 = 6.3;
/// Half the height of a link's label.
const HALF_HEIGHT: f64 = 9.0;
/// The most blocks below a node: two rows.
pub const BLOCKS: usize = 10;
/// How many of them stand in a row.
pub const BLOCKS_IN_ROW: usize = 5;
/// The width of a block with its gap, and its height, in pixels.
pub const BLOCK: (f64, f64) = (17.0, 16.0);
/// The most arrows of moving data.
const ARROWS: usize = 40;
/// With more links than this, only those of the chosen site carry labels.
const LABELLED_LINKS: usize = 16;

/// Something on the stage that can be focused, clicked or grabbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A node or a client.
    Site(Site),
    /// The link between two sites, the lower first.
    Link(Site, Site),
    /// A message on its way.
    Message(MessageId),
}

/// What the person is doing with the stage, as far as it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attention {
    /// The site being moved, and where it is now.
    pub moving: Option<(Site, Position)>,
    /// Whether the site is held by the keyboard.
    pub grabbed: bool,
    /// The selected site.
    pub selected: Option<Site>,
    /// Where Tab enters the group of sites.
    pub site_stop: Option<Site>,
    /// Where Tab enters the group of links.
    pub link_stop: Option<(Site, Site)>,
    /// The line of a swipe across links.
    pub swipe: Option<(Point, Point)>,
    /// The message under the pointer.
    pub hovered: Option<MessageId>,
    /// What is pointed at of the split of the data.
    pub pointed: Pointed,
    /// The node through whose eyes the person looks: only what it knows is shown. `None`: everything.
    pub eyes: Option<NodeId>,
}

impl Attention {
    /// Whether a site can't be seen into.
    fn hides(&self, site: Site) -> bool {
        self.eyes.is_some_and(|eyes| site != eyes.into())
    }
}

/// Everything that a stage is drawn from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The cluster now.
    pub frame: &'a Frame,
    /// What the clients saw.
    pub history: &'a History,
    /// Who wrote what.
    pub versions: &'a Versions,
    /// The sites' names.
    pub names: &'a Names,
    /// The key that the copies are shown for.
    pub watched: Key,
    /// Kilometres to pixels.
    pub view: &'a View,
    /// Pixels.
    pub size: Size,
    /// What the person does.
    pub attention: Attention,
}

/// The stage, ready to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stage {
    /// Its size.
    pub size: Size,
    /// The links, below everything.
    pub links: Vec<LinkMark>,
    /// The nodes.
    pub nodes: Vec<NodeMark>,
    /// The clients.
    pub clients: Vec<ClientMark>,
    /// Data that moves.
    pub moves: Vec<MoveMark>,
    /// The scale: its length in pixels and in words.
    pub scale: (f64, String),
    /// The line of a swipe.
    pub swipe: Option<(Point, Point)>,
}

/// Whether a link carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// In both directions.
    No,
    /// In neither.
    Both,
    /// Only from the higher end to the lower.
    Forward,
    /// Only from the lower end to the higher.
    Back,
}

impl Cut {
    fn of(link: &LinkFrame) -> Self {
        match (link.cut_forward, link.cut_back) {
            (false, false) => Self::No,
            (true, true) => Self::Both,
            (true, false) => Self::Forward,
            (false, true) => Self::Back,
        }
    }
}

/// A link.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkMark {
    /// The lower end.
    pub a: Site,
    /// The higher end.
    pub b: Site,
    /// Its name, such as `n1-n2`.
    pub id: String,
    /// From the rim of the one.
    pub from: Point,
    /// To the rim of the other.
    pub to: Point,
    /// Whether it joins a client to its home.
    pub home: bool,
    /// Whether it is cut.
    pub cut: Cut,
    /// Its label and where it goes, if there is room.
    pub label: Option<(Point, String)>,
    /// Whether it belongs to the site that is moved or selected.
    pub lit: bool,
    /// Whether Tab stops here.
    pub tab_stop: bool,
    /// What a screen reader says.
    pub spoken: String,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeMark {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its centre.
    pub at: Point,
    /// Whether it runs.
    pub status: Status,
    /// What it says under its name: the value of the watched key, or how many it has.
    pub value: String,
    /// The hues of its values: none if the key was never written here, several for siblings and sets.
    pub hues: Vec<u8>,
    /// Whether it believes that it leads.
    pub leads: bool,
    /// The term or epoch that it believes in, where the protocol has them.
    pub term: Option<u64>,
    /// The badge below: role and state.
    pub badge: String,
    /// How many messages wait, the one being served included.
    pub queue: usize,
    /// Its copies of shards, where the data is split.
    pub blocks: Vec<BlockMark>,
    /// How many more it has.
    pub more_blocks: usize,
    /// Whether it stands by outside of the cluster.
    pub standing_by: bool,
    /// Whether it, or a shard that it holds, is pointed at.
    pub lit: bool,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether it is being moved.
    pub moving: bool,
    /// Whether Tab stops here.
    pub tab_stop: bool,
    /// What a screen reader says.
    pub spoken: String,
}

/// A node's copy of a shard, as a small block below the node.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockMark {
    /// The shard's label.
    pub label: String,
    /// What the copy is good for.
    pub state: CopyState,
    /// Whether it leads its shard.
    pub leads: bool,
    /// Whether it is pointed at.
    pub lit: bool,
}

/// Data that moves from one node to another: an arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveMark {
    /// The names of both, such as `n1-n5`.
    pub id: String,
    /// From the rim of the one.
    pub from: Point,
    /// To the rim of the other.
    pub to: Point,
}

/// A client.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientMark {
    /// Which.
    pub client: ClientId,
    /// Its name.
    pub name: String,
    /// Its centre.
    pub at: Point,
    /// What it saw last, in a word or two.
    pub saw: String,
    /// The hue of the value that it saw last.
    pub hue: Option<u8>,
    /// Whether its last operation failed.
    pub failed: bool,
    /// Whether it waits for an answer.
    pub waiting: bool,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether it is being moved.
    pub moving: bool,
    /// Whether Tab stops here.
    pub tab_stop: bool,
    /// What a screen reader says.
    pub spoken: String,
}

/// Where a site is shown: where the hand holds it, or where it is.
#[must_use]
pub fn shown_at(frame: &Frame, attention: &Attention, site: Site) -> Position {
    if let Some((moving, position)) = attention.moving
        && moving == site
    {
        return position;
    }
    position(frame, site)
}

/// Where a site is.
#[must_use]
pub fn position(frame: &Frame, site: Site) -> Position {
    let node = site.node().and_then(|node| frame.nodes.get(node.index())).map(|node| node.position);
    let client = || {
        let client = site.client().and_then(|client| frame.clients.get(client.index()));
        client.map(|client| client.position)
    };
    node.or_else(client).unwrap_or_default()
}

/// Whether a link is drawn: all between nodes, and a client's to the node that it turns to.
fn is_shown(frame: &Frame, link: &LinkFrame) -> bool {
    match (link.a.node(), link.b.client()) {
        (Some(node), Some(client)) => {
            frame.clients.get(client.index()).is_some_and(|client| client.home == node)
        }
        _ => true,
    }
}

/// Lays out the stage.
#[must_use]
pub fn stage(subject: &Subject<'_>) -> Stage {
    let attention = &subject.attention;
    let (scale_km, scale_pixels) = subject.view.scale_bar();
    let map = newest(subject.frame).filter(|_| attention.eyes.is_none());
    let mut nodes: Vec<NodeMark> = subject.frame.nodes.iter().map(|node| node_mark(subject, node)).collect();
    if let Some(map) = map {
        let cards = cards(subject.frame, map, subject.names, &Load::default(), &attention.pointed);
        nodes.iter_mut().zip(cards).for_each(|(mark, card)| add_card(mark, card));
    }
    Stage {
        size: subject.size,
        links: links(subject),
        nodes,
        moves: map.map_or_else(Vec::new, |map| move_marks(subject, map)),
        clients: (0..subject.frame.clients.len()).map(|c| client_mark(subject, c)).collect(),
        scale: (scale_pixels, units::km(scale_km)),
        swipe: attention.swipe,
    }
}

/// What a node holds of the split of the data.
fn add_card(mark: &mut NodeMark, card: NodeCard) {
    let held: Vec<&str> = card.copies.iter().map(|copy| copy.label.as_str()).collect();
    if !held.is_empty() {
        mark.spoken.push_str(&format!(", holds shards {}", held.join(", ")));
    }
    if !card.inside {
        mark.spoken.push_str(", stands by outside of the cluster");
        if mark.status == Status::Up {
            mark.badge = "standing by".to_owned();
        }
    }
    mark.standing_by = !card.inside;
    mark.lit = card.lit;
    mark.more_blocks = card.copies.len().saturating_sub(BLOCKS);
    let block =
        |copy: CopyMark| BlockMark { label: copy.label, state: copy.state, leads: copy.leads, lit: copy.lit };
    mark.blocks = card.copies.into_iter().take(BLOCKS).map(block).collect();
}

fn move_marks(subject: &Subject<'_>, map: &ShardMap) -> Vec<MoveMark> {
    let Subject { frame, attention, names, view, .. } = subject;
    let at = |node: NodeId| view.point(shown_at(frame, attention, node.into()));
    let mark = |(from, to): (NodeId, NodeId)| MoveMark {
        id: format!("{}-{}", names.node(from), names.node(to)),
        from: at(from).step(at(to), NODE_RADIUS + 8.0),
        to: at(to).step(at(from), NODE_RADIUS + 12.0),
    };
    arrows(frame, map).into_iter().take(ARROWS).map(mark).collect()
}

fn links(subject: &Subject<'_>) -> Vec<LinkMark> {
    let Subject { frame, attention, names, view, .. } = subject;
    let shown: Vec<&LinkFrame> = frame.links.iter().filter(|link| is_shown(frame, link)).collect();
    let chosen = attention.moving.map(|(site, _)| site).or(attention.selected);
    let mut marks: Vec<LinkMark> = Vec::with_capacity(shown.len());
    for link in &shown {
        let (a, b) = (shown_at(frame, attention, link.a), shown_at(frame, attention, link.b));
        let (from, to) = (view.point(a), view.point(b));
        let distance_km = a.distance_km(b);
        let delay = link.quality.floor(distance_km);
        // No node sees that a link is cut.
        let cut = if attention.eyes.is_some() { Cut::No } else { Cut::of(link) };
        let id = names.link(link.a, link.b);
        marks.push(LinkMark {
            a: link.a,
            b: link.b,
            from: from.step(to, rim(link.a)),
            to: to.step(from, rim(link.b)),
            home: link.b.client().is_some(),
            cut,
            label: Some((from.towards(to, 0.5), label_words(link, distance_km, delay, cut, names))),
            lit: chosen.is_some_and(|site| site == link.a || site == link.b),
            tab_stop: attention.link_stop == Some((link.a, link.b)),
            spoken: spoken_link(link, distance_km, delay, cut, names),
            id,
        });
    }
    label(&mut marks, subject, chosen);
    marks
}

fn rim(site: Site) -> f64 {
    if site.node().is_some() { NODE_RADIUS + 3.0 } else { CLIENT_RADIUS - 3.0 }
}

/// Finds places for the labels: of the chosen site's links first, then of links between nodes. Where the
/// whole label has no room, the milliseconds alone may have.
fn label(marks: &mut [LinkMark], subject: &Subject<'_>, chosen: Option<Site>) {
    let crowded = marks.len() > LABELLED_LINKS;
    let mut order: Vec<usize> = (0..marks.len()).filter(|&i| marks[i].lit || !crowded).collect();
    order.sort_by_key(|&i| (!marks[i].lit, marks[i].cut == Cut::No, marks[i].home, i));
    let moving = subject.attention.moving.map(|(site, _)| site);
    let mut texts: Vec<Option<String>> =
        marks.iter_mut().map(|mark| mark.label.take().map(|(_, text)| text)).collect();
    let mut taken = obstacles(subject);
    for short in [false, true] {
        let todo: Vec<usize> = order.iter().copied().filter(|&i| texts[i].is_some()).collect();
        if short {
            let shortened = |text: &mut Option<String>| {
                *text = text.take().and_then(|text| text.split(" · ").nth(1).map(str::to_owned));
            };
            todo.iter().for_each(|&i| shortened(&mut texts[i]));
        }
        let lines: Vec<Line> = todo
            .iter()
            .map(|&i| Line {
                from: marks[i].from,
                to: marks[i].to,
                half_width: half_width(texts[i].as_deref().unwrap_or_default()),
                half_height: HALF_HEIGHT,
                must: marks[i].lit && moving.is_some() && moving == chosen,
            })
            .collect();
        for (&i, place) in todo.iter().zip(place_labels(&lines, &taken, subject.size)) {
            let Some(at) = place else { continue };
            if let Some(text) = texts[i].take() {
                taken.push(Rect::around(at, half_width(&text), HALF_HEIGHT));
                marks[i].label = Some((at, text));
            }
        }
    }
}

fn half_width(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER / 2.0 + 3.0
}

/// What labels may not cover: the sites with their badges.
fn obstacles(subject: &Subject<'_>) -> Vec<Rect> {
    let Subject { frame, attention, view, .. } = subject;
    let place = |site: Site| view.point(shown_at(frame, attention, site));
    let nodes = frame.nodes.iter().map(|node| {
        let at = place(node.id.into());
        // The circle, and the badge of about two lines below it.
        let above = if node.replica.term.is_some() || node.replica.leads { 12.0 } else { 0.0 };
        // And the blocks of its shards below that.
        let copies = node.replica.sharding.as_ref().map_or(0, |view| view.copies.len().min(BLOCKS));
        let below = copies.div_ceil(BLOCKS_IN_ROW) as f64 * BLOCK.1;
        let wide = (copies.min(BLOCKS_IN_ROW) as f64 * BLOCK.0 / 2.0).max(NODE_RADIUS + 9.0);
        let middle = Point::new(at.x, at.y + 9.0 + (below - above) / 2.0);
        Rect::around(middle, wide, NODE_RADIUS + 14.0 + (above + below) / 2.0)
    });
    let clients = frame.clients.iter().map(|client| {
        let at = place(client.id.into());
        Rect::around(Point::new(at.x, at.y + 8.0), CLIENT_RADIUS + 8.0, CLIENT_RADIUS + 10.0)
    });
    nodes.chain(clients).collect()
}

fn label_words(link: &LinkFrame, distance_km: f64, delay: Span, cut: Cut, names: &Names) -> String {
    match cut {
        Cut::No => format!("{} · {}", units::km(distance_km), units::span(delay)),
        Cut::Both => "cut".to_owned(),
        Cut::Forward => format!("cut {} to {}", names.site(link.a), names.site(link.b)),
        Cut::Back => format!("cut {} to {}", names.site(link.b), names.site(link.a)),
    }
}

fn spoken_link(link: &LinkFrame, distance_km: f64, delay: Span, cut: Cut, names: &Names) -> String {
    let (a, b) = (names.site(link.a), names.site(link.b));
    let state = match cut {
        Cut::No => "whole; press to cut".to_owned(),
        Cut::Both => "cut; press to heal".to_owned(),
        Cut::Forward => format!("cut from {a} to {b} only; press to heal"),
        Cut::Back => format!("cut from {b} to {a} only; press to heal"),
    };
    format!("Link {a} to {b}, {}, {} one way, {state}", units::km(distance_km), units::span(delay))
}

/// The most values that have a colour of their own around a node.
const COLOURED: usize = 6;

/// A node that is out of sight: a place on the map.
fn hidden_mark(subject: &Subject<'_>, node: &NodeFrame) -> NodeMark {
    let Subject { frame, attention, names, view, .. } = subject;
    let site = Site::from(node.id);
    let name = names.node(node.id).to_owned();
    NodeMark {
        node: node.id,
        at: view.point(shown_at(frame, attention, site)),
        status: Status::Up,
        value: "?".to_owned(),
        hues: Vec::new(),
        leads: false,
        term: None,
        badge: "out of sight".to_owned(),
        queue: 0,
        blocks: Vec::new(),
        more_blocks: 0,
        standing_by: false,
        lit: false,
        selected: attention.selected == Some(site),
        moving: attention.moving.is_some_and(|(moving, _)| moving == site),
        tab_stop: attention.site_stop == Some(site),
        spoken: format!("Node {name}, out of sight"),
        name,
    }
}

fn node_mark(subject: &Subject<'_>, node: &NodeFrame) -> NodeMark {
    if subject.attention.hides(node.id.into()) {
        return hidden_mark(subject, node);
    }
    let Subject { frame, attention, names, view, versions, watched, .. } = subject;
    let site = Site::from(node.id);
    let held: Vec<_> = node.replica.keys.iter().filter(|held| held.key == *watched).collect();
    let name = names.node(node.id).to_owned();
    let value = match held.as_slice() {
        [] => units::NO_SAMPLE.to_owned(),
        [one] => words::value(one.value),
        several => format!("{} values", several.len()),
    };
    let badge = match node.status {
        Status::Up => node.replica.role.to_owned(),
        Status::Down => "crashed".to_owned(),
        Status::Paused => "paused".to_owned(),
    };
    let badge = badge + odd(node);
    let values: Vec<_> = held.iter().map(|held| held.value).collect();
    let key = words::key(*watched);
    let holds = match held.len() {
        0 => format!("{key} was never written here"),
        1 => format!("{key} is {}", words::values(&values)),
        several => format!("{key} has {several} values: {}", words::values(&values)),
    };
    let waiting = match node.queue {
        0 => String::new(),
        queue => format!(", {queue} messages in line"),
    };
    // What a crashed node believed is on its disk, but nobody is led by it.
    let leads = node.replica.leads && node.status != Status::Down;
    let leading = if leads { ", leads" } else { "" };
    let term = node.replica.term.map_or_else(String::new, |term| format!(", term {term}"));
    let spoken = format!("Node {name}, {badge}{leading}{term}, {holds}{waiting}");
    NodeMark {
        node: node.id,
        at: view.point(shown_at(frame, attention, site)),
        status: node.status,
        value,
        hues: held.iter().take(COLOURED).map(|held| versions.hue(held.op)).collect(),
        leads,
        term: node.replica.term,
        badge,
        queue: node.queue,
        blocks: Vec::new(),
        more_blocks: 0,
        standing_by: false,
        lit: false,
        selected: attention.selected == Some(site),
        moving: attention.moving.is_some_and(|(moving, _)| moving == site),
        tab_stop: attention.site_stop == Some(site),
        spoken,
        name,
    }
}

/// What is wrong with a node besides being down, in a word behind its role.
fn odd(node: &NodeFrame) -> &'static str {
    match (node.lie.is_some(), node.slow > 1) {
        (true, true) => " · lies · slow",
        (true, false) => " · lies",
        (false, true) => " · slow",
        (false, false) => "",
    }
}

fn client_mark(subject: &Subject<'_>, index: usize) -> ClientMark {
    let Subject { frame, attention, names, view, versions, watched, history, .. } = subject;
    let client = &frame.clients[index];
    let site = Site::from(client.id);
    let name = names.client(client.id).to_owned();
    let hidden = attention.hides(site);
    let seen = if hidden { Seen::Nothing } else { last_seen(history, client.id, *watched) };
    let waiting = client.pending > 0 && !hidden;
    let (saw, value) = match seen {
        Seen::Nothing => (String::new(), None),
        Seen::Empty => ("read nothing".to_owned(), None),
        Seen::Read(value) => (format!("read {}", words::value(value)), Some(value)),
        Seen::Several(found) => match history.values(found) {
            few if few.len() <= 2 => (format!("read {}", words::values(few)), few.last().copied()),
            many => (format!("read {} values", many.len()), None),
        },
        Seen::Wrote(value) => (format!("wrote {}", words::value(value)), Some(value)),
        Seen::Changed(kind) => (format!("{} done", words::call_kind(kind)), None),
        Seen::Failed => ("failed".to_owned(), None),
    };
    let hue = value.and_then(|value| versions.writer(*watched, value)).map(|op| versions.hue(op));
    let last = if saw.is_empty() { String::new() } else { format!(", last {saw}") };
    let waits = if waiting { ", waiting for an answer" } else { "" };
    let spoken = format!("Client {name}, talks to {}{last}{waits}", names.node(client.home));
    ClientMark {
        client: client.id,
        at: view.point(shown_at(frame, attention, site)),
        saw,
        hue,
        failed: seen == Seen::Failed,
        waiting,
        selected: attention.selected == Some(site),
        moving: attention.moving.is_some_and(|(moving, _)| moving == site),
        tab_stop: attention.site_stop == Some(site),
        spoken,
        name,
    }
}

/// The links that a swipe from one point to another crosses, and that are whole.
#[must_use]
pub fn crossed(stage: &Stage, from: Point, to: Point) -> Vec<(Site, Site)> {
    let crosses = |link: &&LinkMark| crate::geometry::cross(link.from, link.to, from, to);
    let whole = stage.links.iter().filter(|link| link.cut != Cut::Both);
    whole.filter(crosses).map(|link| (link.a, link.b)).collect()
}

#[cfg(test)]
mod tests {
    use netsplit_sim::frame::{ClientFrame, KeyView, ReplicaView};
    use netsplit_sim::ids::{OpId, Value, Version};
    use netsplit_sim::setup::LinkQuality;

    use super::*;

    fn at(x_km: i32, y_km: i32) -> Position {
        Position { x_km, y_km }
    }

    /// Three nodes and a client; n1 holds a value, n2 is down.
    fn frame() -> Frame {
        let places = [at(0, 0), at(800, 0), at(400, 600)];
        let version = Version { counter: 1, node: NodeId(0) };
        let held = KeyView { key: Key(0), value: Value(5), version, op: OpId(0) };
        let nodes = places.iter().enumerate().map(|(n, &position)| NodeFrame {
            id: NodeId(n as u16),
            position,
            status: if n == 1 { Status::Down } else { Status::Up },
            clock_ahead_ns: 0,
            clock_drift_ppm: 0,
            slow: 1,
            lie: None,
            queue: 0,
            utilisation: 0.0,
            parameters: vec![],
            replica: ReplicaView {
                role: "backup",
                leads: n != 2,
                term: (n != 2).then_some(3),
                keys: if n == 0 { vec![held] } else { vec![] },
                sharding: None,
            },
        });
        let c1 = ClientId(0);
        let client = ClientFrame { id: c1, position: at(-300, 300), pending: 1, last: None, home: NodeId(0) };
        let sites: Vec<Site> = (0..3).map(|n| NodeId(n).into()).chain([c1.into()]).collect();
        let mut frame = Frame { nodes: nodes.collect(), clients: vec![client], ..Frame::default() };
        for (i, &a) in sites.iter().enumerate().take(3) {
            for &b in &sites[i + 1..] {
                let distance_km = position(&frame, a).distance_km(position(&frame, b));
                let quality = LinkQuality::default();
                let floor = quality.floor(distance_km);
                let (cut_forward, cut_back) = (false, false);
                frame.links.push(LinkFrame { a, b, distance_km, floor, cut_forward, cut_back, quality });
            }
        }
        frame
    }

    fn lay_out(frame: &Frame, attention: Attention) -> Stage {
        let names =
            Names { nodes: (1..=3).map(|n| format!("n{n}")).collect(), clients: vec!["c1".to_owned()] };
        let size = Size { width: 600.0, height: 560.0 };
        let view = View::fit(frame.nodes.iter().map(|node| node.position), size, margin(size));
        stage(&Subject {
            frame,
            history: &History::default(),
            versions: &Versions::default(),
            names: &names,
            watched: Key(0),
            view: &view,
            size,
            attention,
        })
    }

    #[test]
    fn a_client_is_joined_to_its_home_only() {
        let ids: Vec<_> =
            lay_out(&frame(), Attention::default()).links.into_iter().map(|link| link.id).collect();
        assert_eq!(ids, ["n1-n2", "n1-n3", "c1-n1", "n2-n3"]);
    }

    #[test]
    fn a_copy_shows_its_value_in_text_and_hue() {
        let stage = lay_out(&frame(), Attention::default());
        assert_eq!((stage.nodes[0].value.as_str(), stage.nodes[0].hues.as_slice()), ("v5", &[0][..]));
        assert_eq!((stage.nodes[1].value.as_str(), stage.nodes[1].hues.len()), ("–", 0));
        assert_eq!(stage.nodes[1].badge, "crashed");
        assert_eq!(stage.nodes[0].spoken, "Node n1, backup, leads, term 3, k1 is v5");
    }

    #[test]
    fn two_values_of_a_key_are_both_seen() {
        let mut frame = frame();
        let mut other = frame.nodes[0].replica.keys[0];
        other.value = Value(8);
        frame.nodes[0].replica.keys.push(other);
        let node = &lay_out(&frame, Attention::default()).nodes[0];
        assert_eq!((node.value.as_str(), node.hues.len()), ("2 values", 2));
        assert!(node.spoken.ends_with("k1 has 2 values: v5 and v8"), "{}", node.spoken);
    }

    #[test]
    fn only_a_running_node_wears_the_leaders_mark() {
        let mut frame = frame();
        frame.nodes[2].lie = Some(netsplit_sim::action::Lie::TwoFaced);
        let stage = lay_out(&frame, Attention::default());
        let leads: Vec<_> = stage.nodes.iter().map(|node| (node.leads, node.term)).collect();
        assert_eq!(leads, [(true, Some(3)), (false, Some(3)), (false, None)]);
        assert_eq!(stage.nodes[2].badge, "backup · lies");
    }

    #[test]
    fn a_site_in_the_hand_carries_its_links_along_live() {
        let n2 = Site::from(NodeId(1));
        let attention = Attention { moving: Some((n2, at(2_000, 0))), ..Attention::default() };
        let stage = lay_out(&frame(), attention);
        let link = &stage.links[0];
        assert_eq!(link.label.as_ref().expect("a moving link is labelled").1, "2,000 km · 10.1 ms");
        assert!(stage.nodes[1].moving);
    }

    #[test]
    fn a_swipe_crosses_the_links_between_its_ends() {
        let stage = lay_out(&frame(), Attention::default());
        let (n1, n2) = (stage.nodes[0].at, stage.nodes[1].at);
        let middle = n1.towards(n2, 0.5);
        let above = Point::new(middle.x, middle.y - 40.0);
        let below = Point::new(middle.x, middle.y + 40.0);
        assert_eq!(crossed(&stage, above, below), vec![(NodeId(0).into(), NodeId(1).into())]);
        assert_eq!(crossed(&stage, above, Point::new(middle.x + 5.0, middle.y - 5.0)), vec![]);
    }

    #[test]
    fn a_one_way_cut_says_its_direction() {
        let mut frame = frame();
        frame.links[0].cut_back = true;
        let stage = lay_out(&frame, Attention::default());
        assert_eq!(stage.links[0].cut, Cut::Back);
        assert_eq!(stage.links[0].label.as_ref().expect("room").1, "cut n2 to n1");
    }
}
