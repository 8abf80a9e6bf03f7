//! Paints the space-time diagram on its canvas. Marks of one look are one path, so that thousands of them cost a handful of
//! strokes.

use gloo::utils::{document, window};
use netsplit_studio::geometry::{Point, Size};
use netsplit_studio::spacetime::picture::{Arrow, Band, Dot, Line, Picture, Role, Shape, Tip};
use netsplit_studio::spacetime::svg::head;
use netsplit_studio::timebar::Trouble;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Colours of the kinds of messages in the style sheet: `--kind-0` and on.
const KINDS: usize = 7;
/// From the back to the front.
const ROLES: [Role; 6] =
    [Role::Concurrent, Role::Plain, Role::Past, Role::Future, Role::Between, Role::Selected];
/// The shapes, in the order of their buckets.
const SHAPES: [Shape; 6] =
    [Shape::Speck, Shape::Ring, Shape::Square, Shape::Call, Shape::Return, Shape::Diamond];
/// How visible what is concurrent with the selection is.
const PALE: f64 = 0.3;
/// Arrows have heads as long as there are no more of them than this.
const HEADS: usize = 500;
/// With more events than this they are all drawn small, so that they do not cover each other.
const LARGE: usize = 600;
/// A turn.
const TAU: f64 = std::f64::consts::TAU;

/// The diagram on its canvas.
#[derive(Default)]
pub(crate) struct Diagram {
    brush: Option<Brush>,
    shown: Option<Picture>,
    /// Marks by their look, kept from frame to frame.
    buckets: Vec<Vec<usize>>,
}

struct Brush {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    size: Size,
    ratio: f64,
    colours: Colours,
    font: String,
}

#[derive(Default)]
struct Colours {
    kinds: Vec<String>,
    paper: String,
    ink: String,
    faint: String,
    rule: String,
    accent: String,
    future: String,
    bad: String,
}

impl Diagram {
    /// Takes the colours of the theme anew at the next frame.
    pub(crate) fn read_colours(&mut self) {
        self.shown = None;
        if let Some(brush) = &mut self.brush {
            brush.read_colours();
        }
    }

    /// The view is closed.
    pub(crate) fn leave(&mut self) {
        self.brush = None;
        self.shown = None;
    }

    /// Paints a picture on the canvas of that id, unless it is there already.
    pub(crate) fn paint_on(&mut self, id: &str, picture: Picture) {
        let element = document().get_element_by_id(id);
        let Some(canvas) = element.and_then(|element| element.dyn_into::<HtmlCanvasElement>().ok()) else {
            self.leave();
            return;
        };
        if self.brush.as_ref().is_none_or(|brush| brush.canvas != canvas) {
            self.brush = Brush::new(canvas);
            self.shown = None;
        }
        let Some(brush) = &mut self.brush else { return };
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        if self.shown.as_ref() == Some(&picture) && (ratio - brush.ratio).abs() < 1e-9 {
            return;
        }
        brush.begin(picture.size, ratio);
        brush.draw(&picture, &mut self.buckets);
        self.shown = Some(picture);
    }
}

