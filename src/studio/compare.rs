//! Two configurations in lockstep: the same seed, the same faults, the same gestures.
//!
//! There is a second run beside the first. What a person does on either stage is done to both, and both move to the same
//! virtual time: the slower one holds both back. Controls change the run that is chosen, so that one thing differs and
//! everything else is the same. Each of the two stays a run like any other: its own link opens exactly it.

mod changing;
mod charts;
mod differences;
mod links;
mod pace;
mod presets;
mod scene;
mod side;

#[cfg(test)]
mod tests;

use netsplit_scenario::Session;
use netsplit_sim::time::{Span, Time};

use crate::dock::DockIntent;
use crate::intent::{Effect, Intent};
use crate::playback::SEEK;
use crate::stage::Target;
use crate::studio::{Panel, Studio};

pub use charts::{CURVES, Curves, DOTS, Dots, OverTime};
pub use differences::Difference;
pub use presets::Preset;
pub use scene::{CompareScene, CompareTable, FigureRow, VerdictRow};
pub use side::Side;

pub(crate) use links::PairOpening;
use side::Other;

/// The most events that one of the runs handles between two common instants.
const TOGETHER: u64 = 20_000;
/// The two runs meet at least this often, in virtual time.
const LONGEST: Span = Span::from_s(1);
/// And not more often than this.
const SHORTEST: Span = Span(1_000);

/// Which run the controls are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// Only A.
    A,
    /// Only B: so that something differs at all.
    #[default]
    B,
    /// Both.
    Both,
}

impl Sides {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::Both];

    /// The name in `data-control`, behind `side-`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Both => "both",
        }
    }

    /// The words on its button.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::Both => "both",
        }
    }

    fn all(self) -> &'static [Side] {
        match self {
            Self::A => &[Side::A],
            Self::B => &[Side::B],
            Self::Both => &Side::BOTH,
        }
    }
}

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum CompareIntent {
    /// Compare: B begins as a copy of the run.
    Began,
    /// Enough of it; this side stays.
    Ended(Side),
    /// The controls are for these.
    Chose(Sides),
    /// B is A with this difference: the number of one of those that are offered.
    Made(usize),
    /// Something on the stage of B.
    OnB(Box<Intent>),
}

/// The other run of a comparison.
pub(crate) struct Compare {
    /// It, while there is one.
    other: Option<Box<Other>>,
    /// Which of the two the studio looks at now.
    looks_at: Side,
    /// Which the controls are for.
    sides: Sides,
    /// Whether an intent was sent to its sides already.
    busy: bool,
    /// Whether what is done to the cluster now is done to both.
    mirrors: bool,
    /// How far both go before they wait for each other.
    chunk: Span,
    /// How many changes of each side belong to what a person did, one after the other.
    done: Vec<[u64; 2]>,
    /// The same of what was taken back.
    undone: Vec<[u64; 2]>,
    /// How many changes each side had when it was last looked.
    made: [u64; 2],
    /// A link to a comparison that is being opened.
    pub(crate) opening: Option<PairOpening>,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            other: None,
            looks_at: Side::A,
            sides: Sides::default(),
            busy: false,
            mirrors: true,
            chunk: Span::from_ms(1),
            done: Vec::new(),
            undone: Vec::new(),
            made: [0, 0],
            opening: None,
        }
    }
}

impl Compare {
    /// The run that panels and views are about.
    fn shown(&self) -> Side {
        if self.sides == Sides::B { Side::B } else { Side::A }
    }

    pub(crate) fn is_replaying(&self) -> bool {
        self.other.as_ref().is_some_and(|other| other.session.is_replaying())
    }

    pub(crate) fn is_held(&self) -> bool {
        self.other.as_ref().is_some_and(|other| other.is_held())
    }
}

/// Where an intent goes.
enum Way {
    /// To A: it is about time, about the stage of A, or about the page.
    This,
    /// To the stage of B.
    ToB,
    /// To the run that the panels show.
    Shown,
    /// To the chosen runs, each by itself.
    Chosen,
    /// To both, each by itself.
    Each,
}

impl Studio {
    /// Whether two runs are compared.
    #[must_use]
    pub fn is_comparing(&self) -> bool {
        self.compare.other.is_some()
    }

