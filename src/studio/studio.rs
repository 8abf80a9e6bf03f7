//! The studio: everything that the page knows, in one place. An [`Intent`] goes in, effects come out,
//! and what the page shows is read off by pure functions.

mod asking;

use netsplit_scenario::session::Stride;
use netsplit_scenario::{Problem, Scenario, Session};
use netsplit_sim::action::Action;
use netsplit_sim::frame::Frame;
use netsplit_sim::ids::{ClientId, Key, NodeId, OpId, Site};
use netsplit_sim::time::Span;

use crate::chapter::{Chapter, Progress};
use crate::code::Code;
use crate::compare::Compare;
use crate::data::Data;
use crate::dock::View as DockView;
use crate::evidence::Evidence;
use crate::examples;
use crate::flights::{Flight, Sky, flights};
use crate::geometry::{Size, View};
use crate::gesture::Hold;
use crate::happened::Happened;
use crate::histories::Histories;
use crate::intent::{Effect, Intent, Theme};
use crate::models::Models;
use crate::operations::Operations;
use crate::plan::Plan;
use crate::playback::Easing;
use crate::present::Present;
use crate::resharding::{Asked, Shift};
use crate::route::Route;
use crate::selection::Selected;
use crate::series::Series;
use crate::shards::Pointed;
use crate::share::{Card, Opening};
use crate::spacetime::SpaceTime;
use crate::stage::{Attention, Stage, Subject, Target, margin, stage};
use crate::story::Story;
use crate::sweeping::Sweeping;
use crate::telling::{Teller, Telling};
use crate::timebar::Moments;
use crate::units;
use crate::versions::Versions;
use crate::words::{self, Names};

/// The most notices at a time.
const NOTICES: usize = 3;
/// How long a lost message stays in sight, in seconds of wall-clock time.
const AFTERGLOW_S: f64 = 0.9;

/// A sentence for the person that stays until it is sent away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number, to send it away by.
    pub number: usize,
    /// Whether something went wrong.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

/// What a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is as it should be.
    Good,
    /// Something to know.
    Plain,
    /// Something is wrong.
    Bad,
}

/// What the panel beside the stage shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// What clients saw.
    #[default]
    Clients,
    /// What is inside the nodes.
    Inside,
    /// How the data is split.
    Split,
    /// Which consistency models the run kept.
    Models,
    /// Many runs.
    Runs,
    /// Two runs side by side, in numbers.
    Compare,
}

