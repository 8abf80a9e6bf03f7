//! What is inside a node, as it describes itself: fields, keys with their values, log, tables; and the
//! messages on their way and the moments of the run. Nothing here knows a protocol.

use netsplit_sim::frame::TableView;
use netsplit_sim::ids::NodeId;
use netsplit_studio::Intent;
use netsplit_studio::inside::{Cell, Inside, KeyRow, Log, Replica, RoleRow};
use netsplit_studio::messages::MessageRow;
use netsplit_studio::stage::Target;
use netsplit_studio::units;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::icons::{Icon, icon};
use crate::platform::element_id;
use crate::shared::Shared;
use crate::stage::glyph;

#[derive(Properties, PartialEq)]
pub(crate) struct InsideProps {
    pub(crate) inside: Shared<Option<Inside>>,
    pub(crate) on: Callback<Intent>,
}

/// The panel.
#[component]
pub(crate) fn InsidePanel(props: &InsideProps) -> Html {
    let Some(inside) = &*props.inside else { return html! {} };
    let on = &props.on;
    let choose = on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        Intent::LookedInto(chosen.parse().ok().map(NodeId))
    });
    html! {
        <div class="inside">
            <div class="control choice">
                <label for="inside-of">{ "Look into" }</label>
                <select id="inside-of" data-control="inside-of" onchange={choose}>
                    <option value="all" selected={inside.chosen.is_none()}>{ "the whole cluster" }</option>
                    { for inside.nodes.iter().enumerate().map(|(n, name)| html! {
                        <option value={n.to_string()} selected={inside.chosen == Some(NodeId(n as u16))}>
                            { name.clone() }</option>
                    }) }
                </select>
            </div>
            if !inside.roles.is_empty() {
                <ul class="roles">{ for inside.roles.iter().map(|row| role(row, on)) }</ul>
            }
            { for inside.replica.as_ref().map(|replica| self::replica(replica, on)) }
            { messages(inside, on) }
            { happened(inside, on) }
        </div>
    }
}

fn role(row: &RoleRow, on: &Callback<Intent>) -> Html {
    let node = row.node;
    html! {
        <li><button type="button" class="text" onclick={on.reform(move |_: MouseEvent| Intent::LookedInto(Some(node)))}>
            <b>{ row.name.clone() }</b>{ " " }{ crown(row.leads) }{ row.role.clone() }
            if let Some(term) = row.term { <span class="unit">{ format!(" · term {term}") }</span> }
        </button></li>
    }
}

fn crown(leads: bool) -> Html {
    if leads {
        icon(Icon::Crown)
    } else {
        html! {}
    }
}

fn replica(replica: &Replica, on: &Callback<Intent>) -> Html {
    html! {
        <>
            <p class="who" data-role={replica.role.clone()}>
                { crown(replica.leads) }<b>{ replica.name.clone() }</b>{ " is " }{ replica.role.clone() }
                if let Some(term) = replica.term { <span class="term">{ format!("term {term}") }</span> }
            </p>
            if replica.from_disk { <p class="small">{ "It is down: this is what its disk holds." }</p> }
            <dl class="fields">
                { for replica.fields.iter().map(|(name, value)| html! {
                    <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
                }) }
            </dl>
            { keys(replica, on) }
            { for replica.log.as_ref().map(|log| self::log(log, on)) }
            { for replica.tables.iter().map(table) }
        </>
    }
}

fn keys(replica: &Replica, on: &Callback<Intent>) -> Html {
    html! {
        <>
            <h3>{ "Its copy" }</h3>
            if replica.keys.is_empty() { <p class="nothing">{ "Nothing was written here." }</p> }
            <dl class="copy-of">{ for replica.keys.iter().map(|row| key(row, on)) }</dl>
            if replica.more_keys > 0 { <p class="small">{ format!("and {} more keys", replica.more_keys) }</p> }
            <div role="status">{ for replica.told.iter().map(|text| html! { <p class="told">{ text.clone() }</p> }) }</div>
        </>
    }
}

fn key(row: &KeyRow, on: &Callback<Intent>) -> Html {
    html! {
        <div data-key={row.key.clone()}>
            <dt>{ row.key.clone() }</dt>
            <dd>
                { for row.values.iter().map(|chip| {
                    let op = chip.op;
                    html! {
                        <button type="button" class={format!("chip version-{}", chip.hue)} data-value={chip.text.clone()}
                            aria-pressed={if chip.chosen { "true" } else { "false" }}
                            title="Who wrote it"
                            onclick={on.reform(move |_: MouseEvent| Intent::PointedAtWrite(op))}>{ chip.text.clone() }</button>
                    }
                }) }
                if row.more > 0 { <span class="small">{ format!("and {} more", row.more) }</span> }
            </dd>
        </div>
    }
}

