//! Long work: what the page has workers do. Each kind of work has a desk of its own, with a worker (or several) that is
//! made when there is something to do, and sent away when the work is no longer wanted.

use netsplit_lab::work::{Report, Task};

use crate::evidence::EvidenceIntent;
use crate::histories::HistoryIntent;
use crate::intent::Effect;
use crate::models::ModelsIntent;
use crate::studio::{Studio, Tone};
use crate::sweeping::SweepIntent;

/// Where a kind of work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desk {
    /// The run is judged by every model.
    Models,
    /// A share of a sweep's runs.
    Sweep(u8),
    /// Figures of the literature.
    Figures,
    /// A history from a file is read and judged.
    History,
    /// A run is written in the form of another tool.
    Export,
    /// A scenario file is read.
    Scenario,
}

/// What a person means that has to do with long work, and what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskIntent {
    /// A worker tells something.
    Reported(Desk, Report),
    /// A worker could not be started, or broke.
    Broke(Desk, String),
    /// How many cores the machine has.
    HasCores(u8),
    /// Write the run in this form into a file.
    Exported(String),
    /// The models' panel.
    Models(ModelsIntent),
    /// The panel of many runs.
    Sweep(SweepIntent),
    /// The page with the figures of the literature.
    Evidence(EvidenceIntent),
    /// The page that judges histories.
    History(HistoryIntent),
}

impl Studio {
    pub(crate) fn update_desk(&mut self, intent: DeskIntent) {
        match intent {
            DeskIntent::Reported(desk, report) => self.report(desk, report),
            DeskIntent::Broke(desk, why) => self.report(desk, Report::Failed(why)),
            DeskIntent::HasCores(cores) => self.cores = cores.max(1),
            DeskIntent::Exported(format) => self.export(format),
            DeskIntent::Models(intent) => self.update_models(intent),
            DeskIntent::Sweep(intent) => self.update_sweep(intent),
            DeskIntent::Evidence(intent) => self.update_evidence(intent),
            DeskIntent::History(intent) => self.update_history(intent),
        }
    }

    fn report(&mut self, desk: Desk, report: Report) {
        match desk {
            Desk::Models => self.models_report(report),
            Desk::Sweep(worker) => self.sweep_report(worker, report),
            Desk::Figures => self.evidence_report(report),
            Desk::History => self.history_report(report),
            Desk::Scenario => self.file_report(report),
            Desk::Export => match report {
                Report::Written(written) => {
                    if !written.left_out.is_empty() {
                        self.notice(Tone::Plain, written.left_out);
                    }
                    self.effects.push(Effect::Save { name: written.name, text: written.text });
                }
                Report::Failed(why) => self.notice(Tone::Bad, why),
                _ => {}
            },
        }
    }

    /// Writes the run as it is at the playhead, in the form of another tool.
    fn export(&mut self, format: String) {
        let until_ns = self.session.now().0;
        match self.session.link() {
            Ok(link) => {
                self.effects.push(Effect::Work(Desk::Export, Task::Export { link, until_ns, format }));
            }
            Err(problem) => self.complain(&[problem]),
        }
    }
}
