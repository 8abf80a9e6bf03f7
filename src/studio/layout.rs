//! How the data is to be split, as controls: the scheme, and its parameters with their values in force. They are generic, as
//! a protocol's are; nothing here knows a scheme.

use netsplit_protocols::partitioning::layout;
use netsplit_protocols::partitioning::{self, About, Partitioner};
use netsplit_scenario::limits;
use netsplit_scenario::model::{Partitioning, Scenario};
use netsplit_sim::protocol::Parameter;

use crate::controls::{self, Control, Entry, Takes};
use crate::studio::{Studio, Tone};

/// What stands before the name of a parameter of how the data is split, as in scenarios.
const PREFIX: &str = "partitioning.";
/// The control of the scheme.
const SCHEME: &str = "scheme";
/// The choice of no scheme at all.
const OFF: &str = "off";
/// Those of the parameters that every scheme has which decide where keys lie: they change the run from its start. So
/// do all of a scheme's own.
const FROM_START: [&str; 3] = ["replicas", "placement", "tag"];
/// With fewer keys than this there is little to split.
const KEYS: u32 = 60;

/// The controls, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The scheme.
    pub scheme: Control,
    /// What it does, in one sentence.
    pub summary: String,
    /// Where it is from.
    pub paper: &'static str,
    /// Its parameters: those that are changed most first.
    pub parameters: Vec<Control>,
}

/// The parameters of a scheme: those that all have, and its own.
fn known(about: &About) -> Vec<Parameter> {
    let mut all = layout::parameters();
    all.extend(about.parameters.iter().cloned());
    all
}

impl Studio {
    /// The controls.
    pub(crate) fn split_form(&self) -> Form {
        let about = self.scheme();
        let described = partitioning::ALL.iter().map(|entry| (entry.about)());
        let mut of = vec![(OFF.to_owned(), "not at all: every node has everything".to_owned())];
        of.extend(described.map(|about| (about.id.to_owned(), about.title.to_owned())));
        let chosen = about.as_ref().map_or(OFF, |about| about.id);
        let scheme = Control {
            name: SCHEME.to_owned(),
            title: "Split the data".to_owned(),
            help: "Which nodes hold which keys.".to_owned(),
            field: controls::Field::Choice { of, chosen: chosen.to_owned() },
            takes: Takes::FromStart,
        };
        let summary = about.as_ref().map_or_else(
            || "Every node holds a copy of all the data. Split it, and each shard has its own group of copies.".to_owned(),
            |about| about.summary.to_owned(),
        );
        Form {
            scheme,
            summary,
            paper: about.as_ref().map_or("", |about| about.paper),
            parameters: self.scheme_parameters(),
        }
    }

    fn scheme_parameters(&self) -> Vec<Control> {
        let nodes = self.names.nodes.len() as u16;
        let common = layout::parameters().len();
        let control = |(place, (parameter, value)): (usize, &(Parameter, u64))| {
            let mut control = controls::parameter_control(parameter, *value, nodes);
            control.name.insert_str(0, PREFIX);
            if is_structural(place, parameter) {
                control.takes = Takes::FromStart;
            }
            control
        };
        let all = self.session.partitioning();
        let mut controls: Vec<Control> = all.iter().enumerate().map(control).collect();
        // How many copies, then the scheme's own, then the rest.
        let own = controls.len().saturating_sub(common);
        if let Some(rest) = controls.get_mut(1..) {
            rest.rotate_right(own);
        }
        controls
    }

    /// Puts an entry into how the data is split; `false` if the control is none of its.
    pub(crate) fn set_split(&mut self, control: &str, entry: &Entry) -> bool {
        if let (SCHEME, Entry::Choice(id)) = (control, entry) {
            let id = id.clone();
            self.choose_scheme(&id);
            return true;
        }
        let Some(name) = control.strip_prefix(PREFIX) else { return false };
        let all = self.session.partitioning();
        let place = all.iter().position(|(parameter, _)| controls::parameter_name(parameter) == name);
        let Some(place) = place else { return false };
        let (parameter, old) = &all[place];
        let nodes = self.names.nodes.len() as u16;
        let Some(value) = controls::parameter_value(parameter, entry, nodes) else { return true };
        if value == *old {
            return true;
        }
        if is_structural(place, parameter) || self.at_start() {
            let mut scenario = self.session.scenario().clone();
            if let Some(chosen) = &mut scenario.partitioning {
                chosen.set(parameter, value, nodes);
            }
            scenario.clamp_counts();
            self.edit_from_start(scenario);
        } else {
            let (id, group) = (parameter.id, self.group);
            self.do_now(|session| session.configure_partitioning(id, value, Some(group)));
        }
        true
    }

    fn choose_scheme(&mut self, id: &str) {
        let mut scenario = self.session.scenario().clone();
        let found = partitioning::find(id);
        if found.is_none() && id != OFF {
            return;
        }
        if scenario.partitioning.as_ref().map_or(OFF, |chosen| &chosen.scheme) == id {
            return;
        }
        self.group += 1;
        let more_keys =
            found.is_some() && scenario.keys < KEYS.min(limits::KEYS) && scenario.partitioning.is_none();
        if more_keys {
            scenario.keys = KEYS.min(limits::KEYS);
        }
        change_scheme(&mut scenario, found);
        if !self.edit_from_start(scenario) {
            return;
        }
        match found {
            None => self.say("Every node holds everything now"),
            Some(found) => {
                let title = (found.about)().title;
                let more = if more_keys {
                    format!(" There are {KEYS} keys now, so that there is something to split.")
                } else {
                    String::new()
                };
                self.notice(
                    Tone::Plain,
                    format!("The data is split now: {title}. Changed from the start.{more}"),
                );
            }
        }
    }
}

/// Whether a parameter decides where keys lie: the one at this place of all.
fn is_structural(place: usize, parameter: &Parameter) -> bool {
    place >= layout::parameters().len() || FROM_START.contains(&parameter.id)
}

/// Splits the data of a scenario by another scheme, or not at all.
fn change_scheme(scenario: &mut Scenario, to: Option<&'static Partitioner>) {
    let Some(to) = to else {
        scenario.partitioning = None;
        scenario.forget_split();
        scenario.clamp_counts();
        return;
    };
    let about = (to.about)();
    let old = scenario.partitioning.take();
    let mut chosen = Partitioning::new(about.id);
    if let Some(old) = old {
        let ids: Vec<&str> = known(&about).iter().map(|parameter| parameter.id).collect();
        chosen.parameters = old.parameters.into_iter().filter(|(id, _)| ids.contains(&id.as_str())).collect();
        if about.ordered {
            chosen.blocks = old.blocks;
        }
    }
    scenario.partitioning = Some(chosen);
    scenario.clamp_counts();
}
