//! The shell: the one component with state. It owns the studio, turns events of the browser into
//! intents, performs effects, and runs the frame loop. Frames come only while something moves.

use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::utils::document;
use netsplit_sim::time::Time;
use netsplit_studio::code::CodeIntent;
use netsplit_studio::desk::DeskIntent;
use netsplit_studio::flights::Flight;
use netsplit_studio::geometry::Size;
use netsplit_studio::intent::Effect;
use netsplit_studio::present::PresentIntent;
use netsplit_studio::share::{ShareIntent, hex};
use netsplit_studio::studio::Panel;
use netsplit_studio::{Intent, Route, Studio, units};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlCanvasElement, HtmlElement, HtmlInputElement, ResizeObserver};
use yew::prelude::*;

use crate::chapter::ChapterColumn;
use crate::charts::{LatencyChart, StripsChart};
use crate::compare::{ComparePanel, CompareView, Second};
use crate::controls::LabControls;
use crate::dialogs::{Help, Notices};
use crate::dock::dock;
use crate::events::{self, StageCallbacks};
use crate::evidence::EvidenceView;
use crate::history::HistoryView;
use crate::icons::{Icon, icon};
use crate::inside::InsidePanel;
use crate::inspector::InspectorView;
use crate::menu::MenuView;
use crate::models::ModelsPanel;
use crate::paint::Painter;
use crate::panels::{FiguresTable, Lamps, SinceRow};
use crate::platform;
use crate::present::{HiddenOutcome, PresentView};
use crate::runs::RunsPanel;
use crate::scenes::Scenes;
use crate::shards::ShardsPanel;
use crate::share::{EmbedFoot, LockedLine, ShareCard};
use crate::spacetime::Diagram;
use crate::spread::SpreadCharts;
use crate::stage::StageView;
use crate::timebar::TimeBar;
use crate::workers::Workers;

/// What a frame may spend on the simulation, in milliseconds.
const FRAME_BUDGET_MS: f64 = 6.0;
/// The panels follow the run this often while it plays, in milliseconds.
const PANELS_EVERY_MS: f64 = 200.0;
/// After the panels took some time, frames without them follow for so many times as long.
const PANELS_REST: f64 = 12.0;
/// A screen reader hears at most one sentence in this many milliseconds.
const SAY_EVERY_MS: f64 = 900.0;
/// After the last change frames go on for a moment, so that crosses of lost messages are seen.
const SETTLE_FRAMES: u32 = 3;

/// What happens to the shell.
pub(crate) enum Msg {
    /// A person meant something.
    Meant(Intent),
    /// The browser wants a frame.
    Frame(f64),
    /// The stage may have another size.
    Measured,
    /// A key went down somewhere.
    Key(KeyboardEvent),
    /// The tab was hidden or shown.
    Visibility,
    /// The system's colours or the pixels changed.
    Restyled,
}

/// Elements that frames write into directly.
#[derive(Default)]
struct Places {
    ground: NodeRef,
    canvas: NodeRef,
    scrub: NodeRef,
    track: NodeRef,
    clock: NodeRef,
}

