//! The canvas between links and nodes: messages at every frame, straight from the studio, without the
//! virtual DOM.

use gloo::utils::window;
use netsplit_studio::flights::{Flight, Shape};
use netsplit_studio::geometry::Size;
use netsplit_studio::versions::HUES;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::platform;

/// Outline colours in the style sheet: `--kind-0` and on.
const KINDS: usize = 7;
/// A turn.
const TAU: f64 = std::f64::consts::TAU;

/// Draws messages.
pub(crate) struct Painter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    size: Size,
    ratio: f64,
    kinds: Vec<String>,
    versions: Vec<String>,
    paper: String,
    ink: String,
    lost: String,
}

impl Painter {
    /// A painter on a canvas.
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok().flatten()?.dyn_into().ok()?;
        let mut painter = Self {
            canvas,
            context,
            size: Size::default(),
            ratio: 0.0,
            kinds: Vec::new(),
            versions: Vec::new(),
            paper: String::new(),
            ink: String::new(),
            lost: String::new(),
        };
        painter.read_colours();
        Some(painter)
    }

    /// Takes the colours of the theme from the style sheet.
    pub(crate) fn read_colours(&mut self) {
        // A custom property is handed out as it was written; only as the colour of something does the
        // browser work it out for the theme. The canvas itself has no use for one.
        let Ok(Some(computed)) = window().get_computed_style(&self.canvas) else { return };
        let style = self.canvas.style();
        let colour = |name: &str| {
            let _ = style.set_property("color", &format!("var({name})"));
            computed.get_property_value("color").unwrap_or_default()
        };
        self.kinds = (0..KINDS).map(|kind| colour(&format!("--kind-{kind}"))).collect();
        self.versions = (0..HUES).map(|hue| colour(&format!("--version-{hue}"))).collect();
        self.paper = colour("--paper");
        self.ink = colour("--ink");
        self.lost = colour("--bad");
    }

    /// Draws every flight on a stage of this size.
    pub(crate) fn paint(&mut self, size: Size, flights: &[Flight]) {
        // On a projector the canvas is shown larger than it is.
        let ratio = (window().device_pixel_ratio() * platform::stage_scale()).clamp(1.0, 4.0);
        if size != self.size || (ratio - self.ratio).abs() > 1e-9 {
            self.size = size;
            self.ratio = ratio;
            self.canvas.set_width((size.width * ratio) as u32);
            self.canvas.set_height((size.height * ratio) as u32);
        }
        let context = &self.context;
        // Setting a transform fails for no numbers that a size can have.
        let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, size.width, size.height);
        context.set_line_join("round");
        context.set_line_cap("round");
        for flight in flights {
            context.begin_path();
            context.set_global_alpha(flight.strength.clamp(0.0, 1.0));
            if flight.lost {
                self.cross(flight);
            } else {
                self.shape(flight);
                self.marks(flight);
            }
        }
        context.set_global_alpha(1.0);
    }

    fn cross(&self, flight: &Flight) {
        let context = &self.context;
        let (x, y) = (flight.at.x, flight.at.y);
        context.move_to(x - 5.0, y - 5.0);
        context.line_to(x + 5.0, y + 5.0);
        context.move_to(x + 5.0, y - 5.0);
        context.line_to(x - 5.0, y + 5.0);
        context.set_line_width(2.5);
        context.set_stroke_style_str(&self.lost);
        context.stroke();
    }

    /// What a held message has: two bars above it, as on a pause button, and a ring; and the ring of one
    /// that is pointed at.
    fn marks(&self, flight: &Flight) {
        let context = &self.context;
        let (x, y) = (flight.at.x, flight.at.y);
        if flight.held || flight.lit {
            context.begin_path();
            let _ = context.arc(x, y, 12.0, 0.0, TAU);
            context.set_line_width(if flight.held { 2.2 } else { 1.4 });
            context.set_stroke_style_str(if flight.held { &self.lost } else { &self.ink });
            context.stroke();
        }
        if flight.held {
            context.begin_path();
            for side in [-3.0, 3.0] {
                context.move_to(x + side, y - 24.0);
                context.line_to(x + side, y - 16.0);
            }
            context.set_line_width(3.0);
            context.stroke();
        }
    }

    fn shape(&self, flight: &Flight) {
        let context = &self.context;
        let (x, y) = (flight.at.x, flight.at.y);
        match flight.shape {
            Shape::Arrow => {
                // A head that points the way: the tip ahead, two corners behind, to the left and right.
                let (wx, wy) = (flight.way.x, flight.way.y);
                context.move_to(x + wx * 7.5, y + wy * 7.5);
                context.line_to(x - wx * 5.0 - wy * 5.0, y - wy * 5.0 + wx * 5.0);
                context.line_to(x - wx * 5.0 + wy * 5.0, y - wy * 5.0 - wx * 5.0);
                context.close_path();
            }
            Shape::Disc => {
                let _ = context.arc(x, y, 5.2, 0.0, TAU);
            }
            Shape::Square => context.rect(x - 5.0, y - 5.0, 10.0, 10.0),
            Shape::Diamond => polygon(context, x, y, 6.8, 4, 0.0),
            Shape::Hexagon => polygon(context, x, y, 6.2, 6, 0.0),
            Shape::Bar => context.rect(x - 3.0, y - 6.5, 6.0, 13.0),
            Shape::Triangle => polygon(context, x, y, 6.4, 3, -TAU / 4.0),
            Shape::Star => outline(context, x, y, &STAR),
            Shape::Pennant => outline(context, x, y, &PENNANT),
            Shape::Plus => outline(context, x, y, &PLUS),
        }
        let fill = flight.fill.and_then(|hue| self.versions.get(usize::from(hue)));
        context.set_fill_style_str(fill.unwrap_or(&self.paper));
        context.fill();
        context.set_line_width(1.8);
        if let Some(outline) = self.kinds.get(usize::from(flight.outline)) {
            context.set_stroke_style_str(outline);
        }
        context.stroke();
    }
}

