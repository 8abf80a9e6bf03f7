//! Controls and menus put into force. At time zero a change belongs to the scenario itself; later, what
//! can change in a running cluster is an action at the playhead, and the rest replays the run.

use netsplit_checkers::Verdict;
use netsplit_scenario::limits;
use netsplit_scenario::model::{Client, Locks, Scenario, Step, StepAction};
use netsplit_sim::action::Action;
use netsplit_sim::ids::{ClientId, NodeId};
use netsplit_sim::setup::{LinkQuality, Pace};
use netsplit_sim::time::{Span, Time};

use crate::chart::{LatencySubject, STRIPS, latency, strips};
use crate::contract::{self, Pick, Table};
use crate::controls::{self, Control, Entry, Section, Takes};
use crate::examples;
use crate::intent::Effect;
use crate::layout::Form;
use crate::panels::{self, Panels};
use crate::plan::PlanSheet;
use crate::selection::Selected;
use crate::stage::Target;
use crate::studio::{Studio, Tone};
use crate::units;
use crate::words;

/// A slider that is dragged while the run plays is put into force this often.
const COMMIT_EVERY_MS: f64 = 250.0;

/// The lab's controls, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// The run's title and what to try.
    pub title: String,
    /// What to try.
    pub note: String,
    /// The protocols to choose from.
    pub gallery: Vec<Pick>,
    /// Whether they are shown.
    pub choosing: bool,
    /// How the data is split.
    pub split: Form,
    /// The parameters of the chosen one.
    pub parameters: Vec<Control>,
    /// Its contract.
    pub contract: Table,
    /// Random faults.
    pub plan: PlanSheet,
    /// Network and cluster.
    pub sections: Vec<Section>,
    /// The clients' names, for the picker of the workload.
    pub clients: Vec<String>,
    /// The client that the workload is shown for; `None` for all.
    pub workload_of: Option<ClientId>,
    /// The workload.
    pub workload: Vec<Control>,
    /// The shares of kinds of operation that the protocol refuses, folded.
    pub refused: Vec<Control>,
    /// Why, in one sentence; and whether clients ask for them all the same.
    pub refusal: (String, bool),
    /// Whether the run is at its start, where every change belongs to the scenario.
    pub at_start: bool,
    /// The examples.
    pub examples: Vec<&'static str>,
    /// The example that this is.
    pub example: Option<usize>,
    /// What the maker of the link locked.
    pub locked: Locks,
}

impl Studio {
    pub(crate) fn at_start(&self) -> bool {
        self.session.now() == Time::ZERO
    }

    /// The network's quality in force now.
    pub(crate) fn quality_now(&self) -> LinkQuality {
        let now = self.session.now();
        let scenario = self.session.scenario();
        let past = scenario.script.iter().take_while(|step| step.at <= now);
        past.fold(scenario.network, |quality, step| match &step.action {
            StepAction::SetNetwork { quality: change } => change.over(&quality),
            _ => quality,
        })
    }

    /// A client with its pace in force now.
    pub(crate) fn client_now(&self, client: ClientId) -> Client {
        let now = self.session.now();
        let scenario = self.session.scenario();
        let mut found = scenario.clients[client.index()].clone();
        for step in scenario.script.iter().take_while(|step| step.at <= now) {
            if let StepAction::SetPace { client, pace } = &step.action
                && *client == found.name
            {
                found.pace = *pace;
            }
        }
        found
    }

    /// The clients that the workload controls are for.
    fn chosen_clients(&self) -> Vec<ClientId> {
        match self.workload_of {
            Some(client) => vec![client],
            None => (0..self.names.clients.len()).map(|c| ClientId(c as u16)).collect(),
        }
    }

