//! How the data is split: the space of the keys as a bar or a ring, the nodes with their blocks, what moves, and numbers.
//! Shards and nodes can be dragged, with a pointer of any kind; everything that a drag does has a button too.

use netsplit_sim::ids::{Key, NodeId};
use netsplit_studio::Intent;
use netsplit_studio::panels::Lamp;
use netsplit_studio::queries::QueryRow;
use netsplit_studio::shards::ShardMark;
use netsplit_studio::shards::nodes::{CopyMark, CopyState, MoveRow, NodeCard};
use netsplit_studio::shards::space::{Piece, Shape, Space, SplitPoint, Tick};
use netsplit_studio::split::{Chosen, Split, SplitFigure};
use netsplit_studio::units;
use yew::prelude::*;

use crate::drag::{self, Grip};
use crate::icons::{Icon, icon};
use crate::menu::item;
use crate::panels::Lamps;
use crate::shared::Shared;
use crate::stage::px;

/// The side of the ring's square, and where its circles are, in pixels.
const RING: f64 = 212.0;
const INNER: f64 = 62.0;
const OUTER: f64 = 80.0;
/// The height of the bar of shards, and the tallest tick.
const BAR: f64 = 40.0;
const TALL: f64 = 16.0;

#[derive(Properties, PartialEq)]
pub(crate) struct ShardsProps {
    pub(crate) split: Shared<Option<Split>>,
    pub(crate) lamps: Shared<Vec<Lamp>>,
    pub(crate) on: Callback<Intent>,
}

/// The panel.
#[component]
pub(crate) fn ShardsPanel(props: &ShardsProps) -> Html {
    let drag = use_mut_ref(|| None::<Grip>);
    let ghost = use_node_ref();
    let Some(split) = &*props.split else { return html! {} };
    let on = &props.on;
    let hands = drag::Hands::new(&drag, &ghost, on, split.keys);
    html! {
        <div class="split" data-map-version={split.version.to_string()} data-space={split.space.shape.name()}
            onpointerdown={hands.down} onpointermove={hands.moved} onpointerup={hands.up}
            onpointercancel={hands.cancel} ondblclick={hands.twice}>
            <p class="split-head"><b>{ split.scheme.clone() }</b>
                <span class="unit">{ format!(" map version {}", split.version) }</span></p>
            { space(split, on) }
            <p class="small">{ split.caption }</p>
            { heat(split.most) }
            <Lamps lamps={props.lamps.clone()} on={on.clone()} brief=true />
            if let Some(why) = &split.refused { <p class="refusal" role="alert" data-refused="true">{ why.clone() }</p> }
            { for split.chosen.as_ref().map(|chosen| self::chosen(chosen, on)) }
            { nodes(split, on) }
            { moves(split) }
            { figures(&split.figures) }
            { asks(split, on) }
            <div class="ghost" ref={ghost} aria-hidden="true" hidden=true></div>
        </div>
    }
}

/// A share of the whole as a percentage of the width.
fn at(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

fn space(split: &Split, on: &Callback<Intent>) -> Html {
    match split.space.shape {
        Shape::Ring => ring(split, on),
        Shape::Ranges | Shape::Owners => bar(split, on),
    }
}

/// The attributes of a shard in a picture are the same everywhere; only its drawing differs.
fn shard(split: &Split, place: usize, drawing: Html, on: &Callback<Intent>) -> Html {
    let Some(mark) = mark_of(split, place) else { return html! {} };
    let key = mark.key;
    let class = classes!(
        "shard",
        format!("heat-{}", mark.heat),
        mark.lit.then_some("lit"),
        mark.chosen.then_some("chosen"),
        (mark.up == 0).then_some("unreadable"),
    );
    let point = |key: Option<Key>| on.reform(move |_: PointerEvent| Intent::PointedAtShard(key));
    let focus = |key: Option<Key>| on.reform(move |_: FocusEvent| Intent::PointedAtShard(key));
    let choose = on.reform(move |_: MouseEvent| Intent::ChoseShard(Some(key)));
    let by_key = pressed(on, Intent::ChoseShard(Some(key)));
    html! {
        <g key={mark.id.0} {class} role="button" tabindex="0" aria-label={mark.spoken.clone()}
            aria-pressed={if mark.chosen { "true" } else { "false" }} data-shard={mark.label.clone()}
            data-owner={mark.owners_text.clone()} data-keys={mark.keys.to_string()} data-reach={mark.reach()}
            data-drag={format!("shard:{}", key.0)}
            onpointerenter={point(Some(key))} onpointerleave={point(None)} onfocus={focus(Some(key))} onblur={focus(None)}
            onclick={choose} onkeydown={by_key}>
            { drawing }
        </g>
    }
}

/// Enter and Space press what is no button of the browser's own.
fn pressed(on: &Callback<Intent>, intent: Intent) -> Callback<KeyboardEvent> {
    let on = on.clone();
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            event.stop_propagation();
            on.emit(intent.clone());
        }
    })
}

