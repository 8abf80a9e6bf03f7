//! The stage: links below, the canvas of messages, sites above. One unit is one CSS pixel.

use netsplit_sim::frame::Status;
use netsplit_studio::Intent;
use netsplit_studio::flights::{Shape, outline};
use netsplit_studio::geometry::Point;
use netsplit_studio::shards::nodes::CopyState;
use netsplit_studio::stage::{
    BLOCK, BLOCKS_IN_ROW, BlockMark, CLIENT_RADIUS, ClientMark, Cut, LinkMark, MoveMark, NODE_RADIUS,
    NodeMark, Stage, Target,
};
use yew::prelude::*;

use crate::events::ZOOM;
use crate::icons::{Icon, icon};
use crate::platform::element_id;
use crate::shared::Shared;

/// What the stage needs from the shell.
#[derive(Properties, PartialEq)]
pub(crate) struct StageProps {
    pub(crate) stage: Shared<Stage>,
    pub(crate) legend: Shared<Legend>,
    pub(crate) canvas: NodeRef,
    pub(crate) ground: NodeRef,
    pub(crate) on: Callback<Intent>,
    pub(crate) onpointerdown: Callback<PointerEvent>,
    pub(crate) onpointermove: Callback<PointerEvent>,
    pub(crate) onpointerup: Callback<PointerEvent>,
    pub(crate) onpointercancel: Callback<PointerEvent>,
    pub(crate) oncontextmenu: Callback<MouseEvent>,
    pub(crate) onfocusin: Callback<FocusEvent>,
    /// What stands before every id: the second stage of a comparison has its own.
    #[prop_or_default]
    pub(crate) prefix: &'static str,
    /// Which run of a comparison this is; empty if there is none.
    #[prop_or_default]
    pub(crate) title: AttrValue,
    /// The open menu, placed over the stage.
    pub(crate) children: Html,
}

/// What the row above the stage says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Legend {
    /// The names of the keys, and which is watched.
    pub(crate) keys: u32,
    pub(crate) watched: u32,
    /// The kinds of messages: label in the trace, name, meaning.
    pub(crate) kinds: Vec<(u8, &'static str, &'static str)>,
}

#[component]
pub(crate) fn StageView(props: &StageProps) -> Html {
    let size = props.stage.size;
    let view_box = format!("0 0 {:.0} {:.0}", size.width, size.height);
    let fit = props.on.reform(|_: MouseEvent| Intent::Fitted);
    let middle = Point::new(size.width / 2.0, size.height / 2.0);
    let closer = props.on.reform(move |_: MouseEvent| Intent::Zoomed(middle, ZOOM));
    let further = props.on.reform(move |_: MouseEvent| Intent::Zoomed(middle, 1.0 / ZOOM));
    let prefix = props.prefix;
    html! {
        <section class="stage-frame" aria-label={if props.title.is_empty() { AttrValue::from("The cluster") } else { props.title.clone() }}>
            if !props.title.is_empty() { <h2 class="stage-title">{ props.title.clone() }</h2> }
            <LegendRow legend={props.legend.clone()} on={props.on.clone()} />
            <div class="stage" id={format!("{prefix}stage")} ref={props.ground.clone()} role="group" tabindex="-1"
                aria-label="Stage: nodes, clients and links. Tab enters, arrow keys move on, Enter grabs a node or cuts a link, M opens a menu. Messages are listed under What is inside."
                onpointerdown={props.onpointerdown.clone()} onpointermove={props.onpointermove.clone()}
                onpointerup={props.onpointerup.clone()} onpointercancel={props.onpointercancel.clone()}
                oncontextmenu={props.oncontextmenu.clone()} onfocusin={props.onfocusin.clone()}>
                <svg class="layer links" viewBox={view_box.clone()} role="group" aria-label="Links">
                    // Both stages of a comparison draw with the same ones.
                    if prefix.is_empty() {
                        <defs>
                            <marker id="one-way" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7"
                                markerHeight="7" orient="auto-start-reverse">
                                <path d="M0 0 10 5 0 10z" class="arrow" />
                            </marker>
                            <marker id="moving" viewBox="0 0 10 10" refX="7" refY="5" markerWidth="3" markerHeight="3" orient="auto">
                                <path d="M0 0 10 5 0 10z" class="move-head" />
                            </marker>
                            <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"
                                patternTransform="rotate(45)">
                                <path d="M0 0v7" class="hatch" />
                            </pattern>
                        </defs>
                    }
                    { for props.stage.links.iter().map(|mark| link(mark, prefix)) }
                    { for props.stage.moves.iter().map(moving) }
                    if let Some((from, to)) = props.stage.swipe {
                        <line class="swipe" x1={px(from.x)} y1={px(from.y)} x2={px(to.x)} y2={px(to.y)} />
                    }
                </svg>
                <canvas class="layer" ref={props.canvas.clone()} aria-hidden="true"></canvas>
                <svg class="layer sites" viewBox={view_box} role="group" aria-label="Nodes and clients">
                    { for props.stage.links.iter().filter_map(link_label) }
                    { for props.stage.clients.iter().map(|mark| client(mark, prefix, &props.on)) }
                    { for props.stage.nodes.iter().map(|mark| node(mark, prefix, &props.on)) }
                    { scale(&props.stage) }
                </svg>
                <button type="button" class="quiet closer" data-control="closer" title="Look closer (+)"
                    aria-label="Look closer" onclick={closer}>{ icon(Icon::Closer) }</button>
                <button type="button" class="quiet further" data-control="further" title="From further away (−)"
                    aria-label="Look from further away" onclick={further}>{ icon(Icon::Further) }</button>
                <button type="button" class="quiet fit" data-control="fit" title="Show everything"
                    aria-label="Fit: show everything" onclick={fit}>{ icon(Icon::Fit) }</button>
                { props.children.clone() }
            </div>
        </section>
    }
}

