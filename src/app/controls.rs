//! The lab's controls: whatever the studio lists, as labelled fields. Nothing here knows a protocol.

use netsplit_sim::ids::ClientId;
use netsplit_sim::time::Time;
use netsplit_studio::Intent;
use netsplit_studio::controls::{Control, Entry, Field, Takes};
use netsplit_studio::edit::Lab;
use netsplit_studio::panels::Lamp;
use netsplit_studio::plan::PlanSheet;
use netsplit_studio::share::locks::{Lock, REASON};
use netsplit_studio::stage::Target;
use netsplit_studio::timebar::Mark;
use netsplit_studio::units;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::contract::{contract, gallery};
use crate::platform::element_id;
use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct RowProps {
    pub(crate) control: Control,
    /// The node or link that this is about; `None`: the whole run.
    #[prop_or_default]
    pub(crate) of: Option<Target>,
    /// Whether a change that needs a replay shall say so.
    #[prop_or_default]
    pub(crate) says_replay: bool,
    pub(crate) on: Callback<Intent>,
}

/// One control: label, field, slider, help.
#[component]
pub(crate) fn ControlRow(props: &RowProps) -> Html {
    let Control { name, title, help, field, takes } = &props.control;
    let id = match props.of {
        Some(target) => format!("control-{name}-{}", element_id(target)),
        None => format!("control-{name}"),
    };
    let help_id = format!("{id}-help");
    let entered = {
        let (name, of, on) = (name.clone(), props.of, props.on.clone());
        Callback::from(move |(entry, done): (Entry, bool)| {
            on.emit(match of {
                Some(target) if done => Intent::EnteredOn { on: target, control: name.clone(), entry },
                Some(_) => return,
                None => Intent::Entered { control: name.clone(), entry, done },
            });
        })
    };
    let own = props.of.is_some().then(|| name.clone());
    let data = props.of.is_none().then(|| name.clone());
    let replays = props.says_replay && *takes == Takes::FromStart;
    html! {
        <div class={classes!("control", matches!(field, Field::Choice { .. }).then_some("choice"))} data-setting={own}>
            <label for={id.clone()}>
                { title.clone() }
                if replays { <span class="replays" title="Changes from the start: the run is replayed to now">{ " ↺" }</span> }
            </label>
            { match field {
                Field::Choice { of, chosen } => choice(&id, &help_id, data, of, chosen, &entered),
                Field::Number { value, least, most, step, reach, unit } => {
                    number(&id, &help_id, data, (*value, *least, *most, *step, *reach), unit, title, &entered)
                }
            } }
            <p class="help" id={help_id}>{ help.clone() }</p>
        </div>
    }
}

fn choice(
    id: &str,
    help: &str,
    data: Option<String>,
    of: &[(String, String)],
    chosen: &str,
    entered: &Callback<(Entry, bool)>,
) -> Html {
    let onchange = entered.reform(|event: Event| {
        (Entry::Choice(event.target_unchecked_into::<HtmlSelectElement>().value()), true)
    });
    html! {
        <select id={id.to_owned()} data-control={data} aria-describedby={help.to_owned()} {onchange}>
            { for of.iter().map(|(id, title)| html! {
                <option value={id.clone()} selected={id == chosen}>{ title.clone() }</option>
            }) }
        </select>
    }
}

#[allow(clippy::too_many_arguments)] // The parts of one field, used in one place.
fn number(
    id: &str,
    help: &str,
    data: Option<String>,
    (value, least, most, step, reach): (f64, f64, f64, f64, f64),
    unit: &'static str,
    title: &str,
    entered: &Callback<(Entry, bool)>,
) -> Html {
    let read = |event: &Event| event.target_unchecked_into::<HtmlInputElement>().value_as_number();
    let typed = entered.reform(move |event: Event| (Entry::Number(read(&event)), true));
    let dragged = entered.reform(|event: InputEvent| {
        (Entry::Number(event.target_unchecked_into::<HtmlInputElement>().value_as_number()), false)
    });
    let let_go = typed.clone();
    let text = format!("{}", libm_round(value));
    html! {
        <>
            <span class="number">
                <input type="number" id={id.to_owned()} data-control={data} aria-describedby={help.to_owned()}
                    min={plain(least)} max={plain(most)} step="any" value={text.clone()} onchange={typed}
                    data-step={plain(step)} />
                if !unit.is_empty() { <span class="unit">{ unit }</span> }
            </span>
            if reach > least {
                <input type="range" min={plain(least)} max={plain(reach)} step={slider_step(least, step, reach)}
                    value={text} aria-label={format!("{title}, slider")} tabindex="-1"
                    oninput={dragged} onchange={let_go} />
            }
        </>
    }
}