/// Everything that the page knows.
pub struct Studio {
    pub(crate) session: Session,
    pub(crate) frame: Frame,
    pub(crate) names: Names,
    pub(crate) versions: Versions,
    /// The address up to the `#`.
    pub(crate) base: String,
    pub(crate) route: Route,
    pub(crate) chapter: Chapter,
    pub(crate) playing: bool,
    pub(crate) speed: usize,
    /// Virtual nanoseconds that the last frame was short of a whole one.
    pub(crate) remainder: f64,
    /// Whether a seek or a replay goes on over several frames.
    pub(crate) rebuilding: bool,
    /// Wall-clock milliseconds since the page opened, as far as frames told.
    pub(crate) clock_ms: f64,
    pub(crate) size: Size,
    pub(crate) view: View,
    /// Whether the view still is the one that was fitted, so that a new size fits again.
    pub(crate) fitted: bool,
    pub(crate) watched: Key,
    pub(crate) hold: Hold,
    pub(crate) attention: Attention,
    pub(crate) menu: Option<Target>,
    /// Whether the run goes on when the menu closes, because it was playing when a message was pressed.
    pub(crate) resumes: bool,
    /// What is worth a mark in the record so far.
    pub(crate) moments: Moments,
    /// What the panel shows.
    pub(crate) panel: Panel,
    /// Whether the data was split when the page last looked.
    pub(crate) was_split: bool,
    /// The split point in the hand.
    pub(crate) shift: Option<Shift>,
    /// Whether a shard that is dragged is copied.
    pub(crate) copying: bool,
    /// The last change to the split that was asked for.
    pub(crate) asked: Option<Asked>,
    /// The node that is looked into; `None`: the whole cluster.
    pub(crate) inspected: Option<NodeId>,
    /// The write that is pointed at.
    pub(crate) pointed_write: Option<OpId>,
    /// Whether the protocols to choose from are shown.
    pub(crate) choosing: bool,
    pub(crate) plan: Plan,
    /// Counts gestures: all changes of one are undone together.
    pub(crate) group: u64,
    /// A control whose slider is being dragged, its value, and when it was last put into force.
    pub(crate) draft: Option<(String, crate::controls::Entry, f64)>,
    pub(crate) workload_of: Option<ClientId>,
    pub(crate) example: Option<usize>,
    pub(crate) open_verdict: Option<&'static str>,
    pub(crate) share: Option<Card>,
    pub(crate) opening: Option<Opening>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) noticed: usize,
    pub(crate) theme: Theme,
    pub(crate) shortcuts: bool,
    pub(crate) help: bool,
    /// How many cores the machine has, as far as the browser tells.
    pub(crate) cores: u8,
    /// What the chart of percentiles shows.
    pub(crate) spread: &'static str,
    pub(crate) models: Models,
    pub(crate) sweeping: Sweeping,
    pub(crate) evidence: Evidence,
    pub(crate) histories: Histories,
    /// What is selected, in every view.
    pub(crate) selected: Option<Selected>,
    /// The view in the dock.
    pub(crate) dock: Option<DockView>,
    pub(crate) spacetime: SpaceTime,
    pub(crate) operations: Operations,
    pub(crate) happened: Happened,
    pub(crate) data: Data,
    pub(crate) code: Code,
    pub(crate) series: Series,
    pub(crate) story: Story,
    pub(crate) stride: Stride,
    pub(crate) easing: Easing,
    pub(crate) teller: Teller,
    pub(crate) compare: Compare,
    pub(crate) present: Present,
    pub(crate) effects: Vec<Effect>,
}

/// What the shell remembers between visits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The theme.
    pub theme: Theme,
    /// Whether single-key shortcuts are switched off.
    pub no_shortcuts: bool,
    /// How much a screen reader is told while the run plays.
    pub telling: Telling,
    /// Whether the system asks for less motion: then nothing plays by itself.
    pub reduced_motion: bool,
    /// How far the reader got in the lessons: what [`crate::chapter::STORED`] holds.
    pub progress: String,
}

/// Something that is done to a run.
type Doing<'a> = &'a dyn Fn(&mut Session) -> Result<(), Problem>;

impl Studio {
    /// The studio for a page at the address `base` (without its fragment) that shows `hash`.
    ///
    /// # Panics
    /// If the built-in example is not a valid scenario.
    #[must_use]
    pub fn new(base: &str, hash: &str, preferences: &Preferences) -> Self {
        let session = Session::new((examples::ALL[0].scenario)()).expect("the built-in example is valid");
        let mut studio = Self {
            names: Names::of(session.scenario()),
            session,
            frame: Frame::default(),
            versions: Versions::default(),
            base: base.to_owned(),
            route: Route::Lab,
            chapter: Chapter::with_progress(Progress::read(&preferences.progress)),
            playing: !preferences.reduced_motion,
            speed: 10,
            remainder: 0.0,
            rebuilding: false,
            clock_ms: 0.0,
            size: Size { width: 600.0, height: 480.0 },
            view: View::default(),
            fitted: true,
            watched: Key(0),
            hold: Hold::Nothing,
            attention: Attention::default(),
            menu: None,
            resumes: false,
            moments: Moments::default(),
            panel: Panel::Clients,
            was_split: false,
            shift: None,
            copying: false,
            asked: None,
            inspected: None,
            pointed_write: None,
            choosing: false,
            plan: Plan::default(),
            group: 0,
            draft: None,
            workload_of: None,
            example: Some(0),
            open_verdict: None,
            share: None,
            opening: None,
            notices: Vec::new(),
            noticed: 0,
            theme: preferences.theme,
            shortcuts: !preferences.no_shortcuts,
            help: false,
            cores: 2,
            spread: crate::spread::CHOICES[1].0,
            models: Models::default(),
            sweeping: Sweeping::default(),
            evidence: Evidence::default(),
            histories: Histories::default(),
            selected: None,
            dock: None,
            spacetime: SpaceTime::default(),
            operations: Operations::default(),
            happened: Happened::default(),
            data: Data::default(),
            code: Code::default(),
            series: Series::default(),
            story: Story::default(),
            stride: Stride::Event,
            easing: Easing::default(),
            teller: Teller::new(preferences.telling),
            compare: Compare::default(),
            present: Present::default(),
            effects: Vec::new(),
        };
        studio.refresh();
        studio.fit();
        studio.navigate(hash);
        studio
    }

