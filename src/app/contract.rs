//! The protocols to choose from, and the chosen one's contract as a table of promises. Nothing here knows a
//! protocol.

use netsplit_studio::Intent;
use netsplit_studio::contract::{FaultRow, Pick};
use netsplit_studio::edit::Lab;
use netsplit_studio::panels::Lamp;
use yew::prelude::*;

/// The chosen protocol, and on request all of them as cards.
pub(crate) fn gallery(lab: &Lab, on: &Callback<Intent>) -> Html {
    let toggle = on.reform(|_: MouseEvent| Intent::ToggledGallery);
    let chosen = lab.gallery.iter().find(|pick| pick.chosen);
    html! {
        <div class="gallery" id="protocol" tabindex="-1" role="group" aria-label="Protocol">
            <header>
                <div>
                    <p class="kicker">{ "Protocol" }</p>
                    <h2 data-protocol-chosen={chosen.map(|pick| pick.id)}>{ chosen.map_or("", |pick| pick.title) }</h2>
                </div>
                <button type="button" data-control="protocol" onclick={toggle}
                    aria-expanded={if lab.choosing { "true" } else { "false" }} aria-controls="protocols">
                    { if lab.choosing { "Keep it" } else { "Choose another" } }
                </button>
            </header>
            if lab.choosing {
                <p class="small">{ "The same cluster, clients, faults and seed meet the protocol that you choose." }</p>
                <ul id="protocols">{ for lab.gallery.iter().map(|pick| card(pick, on)) }</ul>
            } else if let Some(pick) = chosen {
                <p class="summary">{ pick.summary }</p>
                <p class="small paper">{ "After " }{ pick.paper }</p>
            }
        </div>
    }
}

fn card(pick: &Pick, on: &Callback<Intent>) -> Html {
    let id = pick.id;
    let choose = on.reform(move |_: MouseEvent| Intent::ChoseProtocol(id));
    html! {
        <li key={id}>
            <button type="button" class="pick" data-protocol={id} onclick={choose}
                aria-pressed={if pick.chosen { "true" } else { "false" }}>
                <span class="head"><b>{ pick.title }</b><i>{ pick.consistency }</i></span>
                <span>{ pick.summary }</span>
                <span class="paper">{ pick.paper }</span>
            </button>
        </li>
    }
}

/// The contract: what is promised and whether it held so far, who must be up, and what each fault does.
pub(crate) fn contract(lab: &Lab, lamps: &[Lamp]) -> Html {
    let table = &lab.contract;
    let (model, meaning) = table.consistency;
    html! {
        <section class="contract" aria-label="Contract">
            <h3>{ "What it promises" }</h3>
            <dl>
                <div><dt>{ "Consistency" }</dt><dd data-contract="consistency"><b>{ model }</b>{ ". " }{ meaning }</dd></div>
                <div><dt>{ "Durability" }</dt><dd data-contract="durability">{ table.durability }</dd></div>
                <div><dt>{ "Up for a read" }</dt><dd data-contract="reads">{ table.reads.clone() }</dd></div>
                <div><dt>{ "Up for a write" }</dt><dd data-contract="writes">{ table.writes.clone() }</dd></div>
            </dl>
            <table class="promises">
                <thead><tr><th scope="col">{ "Promise" }</th><th scope="col">{ "Made" }</th>
                    <th scope="col">{ "So far" }</th></tr></thead>
                <tbody>{ for lamps.iter().map(promise) }</tbody>
            </table>
            <details>
                <summary>{ survived(&table.faults) }</summary>
                <ul class="faults">{ for table.faults.iter().map(fault) }</ul>
            </details>
        </section>
    }
}

fn promise(lamp: &Lamp) -> Html {
    html! {
        <tr class={classes!(lamp.state, lamp.promised.then_some("made"))} data-promise={lamp.name}
            title={lamp.explanation}>
            <th scope="row">{ lamp.title }</th>
            <td>{ if lamp.promised { "yes" } else { "no" } }</td>
            <td class="so-far">{ lamp.state }</td>
        </tr>
    }
}

/// The heading of the faults: how many are survived, before they are unfolded.
fn survived(faults: &[FaultRow]) -> String {
    let count = |state| faults.iter().filter(|row| row.state == state).count();
    let bounded = match count("some") {
        0 => String::new(),
        some => format!(", {some} within a bound"),
    };
    format!("Faults: {} survived{bounded}, {} not considered", count("any"), count("none"))
}

fn fault(row: &FaultRow) -> Html {
    html! {
        <li class={row.state} data-fault-row={row.id}>
            <p class="head"><b>{ row.title }</b><i>{ row.survives.clone() }</i></p>
            <p>{ row.then }</p>
        </li>
    }
}