    /// The lab's controls.
    #[must_use]
    pub fn lab(&self) -> Lab {
        let scenario = self.session.scenario();
        let nodes = scenario.group();
        let about = self.session.about();
        let calls = self.calls();
        let (workload, refused) = match self.chosen_clients().first() {
            Some(client) => {
                let is_split = scenario.partitioning.is_some();
                controls::workload(&self.client_now(*client), &self.names.nodes, &calls, is_split)
            }
            None => (Vec::new(), Vec::new()),
        };
        let contract = contract::table(&self.session.contract(), nodes);
        let quality = self.quality_now();
        let mut lab = Lab {
            title: scenario.title.clone(),
            note: scenario.note.clone(),
            gallery: contract::gallery(about.id, nodes),
            choosing: self.choosing,
            split: self.split_form(),
            parameters: controls::parameters(about, &self.session.parameters(NodeId(0)), nodes),
            plan: self.plan.sheet(self.session.now(), &contract.faults),
            contract,
            sections: vec![
                Section {
                    title: "Network",
                    note: format!(
                        "A message over 1,000 km then needs at least {} one way.",
                        units::span(quality.floor(1_000.0))
                    ),
                    controls: controls::network(&quality),
                },
                Section { title: "Cluster", note: String::new(), controls: controls::cluster(scenario) },
            ],
            clients: self.names.clients.clone(),
            workload_of: self.workload_of,
            refusal: refusal(about.title, &refused),
            workload,
            refused,
            at_start: self.at_start(),
            examples: examples::ALL.iter().map(|example| example.title).collect(),
            example: self.example,
            locked: self.locks().clone(),
        };
        if let Some((name, Entry::Number(draft), _)) = &self.draft {
            let sections = lab.sections.iter_mut().flat_map(|section| &mut section.controls);
            let all =
                lab.parameters.iter_mut().chain(&mut lab.workload).chain(&mut lab.refused).chain(sections);
            let all = all.chain(&mut lab.split.parameters);
            for control in all.filter(|control| control.name == *name) {
                if let controls::Field::Number { value, .. } = &mut control.field {
                    *value = *draft;
                }
            }
        }
        lab
    }

    /// A control has a new value. A slider that is dragged takes effect a few times a second while the
    /// run plays, and when the hand lets go otherwise.
    pub(crate) fn enter(&mut self, control: &str, entry: Entry, done: bool) {
        // The form of random faults changes nothing before its button is pressed.
        if self.set_plan(control, &entry) {
            return;
        }
        let same_drag = self.draft.as_ref().is_some_and(|(name, ..)| name == control);
        if !same_drag {
            self.group += 1;
        }
        if !done {
            let waits = match &self.draft {
                Some((name, _, committed)) if name == control => self.clock_ms - committed < COMMIT_EVERY_MS,
                _ => false,
            };
            let live = self.playing && self.takes(control) == Takes::Now;
            let committed = match &self.draft {
                Some((_, _, committed)) if waits || !live => *committed,
                _ => self.clock_ms,
            };
            self.draft = Some((control.to_owned(), entry.clone(), committed));
            if waits || !live {
                return;
            }
        } else {
            self.draft = None;
        }
        self.put_in_force(control, &entry);
    }

    fn takes(&self, control: &str) -> Takes {
        let lab = self.lab();
        let sections = lab.sections.iter().flat_map(|section| &section.controls);
        let mut all = lab.parameters.iter().chain(&lab.workload).chain(&lab.split.parameters).chain(sections);
        all.find(|known| known.name == control).map_or(Takes::FromStart, |known| known.takes)
    }

    fn put_in_force(&mut self, control: &str, entry: &Entry) {
        if let (Entry::Number(number), _) = (entry, control)
            && !number.is_finite()
        {
            return;
        }
        let known = self.set_parameter(control, entry)
            || self.set_network(control, entry)
            || self.set_pace(control, entry)
            || self.set_split(control, entry)
            || self.set_structure(control, entry);
        if !known {
            self.notice(Tone::Bad, format!("There is no control “{control}”."));
        }
    }

    fn set_parameter(&mut self, control: &str, entry: &Entry) -> bool {
        let about = self.session.about();
        let place = about.parameters.iter().position(|p| controls::parameter_name(p) == control);
        let Some(place) = place else { return false };
        let nodes = self.session.scenario().group();
        let parameter = about.parameters[place].clone();
        let Some(value) = controls::parameter_value(&parameter, entry, nodes) else { return true };
        let mut values = self.session.parameters(NodeId(0));
        if values.get(place) == Some(&value) {
            return true;
        }
        if self.at_start() {
            let mut scenario = self.session.scenario().clone();
            scenario.protocol.set(&parameter, value, nodes);
            self.edit(scenario);
        } else if let Some(slot) = values.get_mut(place) {
            *slot = value;
            self.act_in_group(Action::Configure(None, values));
        }
        true
    }

    fn set_network(&mut self, control: &str, entry: &Entry) -> bool {
        let old = self.quality_now();
        let mut quality = old;
        if !controls::set_network(&mut quality, control, entry) {
            return false;
        }
        if quality == old {
            return true;
        }
        if self.at_start() {
            let mut scenario = self.session.scenario().clone();
            scenario.network = quality;
            self.edit(scenario);
        } else {
            self.act_in_group(Action::SetNetwork(quality));
        }
        true
    }

