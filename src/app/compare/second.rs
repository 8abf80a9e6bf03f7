//! The second stage of a comparison: drawn and touched as the first is, with elements, a canvas and a size of its own.

use gloo::events::EventListener;
use netsplit_studio::Intent;
use netsplit_studio::compare::{CompareIntent, CompareScene};
use netsplit_studio::flights::Flight;
use netsplit_studio::geometry::Size;
use netsplit_studio::menu::Menu;
use netsplit_studio::share::hex;
use netsplit_studio::stage::Stage;
use netsplit_studio::studio::Studio;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlCanvasElement, HtmlElement, ResizeObserver};
use yew::prelude::*;

use crate::events::{self, StageCallbacks};
use crate::menu::MenuView;
use crate::paint::Painter;
use crate::platform::OF_B;
use crate::scenes::legend;
use crate::shared::Shared;
use crate::stage::{Legend, StageView};

/// Everything of it that is drawn.
struct Drawn {
    stage: Shared<Stage>,
    legend: Shared<Legend>,
    menu: Option<Shared<Menu>>,
}

/// What its elements need while they are there.
struct Placed {
    painter: Painter,
    _touch: EventListener,
    _observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

/// The second stage.
pub(crate) struct Second {
    ground: NodeRef,
    canvas: NodeRef,
    callbacks: StageCallbacks,
    on: Callback<Intent>,
    drawn: Option<Drawn>,
    placed: Option<Placed>,
    flights: Vec<Flight>,
}

impl Second {
    pub(crate) fn new(on: &Callback<Intent>) -> Self {
        let ground = NodeRef::default();
        let on = on.reform(|intent| Intent::Compare(CompareIntent::OnB(Box::new(intent))));
        Self {
            callbacks: StageCallbacks::new(&ground, &on),
            ground,
            canvas: NodeRef::default(),
            on,
            drawn: None,
            placed: None,
            flights: Vec::new(),
        }
    }

    /// Takes in how the stage of B is now; tells whether anything changed.
    pub(crate) fn renew(&mut self, studio: &mut Studio) -> bool {
        let told = studio.look_at_b(|studio| (studio.stage(), legend(studio), studio.menu()));
        match (told, &mut self.drawn) {
            (None, drawn) => drawn.take().is_some(),
            (Some((stage, legend, menu)), Some(drawn)) => {
                let mut changed = drawn.stage.renew(stage);
                changed |= drawn.legend.renew(legend);
                changed |= match (menu, &mut drawn.menu) {
                    (None, None) => false,
                    (Some(menu), Some(shown)) => shown.renew(menu),
                    (menu, shown) => {
                        *shown = menu.map(Shared::new);
                        true
                    }
                };
                changed
            }
            (Some((stage, legend, menu)), drawn) => {
                *drawn = Some(Drawn {
                    stage: Shared::new(stage),
                    legend: Shared::new(legend),
                    menu: menu.map(Shared::new),
                });
                true
            }
        }
    }

    pub(crate) fn view(&self, scene: &Shared<Option<CompareScene>>) -> Html {
        let (Some(drawn), Some(scene)) = (&self.drawn, &**scene) else { return html! {} };
        let calls = &self.callbacks;
        let menu = drawn.menu.as_ref().map(|menu| {
            html! { <MenuView menu={menu.clone()} size={drawn.stage.size} on={self.on.clone()} /> }
        });
        html! {
            <StageView stage={drawn.stage.clone()} legend={drawn.legend.clone()} prefix={OF_B} title={scene.titles[1].clone()}
                canvas={self.canvas.clone()} ground={self.ground.clone()} on={self.on.clone()}
                onpointerdown={calls.down.clone()} onpointermove={calls.moved.clone()}
                onpointerup={calls.up.clone()} onpointercancel={calls.cancel.clone()}
                oncontextmenu={calls.context.clone()} onfocusin={calls.focusin.clone()}>
                { for menu }
            </StageView>
        }
    }

    /// Takes hold of the elements when they appear, and lets go of them when they are gone.
    pub(crate) fn rendered(&mut self) {
        let (Some(canvas), Some(ground)) =
            (self.canvas.cast::<HtmlCanvasElement>(), self.ground.cast::<HtmlElement>())
        else {
            self.placed = None;
            return;
        };
        if self.placed.is_some() {
            return;
        }
        let Some(painter) = Painter::new(canvas) else { return };
        let (on, watched) = (self.on.clone(), ground.clone());
        let measure = move || {
            let (width, height) = (watched.client_width(), watched.client_height());
            on.emit(Intent::Resized(Size { width: f64::from(width), height: f64::from(height) }));
        };
        measure();
        let measured = Closure::<dyn FnMut()>::new(measure);
        let observer = ResizeObserver::new(measured.as_ref().unchecked_ref()).ok();
        let observer = observer.map(|observer| {
            observer.observe(&ground);
            (observer, measured)
        });
        self.placed = Some(Placed { painter, _touch: events::hold_the_page(&ground), _observer: observer });
    }

    pub(crate) fn read_colours(&mut self) {
        if let Some(placed) = &mut self.placed {
            placed.painter.read_colours();
        }
    }

    /// Draws the messages of B, and writes what changes at every frame into its elements.
    pub(crate) fn paint(&mut self, studio: &mut Studio) {
        let (Some(drawn), Some(placed)) = (&self.drawn, &mut self.placed) else { return };
        let flights = &mut self.flights;
        let told = studio.look_at_b(|studio| {
            studio.flights(flights);
            (studio.now(), studio.session().hash(), studio.is_over_message())
        });
        let Some((now, hash, is_over)) = told else { return };
        placed.painter.paint(drawn.stage.size, flights);
        if let Some(ground) = self.ground.cast::<Element>() {
            // Setting an attribute fails only for a bad name.
            let _ = ground.set_attribute("data-run-time-ns", &now.0.to_string());
            let _ = ground.set_attribute("data-in-flight", &flights.len().to_string());
            let _ = ground.set_attribute("data-run-hash", &hex(hash));
            let _ = ground.set_attribute("data-over", if is_over { "message" } else { "" });
        }
    }
}
