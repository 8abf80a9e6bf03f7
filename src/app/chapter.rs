//! The chapter view's column: a lesson, one step at a time; the stage beside it is the lab's.

use gloo::utils::document;
use netsplit_studio::Intent;
use netsplit_studio::chapter::Wish;
use netsplit_studio::sheet::{Card, Listed, Paragraph, Piece, Prediction, Sheet, State};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::plot::figure;
use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct ChapterProps {
    pub(crate) sheet: Shared<Option<Sheet>>,
    pub(crate) on: Callback<Intent>,
}

/// The lesson that is open.
#[component]
pub(crate) fn ChapterColumn(props: &ChapterProps) -> Html {
    let newest = use_node_ref();
    {
        // What the reader should do next comes into view, but nothing moves before they did something.
        let newest = newest.clone();
        let place = props.sheet.as_ref().map(|sheet| {
            let last = sheet.steps.last().map(|card| card.outcome.is_some());
            (sheet.number.clone(), sheet.steps.len(), last, sheet.meaning.is_some())
        });
        use_effect_with(place, move |place| {
            let begun = place.as_ref().is_some_and(|(_, steps, _, _)| *steps > 0);
            if let Some(element) = newest.cast::<HtmlElement>().filter(|_| begun) {
                element.scroll_into_view_with_bool(false);
                // The button that was pressed is gone, and the focus with it: it goes on where the reader does.
                let lost = document().active_element().is_none_or(|active| active.tag_name() == "BODY");
                if lost {
                    let _ = element.focus();
                }
            }
        });
    }
    let Some(sheet) = &*props.sheet else {
        return html! {
            <section class="controls chapter" aria-label="Chapter">
                <p>{ "There is no lesson here. " }<a href="#/lab">{ "Go to the lab" }</a>{ "." }</p>
            </section>
        };
    };
    let on = &props.on;
    let start_over = on.reform(|_: MouseEvent| Intent::Wished(Wish::StartOver));
    html! {
        <section class="controls chapter" aria-label="Chapter 1" data-lesson={sheet.number.clone()}>
            { contents(&sheet.list) }
            <h2 class="lesson"><span class="number">{ sheet.number.clone() }</span>{ " " }{ sheet.title.clone() }</h2>
            { paragraphs(&sheet.intro) }
            <Predict key={sheet.number.clone()} sheet={props.sheet.clone()} on={on.clone()} />
            { steps(sheet, &newest, on) }
            <section class="step" data-step="meaning" data-state={if sheet.meaning.is_some() { "shown" } else { "hidden" }}>
                if let Some(meaning) = &sheet.meaning {
                    <h3>{ "What it means" }</h3>
                    { paragraphs(meaning) }
                    <p class="book">{ "In the book: " }
                        <a href={sheet.section.1.clone()} target="_blank" rel="noopener noreferrer">{ sheet.section.0.clone() }</a>
                    </p>
                }
            </section>
            if !sheet.on_course {
                <p class="hint" role="status">
                    { "The stage shows another run now, and this lesson can’t measure it. Undo, or start over." }
                </p>
            }
            <footer tabindex="-1" ref={sheet.meaning.as_ref().map(|_| newest.clone()).unwrap_or_default()}>
                <div class="ways">
                    <a class="button" href="#/lab" data-control="open-in-lab">{ "Open in the lab" }</a>
                    <button type="button" data-control="start-over" onclick={start_over}>{ "Start over" }</button>
                </div>
                <nav aria-label="Experiments">
                    { neighbour(sheet.previous.as_ref(), "lesson-previous", "◀ ", "") }
                    { neighbour(sheet.next.as_ref(), "lesson-next", "", " ▶") }
                </nav>
            </footer>
        </section>
    }
}

/// The chapter's lessons.
fn contents(list: &[Listed]) -> Html {
    let finished = list.iter().filter(|listed| listed.finished).count();
    html! {
        <details class="contents" data-control="contents">
            <summary>{ format!("Chapter 1: {} experiments, {finished} done", list.len()) }</summary>
            <ol>
                { for list.iter().map(|listed| html! {
                    <li class={classes!(listed.finished.then_some("finished"))}>
                        <a href={listed.address.clone()} aria-current={listed.current.then_some("page")}>
                            <span class="number">{ listed.number.clone() }</span>{ " " }{ listed.title.clone() }
                        </a>
                        if listed.finished {
                            <span class="done">{ " ✓ done" }</span>
                        }
                    </li>
                }) }
            </ol>
        </details>
    }
}

fn neighbour(listed: Option<&Listed>, control: &'static str, before: &str, after: &str) -> Html {
    match listed {
        Some(listed) => html! {
            <a href={listed.address.clone()} data-control={control} title={listed.title.clone()}
                aria-label={format!("{} {}", listed.number, listed.title)}>
                { format!("{before}{}{after}", listed.number) }
            </a>
        },
        None => html! { <span></span> },
    }
}