/// A coordinate as an attribute, to a tenth of a pixel.
pub(crate) fn px(value: f64) -> String {
    format!("{value:.1}")
}

fn link(mark: &LinkMark, prefix: &str) -> Html {
    let id = prefix.to_owned() + &element_id(Target::Link(mark.a, mark.b));
    let cut = mark.cut != Cut::No;
    let class = classes!(
        "link",
        mark.home.then_some("home"),
        cut.then_some("cut"),
        matches!(mark.cut, Cut::Forward | Cut::Back).then_some("half"),
        mark.lit.then_some("lit"),
    );
    let (x1, y1, x2, y2) = (px(mark.from.x), px(mark.from.y), px(mark.to.x), px(mark.to.y));
    // A one-way cut keeps an arrow head where messages still arrive.
    let start = (mark.cut == Cut::Forward).then_some("url(#one-way)");
    let end = (mark.cut == Cut::Back).then_some("url(#one-way)");
    html! {
        <g key={mark.id.clone()} {class} {id} data-link={mark.id.clone()} role="button"
            tabindex={if mark.tab_stop { "0" } else { "-1" }} aria-label={mark.spoken.clone()}
            aria-pressed={if cut { "true" } else { "false" }}>
            <line class="reach" x1={x1.clone()} y1={y1.clone()} x2={x2.clone()} y2={y2.clone()} />
            <line class="wire" {x1} {y1} {x2} {y2} marker-start={start} marker-end={end} />
        </g>
    }
}

fn link_label(mark: &LinkMark) -> Option<Html> {
    let (at, text) = mark.label.as_ref()?;
    let class = classes!("link-label", (mark.cut != Cut::No).then_some("cut"), mark.lit.then_some("lit"));
    Some(html! {
        <text key={format!("label-{}", mark.id)} {class} x={px(at.x)} y={px(at.y + 4.0)} aria-hidden="true">
            { text.clone() }
        </text>
    })
}

fn hue_class(hue: Option<u8>) -> String {
    hue.map_or_else(|| "version-none".to_owned(), |hue| format!("version-{hue}"))
}

/// The circumference of a node, on which each of several values has its share.
const AROUND: f64 = NODE_RADIUS * std::f64::consts::TAU;

/// One share of the ring of a node that has several values.
fn share(place: usize, of: usize, hue: u8) -> Html {
    let length = AROUND / of as f64;
    html! {
        <circle class={format!("share version-{hue}")} r={px(NODE_RADIUS)}
            stroke-dasharray={format!("{} {}", px(length), px(AROUND - length))}
            stroke-dashoffset={px(-length * place as f64)} />
    }
}

