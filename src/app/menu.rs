//! The menu of a node, client or link, beside it on the stage.

use netsplit_sim::setup::Position;
use netsplit_studio::Intent;
use netsplit_studio::geometry::{Point, Size};
use netsplit_studio::menu::{Does, Group, Item, Menu};
use netsplit_studio::stage::Target;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::controls::ControlRow;
use crate::icons::{Icon, icon};
use crate::platform::{element_id, stage_scale};
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct MenuProps {
    pub(crate) menu: Shared<Menu>,
    pub(crate) size: Size,
    pub(crate) on: Callback<Intent>,
}

/// The menu. It takes the focus when it opens, and Escape closes it.
#[component]
pub(crate) fn MenuView(props: &MenuProps) -> Html {
    let menu = &props.menu;
    let on = &props.on;
    let card = use_node_ref();
    let target = menu.target;
    {
        let card = card.clone();
        use_effect_with(target, move |_| {
            let first =
                card.cast::<HtmlElement>().and_then(|card| card.query_selector("button.item").ok().flatten());
            if let Some(first) = first {
                let _ = wasm_bindgen::JsCast::dyn_ref::<HtmlElement>(&first).map(HtmlElement::focus);
            }
        });
    }
    {
        // On the side of its subject that has more room, and never beyond the stage's edges. Set through
        // the object model: a style attribute would be refused by the page's Content-Security-Policy.
        let card = card.clone();
        let place =
            (menu.at, menu.reach, props.size, menu.facts.len() + menu.items.len() + menu.groups.len());
        use_effect_with(place, move |(at, reach, size, _)| {
            let Some(card) = card.cast::<HtmlElement>() else { return };
            let scale = stage_scale();
            let (at, reach) = (Point::new(at.x * scale, at.y * scale), reach * scale);
            let size = Size { width: size.width * scale, height: size.height * scale };
            let (width, height) = (f64::from(card.offset_width()), f64::from(card.offset_height()));
            let right = at.x < size.width / 2.0;
            let left = if right { at.x + reach + 12.0 } else { at.x - reach - 12.0 - width };
            let left = left.clamp(4.0, (size.width - width - 4.0).max(4.0));
            let top = (at.y - 40.0).clamp(4.0, (size.height - height - 4.0).max(4.0));
            let style = card.style();
            let _ = style.set_property("left", &format!("{}px", px(left)));
            let _ = style.set_property("top", &format!("{}px", px(top)));
        });
    }
    let close = on.reform(|_: MouseEvent| Intent::ClosedMenu);
    let escape = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                on.emit(Intent::ClosedMenu);
            }
        })
    };
    // A press on the menu is none on the stage below it.
    let stay = Callback::from(|event: PointerEvent| event.stop_propagation());
    html! {
        <div class="menu" ref={card} data-menu-of={element_id(target)} role="dialog" aria-label={menu.title.clone()} onkeydown={escape}
            onpointerdown={stay}>
            <header>
                <h2>{ menu.title.clone() }</h2>
                <button type="button" class="quiet" aria-label="Close" onclick={close}>{ icon(Icon::Close) }</button>
            </header>
            <div class="items">
                { for menu.items.iter().map(|one| item(one, on)) }
            </div>
            { for menu.groups.iter().map(|one| group(one, menu.target, on)) }
            <dl>
                { for menu.facts.iter().map(|(name, value)| html! {
                    <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
                }) }
            </dl>
            if let Some((site, place)) = menu.place {
                <div class="place">
                    { coordinate("East", "x", place.x_km, on.reform(move |x_km| Intent::Placed(site, Position { x_km, ..place }))) }
                    { coordinate("South", "y", place.y_km, on.reform(move |y_km| Intent::Placed(site, Position { y_km, ..place }))) }
                </div>
            }
        </div>
    }
}

/// Something that can be done, as a button or several.
pub(crate) fn item(item: &Item, on: &Callback<Intent>) -> Html {
    let press = |intent: &Intent| {
        let intent = intent.clone();
        on.reform(move |_: MouseEvent| intent.clone())
    };
    match &item.does {
        Does::One(intent) => html! {
            <button type="button" class="item" data-action={item.name} onclick={press(intent)}>
                <b>{ item.text.clone() }</b><span>{ item.hint.clone() }</span>
            </button>
        },
        Does::Nothing => html! {
            <button type="button" class="item" data-action={item.name} disabled=true>
                <b>{ item.text.clone() }</b><span>{ item.hint.clone() }</span>
            </button>
        },
        Does::OneOf(choices) => html! {
            <div class="choices" role="group" aria-label={item.text.clone()}>
                <p><b>{ item.text.clone() }</b><span>{ item.hint.clone() }</span></p>
                { for choices.iter().map(|(words, intent)| html! {
                    <button type="button" class="item" data-action={item.name} data-choice={words.clone()}
                        onclick={press(intent)}>{ words.clone() }</button>
                }) }
            </div>
        },
    }
}

/// What is done rarely, folded.
pub(crate) fn group(group: &Group, of: Target, on: &Callback<Intent>) -> Html {
    html! {
        <details class="own" key={group.name} data-group={group.name}>
            <summary>{ group.title }
                if !group.now.is_empty() { <span class="now">{ group.now.clone() }</span> }
            </summary>
            if !group.items.is_empty() {
                <div class="items">{ for group.items.iter().map(|one| item(one, on)) }</div>
            }
            { for group.fields.iter().map(|control| html! {
                <ControlRow key={control.name.clone()} control={control.clone()} of={Some(of)} on={on.clone()} />
            }) }
        </details>
    }
}

fn coordinate(label: &'static str, name: &'static str, km: i32, set: Callback<i32>) -> Html {
    let onchange = set.reform(|event: Event| {
        let km = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        km.clamp(-20_000.0, 20_000.0) as i32
    });
    html! {
        <label>{ label }<input type="number" data-place={name} step="1" value={km.to_string()} {onchange} />
            <span class="unit">{ "km" }</span></label>
    }
}
