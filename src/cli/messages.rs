//! `netsplit messages`: what a committed write costs in messages, measured, beside what the literature says.

use netsplit_scenario::Problem;
use netsplit_scenario::cost::{Cost, Counted, SETTINGS, Setting, measure, measure_setting};
use serde_json::{Value, json};

use crate::reply::{Reply, table};

/// A row of the table.
struct Row {
    protocol: &'static str,
    /// `None` for a protocol of which nobody has written down what the literature says.
    setting: Option<&'static Setting>,
    cost: Cost,
}

pub(crate) fn messages(nodes: u16, as_json: bool) -> Result<Reply, String> {
    let rows = rows(nodes).map_err(|problem| format!("{problem}\n"))?;
    if as_json {
        let list: Vec<Value> = rows.iter().map(|row| row.json(nodes)).collect();
        return Ok(Reply::good(format!("{:#}\n", Value::from(list))));
    }
    let head = ["protocol", "setting", "counted", "formula", "expected", "measured", "difference"];
    let mut head = head.map(str::to_owned).to_vec();
    head.extend(["background", "source"].map(str::to_owned));
    let mut cells = vec![head];
    cells.extend(rows.iter().map(|row| row.cells(nodes)));
    let note = format!(
        "Messages for each committed write in a cluster of n = {nodes} nodes without faults, and in the background \
         by the second.\n\n"
    );
    Ok(Reply::good(note + &table(&cells)))
}

fn rows(nodes: u16) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::new();
    for setting in SETTINGS {
        if let Some(cost) = measure_setting(setting, nodes) {
            rows.push(Row { protocol: setting.protocol, setting: Some(setting), cost: cost? });
        }
    }
    for entry in netsplit_protocols::ALL {
        let protocol = (entry.about)().id;
        if SETTINGS.iter().all(|setting| setting.protocol != protocol) {
            rows.push(Row { protocol, setting: None, cost: measure(entry, nodes, &[])? });
        }
    }
    Ok(rows)
}

impl Row {
    fn counted(&self) -> Counted {
        self.setting.map_or(Counted::Nodes, |setting| setting.counted)
    }

    fn measured(&self) -> f64 {
        self.cost.counted(self.counted())
    }

    fn expected(&self, nodes: u16) -> Option<u64> {
        self.setting.map(|setting| (setting.expected)(u64::from(nodes)))
    }

    fn cells(&self, nodes: u16) -> Vec<String> {
        let measured = self.measured();
        let expected = self.expected(nodes);
        let word = |of: fn(&Setting) -> &'static str| self.setting.map_or("", of).to_owned();
        vec![
            self.protocol.to_owned(),
            self.setting.map_or("its defaults", |setting| setting.title).to_owned(),
            self.counted().words().to_owned(),
            word(|setting| setting.formula),
            expected.map(|expected| expected.to_string()).unwrap_or_default(),
            number(measured),
            expected.map(|expected| number(measured - expected as f64)).unwrap_or_default(),
            format!("{:.1} per s", self.cost.background_per_s),
            word(|setting| setting.source),
        ]
    }

    fn json(&self, nodes: u16) -> Value {
        let (measured, expected) = (self.measured(), self.expected(nodes));
        json!({
            "protocol": self.protocol,
            "setting": self.setting.map(|setting| setting.title),
            "nodes": nodes,
            "counted": self.counted().words(),
            "formula": self.setting.map(|setting| setting.formula),
            "expected": expected,
            "measured": measured,
            "difference": expected.map(|expected| measured - expected as f64),
            "background_per_s": self.cost.background_per_s,
            "writes": self.cost.writes,
            "between_nodes": self.cost.between_nodes,
            "requests": self.cost.requests,
            "answers": self.cost.answers,
            "source": self.setting.map(|setting| setting.source),
        })
    }
}

fn number(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
}
