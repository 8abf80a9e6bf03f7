//! The space-time diagram (Lamport, 1978): a line for every node and client, an arrow for every message. The picture is painted
//! on a canvas, at every frame while the run plays; what it shows is told in words beside it.

mod paint;

use netsplit_studio::Intent;
use netsplit_studio::dock::DockIntent;
use netsplit_studio::spacetime::picture::{Picture, Role};
use netsplit_studio::spacetime::{SpaceTimeIntent, SpaceTimeScene, Walk};
use yew::prelude::*;

use crate::hand::{Hand, use_hand, window_buttons, window_key};
use crate::shared::Shared;

pub(crate) use self::paint::Diagram;

/// The id of the canvas.
const CANVAS: &str = "spacetime-canvas";

#[derive(Properties, PartialEq)]
pub(crate) struct SpaceTimeProps {
    pub(crate) scene: Shared<Option<SpaceTimeScene>>,
    pub(crate) on: Callback<Intent>,
}

fn meant(on: &Callback<Intent>) -> Callback<SpaceTimeIntent> {
    on.reform(|intent| Intent::Dock(DockIntent::SpaceTime(intent)))
}

/// What a key means on the diagram.
fn key(event: &KeyboardEvent, scene: &SpaceTimeScene) -> Option<Intent> {
    let own = |intent| Some(Intent::Dock(DockIntent::SpaceTime(intent)));
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    if let Some(intent) = window_key(event) {
        return own(SpaceTimeIntent::Window(intent));
    }
    match event.key().as_str() {
        "ArrowLeft" => own(SpaceTimeIntent::Walked(Walk::Back)),
        "ArrowRight" => own(SpaceTimeIntent::Walked(Walk::On)),
        "ArrowUp" => own(SpaceTimeIntent::Walked(Walk::Up)),
        "ArrowDown" => own(SpaceTimeIntent::Walked(Walk::Down)),
        "Home" => own(SpaceTimeIntent::Walked(Walk::First)),
        "End" => own(SpaceTimeIntent::Walked(Walk::Last)),
        "Escape" if !scene.selected.is_empty() => own(SpaceTimeIntent::Unselected),
        "h" | "H" => own(SpaceTimeIntent::ToggledRoutine),
        "Enter" => scene.goes_to.map(Intent::WentTo),
        _ => None,
    }
}

/// The view.
#[component]
pub(crate) fn SpaceTimeView(props: &SpaceTimeProps) -> Html {
    let (frame, ground) = (use_node_ref(), use_node_ref());
    let own = meant(&props.on);
    let hand = own.reform(|hand| match hand {
        Hand::Window(intent) => SpaceTimeIntent::Window(intent),
        Hand::Pressed(at, touch) => SpaceTimeIntent::Pressed { at, touch },
        Hand::Sized(size) => SpaceTimeIntent::Sized(size),
    });
    use_hand(&frame, &ground, hand);
    let height = props.scene.as_ref().map_or(0.0, |scene| scene.picture.size.height);
    {
        // Through the object model: the page's policy refuses a style attribute.
        let ground = ground.clone();
        use_effect_with(height as i64, move |height| {
            if let Some(ground) = ground.cast::<web_sys::HtmlElement>() {
                let _ = ground.style().set_property("height", &format!("{height}px"));
            }
        });
    }
    let empty = SpaceTimeScene::empty();
    let scene = props.scene.as_ref().unwrap_or(&empty);
    let on = &props.on;
    let onkeydown = {
        let (scene, on) = (props.scene.clone(), on.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(scene) = &*scene else { return };
            if let Some(intent) = key(&event, scene) {
                event.prevent_default();
                event.stop_propagation();
                on.emit(intent);
            }
        })
    };
    let window = own.reform(SpaceTimeIntent::Window);
    let fold = own.reform(|_: MouseEvent| SpaceTimeIntent::ToggledRoutine);
    let picture = &scene.picture;
    let selected = picture.dots.iter().find(|dot| dot.role == Role::Selected);
    let count =
        |which: fn((usize, usize, usize)) -> usize| scene.counts.map(|counts| which(counts).to_string());
    html! {
        <div class="spacetime">
            <div class="st-bar">
                { window_buttons(scene.follows, &window) }
                <button type="button" data-control="spacetime-fold" aria-pressed={scene.folded.to_string()}
                    title="Fold away timers that set themselves, and their messages, as long as nothing comes of them (H)"
                    onclick={fold}>{ "Fold heartbeats" }</button>
                { kinds(scene, &own) }
            </div>
            <div class="st-words">{ words(scene, on) }</div>
            <div class="st-frame" ref={frame}>
                <div class="st-ground" ref={ground} id="spacetime" tabindex="0" role="application"
                    aria-label="Space-time diagram" aria-roledescription="diagram" aria-describedby="st-summary st-keys"
                    data-follows={scene.follows.to_string()} data-folded={scene.folded.to_string()}
                    data-events={picture.dots.len().to_string()} data-arrows={picture.arrows.len().to_string()}
                    data-left-out={picture.left_out.to_string()} data-bands={picture.bands.len().to_string()}
                    data-event={selected.map(|dot| dot.event.0.to_string())}
                    data-x={selected.map(|dot| format!("{:.1}", dot.at.x))}
                    data-y={selected.map(|dot| format!("{:.1}", dot.at.y))}
                    data-before={count(|counts| counts.0)} data-after={count(|counts| counts.1)}
                    data-concurrent={count(|counts| counts.2)}
                    {onkeydown}>
                    <canvas id={CANVAS} aria-hidden="true"></canvas>
                </div>
            </div>
            <p class="unseen" id="st-summary">{ scene.summary.clone() }</p>
            <p class="unseen" id="st-keys">{ "Arrows go from event to event, Enter takes the playhead there, Shift and arrows \
                move the time, plus and minus zoom, F follows the playhead, H folds heartbeats." }</p>
            if !scene.told.is_empty() {
                <ol class="unseen" aria-label="Events in view">
                    { for scene.told.iter().map(|told| html! {
                        <li data-event={told.event.0.to_string()} aria-current={told.selected.then_some("true")}>{ told.text.clone() }</li>
                    }) }
                </ol>
            }
        </div>
    }
}

