//! What a person means, and what the page must do about it. Both are closed lists: every gesture of the
//! page is one of these intents, and nothing leaves the studio but these effects.

use netsplit_lab::work::Task;
use netsplit_scenario::session::Stride;
use netsplit_sim::action::Action;
use netsplit_sim::ids::{ClientId, EventId, Key, NodeId, OpId, Site};
use netsplit_sim::protocol::Fault;
use netsplit_sim::setup::Position;
use netsplit_sim::time::Time;

use crate::chapter::Wish;
use crate::compare::CompareIntent;
use crate::controls::Entry;
use crate::desk::{Desk, DeskIntent};
use crate::dock::DockIntent;
use crate::geometry::{Point, Size};
use crate::present::PresentIntent;
use crate::selection::Selected;
use crate::share::ShareIntent;
use crate::stage::Target;
use crate::studio::Panel;
use crate::telling::Telling;

/// What a person means.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    // Time.
    /// Play if it stands, stand if it plays.
    ToggledPlay,
    /// Stand still.
    Paused,
    /// One step on.
    Stepped,
    /// One step back.
    SteppedBack,
    /// What a step goes by.
    ChoseStride(Stride),
    /// Play slower for a moment when something happens, or no longer.
    ToggledEasing,
    /// A speed, by its index in [`crate::units::SPEEDS`].
    ChoseSpeed(usize),
    /// So many speeds up, or down.
    ChangedSpeed(i32),
    /// The playhead to an instant.
    Scrubbed(Time),
    /// The playhead to an instant, even one that was never played to.
    Sought(Time),
    /// The playhead by so many hundredths of the horizon.
    Nudged(i32),
    /// Take the last change back.
    Undid,
    /// Make it again.
    Redid,
    /// Keep this run, and go on with another that has nothing of the script after now.
    Forked,

    // The stage.
    /// The stage has this size now.
    Resized(Size),
    /// Show everything.
    Fitted,
    /// Look closer (more than 1) or from further away, around a point of the stage.
    Zoomed(Point, f64),
    /// The stage is pushed by so many pixels.
    Panned(Point),
    /// A pointer went down on something, or on empty stage.
    Pressed {
        /// On what.
        on: Option<Target>,
        /// Where.
        at: Point,
        /// Whether it is a finger or a pen, which may press long.
        touch: bool,
    },
    /// The pointer that is down moved.
    Moved(Point),
    /// The pointer went up.
    Released(Point),
    /// The system took the pointer away.
    Cancelled,
    /// A key on something that has the focus.
    Pushed {
        /// On what.
        on: Target,
        /// Which.
        key: StageKey,
        /// Whether Shift asks for finer steps.
        fine: bool,
    },
    /// Something got the focus.
    Focused(Target),
    /// The menu of something.
    OpenedMenu(Target),
    /// The menu of whatever is at a point of the stage: a message, if one is near, or else this.
    OpenedMenuAt(Option<Target>, Point),
    /// Away with the menu.
    ClosedMenu,
    /// Do this to the cluster now.
    Did(Action),
    /// Heal every link of this site.
    Reconnected(Site),
    /// Put a site at a place, by its coordinates.
    Placed(Site, Position),
    /// Show the copies of this key.
    Watched(Key),

    // The controls.
    /// A control has a new value.
    Entered {
        /// Its name.
        control: String,
        /// The value.
        entry: Entry,
        /// Whether the hand let go; a slider that is dragged has not yet.
        done: bool,
    },
    /// A control of one node's or link's own has a new value.
    EnteredOn {
        /// Whose.
        on: Target,
        /// The control's name.
        control: String,
        /// The value.
        entry: Entry,
    },
    /// Show the protocols to choose from, or hide them again.
    ToggledGallery,
    /// Run another protocol, by its id.
    ChoseProtocol(&'static str),
    /// Random faults of this kind too, or not.
    ToggledFault(Fault),
    /// Add the random faults to the script.
    AddedFaults,
    /// Add crashes and repairs by wear to the script.
    AddedWear,
    /// The workload controls are for this client, or for all.
    ChoseClient(Option<ClientId>),
    /// Start over with the built-in example of this number.
    ChoseExample(usize),

    // Panels.
    /// Show this panel.
    Looked(Panel),
    /// Show what is inside this node, or of the whole cluster.
    LookedInto(Option<NodeId>),
    /// Point at a write, or no longer.
    PointedAtWrite(OpId),
    /// Show the witness of a verdict, or hide it again.
    ToggledVerdict(&'static str),

    /// What a reader wants of the lesson that is open.
    Wished(Wish),

    // The split of the data.
    /// Point at the shard that holds this key, or no longer.
    PointedAtShard(Option<Key>),
    /// Point at a node with all that it holds, or no longer.
    PointedAtNode(Option<NodeId>),
    /// Show the card of the shard that holds this key, or hide it again.
    ChoseShard(Option<Key>),
    /// The split point before a key is dragged to another; `done` when the hand lets go.
    DraggedSplit {
        /// Where it is in the map: the first key behind it.
        from: Key,
        /// Where the hand holds it.
        to: Key,
        /// Whether the hand let go.
        done: bool,
    },
    /// The split point before a key is moved by so many keys.
    NudgedSplit(Key, i32),
    /// The split point in the hand is put down where it is.
    DroppedSplit,
    /// The shard that holds a key is dropped onto a node.
    DroppedShard {
        /// A key of it.
        key: Key,
        /// Whose copy it is, if it was taken from a node.
        from: Option<NodeId>,
        /// Onto which node.
        to: NodeId,
        /// Whether a modifier asks for a copy, whatever the switch says.
        copy: bool,
    },
    /// A node's copy of the shard that holds a key is to be dropped.
    DroppedCopy(Key, NodeId),
    /// A node is put into the cluster (`true`) or out of it.
    PutNode(NodeId, bool),
    /// Dragging a shard copies it, or moves it again.
    ToggledCopying,

    /// Show how this is spread, by its id in [`crate::spread::CHOICES`].
    ChoseSpread(&'static str),

    /// Select this, in every view, or nothing.
    Selected(Option<Selected>),
    /// The playhead to the moment right after this event.
    WentTo(EventId),
    /// Something in the dock.
    Dock(DockIntent),
    /// Something about a comparison.
    Compare(CompareIntent),
    /// Something about a presentation.
    Present(PresentIntent),

    /// Something about long work.
    Desk(DeskIntent),

    // The page.
    /// Something about sharing.
    Share(ShareIntent),
    /// Make a link.
    Shared,
    /// The clipboard took the link, or refused.
    Copied(bool),
    /// Away with the link.
    ClosedShare,
    /// The address changed.
    Navigated(String),
    /// Away with the notice of this number.
    Dismissed(usize),
    /// Light, dark, or as the system has it.
    ChoseTheme(Theme),
    /// Single-key shortcuts on or off.
    ToggledShortcuts,
    /// Show or hide the help.
    ToggledHelp,
    /// How much a screen reader is told while the run plays.
    ChoseTelling(Telling),
}

/// Keys that mean something on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKey {
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// The menu key, or M.
    Menu,
    /// Home: the first.
    First,
    /// End: the last.
    Last,
}

/// What the page must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put this into the clipboard and say whether it worked.
    Copy(String),
    /// Say this to a screen reader.
    Announce(String),
    /// Give this the focus.
    Focus(Target),
    /// Give this of the stage of B the focus.
    FocusB(Target),
    /// Scroll to the part of the page with this id, and give it the focus.
    Show(&'static str),
    /// Use this theme.
    Apply(Theme),
    /// Remember a preference.
    Store(&'static str, String),
    /// Hand this to the worker of a desk.
    Work(Desk, Task),
    /// Send the worker of a desk away, whatever it is doing.
    Stop(Desk),
    /// Fetch a text file of this site by its path, and tell what is in it.
    Fetch(String),
    /// Let the person save this as a file.
    Save {
        /// The file's name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Draw this picture as pixels, and let the person save it as a file.
    SavePixels {
        /// The file's name.
        name: String,
        /// The picture, with all that it needs.
        svg: String,
        /// Its width, in pixels of the page.
        width: f64,
        /// Its height.
        height: f64,
    },
    /// The page shows this now: the address from `#` on.
    Address(String),
    /// Large type and high contrast for a projector, or no longer.
    Projector(bool),
    /// The whole screen for the page, or no longer, if the browser lets it.
    FullScreen,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name in storage and in the page's `data-theme`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    #[must_use]
    pub fn find(name: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// The next of the three.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}