/// A slider's steps begin at its least value; a fine step keeps round numbers in reach.
fn slider_step(least: f64, step: f64, reach: f64) -> String {
    if (least / step).fract().abs() > 1e-9 || reach - least < step { "any".to_owned() } else { plain(step) }
}

fn plain(value: f64) -> String {
    format!("{value}")
}

/// Six decimals are more than any control means; floating-point dust is not shown.
fn libm_round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[derive(Properties, PartialEq)]
pub(crate) struct LabProps {
    pub(crate) lab: Shared<Lab>,
    pub(crate) lamps: Shared<Vec<Lamp>>,
    pub(crate) marks: Shared<Vec<Mark>>,
    pub(crate) on: Callback<Intent>,
}

/// The lab's left column.
#[component]
pub(crate) fn LabControls(props: &LabProps) -> Html {
    let lab = &props.lab;
    let on = &props.on;
    let explained = use_state(|| false);
    let toggle = {
        let explained = explained.clone();
        Callback::from(move |_: MouseEvent| explained.set(!*explained))
    };
    let example = on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        Intent::ChoseExample(chosen.parse().unwrap_or(0))
    });
    let row = |control: &Control| {
        html! {
            <ControlRow key={control.name.clone()} control={control.clone()} says_replay={!lab.at_start} on={on.clone()} />
        }
    };
    let locked = |lock: Lock| lab.locked.contains(&lock);
    let why = |lock: Lock| {
        if locked(lock) {
            html! { <p class="small locked-why">{ REASON }{ "." }</p> }
        } else {
            html! {}
        }
    };
    html! {
        <section class={classes!("controls", explained.then_some("explained"))} aria-label="Set up the run">
            <div class="try">
                <label class="kicker" for="example">{ "Try" }</label>
                <select id="example" class="example" data-control="example" onchange={example}>
                    if lab.example.is_none() { <option value="" selected=true>{ title_of(lab) }</option> }
                    { for lab.examples.iter().enumerate().map(|(number, title)| html! {
                        <option value={number.to_string()} selected={lab.example == Some(number)}>{ *title }</option>
                    }) }
                </select>
                <p class="note">{ lab.note.clone() }</p>
            </div>
            <fieldset class="lockable" disabled={locked(Lock::Protocol)}>
            { why(Lock::Protocol) }
            <section class="group splitting">
                { row(&lab.split.scheme) }
                <p class="small">{ lab.split.summary.clone() }
                    if !lab.split.paper.is_empty() { <>{ " " }<i>{ lab.split.paper }</i></> }</p>
                if !lab.split.parameters.is_empty() {
                    <details>
                        <summary>{ "Copies, moves, routing" }</summary>
                        { for lab.split.parameters.iter().map(row) }
                    </details>
                }
            </section>
            <section class="group">
                { gallery(lab, on) }
                <div class="parameters">{ for lab.parameters.iter().map(row) }</div>
                { contract(lab, &props.lamps) }
            </section>
            </fieldset>
            <div class="explain">
                <p>{ if lab.at_start {
                    "The run stands at its start: what you change belongs to the scenario."
                } else {
                    "What you change takes effect now; what is marked ↺ changes the run from its start and replays it."
                } }</p>
                <button type="button" class="text" aria-pressed={if *explained { "true" } else { "false" }}
                    onclick={toggle}>{ if *explained { "Hide explanations" } else { "Explain each" } }</button>
            </div>
            <fieldset class="lockable" disabled={locked(Lock::Protocol)}>
            <details class="group" open=true>
                <summary>{ lab.sections.first().map_or("", |section| section.title) }</summary>
                { for lab.sections.iter().take(1).flat_map(|section| section.controls.iter().map(row)) }
                { for lab.sections.first().map(|section| html! { <p class="small">{ section.note.clone() }</p> }) }
            </details>
            </fieldset>
            <details class="group">
                <summary>{ "Clients" }</summary>
                { client_picker(lab, on) }
                { why(Lock::Workload) }
                <fieldset class="lockable" disabled={locked(Lock::Workload)}>
                    { for lab.workload.iter().map(row) }
                    { refused(lab, lab.refused.iter().map(row).collect()) }
                </fieldset>
            </details>
            <fieldset class="lockable" disabled={locked(Lock::Faults)}>
            { plan(&lab.plan, why(Lock::Faults), [&lab.plan.controls, &lab.plan.wear].map(|controls| controls.iter().map(row).collect()), on) }
            </fieldset>
            <fieldset class="lockable" disabled={locked(Lock::Protocol)}>
            { for lab.sections.iter().skip(1).map(|section| html! {
                <details class="group">
                    <summary>{ section.title }</summary>
                    { for section.controls.iter().map(row) }
                </details>
            }) }
            </fieldset>
            <fieldset class="lockable" disabled={locked(Lock::Time)}>{ script(&props.marks, on) }</fieldset>
        </section>
    }
}