/// The leader's mark and the term, above a node.
fn rank(mark: &NodeMark) -> Html {
    if !mark.leads && mark.term.is_none() {
        return html! {};
    }
    let term = mark.term.map(|term| format!("term {term}"));
    let crown = if term.is_some() { -32.0 } else { -9.0 };
    html! {
        <g class="rank" transform={format!("translate(0 {})", px(-NODE_RADIUS - 20.0))}>
            if mark.leads {
                <path class="crown" transform={format!("translate({} 0)", px(crown))} d="M0 14V3l5 4.5L9 0l4 7.5L18 3v11z" />
            }
            if let Some(term) = term { <text y="12" x={if mark.leads { "12" } else { "0" }}>{ term }</text> }
        </g>
    }
}

fn node(mark: &NodeMark, prefix: &str, on: &Callback<Intent>) -> Html {
    let several = mark.hues.len() > 1;
    let class = classes!(
        "site",
        "node",
        hue_class(mark.hues.first().copied()),
        mark.leads.then_some("leads"),
        mark.selected.then_some("selected"),
        mark.moving.then_some("moving"),
        mark.standing_by.then_some("standing-by"),
        mark.lit.then_some("lit"),
        match mark.status {
            Status::Up => None,
            Status::Down => Some("down"),
            Status::Paused => Some("paused"),
        },
    );
    let id = prefix.to_owned() + &element_id(Target::Site(mark.node.into()));
    let at = format!("translate({} {})", px(mark.at.x), px(mark.at.y));
    let radius = px(NODE_RADIUS);
    html! {
        <g key={id.clone()} {class} transform={at}>
            <g {id} data-node={mark.name.clone()} role="button"
                data-leads={if mark.leads { "true" } else { "false" }} data-values={mark.hues.len().to_string()}
                data-blocks={(!mark.blocks.is_empty()).then(|| labels(mark))} data-standing-by={mark.standing_by.then_some("true")} data-lit={mark.lit.then_some("true")}
                tabindex={if mark.tab_stop { "0" } else { "-1" }} aria-label={mark.spoken.clone()}
                aria-pressed={if mark.selected { "true" } else { "false" }}>
                <circle class="halo" r={px(NODE_RADIUS + 7.0)} />
                <circle class="body" r={radius.clone()} />
                if several {
                    { for mark.hues.iter().enumerate().map(|(place, hue)| share(place, mark.hues.len(), *hue)) }
                }
                <circle class="rim" r={px(NODE_RADIUS + 2.9)} />
                if mark.status == Status::Down { <circle class="hatched" r={radius} /> }
                if mark.status == Status::Paused {
                    <path class="pause-bars" d="M-4.5 14v9M4.5 14v9" />
                }
            </g>
            // The words are in the label already; a screen reader need not find them twice.
            <g aria-hidden="true">
                <text class="name" y="-5">{ mark.name.clone() }</text>
                <text class={classes!("value", (mark.value.chars().count() > 5).then_some("small"))} y="12">{ mark.value.clone() }</text>
                { rank(mark) }
                <text class="badge" y={px(NODE_RADIUS + 17.0)}>{ badge(mark) }</text>
                { blocks(mark) }
            </g>
            if mark.selected && !mark.moving { { menu_button(Target::Site(mark.node.into()), &mark.name, NODE_RADIUS, on) } }
        </g>
    }
}

/// The labels of a node's blocks: `A C`.
fn labels(mark: &NodeMark) -> String {
    let labels: Vec<&str> = mark.blocks.iter().map(|block| block.label.as_str()).collect();
    labels.join(" ")
}

