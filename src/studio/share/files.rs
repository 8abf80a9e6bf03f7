//! The run as files: the scenario as text that opens again, everything as JSON, what was measured as CSV.

use netsplit_lab::files as forms;
use netsplit_lab::work::Task;
use netsplit_scenario::metrics::Series;
use netsplit_scenario::text;
use netsplit_sim::time::Time;

use crate::desk::Desk;
use crate::intent::Effect;
use crate::share::hex;
use crate::studio::Studio;
use crate::units;

/// Something that can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The scenario with its script, as TOML.
    Scenario,
    /// Scenario, link, hash, history and figures, as JSON.
    Run,
    /// Every figure of the table, as CSV.
    Figures,
    /// Every operation that ended with its latency, as CSV.
    Latency,
    /// When each copy showed each write, as CSV.
    Visible,
}

impl Studio {
    pub(crate) fn save_file(&mut self, file: File) {
        let (name, series) = match file {
            File::Scenario => return self.save_scenario(),
            File::Run => return self.save_run(),
            File::Figures => ("netsplit-figures.csv", Series::Figures),
            File::Latency => ("netsplit-latency.csv", Series::Operations),
            File::Visible => ("netsplit-time-to-visible.csv", Series::Writes),
        };
        let end = Time(self.session.now().0.saturating_add(1));
        let text = self.session.metrics().csv(series, Time::ZERO, end);
        self.effects.push(Effect::Save { name: name.to_owned(), text });
    }

    /// The scenario in the form that the program itself writes, and above it, for people, what it is.
    fn save_scenario(&mut self) {
        let now = self.session.now();
        let head = format!(
            "# A run of Netsplit. Drop this file onto the page of the lab to open it.\n\
             # It was saved at {}, where the run has the hash {}; the file opens at its start.\n",
            units::playhead(now),
            hex(self.session.hash())
        );
        let text = format!("{head}{}", text::write(self.session.scenario()));
        let name = format!("{}.toml", self.file_name());
        self.effects.push(Effect::Save { name, text });
    }

    /// A worker plays the run again and writes it: so the page needs no writer of JSON, and the file no trust in the page.
    fn save_run(&mut self) {
        let until_ns = self.session.now().0;
        match self.session.link() {
            Ok(link) => {
                let task = Task::Export { link, until_ns, format: forms::RUN.to_owned() };
                self.effects.push(Effect::Work(Desk::Export, task));
            }
            Err(problem) => self.complain(&[problem]),
        }
    }

    /// The title in letters that every system takes in a file's name.
    pub(crate) fn file_name(&self) -> String {
        let mut name = String::new();
        for c in self.session.scenario().title.to_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                name.push(c);
            } else if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
            if name.len() >= 40 {
                break;
            }
        }
        match name.trim_end_matches('-') {
            "" => "netsplit".to_owned(),
            name => format!("netsplit-{name}"),
        }
    }
}