/// The mark of the shard at a place of the map: by a key that it holds.
fn mark_of(split: &Split, place: usize) -> Option<&ShardMark> {
    split.shards.iter().find(|mark| mark.place == place)
}

fn bar(split: &Split, on: &Callback<Intent>) -> Html {
    let Space { pieces, ticks, splits, .. } = &split.space;
    html! {
        <svg class="space" data-bar="true" data-splits={(split.space.shape == Shape::Ranges).then_some("true")} width="100%" height={px(BAR + TALL + 8.0)} role="group"
            aria-label={format!("The keys: {}", units::count(split.shards.len() as u64, "shard"))}>
            { for pieces.iter().map(|piece| shard(split, piece.shard, bar_piece(split, piece), on)) }
            { self::ticks(split, ticks) }
            { for splits.iter().map(|point| split_point(point, on)) }
        </svg>
    }
}

fn bar_piece(split: &Split, piece: &Piece) -> Html {
    let Some(mark) = mark_of(split, piece.shard) else { return html! {} };
    let middle = at((piece.from + piece.to) / 2.0);
    let (x, width) = (at(piece.from), at(piece.to - piece.from));
    html! {
        <>
            <rect class="area" x={x.clone()} y="1" width={width.clone()} height={px(BAR)} />
            if mark.up == 0 { <rect class="hatched" {x} y="1" {width} height={px(BAR)} /> }
            if piece.labelled { <text class="label" x={middle.clone()} y={if piece.named { "18" } else { "26" }}>{ mark.label.clone() }</text> }
            // Read aloud, the two texts are two words.
            { " " }
            if piece.named { <text class="owners" x={middle} y="34">{ mark.owners_text.clone() }</text> }
        </>
    }
}

/// The keys: one path for those of lit shards and one for the others.
fn ticks(split: &Split, ticks: &[Tick]) -> Html {
    let lit = |tick: &Tick| mark_of(split, tick.shard).is_some_and(|mark| mark.lit);
    html! {
        <g class="ticks" aria-hidden="true" data-keys={split.keys.to_string()}>
            { for ticks.iter().map(|tick| {
                let x = at(tick.at);
                let class = if lit(tick) { "tick lit" } else { "tick" };
                html! { <line {class} x1={x.clone()} x2={x} y1={px(BAR + 4.0)} y2={px(BAR + 7.0 + (TALL - 3.0) * tick.tall)} /> }
            }) }
        </g>
    }
}

fn split_point(point: &SplitPoint, on: &Callback<Intent>) -> Html {
    let (key, x) = (point.key, at(point.at));
    let on = on.clone();
    let onkeydown = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            let far = if event.shift_key() { 10 } else { 1 };
            let intent = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => Intent::NudgedSplit(key, -far),
                "ArrowRight" | "ArrowUp" => Intent::NudgedSplit(key, far),
                "Enter" => Intent::DroppedSplit,
                "Escape" => Intent::NudgedSplit(key, 0),
                "Delete" | "Backspace" => drag::merge(key),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            on.emit(intent);
        })
    };
    let onblur = on.reform(|_: FocusEvent| Intent::DroppedSplit);
    html! {
        <g key={format!("split-{}", key.0)} class={if point.held { "split-point held" } else { "split-point" }} role="slider" tabindex="0"
            aria-label={point.spoken.clone()} aria-valuenow={(point.now.0 + 1).to_string()}
            aria-valuemin={(point.bounds.0 + 1).to_string()} aria-valuemax={(point.bounds.1 + 1).to_string()}
            aria-valuetext={format!("begins at k{}", point.now.0 + 1)}
            data-split={(key.0 + 1).to_string()} data-drag={format!("split:{}", key.0)} {onkeydown} {onblur}>
            <line class="reach" x1={x.clone()} x2={x.clone()} y1="0" y2={px(BAR + 2.0)} />
            <line class="cut-line" x1={x.clone()} x2={x.clone()} y1="0" y2={px(BAR + 2.0)} />
            if point.held { <text class="held-at" x={x} y={px(BAR + TALL + 6.0)}>{ format!("k{}", point.now.0 + 1) }</text> }
        </g>
    }
}