    /// Takes an intent in; tells what the page must do.
    pub fn update(&mut self, intent: Intent) -> Vec<Effect> {
        if self.is_compared() {
            return self.update_both(intent);
        }
        if !self.allows_intent(&intent) {
            return std::mem::take(&mut self.effects);
        }
        match intent {
            Intent::ToggledPlay
            | Intent::Paused
            | Intent::Stepped
            | Intent::SteppedBack
            | Intent::ChoseStride(_)
            | Intent::ToggledEasing
            | Intent::ChoseSpeed(_)
            | Intent::ChangedSpeed(_)
            | Intent::Scrubbed(_)
            | Intent::Sought(_)
            | Intent::Nudged(_)
            | Intent::Undid
            | Intent::Redid
            | Intent::Forked => self.update_time(&intent),

            Intent::Resized(size) => self.resize(size),
            Intent::Fitted => self.fit(),
            Intent::Zoomed(at, times) => self.zoom(at, times),
            Intent::Panned(by) => self.pan(by),
            Intent::Pressed { on, at, touch } => self.press(on, at, touch),
            Intent::Moved(at) => self.moved(at),
            Intent::Released(at) => self.release(at),
            Intent::Cancelled => self.cancel(),
            Intent::Pushed { on, key, fine } => self.push(on, key, fine),
            Intent::Focused(target) => self.focus(target),
            Intent::OpenedMenu(target) => self.open_menu(target),
            Intent::OpenedMenuAt(on, at) => self.open_menu_at(on, at),
            Intent::ClosedMenu => self.close_menu(),
            Intent::Did(action) => {
                self.close_menu();
                match action {
                    Action::Reshape(change) => self.reshape(change),
                    action => self.act(action),
                };
            }
            Intent::Reconnected(site) => self.reconnect(site),
            Intent::Placed(site, place) => {
                self.act(Action::Move(site, place));
            }
            Intent::Watched(key) => self.watched = key,

            Intent::Entered { control, entry, done } => self.enter(&control, entry, done),
            Intent::EnteredOn { on, control, entry } => self.enter_on(on, &control, &entry),
            Intent::ToggledGallery => self.choosing = !self.choosing,
            Intent::ChoseProtocol(id) => self.choose_protocol(id),
            Intent::ToggledFault(fault) => self.toggle_fault(fault),
            Intent::AddedFaults => self.add_plan(),
            Intent::AddedWear => self.add_wear(),
            Intent::ChoseClient(client) => self.workload_of = client,
            Intent::ChoseExample(number) => self.choose_example(number),

            Intent::Looked(panel) => self.panel = panel,
            Intent::LookedInto(node) => {
                self.drop_menu();
                // From a menu: the panel may be out of sight.
                if self.panel != Panel::Inside {
                    self.effects.push(Effect::Show("inside"));
                }
                self.panel = Panel::Inside;
                self.inspected = node;
            }
            Intent::PointedAtWrite(op) => self.point_at_write(op),
            Intent::ToggledVerdict(name) => {
                self.open_verdict = if self.open_verdict == Some(name) { None } else { Some(name) };
            }

            Intent::PointedAtShard(key) => self.attention.pointed.shard = key,
            Intent::PointedAtNode(node) => self.attention.pointed.node = node,
            Intent::ChoseShard(key) => self.choose_shard(key),
            Intent::DraggedSplit { from, to, done } => self.drag_split(from, to, done),
            Intent::NudgedSplit(from, by) => self.nudge_split(from, by),
            Intent::DroppedSplit => self.drop_split(),
            Intent::DroppedShard { key, from, to, copy } => {
                self.drop_shard(key, from, to, copy || self.copying);
            }
            Intent::DroppedCopy(key, node) => self.drop_copy(key, node),
            Intent::PutNode(node, inside) => self.put_node(node, inside),
            Intent::ToggledCopying => self.copying = !self.copying,

            Intent::ChoseSpread(id) => self.spread = id,
            Intent::Desk(intent) => self.update_desk(intent),
            Intent::Selected(selected) => self.select(selected),
            Intent::WentTo(event) => self.go_to(event),
            Intent::Dock(intent) => self.update_dock(intent),
            Intent::Compare(intent) => self.update_compare(intent),
            Intent::Present(intent) => self.update_present(intent),
            Intent::Wished(wish) => self.wish(&wish),

            Intent::Share(intent) => self.update_share(intent),
            Intent::Shared => self.make_share(),
            Intent::Copied(taken) => self.copied(taken),
            Intent::ClosedShare => self.share = None,
            Intent::Navigated(hash) => self.navigate(&hash),
            Intent::Dismissed(number) => self.notices.retain(|notice| notice.number != number),
            Intent::ChoseTheme(theme) => {
                self.theme = theme;
                self.effects.push(Effect::Apply(theme));
                self.effects.push(Effect::Store("netsplit.theme", theme.name().to_owned()));
            }
            Intent::ToggledShortcuts => {
                self.shortcuts = !self.shortcuts;
                let stored = if self.shortcuts { "on" } else { "off" };
                self.effects.push(Effect::Store("netsplit.shortcuts", stored.to_owned()));
            }
            Intent::ToggledHelp => self.help = !self.help,
            Intent::ChoseTelling(telling) => self.choose_telling(telling),
        }
        self.follow_lesson();
        std::mem::take(&mut self.effects)
    }

