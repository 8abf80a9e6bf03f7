//! The panel of many runs: a form, how far it is, and the chart.

use netsplit_studio::Intent;
use netsplit_studio::desk::DeskIntent;
use netsplit_studio::sweeping::{Field, SweepIntent, SweepPanel};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::plot;
use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct RunsProps {
    pub(crate) panel: Shared<Option<SweepPanel>>,
    pub(crate) on: Callback<Intent>,
}

fn mean(on: &Callback<Intent>, intent: SweepIntent) -> Callback<MouseEvent> {
    on.reform(move |_| Intent::Desk(DeskIntent::Sweep(intent.clone())))
}

/// The panel of many runs.
#[component]
pub(crate) fn RunsPanel(props: &RunsProps) -> Html {
    let Some(panel) = &*props.panel else { return Html::default() };
    let on = &props.on;
    let submit = {
        let on = on.clone();
        let running = panel.running;
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !running {
                on.emit(Intent::Desk(DeskIntent::Sweep(SweepIntent::Began)));
            }
        })
    };
    let share = if panel.of == 0 { 0.0 } else { panel.done as f64 };
    html! {
        <section class="runs" data-running={panel.running.to_string()} data-done={panel.done.to_string()} data-of={panel.of.to_string()}>
            <p class="small">{ "Play this very run, with its script, again and again: one thing turned to several values, and each value with several seeds." }</p>
            <form onsubmit={submit}>
                { select(on, Field::Knob, "Turn", &panel.knobs, &panel.knob, None) }
                { text(on, Field::Values, "to the values", &panel.values, &panel.values_help) }
                { select(on, Field::Second, "and, as lines of their own,", &panel.knobs, &panel.second, Some("nothing else")) }
                if !panel.second.is_empty() {
                    { text(on, Field::SecondValues, "to the values", &panel.second_values, "Up to four") }
                }
                { select(on, Field::Measure, "and measure", &panel.measures, &panel.measure, None) }
                <div class="pair">
                    { text(on, Field::Seeds, "Seeds", &panel.seeds, "More seeds, narrower intervals") }
                    { text(on, Field::Seconds, "Seconds a run", &panel.seconds, "In virtual time") }
                </div>
                <p class="buttons">
                    if panel.running {
                        <button type="button" data-control="sweep-stop" onclick={mean(on, SweepIntent::Stopped)}>{ "Stop" }</button>
                    } else {
                        <button type="submit" class="primary" data-control="sweep-run">{ "Run" }</button>
                    }
                    if panel.done > 0 && !panel.running {
                        <button type="button" class="text" data-control="sweep-csv" onclick={mean(on, SweepIntent::Saved)}>{ "Save as CSV" }</button>
                    }
                </p>
            </form>
            if !panel.problem.is_empty() { <p class="problem" role="alert">{ panel.problem.clone() }</p> }
            if panel.of > 0 {
                <progress max={panel.of.to_string()} value={share.to_string()} aria-label="Runs done"></progress>
                <p class="small" data-control="sweep-status">{ panel.status.clone() }</p>
            }
            if let Some(plot) = &panel.plot { { plot::figure(plot, "runs", "Points appear as runs end") } }
        </section>
    }
}

fn enter(on: &Callback<Intent>, field: Field) -> impl Fn(String) + 'static {
    let on = on.clone();
    move |text| on.emit(Intent::Desk(DeskIntent::Sweep(SweepIntent::Entered(field, text))))
}

fn select(
    on: &Callback<Intent>,
    field: Field,
    label: &'static str,
    of: &[(String, String)],
    chosen: &str,
    none: Option<&'static str>,
) -> Html {
    let enter = enter(on, field);
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            enter(select.value());
        }
    });
    html! {
        <label class="field"><span>{ label }</span>
            <select data-control={field.name()} {onchange}>
                if let Some(none) = none { <option value="" selected={chosen.is_empty()}>{ none }</option> }
                { for of.iter().map(|(name, title)| html! {
                    <option value={name.clone()} selected={name == chosen}>{ title.clone() }</option>
                }) }
            </select>
        </label>
    }
}

fn text(on: &Callback<Intent>, field: Field, label: &'static str, value: &str, help: &str) -> Html {
    let enter = enter(on, field);
    let onchange = Callback::from(move |event: Event| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            enter(input.value());
        }
    });
    html! {
        <label class="field"><span>{ label }</span>
            <input type="text" data-control={field.name()} value={value.to_owned()} title={help.to_owned()} autocomplete="off" {onchange} />
            if !help.is_empty() { <span class="small help">{ help.to_owned() }</span> }
        </label>
    }
}
