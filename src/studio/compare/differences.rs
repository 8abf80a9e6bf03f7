//! What differs between the two configurations, in the words of the controls. Every setting of a run is written down with
//! its value, for both runs; what is left when the equal ones are crossed out is the difference.

use netsplit_scenario::Scenario;
use netsplit_scenario::model::Step;
use netsplit_sim::ids::{ClientId, NodeId};

use super::Side;
use crate::controls::{self, Control, Field};
use crate::studio::Studio;
use crate::units;
use crate::words;

/// The most steps of a script that are named.
const NAMED: usize = 2;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What, such as `R: replicas that a read waits for`.
    pub what: String,
    /// As it is in A.
    pub a: String,
    /// As it is in B.
    pub b: String,
}

/// A setting with its value, as words.
type Setting = (String, String);

/// What stands where one run has no such setting.
const NONE: &str = "–";

impl Studio {
    /// Every setting of the run that the studio looks at, as it is now.
    fn settings(&self) -> Vec<Setting> {
        let scenario = self.session.scenario();
        let about = self.session.about();
        let mut all = vec![("Protocol".to_owned(), about.title.to_owned())];
        let mut add = |prefix: &str, controls: Vec<Control>| {
            all.extend(controls.into_iter().map(|control| setting(prefix, &control)));
        };
        add("", controls::parameters(about, &self.session.parameters(NodeId(0)), scenario.group()));
        let split = self.split_form();
        add("", vec![split.scheme]);
        add("Split: ", split.parameters);
        add("Network: ", controls::network(&self.quality_now()));
        add("Cluster: ", controls::cluster(scenario));
        for link in &scenario.links {
            let quality = link.quality.over(&scenario.network);
            add(&format!("Link {}–{}: ", link.between[0], link.between[1]), controls::network(&quality));
        }
        let calls = self.calls();
        for client in (0..scenario.clients.len()).map(|client| ClientId(client as u16)) {
            let now = self.client_now(client);
            let (kept, refused) =
                controls::workload(&now, &self.names.nodes, &calls, scenario.partitioning.is_some());
            let prefix = format!("{}: ", now.name);
            add(&prefix, kept);
            add(&prefix, refused);
        }
        places(scenario, &mut all);
        all
    }

    /// What differs between A and B, in words; nothing if they are the same.
    pub(super) fn differences(&mut self) -> Vec<Difference> {
        let (a, scenario) =
            self.on_side(Side::A, |studio| (studio.settings(), studio.session.scenario().clone()));
        let (mut rows, other) = self.on_side(Side::B, |studio| {
            (crossed_out(&a, &studio.settings()), studio.session.scenario().clone())
        });
        rows.extend(scripts(&scenario, &other));
        let plain = |mut scenario: Scenario| {
            (scenario.title, scenario.note) = (String::new(), String::new());
            scenario.bookmarks.clear();
            scenario.locked.clear();
            scenario
        };
        // Nothing differs in silence.
        if rows.is_empty() && plain(scenario) != plain(other) {
            rows.push(Difference {
                what: "A detail that has no control".to_owned(),
                a: "its own".to_owned(),
                b: "its own".to_owned(),
            });
        }
        rows
    }
}

pub(super) fn setting(prefix: &str, control: &Control) -> Setting {
    let value = match &control.field {
        Field::Choice { of, chosen } => {
            of.iter().find(|(id, _)| id == chosen).map_or_else(|| chosen.clone(), |(_, title)| title.clone())
        }
        Field::Number { value, unit, .. } => {
            let number = units::tick(*value);
            if unit.is_empty() { number } else { format!("{number} {unit}") }
        }
    };
    (format!("{prefix}{}", control.title), value)
}

/// What no control of the lab shows: where sites are, and what is a node's or client's own.
fn places(scenario: &Scenario, all: &mut Vec<Setting>) {
    for node in &scenario.nodes {
        let mut add = |what: &str, value: String| all.push((format!("{}: {what}", node.name), value));
        add("place", format!("{}, {} km", node.position.x_km, node.position.y_km));
        add("region", node.region.to_string());
        add("at the start", if node.spare { "stands by" } else { "in the cluster" }.to_owned());
        add("work on a message", units::span(node.service));
        add("its work varies", if node.service_varies { "yes" } else { "no" }.to_owned());
        add("work on each operation", units::span(node.service_per_operation));
        add("slow messages", format!("{} × {}", units::percent(node.hiccup_share), node.hiccup_times));
        add("disk", units::span(node.fsync));
        add("clock", format!("{} ns ahead, {} ppm fast", node.clock_skew_ns, node.clock_drift_ppm));
    }
    for client in &scenario.clients {
        let at = client.position;
        all.push((format!("{}: place", client.name), format!("{}, {} km", at.x_km, at.y_km)));
    }
}