/// The question. A choice is only a prediction once it is confirmed, so that the arrow keys, which move
/// through the answers and choose each on the way, predict nothing by accident.
#[component]
fn Predict(props: &ChapterProps) -> Html {
    let chosen = use_state(|| None::<String>);
    let Some(sheet) = &*props.sheet else { return Html::default() };
    let open = sheet.prediction == Prediction::Open;
    let state = match sheet.prediction {
        Prediction::Open => "open",
        Prediction::Answered => "answered",
        Prediction::Judged => "judged",
    };
    let confirm = {
        let (on, chosen) = (props.on.clone(), chosen.clone());
        Callback::from(move |_: MouseEvent| {
            on.emit(Intent::Wished(Wish::Predicted((*chosen).clone())));
        })
    };
    let skip = props.on.reform(|_: MouseEvent| Intent::Wished(Wish::Predicted(None)));
    let choose = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            chosen.set(Some(event.target_unchecked_into::<HtmlInputElement>().value()));
        })
    };
    html! {
        <section class="step" data-step="predict" data-state={state}>
            <h3>{ "Predict" }</h3>
            <fieldset disabled={!open}>
                <legend>{ sheet.question.clone() }</legend>
                { for sheet.options.iter().map(|option| {
                    let is_chosen = if open { chosen.as_deref() == Some(option.id.as_str()) } else { option.chosen };
                    let mark = match option.right {
                        Some(true) => Some("right"),
                        Some(false) => Some("wrong"),
                        None => None,
                    };
                    html! {
                        <label class="answer" data-right={mark}>
                            <input type="radio" name="predict" value={option.id.clone()} checked={is_chosen}
                                data-predict={option.id.clone()} onchange={choose.clone()} />
                            <span>{ option.text.clone() }
                                if option.right == Some(true) { { " " }<b>{ "← what the run showed" }</b> }
                            </span>
                        </label>
                    }
                }) }
            </fieldset>
            if open {
                <div class="ways">
                    <button type="button" class="primary" data-control="predict" disabled={chosen.is_none()}
                        onclick={confirm}>{ "That is my prediction" }</button>
                    <button type="button" class="quiet" data-control="predict-skip" onclick={skip}>
                        { "No idea, show me" }
                    </button>
                </div>
            }
        </section>
    }
}

/// The steps that are open, and the chart between what was done and what to do next, where both are seen.
fn steps(sheet: &Sheet, newest: &NodeRef, on: &Callback<Intent>) -> Html {
    let last = sheet.steps.len().saturating_sub(1);
    let card = |(place, card): (usize, &Card)| {
        let is_newest = place == last && sheet.meaning.is_none();
        step(card, place, sheet, if is_newest { newest.clone() } else { NodeRef::default() }, on)
    };
    let mut parts: Vec<Html> = sheet.steps.iter().enumerate().map(card).collect();
    if let Some(plot) = &sheet.plot {
        parts.insert(
            plot.below.min(parts.len()),
            figure(plot, &sheet.number, "Points appear as you run the steps"),
        );
    }
    parts.into_iter().collect()
}

fn step(card: &Card, place: usize, sheet: &Sheet, place_ref: NodeRef, on: &Callback<Intent>) -> Html {
    let of = sheet.step_count;
    let (state, watched) = match card.state {
        State::Later | State::Now => ("now", 0.0),
        State::Watching(share) => ("watching", share),
        State::Over => ("over", 1.0),
    };
    let id = card.id.clone();
    let do_for_me = on.reform(move |_: MouseEvent| Intent::Wished(Wish::DoForMe(id.clone())));
    html! {
        <section key={card.id.clone()} class="step" ref={place_ref} tabindex="-1" data-step="do" data-id={card.id.clone()} data-state={state}>
            <h3>{ format!("Do, {} of {of}", place + 1) }
                if state == "over" { <span class="done">{ " ✓ done" }</span> }
            </h3>
            { paragraphs(&card.text) }
            if state == "now" {
                <button type="button" class="primary" data-control="do-for-me" onclick={do_for_me}>
                    { card.button.clone() }
                </button>
            } else if state == "watching" && !sheet.playing {
                <button type="button" class="primary" data-control="play-on"
                    onclick={on.reform(|_: MouseEvent| Intent::ToggledPlay)}>{ "Play, and watch" }</button>
            } else if state == "watching" {
                <label class="watching">{ "Watch the stage …" }
                    <progress max="1" value={format!("{watched:.3}")}></progress>
                </label>
            }
            if let Some(outcome) = &card.outcome {
                <div class="outcome" data-step="outcome" data-id={card.id.clone()}
                    data-state={if state == "over" { "shown" } else { "live" }}>
                    <h4>{ if state == "over" { "You saw" } else { "You see" } }</h4>
                    { paragraphs(outcome) }
                </div>
            }
            if let Some(judgement) = &card.judgement {
                <p class="judgement" data-step="judgement" role="status">{ judgement.clone() }</p>
            }
        </section>
    }
}

/// Prose; points that follow each other make a list.
fn paragraphs(paragraphs: &[Paragraph]) -> Html {
    let runs = paragraphs.chunk_by(|a, b| a.point && b.point);
    html! {
        { for runs.map(|run| {
            if run[0].point {
                html! { <ul>{ for run.iter().map(|point| html! { <li>{ pieces(point) }</li> }) }</ul> }
            } else {
                html! { <p>{ pieces(&run[0]) }</p> }
            }
        }) }
    }
}

fn pieces(paragraph: &Paragraph) -> Html {
    paragraph
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => html! { { text.clone() } },
            Piece::Strong(text) => html! { <strong>{ text.clone() }</strong> },
            Piece::Emphasis(text) => html! { <em>{ text.clone() }</em> },
            Piece::Code(text) => html! { <code>{ text.clone() }</code> },
            Piece::Link(text, to) => html! {
                <a href={to.clone()} target="_blank" rel="noopener noreferrer">{ text.clone() }</a>
            },
            Piece::Measured(text, name) => {
                html! { <span class="measured" data-outcome={name.clone()}>{ text.clone() }</span> }
            }
        })
        .collect()
}
