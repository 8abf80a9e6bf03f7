//! Every replica's keys and log as tables that follow the playhead.

use netsplit_studio::Intent;
use netsplit_studio::data::{
    Cell, Chip, DataIntent, DataScene, Entry, Keys, LogCell, LogTable, NodeColumn, PAGE, Part,
};
use netsplit_studio::dock::DockIntent;
use netsplit_studio::selection::Selected;
use netsplit_studio::units;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct DataProps {
    pub(crate) scene: Shared<Option<DataScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn DataView(props: &DataProps) -> Html {
    let scroll = use_node_ref();
    // The logs are scrolled to the newest entry whenever there is a newer one.
    let newest = props.scene.as_ref().and_then(|scene| scene.logs.as_ref()?.rows.last().map(|row| row.index));
    {
        let scroll = scroll.clone();
        use_effect_with(newest, move |newest| {
            if let (Some(_), Some(scroll)) = (newest, scroll.cast::<Element>()) {
                scroll.set_scroll_top(scroll.scroll_height());
            }
        });
    }
    let Some(scene) = &*props.scene else { return html! {} };
    let on = &props.on;
    html! {
        <div class="data" data-part={if scene.part == Part::Keys { "keys" } else { "logs" }}>
            { controls(scene, on) }
            if let Some(keys) = &scene.keys {
                <div class="data-scroll" key="keys" tabindex="0" role="region" aria-label="Keys of every node">{ keys_table(scene, keys, on) }</div>
                { below_keys(keys) }
            }
            if let Some(logs) = &scene.logs {
                <div class="data-scroll" key="logs" tabindex="0" role="region" aria-label="Logs of every node" ref={scroll}>{ log_table(scene, logs, on) }</div>
                <p class="small">
                    { "Barred: committed. ✓ applied. ≠ not the entry that is committed there, or that others hold." }
                </p>
            }
        </div>
    }
}

fn press(on: &Callback<Intent>, intent: DataIntent) -> Callback<MouseEvent> {
    on.reform(move |_: MouseEvent| Intent::Dock(DockIntent::Data(intent.clone())))
}

fn pressed(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

fn controls(scene: &DataScene, on: &Callback<Intent>) -> Html {
    let part = |part: Part, name: &'static str, words: &'static str| {
        html! {
            <button type="button" data-control={name} aria-pressed={pressed(scene.part == part)}
                onclick={press(on, DataIntent::Showed(part))}>{ words }</button>
        }
    };
    let whose = match &scene.through {
        Some(name) => format!("through the eyes of {name}, at {}", scene.now),
        None => format!("at {}", scene.now),
    };
    html! {
        <div class="data-controls">
            if scene.has_logs {
                <span class="data-parts" role="group" aria-label="What is shown">
                    { part(Part::Keys, "data-keys", "Keys") }{ part(Part::Logs, "data-logs", "Logs") }
                </span>
            }
            if let Some(keys) = &scene.keys {
                if scene.columns.len() > 1 {
                    <button type="button" data-control="data-differing" aria-pressed={pressed(keys.only_differing)}
                        onclick={press(on, DataIntent::ToggledDiffering)}>{ "Only keys that differ" }</button>
                }
                { pages(keys, on) }
            }
            if let Some(logs) = &scene.logs {
                <span class="small" data-conflicts={logs.conflicts.to_string()}>
                    if logs.before > 0 { { format!("The latest {} entries; {} before them. ", logs.rows.len(), units::grouped(logs.before as f64)) } }
                    { match logs.conflicts { 0 => "No entries conflict.".to_owned(), 1 => "1 entry conflicts.".to_owned(), some => format!("{some} entries conflict.") } }
                </span>
            }
            <span class="small data-now">{ whose }</span>
        </div>
    }
}

fn pages(keys: &Keys, on: &Callback<Intent>) -> Html {
    if keys.listed <= PAGE {
        return html! {};
    }
    let last = (keys.listed - 1) / PAGE * PAGE;
    let turn = |to: usize, name: &'static str, words: &'static str, sign: &'static str, off: bool| {
        html! {
            <button type="button" class="quiet" data-control={name} aria-label={words} title={words} disabled={off}
                onclick={press(on, DataIntent::Turned(to))}>{ sign }</button>
        }
    };
    let go = on.reform(|event: Event| {
        let place = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        Intent::Dock(DockIntent::Data(DataIntent::Turned(if place >= 1.0 { place as usize - 1 } else { 0 })))
    });
    html! {
        <span class="data-pages" role="group" aria-label="Pages">
            { turn(0, "data-first", "First page", "«", keys.from == 0) }
            { turn(keys.from.saturating_sub(PAGE), "data-previous", "Page before", "‹", keys.from == 0) }
            <label class="small">{ "from " }<input type="number" data-control="data-from" min="1" max={keys.listed.to_string()}
                value={(keys.from + 1).to_string()} onchange={go} /></label>
            { turn(keys.from + PAGE, "data-next", "Next page", "›", keys.from >= last) }
            { turn(last, "data-last", "Last page", "»", keys.from >= last) }
        </span>
    }
}

fn head(columns: &[NodeColumn], corner: &'static str, below: &dyn Fn(usize) -> Option<String>) -> Html {
    html! {
        <thead><tr><th scope="col">{ corner }</th>
            { for columns.iter().enumerate().map(|(place, column)| html! {
                <th scope="col" data-column={column.name.clone()}>
                    <b>{ column.name.clone() }</b>{ " " }<span class="small">{ column.state.clone() }</span>
                    if column.from_disk { <span class="data-disk">{ "what its disk holds" }</span> }
                    if let Some(words) = below(place) { <span class="data-disk">{ words }</span> }
                </th>
            }) }
        </tr></thead>
    }
}

fn keys_table(scene: &DataScene, keys: &Keys, on: &Callback<Intent>) -> Html {
    if keys.rows.is_empty() {
        let words = if keys.only_differing {
            "No key differs: every copy holds what the newest one holds."
        } else {
            "Nothing was written yet. Let a client write, and the value stands here, copy by copy."
        };
        return html! { <p class="nothing">{ words }</p> };
    }
    html! {
        <table>
            { head(&scene.columns, "key", &|_| None) }
            <tbody>{ for keys.rows.iter().map(|row| html! {
                <tr key={row.key.clone()} data-key={row.key.clone()} data-differs={pressed(row.differs)}>
                    <th scope="row">{ row.key.clone() }</th>
                    { for row.cells.iter().zip(&scene.columns).map(|(cell, column)| key_cell(cell, &column.name, on)) }
                </tr>
            }) }</tbody>
        </table>
    }
}

fn key_cell(cell: &Cell, node: &str, on: &Callback<Intent>) -> Html {
    let state = cell.state;
    html! {
        <td class={classes!("data-cell", state.name(), cell.fresh.then_some("fresh"))} data-node={node.to_owned()} data-state={state.name()}
            data-fresh={pressed(cell.fresh)}>
            { for cell.chips.iter().map(|chip| self::chip(chip, on)) }
            if cell.more > 0 { <span class="small">{ format!("and {} more", cell.more) }</span> }
            if let Some((sign, word)) = state.words() { <span class="data-word"><span aria-hidden="true">{ sign }{ " " }</span>{ word }</span> }
            if cell.fresh { <span class="data-fresh"><span aria-hidden="true">{ "● " }</span>{ "new" }</span> }
            if state.name() == "not-here" { <span class="unseen">{ "not its key" }</span> }
        </td>
    }
}

fn select(on: &Callback<Intent>, op: netsplit_sim::ids::OpId) -> Callback<MouseEvent> {
    on.reform(move |_: MouseEvent| Intent::Selected(Some(Selected::Operation(op))))
}

fn chip(chip: &Chip, on: &Callback<Intent>) -> Html {
    html! {
        <button type="button" class={classes!("chip", format!("version-{}", chip.hue), chip.selected.then_some("selected"))}
            aria-current={chip.selected.then_some("true")} data-operation={chip.op.0.to_string()}
            onclick={select(on, chip.op)}>{ chip.text.clone() }</button>
    }
}

fn below_keys(keys: &Keys) -> Html {
    let all = if keys.only_differing { "keys that differ" } else { "keys" };
    let shown = match keys.rows.len() {
        0 => String::new(),
        1 if keys.listed == 1 => String::new(),
        rows if rows == keys.listed => format!("All {} {all} are shown. ", units::grouped(rows as f64)),
        rows => format!(
            "{} to {} of {} {all} are shown. ",
            units::grouped((keys.from + 1) as f64),
            units::grouped((keys.from + rows) as f64),
            units::grouped(keys.listed as f64)
        ),
    };
    html! {
        <p class="small" data-held={keys.held.to_string()} data-differing={keys.differing.to_string()} data-changed={keys.fresh.to_string()}>
            { shown }
            { match keys.differing {
                0 => "No copies differ.".to_owned(),
                1 => "1 key differs from copy to copy.".to_owned(),
                some => format!("{} keys differ from copy to copy.", units::grouped(some as f64)),
            } }
            { format!(" ● new: changed {}. Press a value to select its write.", keys.moment) }
        </p>
    }
}

fn log_table(scene: &DataScene, logs: &LogTable, on: &Callback<Intent>) -> Html {
    if logs.rows.is_empty() {
        return html! { <p class="nothing">{ "No log has an entry yet. Let a client write." }</p> };
    }
    html! {
        <table>
            { head(&scene.columns, "index", &|place| logs.states.get(place).cloned()) }
            <tbody>{ for logs.rows.iter().map(|row| html! {
                <tr key={row.index} data-index={row.index.to_string()}>
                    <th scope="row">{ row.index.to_string() }</th>
                    { for row.cells.iter().zip(&scene.columns).map(|(cell, column)| log_cell(cell, &column.name, on)) }
                </tr>
            }) }</tbody>
        </table>
    }
}

fn log_cell(cell: &LogCell, node: &str, on: &Callback<Intent>) -> Html {
    let node = node.to_owned();
    match cell {
        LogCell::Nothing => html! { <td data-node={node} data-state="nothing"></td> },
        LogCell::Compacted => {
            html! { <td data-node={node} data-state="compacted" class="small">{ "in a snapshot" }</td> }
        }
        LogCell::Entry(entry) => entry_cell(entry, node, on),
    }
}

fn entry_cell(entry: &Entry, node: String, on: &Callback<Intent>) -> Html {
    let class = classes!(
        "data-entry",
        entry.hue.map(|hue| format!("version-{hue}")),
        entry.committed.then_some("committed"),
        entry.conflicts.then_some("conflicts"),
    );
    let state = match (entry.conflicts, entry.applied, entry.committed) {
        (true, ..) => "conflicts",
        (_, true, _) => "applied",
        (_, _, true) => "committed",
        _ => "entry",
    };
    let words = html! {
        <>
            if let Some(term) = entry.term { <i>{ format!("t{term} ") }</i> }
            { entry.text.clone() }
        </>
    };
    html! {
        <td {class} data-node={node} data-state={state}>
            if let Some(op) = entry.op {
                <button type="button" class={classes!("text", entry.selected.then_some("selected"))} data-operation={op.0.to_string()}
                    aria-current={entry.selected.then_some("true")} onclick={select(on, op)}>{ words }</button>
            } else {
                <span>{ words }</span>
            }
            if entry.applied { <span class="data-applied"><span aria-hidden="true">{ " ✓" }</span><span class="unseen">{ ", applied" }</span></span> }
            if entry.committed && !entry.applied { <span class="unseen">{ ", committed" }</span> }
            if entry.conflicts { <span class="data-word"><span aria-hidden="true">{ " ≠ " }</span>{ "conflicts" }</span> }
        </td>
    }
}