pub(crate) struct Shell {
    studio: Studio,
    scenes: Scenes,
    places: Places,
    painter: Option<Painter>,
    diagram: Diagram,
    flights: Vec<Flight>,
    /// The second stage, of a comparison.
    second: Second,
    frame: Option<AnimationFrame>,
    last_frame_ms: f64,
    last_panels_ms: f64,
    panels_every_ms: f64,
    last_said_ms: f64,
    /// The latest sentence for a screen reader that was not said yet.
    unsaid: Option<String>,
    spoken: String,
    /// Whether something changed besides time.
    dirty: bool,
    settle: u32,
    /// The element that gets the focus when everything is drawn.
    focus: Option<String>,
    /// The part of the page to scroll to then.
    show: Option<&'static str>,
    on: Callback<Intent>,
    callbacks: StageCallbacks,
    workers: Workers,
    _listeners: Vec<EventListener>,
    _touch: Vec<EventListener>,
    _observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

impl Component for Shell {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let mut studio = Studio::new(&platform::base(), &platform::hash(), &platform::preferences());
        studio.update(Intent::Desk(DeskIntent::HasCores(platform::cores())));
        if !studio.is_preparing() {
            studio.update(Intent::Present(PresentIntent::Remembered(platform::stored_list())));
        }
        let scenes = Scenes::of(&mut studio);
        let on = ctx.link().callback(Msg::Meant);
        let places = Places::default();
        Self {
            callbacks: StageCallbacks::new(&places.ground, &on),
            workers: Workers::new(on.clone()),
            studio,
            scenes,
            places,
            painter: None,
            diagram: Diagram::default(),
            flights: Vec::new(),
            second: Second::new(&on),
            frame: None,
            last_frame_ms: platform::clock_ms(),
            last_panels_ms: 0.0,
            panels_every_ms: PANELS_EVERY_MS,
            last_said_ms: 0.0,
            unsaid: None,
            spoken: String::new(),
            dirty: true,
            settle: SETTLE_FRAMES,
            focus: None,
            show: None,
            on,
            _listeners: events::listeners(ctx),
            _touch: Vec::new(),
            _observer: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Meant(intent) => self.mean(ctx, intent),
            Msg::Key(event) => {
                if let Some(intent) = events::key(&self.studio, &event) {
                    event.prevent_default();
                    self.mean(ctx, intent);
                }
            }
            Msg::Measured => {
                let ground = self.places.ground.cast::<HtmlElement>();
                if let Some(ground) = ground {
                    let (width, height) = (ground.client_width(), ground.client_height());
                    let scale = platform::stage_scale();
                    let size = Size { width: f64::from(width) / scale, height: f64::from(height) / scale };
                    self.mean(ctx, Intent::Resized(size));
                }
            }
            Msg::Visibility => {
                if document().visibility_state() == web_sys::VisibilityState::Hidden {
                    self.mean(ctx, Intent::Paused);
                }
            }
            Msg::Restyled => {
                if let Some(painter) = &mut self.painter {
                    painter.read_colours();
                }
                self.second.read_colours();
                self.diagram.read_colours();
                self.wake(ctx);
            }
            Msg::Frame(at_ms) => return self.animate(ctx, at_ms),
        }
        false
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let rest = &self.scenes.rest;
        let on = &self.on;
        html! {
            <>
                if !rest.route.is_embed() { { self.header() } }
                <PresentView scene={self.scenes.present.clone()} on={on.clone()} />
                <Notices notices={rest.notices.clone()} on={on.clone()} />
                if let Some(card) = &rest.share { <ShareCard card={card.clone()} on={on.clone()} /> }
                if rest.route.is_evidence() { <EvidenceView page={self.scenes.evidence.clone()} on={on.clone()} /> }
                if rest.route.is_history() { <HistoryView page={self.scenes.history.clone()} on={on.clone()} /> }
                // It stays where it is when a page without a stage is shown: its elements are watched.
                <main class={classes!("lab", rest.route.is_chapter().then_some("in-chapter"), rest.route.is_embed().then_some("in-embed"), self.scenes.compare.is_some().then_some("comparing"))} hidden={rest.route.is_page()}>
                    <div class="middle">
                        <CompareView scene={self.scenes.compare.clone()} on={on.clone()} />
                        <div class="stages">
                            { self.stage() }
                            { self.second.view(&self.scenes.compare) }
                        </div>
                        <div class="caption-row">
                            if !rest.hides { <p class="caption" aria-hidden="true">{ rest.caption.clone() }</p> }
                            { self.selected() }
                        </div>
                        if let Some(locked) = &rest.locked { <LockedLine locked={locked.clone()} /> }
                        <TimeBar bar={self.scenes.bar.clone()} scrub={self.places.scrub.clone()}
                            track={self.places.track.clone()} clock={self.places.clock.clone()} on={on.clone()} />
                        if let Route::Embed(code) = &rest.route { <EmbedFoot code={code.clone()} /> } else { { dock(&self.scenes, on) } }
                    </div>
                    if rest.route.is_chapter() {
                        // Before the panels, so that it is next after the stage where all is in one column.
                        <ChapterColumn sheet={self.scenes.sheet.clone()} on={on.clone()} />
                    }
                    if !rest.route.is_embed() { <aside class="panels" id="inside" tabindex="-1"
                        aria-label={panel_title(rest.panel)}>
                        { self.panel_choice(rest.panel) }
                        if self.scenes.compare.is_some() && matches!(rest.panel, Panel::Models | Panel::Runs) {
                            <p class="small">{ "Of A." }</p>
                        }
                        if rest.hides {
                            <HiddenOutcome scene={self.scenes.present.clone()} />
                        } else if rest.panel == Panel::Inside {
                            <InspectorView inspector={self.scenes.inspector.clone()} on={on.clone()} />
                            <InsidePanel inside={self.scenes.inside.clone()} on={on.clone()} />
                        } else if rest.panel == Panel::Split {
                            <ShardsPanel split={self.scenes.split.clone()} lamps={self.scenes.lamps.clone()} on={on.clone()} />
                        } else if rest.panel == Panel::Models {
                            <ModelsPanel panel={self.scenes.models.clone()} on={on.clone()} />
                        } else if rest.panel == Panel::Runs {
                            <RunsPanel panel={self.scenes.runs.clone()} on={on.clone()} />
                        } else if rest.panel == Panel::Compare {
                            <ComparePanel scene={self.scenes.compare.clone()} on={on.clone()} />
                        } else {
                            <Lamps lamps={self.scenes.lamps.clone()} on={on.clone()} />
                            <LatencyChart chart={self.scenes.latency.clone()} on={on.clone()} />
                            <SinceRow since={self.scenes.since.clone()} />
                            <SpreadCharts spread={self.scenes.spread.clone()} on={on.clone()} />
                            <StripsChart strips={self.scenes.strips.clone()} on={on.clone()} />
                            <FiguresTable figures={self.scenes.figures.clone()} />
                        }
                    </aside> }
                    if rest.route.is_lab() {
                        <LabControls lab={self.scenes.lab.clone()} lamps={self.scenes.lamps.clone()} marks={self.scenes.marks.clone()} on={on.clone()} />
                    }
                </main>
                <Help open={rest.help} shortcuts={rest.shortcuts} telling={rest.telling} on={on.clone()} />
                <p class="unseen" role="status" aria-live="polite">{ rest.spoken.clone() }</p>
            </>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first_render: bool) {
        if first_render {
            self.painter = self.places.canvas.cast::<HtmlCanvasElement>().and_then(Painter::new);
            self.observe(ctx);
            if let Some(ground) = self.places.ground.cast::<Element>() {
                self._touch = vec![events::hold_the_page(&ground), events::wheel(&ground, &self.on)];
            }
            ctx.link().send_message(Msg::Measured);
            self.wake(ctx);
        }
        self.second.rendered();
        if let Some(id) = self.focus.take() {
            platform::focus(&id);
        }
        if let Some(id) = self.show.take() {
            platform::show(id);
        }
        self.write_live();
    }
}

fn panel_title(panel: Panel) -> &'static str {
    match panel {
        Panel::Clients => "What the clients saw",
        Panel::Inside => "What is inside",
        Panel::Split => "How the data is split",
        Panel::Models => "Consistency models",
        Panel::Runs => "Many runs",
        Panel::Compare => "Two runs compared",
    }
}

