//! Everything that the components draw, each scene shared with its own component. The shell renews them
//! when something changed, and only those that differ are drawn again.

use netsplit_sim::trace::{REQUEST, RESPONSE};
use netsplit_studio::chart::{Latency, Strips};
use netsplit_studio::code::CodeScene;
use netsplit_studio::compare::CompareScene;
use netsplit_studio::data::DataScene;
use netsplit_studio::dock::View;
use netsplit_studio::edit::Lab;
use netsplit_studio::evidence::EvidencePage;
use netsplit_studio::happened::HappenedScene;
use netsplit_studio::histories::HistoryPage;
use netsplit_studio::inside::Inside;
use netsplit_studio::inspector::Inspector;
use netsplit_studio::menu::Menu;
use netsplit_studio::models::ModelsScene;
use netsplit_studio::operations::OperationsScene;
use netsplit_studio::panels::{Figure, Lamp, Since};
use netsplit_studio::present::PresentScene;
use netsplit_studio::series::SeriesScene;
use netsplit_studio::share::Card;
use netsplit_studio::share::locks::{Lock, LockedScene};
use netsplit_studio::sheet::Sheet;
use netsplit_studio::spacetime::SpaceTimeScene;
use netsplit_studio::split::Split;
use netsplit_studio::spread::Spread;
use netsplit_studio::stage::Stage;
use netsplit_studio::story::StoryScene;
use netsplit_studio::studio::{Notice, Panel};
use netsplit_studio::sweeping::SweepPanel;
use netsplit_studio::telling::Telling;
use netsplit_studio::timebar::Mark;
use netsplit_studio::{Route, Studio, Theme};

use crate::shared::Shared;
use crate::stage::Legend;
use crate::timebar::Bar;

/// Everything that is drawn by components, each shared with its own.
pub(crate) struct Scenes {
    pub(crate) stage: Shared<Stage>,
    pub(crate) legend: Shared<Legend>,
    pub(crate) bar: Shared<Bar>,
    pub(crate) marks: Shared<Vec<Mark>>,
    pub(crate) lab: Shared<Lab>,
    pub(crate) sheet: Shared<Option<Sheet>>,
    pub(crate) inside: Shared<Option<Inside>>,
    pub(crate) split: Shared<Option<Split>>,
    pub(crate) lamps: Shared<Vec<Lamp>>,
    pub(crate) since: Shared<Since>,
    pub(crate) latency: Shared<Latency>,
    pub(crate) spread: Shared<Spread>,
    pub(crate) strips: Shared<Strips>,
    pub(crate) figures: Shared<Vec<Figure>>,
    pub(crate) models: Shared<Option<ModelsScene>>,
    pub(crate) runs: Shared<Option<SweepPanel>>,
    pub(crate) evidence: Shared<Option<EvidencePage>>,
    pub(crate) history: Shared<Option<HistoryPage>>,
    pub(crate) spacetime: Shared<Option<SpaceTimeScene>>,
    pub(crate) operations: Shared<Option<OperationsScene>>,
    pub(crate) happened: Shared<Option<HappenedScene>>,
    pub(crate) data: Shared<Option<DataScene>>,
    pub(crate) code: Shared<Option<CodeScene>>,
    pub(crate) series: Shared<Option<SeriesScene>>,
    pub(crate) story: Shared<Option<StoryScene>>,
    pub(crate) inspector: Shared<Option<Inspector>>,
    pub(crate) compare: Shared<Option<CompareScene>>,
    pub(crate) present: Shared<Option<PresentScene>>,
    pub(crate) menu: Option<Shared<Menu>>,
    /// The little rest that the shell draws itself.
    pub(crate) rest: Rest,
}

#[derive(Clone, PartialEq)]
pub(crate) struct Rest {
    pub(crate) route: Route,
    pub(crate) notices: Vec<Notice>,
    pub(crate) share: Option<Card>,
    pub(crate) locked: Option<LockedScene>,
    pub(crate) hides: bool,
    pub(crate) help: bool,
    pub(crate) shortcuts: bool,
    pub(crate) theme: Theme,
    pub(crate) panel: Panel,
    pub(crate) dock: Option<View>,
    /// What is selected, in a few words.
    pub(crate) selected: Option<String>,
    pub(crate) telling: Telling,
    pub(crate) is_split: bool,
    pub(crate) caption: String,
    pub(crate) spoken: String,
}