/// The copies of shards below a node.
fn blocks(mark: &NodeMark) -> Html {
    let top = if badge(mark).is_empty() { NODE_RADIUS + 7.0 } else { NODE_RADIUS + 23.0 };
    let (wide, high) = BLOCK;
    let block = |(place, block): (usize, &BlockMark)| {
        let row = place / BLOCKS_IN_ROW;
        let in_row = (mark.blocks.len() - row * BLOCKS_IN_ROW).min(BLOCKS_IN_ROW);
        let x = ((place % BLOCKS_IN_ROW) as f64 - in_row as f64 / 2.0) * wide + 1.0;
        let y = top + row as f64 * high;
        let class = classes!(
            "stage-block",
            block.state.name(),
            block.lit.then_some("lit"),
            block.leads.then_some("leads")
        );
        let share = if let CopyState::Arriving(share) = block.state { share } else { 0.0 };
        html! {
            <g {class} transform={format!("translate({} {})", px(x), px(y))}>
                <rect class="area" width={px(wide - 2.0)} height={px(high - 2.0)} rx="2" />
                if share > 0.0 { <rect class="come" y={px((high - 2.0) * (1.0 - share))} width={px(wide - 2.0)} height={px((high - 2.0) * share)} /> }
                <text x={px(wide / 2.0 - 1.0)} y="11">{ block.label.clone() }</text>
            </g>
        }
    };
    let rows = mark.blocks.len().div_ceil(BLOCKS_IN_ROW);
    html! {
        <>
            { for mark.blocks.iter().enumerate().map(block) }
            if mark.more_blocks > 0 {
                <text class="badge" y={px(top + rows as f64 * high + 9.0)}>{ format!("and {} more", mark.more_blocks) }</text>
            }
        </>
    }
}

/// Data that moves from one node to another.
fn moving(mark: &MoveMark) -> Html {
    html! {
        <line key={format!("move-{}", mark.id)} class="move-arrow" data-moving={mark.id.clone()} marker-end="url(#moving)"
            x1={px(mark.from.x)} y1={px(mark.from.y)} x2={px(mark.to.x)} y2={px(mark.to.y)} />
    }
}

fn badge(mark: &NodeMark) -> String {
    if mark.queue > 1 { format!("{} · {} in line", mark.badge, mark.queue) } else { mark.badge.clone() }
}

fn client(mark: &ClientMark, prefix: &str, on: &Callback<Intent>) -> Html {
    let class = classes!(
        "site",
        "client",
        hue_class(mark.hue),
        mark.selected.then_some("selected"),
        mark.moving.then_some("moving"),
        mark.waiting.then_some("waiting"),
        mark.failed.then_some("failed"),
    );
    let id = prefix.to_owned() + &element_id(Target::Site(mark.client.into()));
    let at = format!("translate({} {})", px(mark.at.x), px(mark.at.y));
    let r = CLIENT_RADIUS;
    let o = r + 3.2;
    let diamond = format!("M0 {}L{r} 0 0 {r} {} 0z", -r, -r);
    html! {
        <g key={id.clone()} {class} transform={at}>
            <g {id} data-client={mark.name.clone()} role="button"
                tabindex={if mark.tab_stop { "0" } else { "-1" }} aria-label={mark.spoken.clone()}
                aria-pressed={if mark.selected { "true" } else { "false" }}>
                <circle class="halo" r={px(r + 5.0)} />
                <path class="body" d={diamond} />
                <path class="rim" d={format!("M0 {}L{o} 0 0 {o} {} 0z", -o, -o)} />
            </g>
            <g aria-hidden="true">
                <text class="name" y="5">{ mark.name.clone() }</text>
                <text class="badge" y={px(r + 14.0)}>{ mark.saw.clone() }</text>
            </g>
            if mark.selected && !mark.moving { { menu_button(Target::Site(mark.client.into()), &mark.name, r, on) } }
        </g>
    }
}

/// The visible way to the menu, beside what is selected.
fn menu_button(target: Target, name: &str, radius: f64, on: &Callback<Intent>) -> Html {
    let open = on.reform(move |_: MouseEvent| Intent::OpenedMenu(target));
    let by_key = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" || event.key() == " " {
                event.prevent_default();
                event.stop_propagation();
                on.emit(Intent::OpenedMenu(target));
            }
        })
    };
    html! {
        <g class="menu-button" role="button" tabindex="0" data-menu={name.to_owned()}
            aria-label={format!("Menu of {name}")} aria-haspopup="dialog" onclick={open} onkeydown={by_key}
            transform={format!("translate({} {})", px(radius + 12.0), px(-radius - 6.0))}>
            <circle r="22" class="reach" />
            <circle r="12" class="disc" />
            <path d="M-5 0h.01M0 0h.01M5 0h.01" />
        </g>
    }
}