    fn set_pace(&mut self, control: &str, entry: &Entry) -> bool {
        let clients = self.chosen_clients();
        // The rest of a pace with several parts stays.
        let mut pace = clients.first().map_or(Pace::Silent, |client| self.client_now(*client).pace);
        if !controls::set_pace(&mut pace, control, entry) {
            return false;
        }
        if self.at_start() {
            let mut scenario = self.session.scenario().clone();
            for client in clients {
                scenario.clients[client.index()].pace = pace;
            }
            self.edit(scenario);
        } else {
            for client in clients {
                if self.client_now(client).pace != pace {
                    self.act_in_group(Action::SetPace(client, pace));
                }
            }
        }
        true
    }

    fn set_structure(&mut self, control: &str, entry: &Entry) -> bool {
        let mut scenario = self.session.scenario().clone();
        let number = match entry {
            Entry::Number(number) => number.max(0.0),
            Entry::Choice(_) => 0.0,
        };
        let count = (number + 0.5) as usize;
        match (control, entry) {
            ("nodes", _) => scenario.resize_nodes(count),
            ("clients", _) => scenario.resize_clients(count),
            ("keys", _) => scenario.resize_keys(count as u32),
            ("seed", _) => scenario.seed = (number as u64).min(limits::WHOLE),
            ("service_ms", _) => {
                let service = Span::from_ms_f64(number);
                scenario.nodes.iter_mut().for_each(|node| node.service = service);
            }
            ("fsync_ms", _) => {
                let fsync = Span::from_ms_f64(number);
                scenario.nodes.iter_mut().for_each(|node| node.fsync = fsync);
            }
            _ => {
                let mut known = false;
                for client in self.chosen_clients() {
                    known |= controls::set_workload(&mut scenario.clients[client.index()], control, entry);
                }
                if !known {
                    return false;
                }
            }
        }
        self.edit_from_start(scenario);
        true
    }

    /// Puts a changed scenario into force, and says that the run was replayed. Tells whether it could be.
    pub(crate) fn edit_from_start(&mut self, scenario: Scenario) -> bool {
        if scenario == *self.session.scenario() {
            return true;
        }
        let sites = (self.names.nodes.len(), self.names.clients.len());
        if !self.edit(scenario) {
            return false;
        }
        if sites != (self.names.nodes.len(), self.names.clients.len()) {
            self.fit();
        }
        if !self.at_start() || self.session.is_replaying() {
            let to = units::playhead(self.session.goal());
            self.say(format!("Changed from the start, and replayed to {to}"));
        }
        true
    }

    /// A control of one node's or link's own has a new value.
    pub(crate) fn enter_on(&mut self, on: Target, control: &str, entry: &Entry) {
        match on {
            Target::Site(site) => {
                if let Some(node) = site.node() {
                    self.enter_on_node(node, control, entry);
                }
            }
            Target::Link(a, b) => {
                let link = self.frame.links.iter().find(|link| link.a == a && link.b == b);
                let Some(old) = link.map(|link| link.quality) else { return };
                let mut quality = old;
                if controls::set_network(&mut quality, control, entry) && quality != old {
                    self.act(Action::SetLink(a, b, quality));
                }
            }
            Target::Message(_) => {}
        }
    }

    fn enter_on_node(&mut self, node: NodeId, control: &str, entry: &Entry) {
        let Some(frame) = self.frame.nodes.get(node.index()) else { return };
        if let Some(action) = controls::node_action(frame, control, entry) {
            self.act(action);
            return;
        }
        let mut scenario = self.session.scenario().clone();
        if scenario.nodes.get_mut(node.index()).is_some_and(|node| controls::set_place(node, control, entry))
        {
            self.edit_from_start(scenario);
            return;
        }
        let about = self.session.about();
        let place = about.parameters.iter().position(|p| controls::parameter_name(p) == control);
        let nodes = self.session.scenario().group();
        let Some(place) = place else { return };
        let Some(value) = controls::parameter_value(&about.parameters[place], entry, nodes) else { return };
        let mut values = self.session.parameters(node);
        if values.get(place).is_some_and(|old| *old != value) {
            values[place] = value;
            self.act(Action::Configure(Some(node), values));
        }
    }