/// A point at a share of the turn, clockwise from the top.
fn on_ring(share: f64, radius: f64) -> (f64, f64) {
    let angle = std::f64::consts::TAU * share;
    (RING / 2.0 + js_sys::Math::sin(angle) * radius, RING / 2.0 - js_sys::Math::cos(angle) * radius)
}

/// A piece of the ring as a path.
fn arc(piece: &Piece) -> String {
    let to = if piece.to > piece.from { piece.to } else { piece.to + 1.0 };
    // The whole ring as one arc would end where it begins, and be nothing.
    let to = if to - piece.from > 0.9999 { piece.from + 0.9999 } else { to };
    let large = u8::from(to - piece.from > 0.5);
    let ((ax, ay), (bx, by)) = (on_ring(piece.from, OUTER), on_ring(to, OUTER));
    let ((cx, cy), (dx, dy)) = (on_ring(to, INNER), on_ring(piece.from, INNER));
    format!(
        "M{ax:.1} {ay:.1}A{OUTER} {OUTER} 0 {large} 1 {bx:.1} {by:.1}L{cx:.1} {cy:.1}A{INNER} {INNER} 0 {large} 0 {dx:.1} {dy:.1}z"
    )
}

fn ring(split: &Split, on: &Callback<Intent>) -> Html {
    let Space { pieces, ticks, points, .. } = &split.space;
    let of = |place: usize| pieces.iter().filter(move |piece| piece.shard == place);
    let drawing = |place: usize| {
        let path: String = of(place).map(arc).collect();
        let label = of(place).find(|piece| piece.labelled);
        let label = label.zip(mark_of(split, place)).map(|(piece, mark)| {
            let to = if piece.to > piece.from { piece.to } else { piece.to + 1.0 };
            let (x, y) = on_ring((piece.from + to) / 2.0, (INNER + OUTER) / 2.0);
            html! { <text class="label" x={px(x)} y={px(y + 4.0)}>{ mark.label.clone() }</text> }
        });
        html! { <><path class="area" d={path} />{ for label }</> }
    };
    let tick = |tick: &Tick| {
        let (x1, y1) = on_ring(tick.at, INNER - 3.0);
        let (x2, y2) = on_ring(tick.at, INNER - 7.0 - 12.0 * tick.tall);
        format!("M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}")
    };
    let lit = |tick: &&Tick| mark_of(split, tick.shard).is_some_and(|mark| mark.lit);
    let plain: String = ticks.iter().filter(|one| !lit(one)).map(tick).collect();
    let bright: String = ticks.iter().filter(lit).map(tick).collect();
    html! {
        <svg class="space ring" viewBox={format!("0 0 {RING} {RING}")} width={px(RING)} height={px(RING)} role="group"
            aria-label={format!("The ring: {}, {} places of nodes", units::count(split.shards.len() as u64, "shard"), points.len())}>
            { for split.shards.iter().map(|mark| shard(split, mark.place, drawing(mark.place), on)) }
            <g aria-hidden="true" class="ticks" data-keys={split.keys.to_string()}><path class="tick" d={plain} /><path class="tick lit" d={bright} /></g>
            <g aria-hidden="true">{ for points.iter().map(|(share, node, name)| ring_point(split, *share, *node, name.as_deref())) }</g>
            <text class="centre" x={px(RING / 2.0)} y={px(RING / 2.0 - 2.0)}>{ units::count(u64::from(split.keys), "key") }</text>
            <text class="centre" x={px(RING / 2.0)} y={px(RING / 2.0 + 14.0)}>{ format!("{} places", points.len()) }</text>
        </svg>
    }
}

fn ring_point(split: &Split, share: f64, node: NodeId, name: Option<&str>) -> Html {
    let ((x1, y1), (x2, y2)) = (on_ring(share, OUTER), on_ring(share, OUTER + 6.0));
    let (x, y) = on_ring(share, OUTER + 18.0);
    let lit = split.nodes.iter().any(|card| card.node == node && card.lit);
    html! {
        <>
            <line class={if lit { "point lit" } else { "point" }} x1={px(x1)} y1={px(y1)} x2={px(x2)} y2={px(y2)} />
            if let Some(name) = name { <text class="point-name" x={px(x)} y={px(y + 4.0)}>{ name.to_owned() }</text> }
        </>
    }
}