impl Scenes {
    pub(crate) fn of(studio: &mut Studio) -> Self {
        let compare = Shared::new(studio.compare_scene());
        let panels = studio.panels();
        Self {
            stage: Shared::new(studio.stage()),
            legend: Shared::new(legend(studio)),
            bar: Shared::new(bar(studio)),
            marks: Shared::new(studio.marks()),
            lab: Shared::new(studio.lab()),
            sheet: Shared::new(studio.sheet()),
            inside: Shared::new(studio.inside()),
            split: Shared::new(studio.split()),
            lamps: Shared::new(panels.lamps),
            since: Shared::new(panels.since),
            latency: Shared::new(panels.latency),
            spread: Shared::new(panels.spread),
            strips: Shared::new(panels.strips),
            figures: Shared::new(panels.figures),
            models: Shared::new(studio.models()),
            runs: Shared::new(studio.sweep()),
            evidence: Shared::new(studio.evidence()),
            history: Shared::new(studio.history()),
            spacetime: Shared::new(studio.spacetime_scene()),
            operations: Shared::new(studio.operations_scene()),
            happened: Shared::new(studio.happened_scene()),
            data: Shared::new(studio.data_scene()),
            code: Shared::new(studio.code_scene()),
            series: Shared::new(studio.series_scene()),
            story: Shared::new(studio.story_scene()),
            inspector: Shared::new(studio.inspector()),
            compare,
            present: Shared::new(studio.present_scene()),
            menu: None,
            rest: rest(studio, ""),
        }
    }

    pub(crate) fn renew(&mut self, studio: &mut Studio, spoken: &str) -> bool {
        let mut changed = self.stage.renew(studio.stage());
        changed |= self.legend.renew(legend(studio));
        changed |= self.models.renew(studio.models());
        changed |= self.runs.renew(studio.sweep());
        changed |= self.compare.renew(studio.compare_scene());
        changed |= self.renew_menu(studio);
        // Where two runs are compared, the rest is of the one that is chosen.
        changed | studio.look_at_chosen(|studio| self.renew_rest(studio, spoken))
    }

    fn renew_rest(&mut self, studio: &mut Studio, spoken: &str) -> bool {
        let panels = studio.panels();
        let mut changed = self.bar.renew(bar(studio));
        changed |= self.marks.renew(studio.marks());
        changed |= self.lab.renew(studio.lab());
        changed |= self.sheet.renew(studio.sheet());
        changed |= self.inside.renew(studio.inside());
        changed |= self.split.renew(studio.split());
        changed |= self.lamps.renew(panels.lamps);
        changed |= self.since.renew(panels.since);
        changed |= self.latency.renew(panels.latency);
        changed |= self.spread.renew(panels.spread);
        changed |= self.strips.renew(panels.strips);
        changed |= self.figures.renew(panels.figures);
        changed |= self.evidence.renew(studio.evidence());
        changed |= self.history.renew(studio.history());
        changed |= self.spacetime.renew(studio.spacetime_scene());
        changed |= self.operations.renew(studio.operations_scene());
        changed |= self.happened.renew(studio.happened_scene());
        changed |= self.data.renew(studio.data_scene());
        changed |= self.code.renew(studio.code_scene());
        changed |= self.series.renew(studio.series_scene());
        changed |= self.story.renew(studio.story_scene());
        changed |= self.inspector.renew(studio.inspector());
        changed |= self.present.renew(studio.present_scene());
        let rest = rest(studio, spoken);
        changed |= rest != self.rest;
        self.rest = rest;
        changed
    }

    pub(crate) fn renew_menu(&mut self, studio: &Studio) -> bool {
        match (studio.menu(), &mut self.menu) {
            (None, None) => false,
            (Some(menu), Some(shown)) => shown.renew(menu),
            (menu, shown) => {
                *shown = menu.map(Shared::new);
                true
            }
        }
    }
}

fn rest(studio: &Studio, spoken: &str) -> Rest {
    Rest {
        route: studio.route().clone(),
        notices: studio.notices().to_vec(),
        share: studio.share().cloned(),
        locked: studio.locked_scene(),
        hides: studio.hides_outcome(),
        help: studio.help(),
        shortcuts: studio.shortcuts(),
        theme: studio.theme(),
        panel: studio.panel(),
        dock: studio.dock(),
        selected: studio.selected_words(),
        telling: studio.telling(),
        is_split: studio.is_split(),
        caption: studio.caption(),
        spoken: spoken.to_owned(),
    }
}

fn bar(studio: &Studio) -> Bar {
    let session = studio.session();
    Bar {
        playing: studio.is_playing(),
        speed: studio.speed(),
        can_undo: studio.can_undo(),
        can_redo: studio.can_redo(),
        easing: studio.is_easing(),
        stride: studio.stride(),
        bookmarks: session
            .scenario()
            .bookmarks
            .iter()
            .map(|one| Mark { at: one.at, text: one.caption.clone() })
            .collect(),
        locked: studio.locks().contains(&Lock::Time),
        marks: studio.marks(),
        notes: studio.noted(),
        bands: studio.bands(),
        caption: String::new(),
    }
}

pub(crate) fn legend(studio: &Studio) -> Legend {
    let about = studio.about();
    let mut kinds =
        vec![(REQUEST, "request", "A client asks a node."), (RESPONSE, "answer", "A node answers a client.")];
    kinds.extend(
        about.messages.iter().enumerate().map(|(label, kind)| (label as u8, kind.name, kind.summary)),
    );
    Legend { keys: studio.session().scenario().keys, watched: studio.watched().0, kinds }
}