/// What is selected and what that has to do with the rest; without a selection, what the picture means.
fn words(scene: &SpaceTimeScene, on: &Callback<Intent>) -> Html {
    let note = (!scene.note.is_empty()).then(|| html! { <p class="st-note">{ scene.note.clone() }</p> });
    if scene.selected.is_empty() {
        return html! {
            <>
                <p class="st-legend">{ "Time goes to the right; an arrow is a message, a cross a lost one. " }
                    <span class="st-shapes">{ "▲ call ▼ answer ○ timer ■ a copy shows a value ◆ note" }</span>
                    { ". Press any to see what led to it." }</p>
                { note }
            </>
        };
    }
    let go = scene.goes_to.map(|event| on.reform(move |_: MouseEvent| Intent::WentTo(event)));
    html! {
        <>
            <p class="st-selected">{ scene.selected.clone() }
                if let Some(go) = go {
                    <button type="button" class="text" data-control="spacetime-go" onclick={go}>{ "Go there" }</button>
                }
            </p>
            if !scene.causes.is_empty() {
                <p class="st-causes">
                    if scene.counts.is_some() {
                        <span class="st-key past">{ "before" }</span><span class="st-key future">{ "after" }</span>
                    }
                    { scene.causes.clone() }
                </p>
            }
            { note }
        </>
    }
}

fn kinds(scene: &SpaceTimeScene, on: &Callback<SpaceTimeIntent>) -> Html {
    let hidden = scene.kinds.iter().filter(|kind| !kind.shown).count();
    let all = on.reform(|_: MouseEvent| SpaceTimeIntent::ShowedKinds);
    html! {
        <details class="st-kinds" data-control="spacetime-kinds">
            <summary>{ "Kinds" }if hidden > 0 { { format!(" ({hidden} hidden)") } }</summary>
            <div class="st-list" role="group" aria-label="Kinds of messages that are shown">
                { for scene.kinds.iter().map(|kind| {
                    let label = kind.label;
                    let toggle = on.reform(move |_: Event| SpaceTimeIntent::ToggledKind(label));
                    html! {
                        <label><input type="checkbox" data-control={format!("kind-{label}")} checked={kind.shown} onchange={toggle} />{ kind.name }</label>
                    }
                }) }
                if hidden > 0 { <button type="button" onclick={all}>{ "Show all" }</button> }
            </div>
        </details>
    }
}

impl Diagram {
    /// Whether there is anything to paint on.
    pub(crate) fn show(&mut self, picture: Option<Picture>) {
        match picture {
            Some(picture) => self.paint_on(CANVAS, picture),
            None => self.leave(),
        }
    }
}