    // What changes the run.

    /// Does something to the cluster now. Tells whether it could be done.
    pub(crate) fn act(&mut self, action: Action) -> bool {
        self.group += 1;
        self.act_in_group(action)
    }

    /// The same as one of several that are undone together.
    pub(crate) fn act_in_group(&mut self, action: Action) -> bool {
        if !self.allows_action(&action) {
            return false;
        }
        let group = self.group;
        let there = self.in_other_words(&action);
        let there = |session: &mut Session| match there.clone() {
            Some(action) => session.act_grouped(group, action?),
            None => Err(Problem::whole("a message has its number only in its own run")),
        };
        self.do_on_both(&|session| session.act_grouped(group, action.clone()), &there)
    }

    /// Does something to the running cluster that is written into the script; where two runs are compared, to both.
    pub(crate) fn do_now(&mut self, what: impl Fn(&mut Session) -> Result<(), Problem>) -> bool {
        self.do_on_both(&what, &what)
    }

    /// The same, where the other run of a comparison calls it something else.
    fn do_on_both(&mut self, here: Doing<'_>, there: Doing<'_>) -> bool {
        if self.rebuilding {
            // The end of most replays is near enough to wait for it.
            self.resume(crate::playback::SEEK);
            self.refresh();
        }
        if self.rebuilding && (self.session.is_replaying() || self.compare.is_replaying()) {
            self.notice(Tone::Plain, "One moment: the run is still being replayed to this instant.");
            return false;
        }
        match (here(&mut self.session), self.mirror(there)) {
            (Ok(()), there) => {
                let now = self.session.now();
                let mut steps = self.session.scenario().script.iter().rev();
                if let Some(step) = steps.find(|step| step.at <= now) {
                    let text = words::step(&step.action);
                    self.say(text);
                }
                self.refresh();
                if let Some(Err(problem)) = there {
                    self.only_on(true, &problem.to_string());
                }
                true
            }
            (Err(problem), Some(Ok(()))) => {
                self.only_on(false, &problem.to_string());
                true
            }
            (Err(problem), _) => {
                self.complain(&[problem]);
                false
            }
        }
    }