fn scale(stage: &Stage) -> Html {
    let (length, text) = &stage.scale;
    let y = stage.size.height - 18.0;
    let path = format!("M16 {}v6h{}v-6", px(y - 6.0), px(*length));
    html! {
        <g class="scale" aria-label={format!("Scale: this long is {text}")} role="img">
            <path d={path} />
            <text x={px(22.0 + length)} y={px(y + 4.0)}>{ text.clone() }</text>
        </g>
    }
}

/// What is on the stage and on the time bar besides messages.
const MARKS: [(&str, &str); 9] = [
    ("circle", "A node with its copy of the data. Hatched: it is down. Two bars: it is paused."),
    ("diamond", "A client. Dashed: it waits for an answer."),
    (
        "colour",
        "The version: of a node, what it holds; of a client, what it saw last; of a message, what it carries. Grey: none.",
    ),
    ("crown", "The node believes that it leads."),
    (
        "line",
        "A link, with its distance and its one-way delay. Dotted: a client’s to its node. Dashed and red: cut.",
    ),
    ("cross", "A message was lost here."),
    (
        "bands",
        "On the time bar, from the top: links cut, a node down, a node paused or slow, network or clock not as they should be.",
    ),
    (
        "strokes",
        "On the time bar: what was done by hand or script. Short, below: a moment that the protocol marks. Thick: a bookmark.",
    ),
    ("shapes", "Messages, by their kind:"),
];

#[derive(Properties, PartialEq)]
struct LegendProps {
    legend: Shared<Legend>,
    on: Callback<Intent>,
}

#[component]
fn LegendRow(props: &LegendProps) -> Html {
    let legend = &props.legend;
    let watched = legend.watched;
    let choose = props.on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<web_sys::HtmlSelectElement>().value();
        Intent::Watched(netsplit_sim::ids::Key(chosen.parse().unwrap_or(0)))
    });
    html! {
        <div class="legend">
            <span class="watched">
                { "Colour: the version of " }
                if legend.keys > 1 {
                    <select data-control="watched" aria-label="Key whose versions are shown" onchange={choose}>
                        { for (0..legend.keys).map(|key| html! {
                            <option value={key.to_string()} selected={key == watched}>
                                { format!("k{}", key + 1) }
                            </option>
                        }) }
                    </select>
                } else {
                    <b>{ "k1" }</b>
                }
            </span>
            // Over the stage, so that unfolding it moves nothing.
            <details class="kinds">
                <summary>{ "Legend" }</summary>
                <dl tabindex="0">
                    { for MARKS.iter().map(|(mark, meaning)| html! {
                        <div><dt><span>{ *mark }</span></dt><dd>{ *meaning }</dd></div>
                    }) }
                    { for legend.kinds.iter().map(|(label, name, meaning)| html! {
                        <div><dt>{ glyph(*label) }<span>{ *name }</span></dt><dd>{ *meaning }</dd></div>
                    }) }
                </dl>
            </details>
        </div>
    }
}

/// A message's shape for the legend, as the canvas draws it.
pub(crate) fn glyph(label: u8) -> Html {
    let path = match Shape::of(label) {
        Shape::Arrow => "M14 8 4 13V3z",
        Shape::Disc => "M8 3a5 5 0 1 0 .01 0z",
        Shape::Square => "M3 3h10v10H3z",
        Shape::Diamond => "M8 1l7 7-7 7-7-7z",
        Shape::Hexagon => "M14 8l-3 5.2H5L2 8l3-5.2h6z",
        Shape::Bar => "M5 1.5h6v13H5z",
        Shape::Triangle => "M8 1.5l6 10.5H2z",
        Shape::Star => "M8 .5l2.2 5.3 5.3 2.2-5.3 2.2L8 15.5l-2.2-5.3L.5 8l5.3-2.2z",
        Shape::Pennant => "M2 3h12l-4 5 4 5H2z",
        Shape::Plus => "M5.6 1.5h4.8v4.1h4.1v4.8h-4.1v4.1H5.6v-4.1H1.5V5.6h4.1z",
    };
    html! {
        <svg viewBox="0 0 16 16" class={format!("glyph kind-{}", outline(label))} aria-hidden="true">
            <path d={path} />
        </svg>
    }
}
