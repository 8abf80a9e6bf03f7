//! The time bar: play, step, speed, scrub, undo. What changes at every frame (the thumb and the clock)
//! the shell writes straight into the elements.

use netsplit_scenario::session::Stride;
use netsplit_sim::time::Time;
use netsplit_studio::Intent;
use netsplit_studio::share::locks::REASON;
use netsplit_studio::timebar::{Band, Mark, Trouble};
use netsplit_studio::units::{self, SPEEDS};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::icons::{Icon, button, icon};
use crate::shared::Shared;

/// What the time bar shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bar {
    pub(crate) playing: bool,
    pub(crate) speed: usize,
    pub(crate) can_undo: bool,
    pub(crate) can_redo: bool,
    pub(crate) easing: bool,
    pub(crate) stride: Stride,
    pub(crate) bookmarks: Vec<Mark>,
    /// Whether time only passes, because the maker of the link locked the rest.
    pub(crate) locked: bool,
    pub(crate) marks: Vec<Mark>,
    pub(crate) notes: Vec<Mark>,
    pub(crate) bands: Vec<Band>,
    pub(crate) caption: String,
}

#[derive(Properties, PartialEq)]
pub(crate) struct BarProps {
    pub(crate) bar: Shared<Bar>,
    pub(crate) scrub: NodeRef,
    pub(crate) track: NodeRef,
    pub(crate) clock: NodeRef,
    pub(crate) on: Callback<Intent>,
}

/// With more marks than this, they must not hide the bands below them.
const MANY_MARKS: usize = 40;

fn stride_name(stride: Stride) -> &'static str {
    match stride {
        Stride::Event => "event",
        Stride::Message => "message",
        Stride::Operation => "operation",
    }
}

/// Milliseconds of the track's own units.
fn ms(at: Time) -> String {
    format!("{:.3}", at.as_ms().min(1e8))
}

#[component]
pub(crate) fn TimeBar(props: &BarProps) -> Html {
    let Bar { playing, speed, can_undo, can_redo, easing, stride, locked, .. } = *props.bar;
    let reason = locked.then_some(REASON);
    let on = &props.on;
    let mean = |intent: Intent| on.reform(move |_: MouseEvent| intent.clone());
    let scrubbed = on.reform(|event: InputEvent| {
        let ms = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        Intent::Scrubbed(Time((ms.max(0.0) * 1e6) as u64))
    });
    let chose = on.reform(|event: InputEvent| {
        let speed = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        Intent::ChoseSpeed(speed.max(0.0) as usize)
    });
    let chose_stride = on.reform(|event: Event| {
        let name = event.target_unchecked_into::<HtmlSelectElement>().value();
        Intent::ChoseStride(
            Stride::ALL.into_iter().find(|one| stride_name(*one) == name).unwrap_or(Stride::Event),
        )
    });
    let words = units::speed(SPEEDS[speed]);
    html! {
        <section class="timebar" aria-label="Time">
            <div class="scrub">
                <svg class="track" ref={props.track.clone()} preserveAspectRatio="none" aria-hidden="true">
                    { for props.bar.bands.iter().map(band) }
                    { for props.bar.notes.iter().map(|note| html! {
                        <line class="note" x1={ms(note.at)} x2={ms(note.at)} y1="11" y2="16"
                            vector-effect="non-scaling-stroke"><title>{ note.text.clone() }</title></line>
                    }) }
                    { for props.bar.bookmarks.iter().map(|mark| html! {
                        <line class="bookmark" x1={ms(mark.at)} x2={ms(mark.at)} y1="0" y2="16"
                            vector-effect="non-scaling-stroke"><title>{ mark.text.clone() }</title></line>
                    }) }
                    { for props.bar.marks.iter().map(|mark| html! {
                        <line class={if props.bar.marks.len() > MANY_MARKS { "mark faint" } else { "mark" }} x1={ms(mark.at)} x2={ms(mark.at)} y1="0" y2="16"
                            vector-effect="non-scaling-stroke" />
                    }) }
                </svg>
                <input type="range" data-control="time" ref={props.scrub.clone()} min="0" step="any" disabled={locked} title={reason}
                    aria-label="Time of the run, in milliseconds" oninput={scrubbed} />
            </div>
            <div class="transport">
                { button(Icon::Start, reason.unwrap_or("Back to the start"), "start", locked, mean(Intent::Scrubbed(Time::ZERO))) }
                { button(Icon::Back, reason.unwrap_or("One step back (,)"), "back", locked, mean(Intent::SteppedBack)) }
                <button type="button" class="play" data-control="play"
                    aria-label={if playing { "Pause" } else { "Play" }}
                    title={if playing { "Pause (Space)" } else { "Play (Space)" }}
                    onclick={mean(Intent::ToggledPlay)}>
                    { icon(if playing { Icon::Pause } else { Icon::Play }) }
                </button>
                { button(Icon::Step, "One step on (.)", "step", false, mean(Intent::Stepped)) }
                <select class="stride" data-control="stride" aria-label="A step goes by" onchange={chose_stride}>
                    { for Stride::ALL.into_iter().map(|one| html! {
                        <option value={stride_name(one)} selected={one == stride}>{ stride_name(one) }</option>
                    }) }
                </select>
                <output class="clock" ref={props.clock.clone()} aria-label="Time"></output>
                <div class="speed">
                    <label for="speed">{ words.clone() }</label>
                    <input type="range" id="speed" data-control="speed" min="0"
                        max={(SPEEDS.len() - 1).to_string()} step="1" value={speed.to_string()}
                        aria-label="Speed: virtual time for each second" aria-valuetext={words} oninput={chose} />
                </div>
                <button type="button" class="quiet" data-control="ease" aria-pressed={if easing { "true" } else { "false" }}
                    title="Slow down when something happens" aria-label="Slow down when something happens"
                    onclick={mean(Intent::ToggledEasing)}>{ icon(Icon::Ease) }</button>
                <div class="history">
                    { button(Icon::Undo, "Undo (Ctrl Z)", "undo", !can_undo, mean(Intent::Undid)) }
                    { button(Icon::Redo, "Redo (Ctrl Y)", "redo", !can_redo, mean(Intent::Redid)) }
                </div>
            </div>
        </section>
    }
}

fn band(band: &Band) -> Html {
    let (class, y) = match band.trouble {
        Trouble::Cut => ("band cut", "1"),
        Trouble::Down => ("band down", "4.5"),
        Trouble::Paused => ("band paused", "8"),
        Trouble::Odd => ("band odd", "11.5"),
    };
    let height = "3.5";
    let width = format!("{:.3}", band.to.since(band.from).as_ms().min(1e8));
    html! {
        <rect {class} x={ms(band.from)} {width} {y} {height}><title>{ band.text.clone() }</title></rect>
    }
}