impl Shell {
    fn mean(&mut self, ctx: &Context<Self>, intent: Intent) {
        let only_pointer = matches!(intent, Intent::Moved(_));
        let pointed = self.studio.pointed_message();
        let effects = self.studio.update(intent);
        self.perform(ctx, effects);
        // The caption tells what is pointed at.
        self.dirty |= !only_pointer || pointed != self.studio.pointed_message();
        self.wake(ctx);
    }

    fn perform(&mut self, ctx: &Context<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Copy(text) => {
                    platform::copy(&text, ctx.link().callback(|taken| Msg::Meant(Intent::Copied(taken))));
                }
                Effect::Announce(text) => self.unsaid = Some(text),
                Effect::Focus(target) => self.focus = Some(platform::element_id(target)),
                Effect::FocusB(target) => {
                    self.focus = Some(format!("{}{}", platform::OF_B, platform::element_id(target)));
                }
                Effect::Show(id) => self.show = Some(id),
                Effect::Apply(theme) => {
                    platform::apply(theme);
                    if let Some(painter) = &mut self.painter {
                        painter.read_colours();
                    }
                    self.second.read_colours();
                    self.diagram.read_colours();
                }
                Effect::Store(key, value) => platform::store(key, &value),
                Effect::Work(desk, task) => self.workers.give(desk, &task),
                Effect::Stop(desk) => self.workers.stop(desk),
                Effect::Fetch(path) => {
                    let asked = path.clone();
                    let done = ctx.link().callback(move |text| {
                        let fetched = CodeIntent::Fetched(asked.clone(), text);
                        Msg::Meant(fetched.into())
                    });
                    platform::fetch(&path, done);
                }
                Effect::Save { name, text } => platform::save(&name, &text),
                Effect::SavePixels { name, svg, width, height } => {
                    let refused = ctx
                        .link()
                        .callback(|why: String| Msg::Meant(Intent::Share(ShareIntent::Refused(why))));
                    platform::save_pixels(name, &svg, (width, height), refused);
                }
                Effect::Address(hash) => platform::push_address(&hash),
                Effect::Projector(on) => {
                    platform::project(on);
                    if let Some(painter) = &mut self.painter {
                        painter.read_colours();
                    }
                    // The stage has another size, as soon as it is laid out anew.
                    ctx.link().send_message(Msg::Measured);
                }
                Effect::FullScreen => platform::full_screen(),
            }
        }
    }

    /// Asks for a frame, if none is under way.
    fn wake(&mut self, ctx: &Context<Self>) {
        self.settle = SETTLE_FRAMES;
        if self.frame.is_none() {
            self.last_frame_ms = platform::clock_ms();
            self.ask_for_frame(ctx);
        }
    }

    fn ask_for_frame(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        self.frame = Some(request_animation_frame(move |at_ms| link.send_message(Msg::Frame(at_ms))));
    }

    /// One frame: time passes, what moves is drawn, and what else changed is handed to the components.
    fn animate(&mut self, ctx: &Context<Self>, at_ms: f64) -> bool {
        self.frame = None;
        let passed = (at_ms - self.last_frame_ms).max(0.0);
        self.last_frame_ms = at_ms;
        let began = platform::clock_ms();
        let mut has_time = || platform::clock_ms() - began < FRAME_BUDGET_MS;
        let effects = self.studio.tick(passed, &mut has_time);
        self.dirty |= !effects.is_empty();
        self.perform(ctx, effects);

        let mut changed = self.scenes.stage.renew(self.studio.stage());
        changed |= self.second.renew(&mut self.studio);
        let moves = self.studio.is_playing() || self.studio.is_rebuilding() || self.studio.is_searching();
        if self.dirty || (moves && at_ms - self.last_panels_ms > self.panels_every_ms) {
            self.last_panels_ms = at_ms;
            let began = platform::clock_ms();
            changed |= self.scenes.renew(&mut self.studio, &self.spoken);
            self.remember();
            // A run of a hundred thousand operations takes longer to sum up: then less often.
            let cost = platform::clock_ms() - began;
            self.panels_every_ms = (cost * PANELS_REST).clamp(PANELS_EVERY_MS, 1_500.0);
            self.dirty = false;
        } else if self.scenes.menu.is_some() && changed {
            changed |= self.scenes.renew_menu(&self.studio);
        }
        changed |= self.speak(at_ms);
        self.paint();
        self.write_live();

        self.settle = self.settle.saturating_sub(1);
        let waits = self.unsaid.is_some() || self.focus.is_some() || self.show.is_some();
        if moves || self.studio.is_holding() || self.settle > 0 || waits {
            self.ask_for_frame(ctx);
        }
        changed || self.focus.is_some() || self.show.is_some()
    }

    fn paint(&mut self) {
        if let Some(painter) = &mut self.painter {
            self.studio.flights(&mut self.flights);
            painter.paint(self.scenes.stage.size, &self.flights);
        }
        self.second.paint(&mut self.studio);
        self.diagram.show(self.studio.look_at_chosen(|studio| studio.spacetime_picture()));
    }

    /// Hands the latest sentence to the live region, not more often than a person can listen.
    fn speak(&mut self, at_ms: f64) -> bool {
        if at_ms - self.last_said_ms < SAY_EVERY_MS {
            return false;
        }
        let Some(text) = self.unsaid.take() else { return false };
        self.last_said_ms = at_ms;
        self.spoken = text;
        let changed = self.scenes.rest.spoken != self.spoken;
        self.scenes.rest.spoken.clone_from(&self.spoken);
        changed
    }

    /// Writes what changes at every frame straight into the elements.
    fn write_live(&self) {
        let session = self.studio.session();
        let now = session.now();
        // Where the thumb stands: where a replay is going, not where it has got to.
        let shown = if self.studio.is_rebuilding() { session.goal() } else { now };
        let end = session.horizon().max(shown).max(Time(1_000_000));
        if let Some(ground) = self.places.ground.cast::<Element>() {
            // Setting an attribute fails only for a bad name.
            let _ = ground.set_attribute("data-run-time-ns", &now.0.to_string());
            let _ = ground.set_attribute("data-in-flight", &self.flights.len().to_string());
            let _ = ground.set_attribute("data-run-hash", &hex(session.hash()));
            let _ =
                ground.set_attribute("data-playing", if self.studio.is_playing() { "true" } else { "false" });
            let _ =
                ground.set_attribute("data-over", if self.studio.is_over_message() { "message" } else { "" });
            let _ = ground
                .set_attribute("data-replaying", if self.studio.is_rebuilding() { "true" } else { "false" });
        }
        let words = units::playhead(shown);
        if let Some(scrub) = self.places.scrub.cast::<HtmlInputElement>() {
            scrub.set_max(&format!("{:.6}", end.as_ms()));
            scrub.set_value(&format!("{:.6}", shown.as_ms()));
            let _ = scrub.set_attribute("aria-valuetext", &words);
        }
        if let Some(track) = self.places.track.cast::<Element>() {
            let _ = track.set_attribute("viewBox", &format!("0 0 {:.3} 16", end.as_ms()));
        }
        if let Some(clock) = self.places.clock.cast::<Element>() {
            clock.set_text_content(Some(&words));
        }
    }

    /// Keeps the run's address for the card that a panic shows.
    fn remember(&self) {
        if let Ok(payload) = self.studio.session().link() {
            platform::remember_run(format!("{}{}", platform::base(), Route::Run(payload).print()));
        }
    }

    fn observe(&mut self, ctx: &Context<Self>) {
        let Some(ground) = self.places.ground.cast::<Element>() else { return };
        let link = ctx.link().clone();
        let measured = Closure::<dyn FnMut()>::new(move || link.send_message(Msg::Measured));
        let Ok(observer) = ResizeObserver::new(measured.as_ref().unchecked_ref()) else { return };
        observer.observe(&ground);
        self._observer = Some((observer, measured));
    }

    fn header(&self) -> Html {
        let rest = &self.scenes.rest;
        let mean = |intent: Intent| self.on.reform(move |_: MouseEvent| intent.clone());
        let current = |here: bool| here.then_some("page");
        let theme = rest.theme.next();
        let theme_words = format!("Colours: {}; switch to {}", rest.theme.name(), theme.name());
        html! {
            <header class="top">
                <h1><a href="#/lab">{ "Netsplit" }</a></h1>
                <nav aria-label="Views">
                    <a href="#/chapter/1" aria-current={current(rest.route.is_chapter())}>{ "Chapter 1" }</a>
                    <a href="#/lab" aria-current={current(rest.route.is_lab())}>{ "Lab" }</a>
                    <a href="#/history" aria-current={current(rest.route.is_history())}>{ "Histories" }</a>
                    <a href="#/evidence" aria-current={current(rest.route.is_evidence())}>{ "How do we know?" }</a>
                </nav>
                <div class="tools">
                    <button type="button" class="share-button" data-control="share" aria-label="Share" onclick={mean(Intent::Shared)}>
                        { icon(Icon::Share) }<span>{ "Share" }</span>
                    </button>
                    <button type="button" class="share-button" data-control="present" aria-label="Present"
                        aria-expanded={if self.scenes.present.is_some() { "true" } else { "false" }}
                        onclick={mean(Intent::Present(PresentIntent::ToggledPanel))}>
                        { icon(Icon::Present) }<span>{ "Present" }</span>
                    </button>
                    <button type="button" class="quiet" data-control="theme" title={theme_words.clone()}
                        aria-label={theme_words} onclick={mean(Intent::ChoseTheme(theme))}>{ icon(Icon::Theme) }</button>
                    <button type="button" class="quiet question" data-control="help" title="Help (?)" aria-label="Help"
                        onclick={mean(Intent::ToggledHelp)}>{ "?" }</button>
                </div>
            </header>
        }
    }

    /// What is selected, as a button that shows it whole.
    fn selected(&self) -> Html {
        let Some(words) = self.scenes.rest.selected.clone() else { return html! {} };
        let show = self.on.reform(|_: MouseEvent| Intent::Looked(Panel::Inside));
        html! {
            <button type="button" class="selected-chip" data-control="inspect" onclick={show}
                title={format!("Selected: {words}. Show it in the inspector")}>
                <span class="unseen">{ "Selected: " }</span><b>{ words }</b><span>{ "Inspect" }</span></button>
        }
    }

    /// Which of the panels is shown.
    fn panel_choice(&self, shown: Panel) -> Html {
        let choice = |panel: Panel, name: &'static str, words: &'static str| {
            let choose = self.on.reform(move |_: MouseEvent| Intent::Looked(panel));
            html! {
                <button type="button" data-control={name} onclick={choose}
                    aria-pressed={if shown == panel { "true" } else { "false" }}>{ words }</button>
            }
        };
        html! {
            <>
                <h2 class="unseen">{ panel_title(shown) }</h2>
                <div class={classes!("panel-choice", self.scenes.rest.is_split.then_some("five"), self.scenes.compare.is_some().then_some("wraps"))} role="group" aria-label="Panel">
                    { choice(Panel::Clients, "panel-clients", "Clients") }
                    { choice(Panel::Inside, "panel-inside", "Inside") }
                    if self.scenes.rest.is_split { { choice(Panel::Split, "panel-split", "Data") } }
                    { choice(Panel::Models, "panel-models", "Models") }
                    { choice(Panel::Runs, "panel-runs", "Many runs") }
                    if self.scenes.compare.is_some() { { choice(Panel::Compare, "panel-compare", "Compare") } }
                </div>
            </>
        }
    }

    fn stage(&self) -> Html {
        let menu = self.scenes.menu.as_ref().map(|menu| {
            html! { <MenuView menu={menu.clone()} size={self.scenes.stage.size} on={self.on.clone()} /> }
        });
        let calls = &self.callbacks;
        html! {
            <StageView stage={self.scenes.stage.clone()} legend={self.scenes.legend.clone()}
                canvas={self.places.canvas.clone()} ground={self.places.ground.clone()} on={self.on.clone()}
                onpointerdown={calls.down.clone()} onpointermove={calls.moved.clone()}
                onpointerup={calls.up.clone()} onpointercancel={calls.cancel.clone()}
                oncontextmenu={calls.context.clone()} onfocusin={calls.focusin.clone()}
                title={(*self.scenes.compare).as_ref().map_or_else(AttrValue::default, |scene| scene.titles[0].clone().into())}>
                { for menu }
            </StageView>
        }
    }
}