/// Corners of the shapes that are no regular polygons, from the middle of the message.
const STAR: [(f64, f64); 8] =
    [(0.0, -7.5), (2.2, -2.2), (7.5, 0.0), (2.2, 2.2), (0.0, 7.5), (-2.2, 2.2), (-7.5, 0.0), (-2.2, -2.2)];
const PENNANT: [(f64, f64); 5] = [(-6.0, -5.0), (6.0, -5.0), (2.0, 0.0), (6.0, 5.0), (-6.0, 5.0)];
const PLUS: [(f64, f64); 12] = [
    (-2.4, -6.5),
    (2.4, -6.5),
    (2.4, -2.4),
    (6.5, -2.4),
    (6.5, 2.4),
    (2.4, 2.4),
    (2.4, 6.5),
    (-2.4, 6.5),
    (-2.4, 2.4),
    (-6.5, 2.4),
    (-6.5, -2.4),
    (-2.4, -2.4),
];

fn outline(context: &CanvasRenderingContext2d, x: f64, y: f64, corners: &[(f64, f64)]) {
    for (place, (dx, dy)) in corners.iter().enumerate() {
        if place == 0 {
            context.move_to(x + dx, y + dy);
        } else {
            context.line_to(x + dx, y + dy);
        }
    }
    context.close_path();
}

fn polygon(context: &CanvasRenderingContext2d, x: f64, y: f64, radius: f64, corners: u32, turn: f64) {
    for corner in 0..corners {
        // The sine of a few corners is looked up each time: a frame has some hundred at most.
        let angle = turn + TAU * f64::from(corner) / f64::from(corners);
        let (dx, dy) = (js_sys::Math::cos(angle) * radius, js_sys::Math::sin(angle) * radius);
        if corner == 0 {
            context.move_to(x + dx, y + dy);
        } else {
            context.line_to(x + dx, y + dy);
        }
    }
    context.close_path();
}