    /// Runs another protocol on the same cluster under the same faults.
    pub(crate) fn choose_protocol(&mut self, id: &str) {
        self.choosing = false;
        self.effects.push(Effect::Show("protocol"));
        if self.session.about().id == id {
            return;
        }
        self.group += 1;
        let (scenario, dropped) = self.session.scenario().with_protocol(id);
        if !self.edit(scenario) {
            return;
        }
        let title = self.session.about().title;
        if dropped.is_empty() {
            self.say(format!("{title} runs now, on the same cluster under the same faults"));
        } else {
            self.notice(Tone::Plain, format!("{title} runs now. {}", left_out(&dropped)));
        }
    }

    pub(crate) fn choose_example(&mut self, number: usize) {
        let Some(example) = examples::ALL.get(number) else { return };
        if self.load((example.scenario)()) {
            self.example = Some(number);
            self.play_at(example.ms_per_second as f64 / 1_000.0);
            self.say(format!("Opened: {}", example.title));
        }
    }

    /// Everything beside the stage.
    pub fn panels(&mut self) -> Panels {
        let promises = self.session.promises();
        let verdicts: &[(&'static str, Verdict)] = self.session.verdicts();
        let lamps = panels::lamps(verdicts, &promises, self.open_verdict);
        let mut lit = lamps.iter().find(|lamp| lamp.open).map_or(Vec::new(), |lamp| lamp.operations.clone());
        lit.extend(self.pointed_writes());
        if let Some(Selected::Operation(op)) = self.selected {
            lit.push(op);
        }
        let now = self.session.now();
        let marks = self.marks();
        let past: Vec<_> = marks.into_iter().filter(|mark| mark.at <= now).collect();
        let changed = past.last().map_or(Time::ZERO, |mark| mark.at);
        let before = past.iter().rev().nth(1).map_or(Time::ZERO, |mark| mark.at);
        // More lines than these would hide what they explain; the time bar has them all.
        const LINES: usize = 40;
        let lines = if past.len() > LINES { &[][..] } else { past.as_slice() };
        let changes: Vec<Time> = lines.iter().map(|mark| mark.at).collect();
        let metrics = self.session.metrics();
        // The end is not part of a window, and what happens now is.
        let recent = metrics.window(changed, Time(now.0.saturating_add(1)));
        let earlier = if changed > Time::ZERO { metrics.window(before, changed) } else { Vec::new() };
        let figures = panels::figures(metrics.list(), &recent);
        let since = panels::since(
            past.last().map_or_else(String::new, |mark| mark.text.clone()),
            match now.since(changed) {
                Span::ZERO => "Just now you ".to_owned(),
                ago => format!("{} ago you ", units::span(ago)),
            },
            &earlier,
            &recent,
        );
        let latency = latency(&LatencySubject {
            points: metrics.points(),
            frame: &self.frame,
            names: &self.names,
            changes: &changes,
            lit: &lit,
        });
        let spread = crate::spread::spread(metrics, self.spread, now);
        let writes = metrics.writes();
        // Some more than are shown: of the very latest, no copy may know yet.
        let writes = writes[writes.len().saturating_sub(STRIPS * 20)..].to_vec();
        let history = self.session.machine().history();
        let strips = strips(&writes, history, &self.versions, &self.names, &lit);
        Panels { lamps, since, latency, spread, strips, figures }
    }
}

/// What of the old run means nothing to the new protocol, in words.
fn left_out(dropped: &[Step]) -> String {
    const NAMED: usize = 3;
    let words: Vec<String> = dropped.iter().take(NAMED).map(|step| words::step(&step.action)).collect();
    let more = match dropped.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "It knows nothing of these steps, so they are gone: {}{more}. Undo brings them back.",
        words.join("; ")
    )
}

/// Why some kinds of operation are folded away, and whether clients ask for them all the same.
fn refusal(protocol: &str, refused: &[Control]) -> (String, bool) {
    if refused.is_empty() {
        return (String::new(), false);
    }
    let is_asked =
        |control: &&Control| matches!(control.field, controls::Field::Number { value, .. } if value > 0.0);
    let asked: Vec<&str> = refused.iter().filter(is_asked).map(|control| control.title.as_str()).collect();
    let mut text = format!("{protocol} does not carry these out with its present settings: it refuses them.");
    if !asked.is_empty() {
        text.push_str(&format!(" The clients ask for {} all the same.", asked.join(", ").to_lowercase()));
    }
    (text, !asked.is_empty())
}