    /// Whether there is a change of a comparison to take back, or of the run.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        if self.is_comparing() { !self.compare.done.is_empty() } else { self.session.can_undo() }
    }

    /// Whether there is one to make again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        if self.is_comparing() { !self.compare.undone.is_empty() } else { self.session.can_redo() }
    }

    pub(crate) fn update_compare(&mut self, intent: CompareIntent) {
        match intent {
            CompareIntent::Began => self.begin_comparison(),
            CompareIntent::Ended(keep) => self.end_comparison(keep),
            CompareIntent::Chose(sides) => {
                self.compare.sides = sides;
                self.draft = None;
            }
            CompareIntent::Made(number) => self.make_preset(number),
            // Without a comparison there is no such stage.
            CompareIntent::OnB(_) => {}
        }
    }

    fn begin_comparison(&mut self) {
        // A lesson shows what its reader may see; the lab shows all.
        if self.is_comparing() || !self.route.is_lab() {
            return;
        }
        let scenario = self.session.scenario().clone();
        match Other::new(scenario, self) {
            Ok(other) => {
                self.put_beside(other);
                self.say("Comparing: B is a copy of the run. Change something of B");
            }
            Err(problems) => self.complain(&problems),
        }
    }

    /// Begins a comparison with this run as B.
    fn put_beside(&mut self, other: Other) {
        let busy = self.compare.busy;
        self.compare = Compare { other: Some(Box::new(other)), busy, ..Compare::default() };
        self.panel = Panel::Compare;
        self.level();
        self.forget_changes();
    }

    fn end_comparison(&mut self, keep: Side) {
        if !self.is_comparing() {
            return;
        }
        if keep == Side::B {
            // From here on, what was B is the run.
            self.turn();
            self.compare.looks_at = Side::A;
        }
        self.drop_comparison();
        if keep == Side::B {
            self.rewritten();
            self.fit();
        }
        self.say(format!("The comparison is over: {} stays", keep.letter()));
    }

    /// The comparison is over, because its run is. What stays is A, whichever the studio looks at.
    pub(crate) fn drop_comparison(&mut self) {
        if self.compare.looks_at == Side::B {
            self.turn();
        }
        let busy = self.compare.busy;
        self.compare = Compare { busy, ..Compare::default() };
        if self.panel == Panel::Compare {
            self.panel = Panel::Clients;
        }
    }

    // Who gets what.

    /// Whether an intent has to be sent to its sides first.
    pub(crate) fn is_compared(&self) -> bool {
        self.is_comparing() && !self.compare.busy
    }

    /// Sends an intent to the sides that it is for.
    pub(crate) fn update_both(&mut self, intent: Intent) -> Vec<Effect> {
        self.compare.busy = true;
        self.show_where_looked(&intent);
        let mut effects = Vec::new();
        match intent {
            Intent::Undid => self.undo_both(),
            Intent::Redid => self.redo_both(),
            Intent::Compare(CompareIntent::OnB(inner)) => {
                effects = self.update_on(Side::B, true, *inner);
                for effect in &mut effects {
                    if let Effect::Focus(target) = *effect {
                        *effect = Effect::FocusB(target);
                    }
                }
            }
            intent => match self.way(&intent) {
                Way::This => effects = self.update_on(Side::A, true, intent),
                Way::ToB => effects = self.update_on(Side::B, true, intent),
                Way::Shown => effects = self.update_on(self.compare.shown(), true, intent),
                Way::Chosen => {
                    for side in self.compare.sides.all() {
                        effects.extend(self.update_on(*side, false, intent.clone()));
                    }
                }
                Way::Each => {
                    let plan = self.plan.clone();
                    for side in Side::BOTH {
                        // The same faults: adding them once moves the seed on.
                        self.plan.clone_from(&plan);
                        effects.extend(self.update_on(side, false, intent.clone()));
                    }
                }
            },
        }
        self.note_changes();
        self.compare.busy = false;
        effects.append(&mut self.effects);
        effects
    }

    /// Who looks into a node from a menu wants to see that very node.
    fn show_where_looked(&mut self, intent: &Intent) {
        let side = match intent {
            Intent::LookedInto(_) if self.menu.is_some() => Side::A,
            Intent::Compare(CompareIntent::OnB(inner)) if matches!(**inner, Intent::LookedInto(_)) => Side::B,
            _ => return,
        };
        if self.compare.shown() != side {
            self.compare.sides = if side == Side::A { Sides::A } else { Sides::B };
            self.say(format!("Controls and panels are of {} now", side.letter()));
        }
    }

    fn update_on(&mut self, side: Side, mirrors: bool, intent: Intent) -> Vec<Effect> {
        self.compare.mirrors = mirrors;
        let effects = self.on_side(side, |studio| {
            let effects = studio.update(intent);
            studio.level();
            effects
        });
        self.compare.mirrors = true;
        effects
    }

    fn way(&self, intent: &Intent) -> Way {
        // What is chosen in an open menu is meant for the stage where it is open.
        let in_menu = self.menu.is_some();
        match intent {
            // The run where something happens first has it; the other comes along.
            Intent::Stepped => {
                let next = |session: &Session| session.machine().next_at().unwrap_or(Time(u64::MAX));
                let b = self.compare.other.as_ref().map(|other| next(&other.session));
                if b.is_some_and(|b| b < next(&self.session)) { Way::ToB } else { Way::This }
            }
            Intent::Forked | Intent::AddedFaults | Intent::AddedWear | Intent::ChoseClient(_) => Way::Each,
            // Without the same seed nothing else could be told from chance.
            Intent::Entered { control, .. } if control == "seed" => Way::Each,
            Intent::Entered { control, .. } if control.starts_with("plan_") => Way::This,
            Intent::Entered { .. } | Intent::ChoseProtocol(_) => Way::Chosen,
            Intent::EnteredOn { on: Target::Message(_), .. } => Way::This,
            Intent::EnteredOn { .. } => Way::Each,
            Intent::Did(_) | Intent::LookedInto(_) if in_menu => Way::This,
            // Branches and bookmarks are of the run that was there first.
            Intent::Dock(DockIntent::Story(_)) => Way::This,
            Intent::Did(_)
            | Intent::LookedInto(_)
            | Intent::PointedAtWrite(_)
            | Intent::PointedAtShard(_)
            | Intent::PointedAtNode(_)
            | Intent::ChoseShard(_)
            | Intent::DraggedSplit { .. }
            | Intent::NudgedSplit(..)
            | Intent::DroppedSplit
            | Intent::DroppedShard { .. }
            | Intent::DroppedCopy(..)
            | Intent::PutNode(..)
            | Intent::Selected(_)
            | Intent::WentTo(_)
            | Intent::Dock(_) => Way::Shown,
            _ => Way::This,
        }
    }
}