impl Brush {
    fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok().flatten()?.dyn_into().ok()?;
        let mut brush = Self {
            canvas,
            context,
            size: Size::default(),
            ratio: 0.0,
            colours: Colours::default(),
            font: String::new(),
        };
        brush.read_colours();
        Some(brush)
    }

    /// As the stage's painter does: a custom property is worked out only as the colour of something.
    fn read_colours(&mut self) {
        let Ok(Some(computed)) = window().get_computed_style(&self.canvas) else { return };
        let style = self.canvas.style();
        let colour = |name: &str| {
            let _ = style.set_property("color", &format!("var({name})"));
            computed.get_property_value("color").unwrap_or_default()
        };
        self.colours = Colours {
            kinds: (0..KINDS).map(|kind| colour(&format!("--kind-{kind}"))).collect(),
            paper: colour("--paper"),
            ink: colour("--ink"),
            faint: colour("--ink-3"),
            rule: colour("--rule"),
            accent: colour("--accent"),
            future: colour("--future"),
            bad: colour("--bad"),
        };
        let family = computed.get_property_value("font-family").unwrap_or_default();
        self.font = format!("12px {family}");
    }

    fn begin(&mut self, size: Size, ratio: f64) {
        if size != self.size || (ratio - self.ratio).abs() > 1e-9 {
            (self.size, self.ratio) = (size, ratio);
            self.canvas.set_width((size.width * ratio) as u32);
            self.canvas.set_height((size.height * ratio) as u32);
            let style = self.canvas.style();
            let _ = style.set_property("width", &format!("{}px", size.width));
            let _ = style.set_property("height", &format!("{}px", size.height));
        }
        // Setting a transform fails for no numbers that a size can have.
        let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        self.context.clear_rect(0.0, 0.0, size.width, size.height);
        self.context.set_font(&self.font);
    }

    fn draw(&self, picture: &Picture, buckets: &mut Vec<Vec<usize>>) {
        let context = &self.context;
        self.axis(picture);
        let (left, right) = picture.plot;
        context.save();
        context.begin_path();
        context.rect(left - 4.0, 0.0, right - left + 8.0, picture.axis);
        context.clip();
        for band in &picture.bands {
            self.band(band);
        }
        for line in &picture.lines {
            self.line(line);
        }
        self.arrows(&picture.arrows, buckets);
        self.dots(&picture.dots, buckets);
        if let Some(x) = picture.playhead {
            self.stroke(&self.colours.accent, 1.5, |context| {
                context.move_to(x, 0.0);
                context.line_to(x, picture.axis);
            });
        }
        context.restore();
        context.set_text_align("left");
        for line in &picture.lines {
            context.set_fill_style_str(if line.selected { &self.colours.accent } else { &self.colours.ink });
            let _ = context.fill_text_with_max_width(&line.name, 2.0, line.y + 4.0, left - 8.0);
        }
    }

    fn stroke(&self, colour: &str, width: f64, path: impl FnOnce(&CanvasRenderingContext2d)) {
        let context = &self.context;
        context.begin_path();
        path(context);
        context.set_stroke_style_str(colour);
        context.set_line_width(width);
        context.stroke();
    }

    fn axis(&self, picture: &Picture) {
        let context = &self.context;
        self.stroke(&self.colours.rule, 1.0, |context| {
            for (x, _) in &picture.ticks {
                context.move_to(*x, 0.0);
                context.line_to(*x, picture.axis + 3.0);
            }
        });
        context.set_fill_style_str(&self.colours.faint);
        let y = picture.axis + 15.0;
        let _ = context.fill_text("ms", 2.0, y);
        context.set_text_align("center");
        for (x, text) in &picture.ticks {
            // At the edges a number would be cut off.
            if *x + 14.0 < picture.size.width {
                let _ = context.fill_text(text, *x, y);
            }
        }
    }

    fn band(&self, band: &Band) {
        let context = &self.context;
        let (colour, strength) = match band.trouble {
            Trouble::Cut => (&self.colours.bad, 0.12),
            Trouble::Down => (&self.colours.bad, 0.28),
            Trouble::Paused | Trouble::Odd => (&self.colours.faint, 0.3),
        };
        context.set_global_alpha(strength);
        context.set_fill_style_str(colour);
        context.fill_rect(band.from, band.y - band.height / 2.0, band.to - band.from, band.height);
        context.set_global_alpha(1.0);
    }

    fn line(&self, line: &Line) {
        let context = &self.context;
        if line.is_client {
            let dashes = js_sys::Array::of2(&JsValue::from_f64(2.0), &JsValue::from_f64(3.0));
            let _ = context.set_line_dash(&dashes);
        }
        let (colour, width) =
            if line.selected { (&self.colours.accent, 2.0) } else { (&self.colours.faint, 1.0) };
        self.stroke(colour, width, |context| {
            for (from, to) in &line.pieces {
                context.move_to(*from, line.y);
                context.line_to(*to, line.y);
            }
        });
        let _ = context.set_line_dash(&js_sys::Array::new());
    }

    /// Colour, width and strength of a role; without a colour it is that of the kind.
    fn look(&self, role: Role) -> (Option<&str>, f64, f64) {
        match role {
            Role::Plain => (None, 1.2, 1.0),
            Role::Concurrent => (None, 1.0, PALE),
            Role::Past | Role::Between => (Some(&self.colours.accent), 2.0, 1.0),
            Role::Future => (Some(&self.colours.future), 2.0, 1.0),
            Role::Selected => (Some(&self.colours.ink), 3.0, 1.0),
        }
    }

    fn arrows(&self, arrows: &[Arrow], buckets: &mut Vec<Vec<usize>>) {
        let context = &self.context;
        sort(buckets, ROLES.len() * KINDS, arrows, |arrow| {
            place(&ROLES, arrow.role) * KINDS + usize::from(arrow.outline).min(KINDS - 1)
        });
        let has_heads = arrows.len() <= HEADS;
        for (number, bucket) in buckets.iter().enumerate().filter(|(_, bucket)| !bucket.is_empty()) {
            let (colour, width, strength) = self.look(ROLES[number / KINDS]);
            context.set_global_alpha(strength);
            let kind = self.colours.kinds.get(number % KINDS).map_or("", String::as_str);
            self.stroke(colour.unwrap_or(kind), width, |context| {
                for arrow in bucket.iter().map(|index| &arrows[*index]) {
                    context.move_to(arrow.from.x, arrow.from.y);
                    context.line_to(arrow.to.x, arrow.to.y);
                    if arrow.tip == Tip::Arrived && has_heads && arrow.from.distance(arrow.to) > 10.0 {
                        let [left, right] = head(arrow.from, arrow.to);
                        context.move_to(left.x, left.y);
                        context.line_to(arrow.to.x, arrow.to.y);
                        context.line_to(right.x, right.y);
                    }
                }
            });
        }
        self.crosses(arrows);
        context.set_global_alpha(1.0);
    }

    fn crosses(&self, arrows: &[Arrow]) {
        for (is_pale, strength) in [(true, PALE), (false, 1.0)] {
            self.context.set_global_alpha(strength);
            self.stroke(&self.colours.bad, 2.0, |context| {
                let lost =
                    |arrow: &&Arrow| arrow.tip == Tip::Lost && (arrow.role == Role::Concurrent) == is_pale;
                for Arrow { to, .. } in arrows.iter().filter(lost) {
                    context.move_to(to.x - 3.5, to.y - 3.5);
                    context.line_to(to.x + 3.5, to.y + 3.5);
                    context.move_to(to.x + 3.5, to.y - 3.5);
                    context.line_to(to.x - 3.5, to.y + 3.5);
                }
            });
        }
    }

    fn dots(&self, dots: &[Dot], buckets: &mut Vec<Vec<usize>>) {
        let context = &self.context;
        let has_room = dots.len() <= LARGE;
        sort(buckets, ROLES.len() * SHAPES.len(), dots, |dot| {
            let shape = if has_room || dot.role == Role::Selected { dot.shape } else { Shape::Speck };
            place(&ROLES, dot.role) * SHAPES.len() + place(&SHAPES, shape)
        });
        for (number, bucket) in buckets.iter().enumerate().filter(|(_, bucket)| !bucket.is_empty()) {
            let role = ROLES[number / SHAPES.len()];
            let shape = SHAPES[number % SHAPES.len()];
            let (colour, _, strength) = self.look(role);
            let colour = colour.unwrap_or(&self.colours.ink);
            context.set_global_alpha(strength);
            context.begin_path();
            for index in bucket {
                outline(context, shape, dots[*index].at);
            }
            context.set_fill_style_str(if shape == Shape::Ring { &self.colours.paper } else { colour });
            context.fill();
            if shape == Shape::Ring {
                context.set_stroke_style_str(colour);
                context.set_line_width(1.5);
                context.stroke();
            }
        }
        context.set_global_alpha(1.0);
        // What depends on it is told by more than its colour: a ring around what is selected.
        for dot in dots.iter().filter(|dot| dot.role == Role::Selected) {
            self.stroke(&self.colours.ink, 2.0, |context| {
                let _ = context.arc(dot.at.x, dot.at.y, 8.0, 0.0, TAU);
            });
        }
    }
}