/// The scale of the load.
fn heat(most: f64) -> Html {
    html! {
        <p class="heat small" data-metric="shard_load_scale" data-value={most.to_string()}>
            <span>{ "0" }</span>
            <svg width="70" height="10" aria-hidden="true">
                { for (0..6).map(|step| html! {
                    <rect class={format!("heat-{step} area")} x={(step * 12).to_string()} y="0" width="12" height="10" />
                }) }
            </svg>
            <span>{ if most > 0.0 { units::tick(most) } else { units::NO_SAMPLE.to_owned() } }{ " operations per second" }</span>
        </p>
    }
}

fn chosen(chosen: &Chosen, on: &Callback<Intent>) -> Html {
    let close = on.reform(|_: MouseEvent| Intent::ChoseShard(None));
    html! {
        <section class="chosen-shard" aria-label={format!("Shard {}", chosen.label)} data-chosen={chosen.label.clone()}>
            <header><h3>{ format!("Shard {}", chosen.label) }</h3>
                <button type="button" class="quiet" aria-label="Close" onclick={close}>{ icon(Icon::Close) }</button></header>
            <dl>{ for chosen.facts.iter().map(|(name, value)| html! {
                <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
            }) }</dl>
            <div class="items">{ for chosen.items.iter().map(|one| item(one, on)) }</div>
        </section>
    }
}

fn nodes(split: &Split, on: &Callback<Intent>) -> Html {
    let zone = |inside: bool| {
        let cards = split.nodes.iter().filter(move |card| card.inside == inside);
        cards.map(|card| node(card, split.blocks, on)).collect::<Html>()
    };
    let outside = split.nodes.iter().any(|card| !card.inside);
    html! {
        <>
            <div class="zone-head">
                <h3>{ "In the cluster" }</h3>
                <button type="button" class="text" data-control="copying" aria-pressed={if split.copying { "true" } else { "false" }}
                    onclick={on.reform(|_: MouseEvent| Intent::ToggledCopying)}>
                    { if split.copying { "Dragging a shard copies it" } else { "Dragging a shard moves it" } }</button>
            </div>
            <div class={if split.blocks { "zone blocks" } else { "zone" }} data-inside="true" data-drop="inside"
                data-view={if split.blocks { "blocks" } else { "many" }}>{ zone(true) }</div>
            <h3>{ "Standing by" }</h3>
            <div class="zone" data-inside="false" data-drop="outside">
                { zone(false) }
                if !outside { <p class="nothing">{ "Nobody. Drag a node here to let it leave." }</p> }
            </div>
        </>
    }
}

fn node(card: &NodeCard, blocks: bool, on: &Callback<Intent>) -> Html {
    let node = card.node;
    let class = classes!("node-card", card.lit.then_some("lit"), (!card.up).then_some("down"));
    let point = |node: Option<NodeId>| on.reform(move |_: PointerEvent| Intent::PointedAtNode(node));
    let put = |inside: bool| on.reform(move |_: MouseEvent| Intent::PutNode(node, inside));
    let (verb, name) = match (card.inside, card.up) {
        (false, _) => ("Join", "join"),
        (true, true) => ("Leave", "leave"),
        (true, false) => ("Do without it", "remove"),
    };
    html! {
        <div key={node.0} {class} data-drop={format!("node:{}", node.0)} data-card={card.name.clone()}
            onpointerenter={point(Some(node))} onpointerleave={point(None)}>
            <div class="card-head">
                <span class="grip" data-drag={format!("node:{}", node.0)}><b>{ card.name.clone() }</b>
                    if !card.words.is_empty() { <span class="unit">{ " " }{ card.words.clone() }</span> }</span>
                if !card.keeps_map {
                    <button type="button" data-reshape={name} data-of={card.name.clone()} aria-label={format!("{verb}: {}", card.name)}
                        onclick={put(!card.inside)}>{ verb }</button>
                }
            </div>
            <div class="copies">
                { for card.copies.iter().map(|copy| self::copy(copy, card, blocks, on)) }
                if card.copies.is_empty() && card.inside { <span class="nothing">{ "holds nothing" }</span> }
            </div>
            if !card.copies.is_empty() {
                <span class="unit bytes" data-metric={format!("bytes.{}", card.name)} data-value={card.bytes.to_string()}>
                    { format!("{} bytes", units::grouped(card.bytes as f64)) }
                    if let Some(version) = card.behind { { format!(" · knows map {version}") } }
                </span>
            }
        </div>
    }
}

