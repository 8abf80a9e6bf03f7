//! The page “How do we know?”: figures of the literature beside what this browser measures.

use netsplit_studio::Intent;
use netsplit_studio::desk::DeskIntent;
use netsplit_studio::evidence::{EvidenceGroup, EvidenceIntent, EvidencePage, EvidenceRow};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct EvidenceProps {
    pub(crate) page: Shared<Option<EvidencePage>>,
    pub(crate) on: Callback<Intent>,
}

fn mean(on: &Callback<Intent>, intent: EvidenceIntent) -> Callback<MouseEvent> {
    on.reform(move |_| Intent::Desk(DeskIntent::Evidence(intent.clone())))
}

/// The page.
#[component]
pub(crate) fn EvidenceView(props: &EvidenceProps) -> Html {
    let Some(page) = &*props.page else { return Html::default() };
    let on = &props.on;
    let full = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                on.emit(Intent::Desk(DeskIntent::Evidence(EvidenceIntent::ChoseFull(input.checked()))));
            }
        })
    };
    let measured = page.groups.iter().any(|group| !group.rows.is_empty());
    html! {
        <main class="page evidence">
            <h2>{ "How do we know?" }</h2>
            <p>{ "A simulator can show anything. So here is what others published, and what the code of this page measures when it is \
                  given the same question. The numbers are not stored: press a button and your own browser works them out." }</p>
            <p class="buttons">
                if page.busy {
                    <button type="button" data-control="evidence-stop" onclick={mean(on, EvidenceIntent::Stopped)}>{ "Stop" }</button>
                } else {
                    <button type="button" class="primary" data-control="evidence-all" onclick={mean(on, EvidenceIntent::MeasuredAll)}>{ "Measure everything" }</button>
                }
                <label class="check"><input type="checkbox" data-control="evidence-full" checked={page.full} onchange={full} />
                    { " with as many trials as our tests take (minutes)" }</label>
                if measured {
                    <button type="button" class="text" data-control="evidence-csv" onclick={mean(on, EvidenceIntent::Saved)}>{ "Save as CSV" }</button>
                }
            </p>
            <p role="status" class="small">{ page.summary.clone() }</p>
            { for page.groups.iter().map(|group| self::group(group, on)) }
            <p class="small">{ "The same on the command line: " }<code>{ "netsplit figures --full" }</code></p>
        </main>
    }
}

fn group(group: &EvidenceGroup, on: &Callback<Intent>) -> Html {
    let measure = mean(on, EvidenceIntent::Measured(group.id.to_owned()));
    let (words, idle) = match group.state {
        "busy" => ("measuring …", false),
        "waiting" => ("waits for its turn", false),
        "done" => ("Measure again", true),
        _ => ("Measure", true),
    };
    html! {
        <section class="evidence-group" key={group.id} data-group={group.id} data-state={group.state}>
            <header>
                <h3>{ group.title }</h3>
                <button type="button" disabled={!idle} onclick={measure}>{ words }</button>
            </header>
            <p>{ group.about }</p>
            <p class="small">{ group.source }</p>
            if !group.rows.is_empty() {
                <div class="scroll" tabindex="0" role="region" aria-label={format!("{}, figures", group.title)}>
                <table>
                    <thead><tr><th scope="col">{ "Figure" }</th><th scope="col">{ "measured" }</th><th scope="col">{ "published" }</th>
                        <th scope="col">{ "difference" }</th><th scope="col"><span class="unseen">{ "Agrees" }</span></th></tr></thead>
                    <tbody>{ for group.rows.iter().map(row) }</tbody>
                </table>
                </div>
            }
        </section>
    }
}

fn row(row: &EvidenceRow) -> Html {
    html! {
        <tr data-agrees={row.agrees.to_string()}>
            <th scope="row">{ row.what.clone() }
                if !row.note.is_empty() { <span class="small note">{ row.note.clone() }</span> }
            </th>
            <td>{ row.measured.clone() }</td><td>{ row.published.clone() }</td><td>{ row.difference.clone() }</td>
            <td class={if row.agrees { "good" } else { "bad" }}>{ if row.agrees { "agrees" } else { "differs" } }</td>
        </tr>
    }
}