fn title_of(lab: &Lab) -> String {
    if lab.title.is_empty() { "A run from a link".to_owned() } else { lab.title.clone() }
}

/// The kinds of operation that the protocol refuses, folded, and why.
fn refused(lab: &Lab, rows: Html) -> Html {
    if lab.refused.is_empty() {
        return html! {};
    }
    let (why, asked) = &lab.refusal;
    let names: Vec<String> = lab.refused.iter().map(|control| control.title.to_lowercase()).collect();
    html! {
        <details class="refused">
            <summary>{ format!("Refused: {}", names.join(", ")) }</summary>
            <p class={classes!("small", asked.then_some("warns"))}>{ why.clone() }</p>
            { rows }
        </details>
    }
}

/// The form of random faults.
fn plan(plan: &PlanSheet, why: Html, [rows, wear]: [Html; 2], on: &Callback<Intent>) -> Html {
    let wears = on.reform(|_: MouseEvent| Intent::AddedWear);
    let add = on.reform(|_: MouseEvent| Intent::AddedFaults);
    html! {
        <details class="group plan">
            <summary>{ "Random faults" }</summary>
            { why }
            <fieldset>
                <legend class="kicker">{ "Kinds" }</legend>
                { for plan.kinds.iter().map(|kind| {
                    let fault = kind.fault;
                    html! {
                        <label class="check">
                            <input type="checkbox" data-fault={fault.id()} checked={kind.chosen}
                                onchange={on.reform(move |_: Event| Intent::ToggledFault(fault))} />
                            <span>{ fault.title() }
                                if kind.outside { <span class="unit">{ " · not considered" }</span> }</span>
                        </label>
                    }
                }) }
            </fieldset>
            { rows }
            <p class="small" role="status">{ plan.comes_to.clone() }</p>
            <button type="button" data-control="add-faults" disabled={!plan.ready} onclick={add}>
                { "Add these faults" }</button>
            <h4 class="kicker">{ "Or crashes by wear, on every node" }</h4>
            { wear }
            <p class="small">{ plan.wear_comes_to.clone() }</p>
            <button type="button" data-control="add-wear" onclick={wears}>{ "Add crashes and repairs" }</button>
        </details>
    }
}

fn client_picker(lab: &Lab, on: &Callback<Intent>) -> Html {
    let choose = on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        Intent::ChoseClient(chosen.parse().ok().map(ClientId))
    });
    html! {
        <div class="control choice">
            <label for="workload-of">{ "For" }</label>
            <select id="workload-of" data-control="client" onchange={choose}>
                <option value="all" selected={lab.workload_of.is_none()}>{ "all clients" }</option>
                { for lab.clients.iter().enumerate().map(|(number, name)| html! {
                    <option value={number.to_string()}
                        selected={lab.workload_of == Some(ClientId(number as u16))}>{ name.clone() }</option>
                }) }
            </select>
        </div>
    }
}

/// What was done, as a list: the time bar's marks for those who can't see or hit them.
fn script(marks: &[Mark], on: &Callback<Intent>) -> Html {
    if marks.is_empty() {
        return html! {};
    }
    let go = |at: Time| on.reform(move |_: MouseEvent| Intent::Scrubbed(at));
    html! {
        <details class="group script">
            <summary>{ format!("What was done ({})", marks.len()) }</summary>
            <ol>
                { for marks.iter().map(|mark| html! {
                    <li><button type="button" class="text" onclick={go(mark.at)}>
                        <span class="mono">{ units::playhead(mark.at) }</span>{ " " }{ mark.text.clone() }
                    </button></li>
                }) }
            </ol>
        </details>
    }
}