/// A block: a node's copy of a shard.
fn copy(copy: &CopyMark, card: &NodeCard, large: bool, on: &Callback<Intent>) -> Html {
    let key = copy.key;
    let class = classes!(
        "copy-block",
        copy.state.name(),
        format!("heat-{}", copy.heat),
        copy.lit.then_some("lit"),
        copy.leads.then_some("leads"),
        large.then_some("large"),
    );
    let point = |key: Option<Key>| on.reform(move |_: PointerEvent| Intent::PointedAtShard(key));
    let focus = |key: Option<Key>| on.reform(move |_: FocusEvent| Intent::PointedAtShard(key));
    let share = if let CopyState::Arriving(share) = copy.state { Some(share) } else { None };
    let node = card.node;
    let onkeydown = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "Delete" | "Backspace") {
                event.prevent_default();
                event.stop_propagation();
                on.emit(Intent::DroppedCopy(key, node));
            }
        })
    };
    html! {
        <button type="button" key={copy.id.0} {class} data-copy={copy.state.name()} data-shard={copy.label.clone()} data-owner={card.name.clone()}
            data-drag={copy.can_move.then(|| format!("shard:{}:{}", key.0, node.0))}
            aria-label={format!("{}, on {}", copy.spoken, card.name)} title={copy.spoken.clone()}
            onpointerenter={point(Some(key))} onpointerleave={point(None)} onfocus={focus(Some(key))} onblur={focus(None)}
            onclick={on.reform(move |_: MouseEvent| Intent::ChoseShard(Some(key)))} {onkeydown}>
            { copy.label.clone() }
            if let Some(share) = share {
                <svg class="progress" width="100%" height="3" aria-hidden="true"><rect x="0" y="0" height="3" width={at(share)} /></svg>
            }
        </button>
    }
}

fn moves(split: &Split) -> Html {
    let (rows, more) = &split.moves;
    let row = |row: &MoveRow| {
        let share = if row.of == 0 { 0.0 } else { f64::from(row.have) / f64::from(row.of) };
        html! {
            <li key={row.id.0} data-move={row.id.0.to_string()} data-have={row.have.to_string()} data-of={row.of.to_string()}>
                <span><b>{ row.what.clone() }</b>{ ": " }{ row.way.clone() }</span>
                <span class="unit">{ row.words.clone() }</span>
                <svg class="progress" width="100%" height="4" aria-hidden="true">
                    <rect class="whole" x="0" y="0" width="100%" height="4" /><rect x="0" y="0" width={at(share)} height="4" /></svg>
            </li>
        }
    };
    html! {
        <div class="moves" data-moves={(rows.len() + more).to_string()}>
            <h3>{ "Moving now" }</h3>
            if rows.is_empty() { <p class="nothing">{ "Nothing: every shard is where it belongs." }</p> }
            <ul>{ for rows.iter().map(row) }</ul>
            if *more > 0 { <p class="small">{ format!("and {more} more") }</p> }
        </div>
    }
}

fn figures(figures: &[SplitFigure]) -> Html {
    html! {
        <table class="split-figures"><tbody>
            { for figures.iter().map(|figure| html! {
                <tr key={figure.name}><th scope="row" title={figure.meaning}>{ figure.title }</th>
                    <td data-metric={figure.name} data-value={figure.value.map(|value| value.to_string())}>{ figure.text.clone() }</td></tr>
            }) }
        </tbody></table>
    }
}

fn asks(split: &Split, on: &Callback<Intent>) -> Html {
    let row = |row: &QueryRow| {
        html! {
            <li key={row.id.0} data-query={row.id.0.to_string()} data-kind={row.kind} data-state={row.state}
                data-shards={row.shards.to_string()} data-done={row.done.to_string()} data-parts={row.parts.to_string()}>
                <span>{ row.asked.clone() }</span><i>{ row.came.clone() }</i>
            </li>
        }
    };
    html! {
        <div class="asks">
            <h3>{ "Ask about several keys" }</h3>
            <div class="items">{ for split.asks.iter().map(|one| item(one, on)) }</div>
            if split.queries.is_empty() { <p class="nothing">{ "No query so far." }</p> }
            <ol>{ for split.queries.iter().map(row) }</ol>
        </div>
    }
}
