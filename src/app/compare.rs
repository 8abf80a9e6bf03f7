//! Two configurations in lockstep, side by side: the row above the stages, the second stage, and what both come to.

mod charts;
mod second;
mod table;

use netsplit_studio::Intent;
use netsplit_studio::compare::{CompareIntent, CompareScene, Side, Sides};
use yew::prelude::*;

use crate::shared::Shared;

pub(crate) use second::Second;
pub(crate) use table::ComparePanel;

#[derive(Properties, PartialEq)]
pub(crate) struct CompareProps {
    pub(crate) scene: Shared<Option<CompareScene>>,
    pub(crate) on: Callback<Intent>,
}

/// Where a comparison begins.
pub(crate) fn compare_button(is_on: bool, on: &Callback<Intent>) -> Html {
    let begin = on.reform(move |_: MouseEvent| {
        Intent::Compare(if is_on { CompareIntent::Ended(Side::A) } else { CompareIntent::Began })
    });
    html! {
        <button type="button" class="compare-begin" data-control="compare" onclick={begin}
            aria-pressed={if is_on { "true" } else { "false" }}
            title={if is_on { "Back to one run: A stays" } else { "Put a second run beside this one: same seed, same faults, same gestures" }}>{ "Compare" }</button>
    }
}

/// The row above the stages: whom the controls are for, and the way out.
#[component]
pub(crate) fn CompareView(props: &CompareProps) -> Html {
    let Some(scene) = &*props.scene else { return html! {} };
    let mean = |intent: CompareIntent| props.on.reform(move |_: MouseEvent| Intent::Compare(intent.clone()));
    let side = |sides: Sides| {
        html! {
            <button type="button" data-control={format!("side-{}", sides.name())} onclick={mean(CompareIntent::Chose(sides))}
                aria-pressed={if scene.sides == sides { "true" } else { "false" }}>{ sides.title() }</button>
        }
    };
    html! {
        <section class="compare-bar" aria-label="Comparison" data-same={if scene.same { "true" } else { "false" }}>
            <div class="compare-sides" role="group" aria-label="Controls change">
                <span aria-hidden="true">{ "Controls change" }</span>
                { for Sides::ALL.into_iter().map(side) }
            </div>
            <p>{ format!("Gestures go to both. Panels and views show {}.", scene.shown.letter()) }
                if scene.same { <b>{ " So far they are the same run." }</b> }
            </p>
            <div class="compare-keep" role="group" aria-label="End the comparison">
                <button type="button" data-control="keep-a" title="End the comparison; A stays" onclick={mean(CompareIntent::Ended(Side::A))}>{ "Keep A" }</button>
                <button type="button" data-control="keep-b" title="End the comparison; B stays" onclick={mean(CompareIntent::Ended(Side::B))}>{ "Keep B" }</button>
            </div>
        </section>
    }
}