/// The settings that are not the same in both, in the order of A and then of B.
fn crossed_out(a: &[Setting], b: &[Setting]) -> Vec<Difference> {
    let of = |all: &[Setting], name: &str| {
        all.iter()
            .find(|(known, _)| known == name)
            .map_or_else(|| NONE.to_owned(), |(_, value)| value.clone())
    };
    let mut rows: Vec<Difference> = Vec::new();
    let only_b = b.iter().filter(|(name, _)| a.iter().all(|(known, _)| known != name));
    for (name, _) in a.iter().chain(only_b) {
        let row = Difference { what: name.clone(), a: of(a, name), b: of(b, name) };
        if row.a != row.b && !rows.contains(&row) {
            rows.push(row);
        }
    }
    together(rows)
}

/// One row for what differs in the same way for several sites: `c1, c2: Sends`.
fn together(rows: Vec<Difference>) -> Vec<Difference> {
    let mut merged: Vec<(Vec<String>, String, Difference)> = Vec::new();
    for row in rows {
        let (site, what) = match row.what.split_once(": ") {
            Some((site, what)) if !site.contains(' ') && site.len() > 1 => (site.to_owned(), what.to_owned()),
            _ => (String::new(), row.what.clone()),
        };
        let same = merged.iter_mut().find(|(sites, known, first)| {
            !site.is_empty()
                && !sites[0].is_empty()
                && *known == what
                && (&first.a, &first.b) == (&row.a, &row.b)
        });
        match same {
            Some((sites, ..)) => sites.push(site),
            None => merged.push((vec![site], what, row)),
        }
    }
    let named = |(sites, what, row): (Vec<String>, String, Difference)| match sites.as_slice() {
        [_] => row,
        [first, .., last] if sites.len() > 3 => {
            Difference { what: format!("{first} … {last}: {what}"), ..row }
        }
        _ => Difference { what: format!("{}: {what}", sites.join(", ")), ..row },
    };
    merged.into_iter().map(named).collect()
}

/// What was done during one run and not during the other.
fn scripts(a: &Scenario, b: &Scenario) -> Option<Difference> {
    let only = |here: &Scenario, there: &Scenario| {
        let mut rest: Vec<&Step> = there.script.iter().collect();
        let mut own: Vec<&Step> = Vec::new();
        for step in &here.script {
            match rest.iter().position(|known| *known == step) {
                Some(place) => {
                    rest.remove(place);
                }
                None => own.push(step),
            }
        }
        let mut words: Vec<String> = own
            .iter()
            .take(NAMED)
            .map(|step| format!("{} at {}", words::step(&step.action), units::playhead(step.at)))
            .collect();
        if own.len() > NAMED {
            words.push(format!("{} more", own.len() - NAMED));
        }
        if words.is_empty() { NONE.to_owned() } else { words.join("; ") }
    };
    let (a, b) = (only(a, b), only(b, a));
    (a != NONE || b != NONE).then(|| Difference { what: "Done during the run".to_owned(), a, b })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(what: &str, value: &str) -> Setting {
        (what.to_owned(), value.to_owned())
    }

    #[test]
    fn equal_settings_are_crossed_out_and_equal_differences_share_a_row() {
        let a =
            [setting("R", "1"), setting("c1: Sends", "x"), setting("c2: Sends", "x"), setting("only a", "1")];
        let b =
            [setting("R", "1"), setting("c1: Sends", "y"), setting("c2: Sends", "y"), setting("only b", "2")];
        let rows: Vec<_> = crossed_out(&a, &b).into_iter().map(|row| (row.what, row.a, row.b)).collect();
        let row = |what: &str, a: &str, b: &str| (what.to_owned(), a.to_owned(), b.to_owned());
        assert_eq!(rows, [row("c1, c2: Sends", "x", "y"), row("only a", "1", "–"), row("only b", "–", "2")]);
        assert!(crossed_out(&a, &a).is_empty());
    }
}
