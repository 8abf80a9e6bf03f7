//! What comes over the page: the help, and notices.

use netsplit_studio::Intent;
use netsplit_studio::studio::{Notice, Tone};
use netsplit_studio::telling::Telling;
use web_sys::{HtmlDialogElement, HtmlSelectElement};
use yew::prelude::*;

use crate::icons::{Icon, icon};

#[derive(Properties, PartialEq)]
pub(crate) struct NoticesProps {
    pub(crate) notices: Vec<Notice>,
    pub(crate) on: Callback<Intent>,
}

/// Notices, each with a way to send it away.
#[component]
pub(crate) fn Notices(props: &NoticesProps) -> Html {
    html! {
        <section class="notices" aria-label="Notices">
            { for props.notices.iter().map(|notice| {
                let number = notice.number;
                let away = props.on.reform(move |_: MouseEvent| Intent::Dismissed(number));
                let tone = match notice.tone { Tone::Good => "good", Tone::Plain => "plain", Tone::Bad => "bad" };
                html! {
                    <div key={number} class={classes!("notice", tone)} data-notice={tone} role={if notice.tone == Tone::Bad { "alert" } else { "note" }}>
                        <p>{ notice.text.clone() }</p>
                        <button type="button" class="quiet" aria-label="Dismiss" onclick={away}>{ icon(Icon::Close) }</button>
                    </div>
                }
            }) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct HelpProps {
    pub(crate) open: bool,
    pub(crate) shortcuts: bool,
    pub(crate) telling: Telling,
    pub(crate) on: Callback<Intent>,
}

const KEYS: [(&str, &str); 21] = [
    ("Space", "play or pause"),
    (", .", "one step back, one step on: by event, message or operation, as chosen beside the buttons"),
    ("← →", "back and forward in time; with Shift ten times as far"),
    ("Home, End", "to the start of the run, to the furthest that it was played"),
    ("F", "fork here: keep this run, and go on with another"),
    ("B", "bookmark this moment"),
    ("P, N", "to the bookmark before, to the next"),
    ("1 … 7", "open or close a view: space-time, operations, events, data, code, charts, story"),
    ("I", "inspect what is selected"),
    ("C", "what the clients saw"),
    ("+ −, 0", "look closer, from further away, at everything"),
    ("S", "share this run"),
    ("[ ]", "slower, faster"),
    ("Ctrl Z, Ctrl Y", "undo, redo"),
    ("Tab", "into the stage: first the links, then nodes and clients"),
    ("arrows, Enter", "on the stage: move on; grab a node (Enter again drops, Esc restores); cut a link"),
    ("M", "on the stage: the menu of what has the focus"),
    ("?", "this help"),
    ("Page Down, Page Up", "while presenting: the next step or run; the one before"),
    ("B or .", "while presenting: a black wall; again, or any step, brings it back"),
    ("F5, Esc", "from the list: begin to present; while presenting: back to the lab"),
];

/// The help, as the browser's own modal dialog.
#[component]
pub(crate) fn Help(props: &HelpProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with(props.open, move |open| {
            let Some(dialog) = dialog.cast::<HtmlDialogElement>() else { return };
            if *open && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !*open && dialog.open() {
                dialog.close();
            }
        });
    }
    let close = props.on.reform(|_: MouseEvent| Intent::ToggledHelp);
    let closed = {
        let (on, open) = (props.on.clone(), props.open);
        // Escape closes it without us; the studio must learn of that.
        Callback::from(move |_: Event| {
            if open {
                on.emit(Intent::ToggledHelp);
            }
        })
    };
    let toggle = props.on.reform(|_: Event| Intent::ToggledShortcuts);
    let chose_telling = props.on.reform(|event: Event| {
        Intent::ChoseTelling(Telling::find(&event.target_unchecked_into::<HtmlSelectElement>().value()))
    });
    html! {
        <dialog class="help-dialog" ref={dialog} aria-labelledby="help-title" onclose={closed}>
            <header>
                <h2 id="help-title">{ "How to use the lab" }</h2>
                <button type="button" class="quiet" aria-label="Close" onclick={close}>{ icon(Icon::Close) }</button>
            </header>
            <p>{ "Circles are nodes: each holds a copy of the data. Diamonds are clients. What moves between \
                  them are messages, where they really are at this instant of virtual time: light in fibre \
                  needs a millisecond for 200 km." }</p>
            <ul>
                <li><b>{ "Drag" }</b>{ " a node or a client: distance is latency." }</li>
                <li><b>{ "Click" }</b>{ " a link, or swipe across several, to cut them; click again to heal." }</li>
                <li><b>{ "Right-click" }</b>{ " anything, or press long: crash, pause, isolate, lie, write, read." }</li>
                <li><b>{ "Click" }</b>{ " a message on its way: hold it, drop it, double it. Those who would rather not aim find it under “What is inside”, where a node also tells its role, its log and its keys." }</li>
                <li>{ "A crown is over a node that believes that it leads. Two crowns: a split brain, or one that has not heard." }</li>
                <li>{ "A copy has the " }<b>{ "colour" }</b>{ " of the version that it holds, a client that of the version it saw last. Two colours: two truths." }</li>
                <li>{ "A dashed diamond waits for an answer; a small cross is where a message was lost." }</li>
                <li>{ "Whatever you do becomes part of the run: scrub back, undo it, or share the run as a link." }</li>
            </ul>
            <table>
                <caption>{ "Keys" }</caption>
                <tbody>{ for KEYS.iter().map(|(key, means)| html! {
                    <tr><th scope="row"><kbd>{ *key }</kbd></th><td>{ *means }</td></tr>
                }) }</tbody>
            </table>
            <label class="check"><input type="checkbox" data-control="shortcuts" checked={props.shortcuts}
                onchange={toggle} />{ " Single-key shortcuts" }</label>
            <label class="check telling">{ "While the run plays, a screen reader is told " }
                <select data-control="telling" onchange={chose_telling}>
                    { for Telling::ALL.into_iter().map(|level| html! {
                        <option value={level.name()} selected={level == props.telling}>{ level.title() }</option>
                    }) }
                </select></label>
        </dialog>
    }
}
