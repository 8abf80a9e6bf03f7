//! The icons: a few strokes each, drawn on a grid of 24.

use yew::prelude::*;

/// An icon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    Step,
    Back,
    Ease,
    Flag,
    Closer,
    Further,
    Undo,
    Redo,
    Fork,
    Share,
    Present,
    Theme,
    Fit,
    Start,
    Close,
    Crown,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Play => "M7 4.5v15l12-7.5z",
            Self::Pause => "M8 5v14M16 5v14",
            Self::Step => "M6 5v14l9-7zM19 5v14",
            Self::Back => "M18 5v14l-9-7zM5 5v14",
            Self::Ease => "M3 15h4l3-8 4 8h7M3 19h18",
            Self::Flag => "M6 21V4h12l-3 4.5 3 4.5H6",
            Self::Closer => "M12 5v14M5 12h14",
            Self::Further => "M5 12h14",
            Self::Undo => "M9 6 4 11l5 5M4 11h10a5.5 5.5 0 0 1 0 11h-3",
            Self::Redo => "M15 6l5 5-5 5M20 11H10a5.5 5.5 0 0 0 0 11h3",
            Self::Fork => "M5 12h5c4 0 4-6 9-6M10 12c4 0 4 6 9 6M16 3l3 3-3 3M16 15l3 3-3 3",
            Self::Share => "M5 12v8h14v-8M12 3v13M7.5 7.5 12 3l4.5 4.5",
            Self::Present => "M3 4h18M5 4v11h14V4M12 15v5M8 21l4-4 4 4",
            Self::Theme => "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
            Self::Fit => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::Start => "M19 5v14l-7-7zM12 5v14l-7-7zM4 5v14",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Crown => "M3 18V7l5 5 4-8 4 8 5-5v11z",
        }
    }

    fn is_filled(self) -> bool {
        matches!(self, Self::Play | Self::Crown)
    }
}

/// Draws an icon, invisible to a screen reader: the button has words.
pub(crate) fn icon(icon: Icon) -> Html {
    html! {
        <svg class={classes!("icon", icon.is_filled().then_some("filled"))} viewBox="0 0 24 24"
            aria-hidden="true" focusable="false">
            <path d={icon.path()} />
            if icon == Icon::Theme { <path class="half" d="M12 3a9 9 0 1 0 0 18z" /> }
        </svg>
    }
}

/// A button with an icon and words; `shown` tells whether the words are seen too.
pub(crate) fn button(
    which: Icon,
    words: &'static str,
    name: &'static str,
    disabled: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <button type="button" class="quiet" data-control={name} title={words} aria-label={words}
            {disabled} {onclick}>
            { icon(which) }
        </button>
    }
}