fn log(log: &Log, on: &Callback<Intent>) -> Html {
    html! {
        <>
            <h3>{ "Its log" }</h3>
            <p class="small">{ log.summary.clone() }</p>
            if !log.earlier.is_empty() {
                <details>
                    <summary>{ format!("{} earlier", units::count(log.earlier.len() as u64, "entry").replace("entrys", "entries")) }</summary>
                    <ol class="log">{ for log.earlier.iter().map(|entry| cell(entry, on)) }</ol>
                </details>
            }
            <ol class="log">{ for log.cells.iter().map(|entry| cell(entry, on)) }</ol>
            if !log.elsewhere.is_empty() { <p class="small">{ log.elsewhere.join(" · ") }</p> }
            if !log.cells.is_empty() { <p class="small">{ "Filled: committed. Ticked: applied." }</p> }
        </>
    }
}

fn cell(cell: &Cell, on: &Callback<Intent>) -> Html {
    let hue = cell.hue.map(|hue| format!("version-{hue}"));
    let class = classes!(
        "cell",
        hue,
        cell.committed.then_some("committed"),
        cell.lit.then_some("lit"),
        cell.text.is_empty().then_some("free"),
    );
    let state = match (cell.applied, cell.committed) {
        (true, _) => ", committed and applied",
        (false, true) => ", committed",
        (false, false) => "",
    };
    let term = cell.term.map(|term| format!("term {term}"));
    let words = html! {
        <>
            <span class="index">{ cell.index.to_string() }if cell.applied { { " ✓" } }
                if let Some(term) = &term { <i>{ term.clone() }</i> }</span>
            <span class="says">{ cell.text.clone() }</span>
            <span class="unseen">{ state }</span>
        </>
    };
    let point = cell.op.map(|op| on.reform(move |_: MouseEvent| Intent::PointedAtWrite(op)));
    html! {
        <li>
            if let Some(onclick) = point {
                <button type="button" {class} {onclick}>{ words }</button>
            } else {
                <span {class}>{ words }</span>
            }
            { for cell.marks.iter().map(|mark| html! { <span class="points">{ "↑ " }{ mark.clone() }</span> }) }
        </li>
    }
}

fn table(table: &TableView) -> Html {
    html! {
        <div class="own-table" role="group" aria-label={table.title}>
            <h3>{ table.title }</h3>
            <p class="small">{ table.summary }</p>
            if table.rows.is_empty() { <p class="nothing">{ "None now." }</p> } else {
                <table>
                    <thead><tr>{ for table.columns.iter().map(|column| html! { <th scope="col">{ *column }</th> }) }</tr></thead>
                    <tbody>{ for table.rows.iter().map(|row| html! {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ cell.clone() }</td> }) }</tr>
                    }) }</tbody>
                </table>
            }
        </div>
    }
}

fn messages(inside: &Inside, on: &Callback<Intent>) -> Html {
    html! {
        <>
            <h3>{ "Messages on their way" }</h3>
            if inside.messages.is_empty() { <p class="nothing">{ "None at this instant." }</p> }
            <ul class="messages">{ for inside.messages.iter().map(|row| message(row, on)) }</ul>
            if inside.more_messages > 0 { <p class="small">{ format!("and {} more", inside.more_messages) }</p> }
        </>
    }
}

fn message(row: &MessageRow, on: &Callback<Intent>) -> Html {
    let target = Target::Message(row.message);
    html! {
        <li key={row.message.0}>
            <button type="button" id={element_id(target)} data-message={row.message.0.to_string()}
                data-held={if row.held { "true" } else { "false" }} aria-haspopup="dialog"
                onclick={on.reform(move |_: MouseEvent| Intent::OpenedMenu(target))}>
                { glyph(row.label) }<span><b>{ row.text.clone() }</b><i>{ row.detail.clone() }</i></span>
            </button>
        </li>
    }
}

fn happened(inside: &Inside, on: &Callback<Intent>) -> Html {
    html! {
        <>
            <h3>{ "What happened" }</h3>
            if inside.happened.is_empty() { <p class="nothing">{ "No moment worth a mark so far." }</p> }
            <ol class="happened" data-happened={inside.happened.len().to_string()}>
                { for inside.happened.iter().map(|moment| {
                    let at = moment.at;
                    html! {
                        <li><button type="button" class="text" onclick={on.reform(move |_: MouseEvent| Intent::Scrubbed(at))}>
                            <span class="mono">{ units::playhead(at) }</span>{ " " }{ moment.text.clone() }
                        </button></li>
                    }
                }) }
            </ol>
        </>
    }
}
