//! The dock below the stage: the linked views of one run, one of them shown at a time. Closed, the stage has the room.

use crate::code::CodeIntent;
use crate::data::DataIntent;
use crate::happened::HappenedIntent;
use crate::operations::OperationsIntent;
use crate::series::SeriesIntent;
use crate::spacetime::SpaceTimeIntent;
use crate::story::StoryIntent;
use crate::studio::Studio;

/// A view in the dock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// The space-time diagram.
    SpaceTime,
    /// Each client's operations over time.
    Operations,
    /// The list of events.
    Events,
    /// Every replica's data and log, side by side.
    Data,
    /// The code that handled the selected event.
    Code,
    /// Charts over time.
    Charts,
    /// Bookmarks and branches.
    Story,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 7] =
        [Self::SpaceTime, Self::Operations, Self::Events, Self::Data, Self::Code, Self::Charts, Self::Story];

    /// The name in `data-control`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SpaceTime => "spacetime",
            Self::Operations => "operations",
            Self::Events => "events",
            Self::Data => "data",
            Self::Code => "code",
            Self::Charts => "charts",
            Self::Story => "story",
        }
    }

    /// The words on its tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SpaceTime => "Space-time",
            Self::Operations => "Operations",
            Self::Events => "Events",
            Self::Data => "Data",
            Self::Code => "Code",
            Self::Charts => "Charts",
            Self::Story => "Story",
        }
    }
}

/// What a person means in the dock.
#[derive(Clone, Debug, PartialEq)]
pub enum DockIntent {
    /// Show this view, or none; asked for again, the view that is shown is closed.
    Opened(View),
    /// The space-time diagram.
    SpaceTime(SpaceTimeIntent),
    /// The operations.
    Operations(OperationsIntent),
    /// The list of events.
    Happened(HappenedIntent),
    /// The data.
    Data(DataIntent),
    /// The code.
    Code(CodeIntent),
    /// The charts.
    Series(SeriesIntent),
    /// Bookmarks and branches.
    Story(StoryIntent),
}

impl Studio {
    /// The view in the dock, if it is open.
    #[must_use]
    pub fn dock(&self) -> Option<View> {
        self.dock
    }

    pub(crate) fn update_dock(&mut self, intent: DockIntent) {
        match intent {
            DockIntent::Opened(view) => self.dock = if self.dock == Some(view) { None } else { Some(view) },
            DockIntent::SpaceTime(intent) => self.update_spacetime(intent),
            DockIntent::Operations(intent) => self.update_operations(intent),
            DockIntent::Happened(intent) => self.update_happened(intent),
            DockIntent::Data(intent) => self.update_data(intent),
            DockIntent::Code(intent) => self.update_code(intent),
            DockIntent::Series(intent) => self.update_series(intent),
            DockIntent::Story(intent) => self.update_story(intent),
        }
    }
}