    /// Replaces the scenario and replays to the present time.
    pub(crate) fn edit(&mut self, scenario: Scenario) -> bool {
        if !self.allows_change(&scenario) {
            return false;
        }
        match self.session.edit_grouped(self.group, scenario) {
            Ok(()) => {
                self.rewritten();
                true
            }
            Err(problems) => {
                self.complain(&problems);
                false
            }
        }
    }

    /// Starts over with another scenario.
    pub(crate) fn load(&mut self, scenario: Scenario) -> bool {
        match Session::new(scenario) {
            Ok(session) => {
                self.drop_comparison();
                self.session = session;
                self.watched = Key(0);
                self.workload_of = None;
                self.opening = None;
                self.open_verdict = None;
                self.attention = Attention::default();
                self.hold = Hold::Nothing;
                self.menu = None;
                self.resumes = false;
                self.inspected = None;
                self.copying = false;
                self.plan = Plan::default();
                self.forget_branches();
                self.rewritten();
                self.fit();
                true
            }
            Err(problems) => {
                self.complain(&problems);
                false
            }
        }
    }

    /// The run has another past: everything that was derived from it is void.
    pub(crate) fn rewritten(&mut self) {
        self.versions.forget();
        self.moments = Moments::default();
        self.happened.forget();
        self.code.forget();
        self.spacetime.forget();
        self.operations.forget();
        self.pointed_write = None;
        self.attention.hovered = None;
        self.attention.pointed = Pointed::default();
        (self.shift, self.asked) = (None, None);
        // Events, operations and messages have other numbers now.
        self.selected = self
            .selected
            .filter(|selected| matches!(selected, Selected::Target(Target::Site(_) | Target::Link(..))));
        self.names = Names::of(self.session.scenario());
        self.remainder = 0.0;
        self.rebuilding = true;
        let exists = |site: Site| {
            site.node().is_none_or(|node| node.index() < self.names.nodes.len())
                && site.client().is_none_or(|client| client.index() < self.names.clients.len())
        };
        let attention = &mut self.attention;
        attention.selected = attention.selected.filter(|site| exists(*site));
        attention.site_stop = attention.site_stop.filter(|site| exists(*site));
        attention.link_stop = attention.link_stop.filter(|(a, b)| exists(*a) && exists(*b));
        if attention.moving.is_some_and(|(site, _)| !exists(site)) {
            attention.moving = None;
            attention.grabbed = false;
            self.hold = Hold::Nothing;
        }
        let gone = |target: &Target| match target {
            Target::Site(site) => !exists(*site),
            Target::Link(a, b) => !exists(*a) || !exists(*b),
            // A replay that comes past the message finds it again; meanwhile nobody can tell.
            Target::Message(_) => false,
        };
        self.menu = self.menu.filter(|target| !gone(target));
        self.workload_of = self.workload_of.filter(|client| client.index() < self.names.clients.len());
        if self.watched.0 >= self.session.scenario().keys {
            self.watched = Key(0);
        }
        self.refresh();
    }

