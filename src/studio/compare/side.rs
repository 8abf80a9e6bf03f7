//! Which side is which. Everything of the studio that belongs to one run can be exchanged with the same of the other run.
//! So whatever the studio can do to a run, it can do to either: it turns, does it, and turns back.

use netsplit_scenario::{Problem, Scenario, Session};
use netsplit_sim::frame::Frame;
use netsplit_sim::ids::{ClientId, NodeId, OpId};

use crate::code::Code;
use crate::controls::Entry;
use crate::data::Data;
use crate::geometry::{Size, View};
use crate::gesture::Hold;
use crate::happened::Happened;
use crate::operations::Operations;
use crate::resharding::{Asked, Shift};
use crate::selection::Selected;
use crate::series::Series;
use crate::spacetime::SpaceTime;
use crate::stage::{Attention, Target};
use crate::studio::Studio;
use crate::timebar::Moments;
use crate::versions::Versions;
use crate::words::Names;

/// One of the two runs of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first, on the left.
    A,
    /// The second, on the right.
    B,
}

impl Side {
    /// Both, in the order of reading.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Everything that belongs to the run that the studio does not look at.
pub(crate) struct Other {
    pub(super) session: Session,
    pub(super) hold: Hold,
    frame: Frame,
    names: Names,
    versions: Versions,
    moments: Moments,
    size: Size,
    view: View,
    fitted: bool,
    attention: Attention,
    menu: Option<Target>,
    resumes: bool,
    was_split: bool,
    shift: Option<Shift>,
    asked: Option<Asked>,
    inspected: Option<NodeId>,
    pointed_write: Option<OpId>,
    draft: Option<(String, Entry, f64)>,
    workload_of: Option<ClientId>,
    selected: Option<Selected>,
    spacetime: SpaceTime,
    operations: Operations,
    happened: Happened,
    data: Data,
    code: Code,
    series: Series,
}

impl Other {
    /// A run that is at its start.
    pub(super) fn new(scenario: Scenario, like: &Studio) -> Result<Self, Vec<Problem>> {
        let session = Session::new(scenario)?;
        Ok(Self {
            names: Names::of(session.scenario()),
            session,
            hold: Hold::Nothing,
            frame: Frame::default(),
            versions: Versions::default(),
            moments: Moments::default(),
            size: like.size,
            view: like.view,
            fitted: like.fitted,
            attention: Attention::default(),
            menu: None,
            resumes: false,
            was_split: like.was_split,
            shift: None,
            asked: None,
            inspected: None,
            pointed_write: None,
            draft: None,
            workload_of: None,
            selected: None,
            spacetime: SpaceTime::default(),
            operations: Operations::default(),
            happened: Happened::default(),
            data: Data::default(),
            code: Code::default(),
            series: Series::default(),
        })
    }

    /// Whether a person holds something of it.
    pub(super) fn is_held(&self) -> bool {
        self.attention.moving.is_some()
            || self.shift.is_some()
            || matches!(self.hold, Hold::Press { touch: true, .. })
    }
}

impl Studio {
    /// Looks at the other run from here on, with everything that belongs to it.
    pub(super) fn turn(&mut self) {
        let Some(other) = &mut self.compare.other else { return };
        macro_rules! exchange {
            ($($part:ident)*) => { $( std::mem::swap(&mut self.$part, &mut other.$part); )* };
        }
        exchange! {
            session hold frame names versions moments size view fitted attention menu resumes was_split shift asked
            inspected pointed_write draft workload_of selected spacetime operations happened data code series
        }
        self.compare.looks_at = self.compare.looks_at.other();
    }

    /// Does something while the studio looks at a side, and looks back.
    pub(super) fn on_side<T>(&mut self, side: Side, what: impl FnOnce(&mut Self) -> T) -> T {
        let turns = self.compare.other.is_some() && self.compare.looks_at != side;
        if turns {
            self.turn();
        }
        let result = what(self);
        if turns {
            self.turn();
        }
        result
    }

    /// What a look at run B tells; nothing if there is no comparison.
    pub fn look_at_b<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.compare.other.is_some().then(|| self.on_side(Side::B, look))
    }

    /// What a look at the run tells that the controls and panels are for: the chosen one, and A where both are.
    pub fn look_at_chosen<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        self.on_side(self.compare.shown(), look)
    }
}