fn place<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|other| *other == one).unwrap_or(0)
}

/// Sorts marks into buckets by their look.
fn sort<T>(buckets: &mut Vec<Vec<usize>>, count: usize, marks: &[T], look: impl Fn(&T) -> usize) {
    buckets.resize_with(count, Vec::new);
    buckets.iter_mut().for_each(Vec::clear);
    for (index, mark) in marks.iter().enumerate() {
        if let Some(bucket) = buckets.get_mut(look(mark)) {
            bucket.push(index);
        }
    }
}

fn outline(context: &CanvasRenderingContext2d, shape: Shape, Point { x, y }: Point) {
    match shape {
        // A square of three pixels looks round and costs less than an arc.
        Shape::Speck => context.rect(x - 1.5, y - 1.5, 3.0, 3.0),
        Shape::Ring => {
            context.move_to(x + 3.2, y);
            let _ = context.arc(x, y, 3.2, 0.0, TAU);
        }
        Shape::Square => context.rect(x - 3.2, y - 3.2, 6.4, 6.4),
        Shape::Call => corners(context, [(x - 4.5, y + 4.0), (x + 4.5, y + 4.0), (x, y - 4.5)]),
        Shape::Return => corners(context, [(x - 4.5, y - 4.0), (x + 4.5, y - 4.0), (x, y + 4.5)]),
        Shape::Diamond => corners(context, [(x, y - 5.0), (x + 5.0, y), (x, y + 5.0), (x - 5.0, y)]),
    }
}

fn corners<const N: usize>(context: &CanvasRenderingContext2d, corners: [(f64, f64); N]) {
    for (number, (x, y)) in corners.into_iter().enumerate() {
        if number == 0 {
            context.move_to(x, y);
        } else {
            context.line_to(x, y);
        }
    }
    context.close_path();
}