    /// Takes in where the run is now.
    pub(crate) fn refresh(&mut self) {
        self.session.frame(&mut self.frame);
        self.rebuilding &= self.session.is_replaying() || self.compare.is_replaying();
        self.versions.follow(self.session.machine().history());
        self.moments.follow(self.session.machine().trace());
        self.spacetime.index.saw(self.session.machine().trace().len());
        self.operations.saw(self.session.machine().history());
        let gone = |message| self.frame.flights.iter().all(|flight| flight.message != message);
        if self.attention.hovered.is_some_and(gone) {
            self.attention.hovered = None;
        }
        if let Some(Target::Message(message)) = self.menu
            && !self.rebuilding
            && gone(message)
        {
            self.close_menu();
        }
        let is_split = self.is_split();
        if is_split != self.was_split {
            self.was_split = is_split;
            if is_split {
                self.panel = Panel::Split;
            } else if self.panel == Panel::Split {
                self.panel = Panel::Clients;
            }
        }
        if self.attention.site_stop.is_none() {
            self.attention.site_stop = Some(NodeId(0).into());
        }
        if self.attention.link_stop.is_none() {
            self.attention.link_stop = self.frame.links.first().map(|link| (link.a, link.b));
        }
    }

    // What the page is told.

    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.effects.push(Effect::Announce(text.into()));
    }

    pub(crate) fn notice(&mut self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        self.say(text.clone());
        self.notices.retain(|notice| notice.text != text);
        if self.notices.len() >= NOTICES {
            self.notices.remove(0);
        }
        self.noticed += 1;
        self.notices.push(Notice { number: self.noticed, tone, text });
    }

    pub(crate) fn complain(&mut self, problems: &[Problem]) {
        let mut text = problems.first().map_or_else(|| "That cannot be done".to_owned(), ToString::to_string);
        if problems.len() > 1 {
            text.push_str(&format!(" (and {} more)", problems.len() - 1));
        }
        self.notice(Tone::Bad, text);
    }

    // The stage.

    fn resize(&mut self, size: Size) {
        if size == self.size || size.width < 1.0 || size.height < 1.0 {
            return;
        }
        let all_were_seen = self.sees_all();
        self.view = self.view.recentred(self.size, size);
        self.size = size;
        // A view that a person chose stays, unless the smaller stage would hide what they saw.
        if self.fitted || (all_were_seen && !self.sees_all()) {
            self.fit();
        }
    }

    /// Whether every site is on the stage.
    fn sees_all(&self) -> bool {
        let nodes = self.frame.nodes.iter().map(|node| node.position);
        let mut places = nodes.chain(self.frame.clients.iter().map(|client| client.position));
        let size = self.size;
        places.all(|place| {
            let at = self.view.point(place);
            (0.0..=size.width).contains(&at.x) && (0.0..=size.height).contains(&at.y)
        })
    }

    /// Shows everything. Not while something is in the hand: the ground must not move then.
    pub(crate) fn fit(&mut self) {
        if self.attention.moving.is_some() {
            return;
        }
        let nodes = self.frame.nodes.iter().map(|node| node.position);
        let clients = self.frame.clients.iter().map(|client| client.position);
        let mut margin = margin(self.size);
        if self.is_split() {
            // For the blocks of the shards below the nodes.
            margin.bottom += 2.0 * crate::stage::BLOCK.1;
        }
        self.view = View::fit(nodes.chain(clients), self.size, margin);
        self.fitted = true;
    }

    /// The stage, ready to draw.
    #[must_use]
    pub fn stage(&self) -> Stage {
        stage(&Subject {
            frame: &self.frame,
            history: self.session.machine().history(),
            versions: &self.versions,
            names: &self.names,
            watched: self.watched,
            view: &self.view,
            size: self.size,
            attention: self.attention,
        })
    }

    /// The messages on their way; `into` is reused.
    pub fn flights(&self, into: &mut Vec<Flight>) {
        let afterglow = units::SPEEDS[self.speed].0 as f64 * AFTERGLOW_S;
        let sky = Sky {
            frame: &self.frame,
            trace: self.session.machine().trace(),
            versions: &self.versions,
            watched: self.watched,
            view: &self.view,
            attention: &self.attention,
            afterglow: Span(afterglow as u64),
            pointed: self.pointed_message(),
            lit: &self.pointed_writes(),
        };
        flights(&sky, into);
    }
}
