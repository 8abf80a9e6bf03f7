//! The stage as a picture that needs nothing else: an SVG with its own colours, for slides and handouts. It is always on
//! white paper, whatever theme the page has.

use std::fmt::Write;

use netsplit_sim::frame::Status;

use crate::dock::View;
use crate::flights::{Flight, Shape};
use crate::geometry::Point;
use crate::intent::Effect;
use crate::stage::{
    BLOCK, BLOCKS_IN_ROW, CLIENT_RADIUS, ClientMark, Cut, LinkMark, NODE_RADIUS, NodeMark, Stage,
};
use crate::studio::Studio;

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines and texts, sharp at any size.
    Svg,
    /// Pixels.
    Png,
}

/// What a picture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The stage as it is now.
    Stage,
    /// The space-time diagram, in the window and with the selection that its view has.
    SpaceTime,
}

/// The page's colours on light paper; a test holds them to the style sheet.
const PAPER: &str = "#fcfbf8";
const INK: &str = "#1d1c1a";
const INK_2: &str = "#55524b";
const INK_3: &str = "#6d695f";
const BAD: &str = "#b03c00";
const VERSIONS: [&str; 7] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];
const KINDS: [&str; 7] = ["#4a4742", "#1d1c1a", "#14506b", "#6b4a00", "#5b2c78", "#7d1f2e", "#22542b"];

impl Studio {
    pub(crate) fn save_picture(&mut self, of: Of, form: Form) {
        let (svg, size, name) = match of {
            Of::Stage => {
                let stage = self.stage();
                let mut flights = Vec::new();
                self.flights(&mut flights);
                (stage_svg(&stage, &flights), stage.size, self.file_name())
            }
            Of::SpaceTime => {
                // The view makes it, open or not.
                let open = self.dock.replace(View::SpaceTime);
                let scene = self.spacetime_scene();
                self.dock = open;
                let Some(scene) = scene else { return };
                let svg = crate::spacetime::svg::svg(&scene);
                (svg, scene.picture.size, format!("{}-space-time", self.file_name()))
            }
        };
        self.effects.push(match form {
            Form::Svg => Effect::Save { name: format!("{name}.svg"), text: svg },
            Form::Png => Effect::SavePixels {
                name: format!("{name}.png"),
                svg,
                width: size.width,
                height: size.height,
            },
        });
    }
}

/// A text that may stand in an element or an attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to say most of these.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The stage with its messages, as an SVG document.
#[must_use]
pub fn stage_svg(stage: &Stage, flights: &[Flight]) -> String {
    let (width, height) = (stage.size.width, stage.size.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"Source Serif 4, Charter, Georgia, serif\" font-size=\"13\" fill=\"{INK}\">\n\
         <title>A cluster in Netsplit</title>\n<rect width=\"100%\" height=\"100%\" fill=\"{PAPER}\"/>\n"
    );
    for mark in &stage.links {
        link(&mut out, mark);
    }
    for mark in &stage.moves {
        line(&mut out, (mark.from, mark.to), INK_2, 5.0, " stroke-opacity=\"0.5\"");
    }
    for one in flights {
        flight(&mut out, one);
    }
    for mark in &stage.links {
        if let Some((at, words)) = &mark.label {
            let colour = if mark.cut == Cut::No { INK_2 } else { BAD };
            text(&mut out, Point::new(at.x, at.y + 4.0), words, colour, &halo("font-size=\"12\""));
        }
    }
    for mark in &stage.clients {
        client(&mut out, mark);
    }
    for mark in &stage.nodes {
        node(&mut out, mark);
    }
    let (length, words) = &stage.scale;
    let y = height - 18.0;
    put(
        &mut out,
        format_args!("<path d=\"M16 {:.1}v6h{length:.1}v-6\" fill=\"none\" stroke=\"{INK_2}\"/>\n", y - 6.0),
    );
    let start = "text-anchor=\"start\" font-size=\"12\"";
    text(&mut out, Point::new(22.0 + length, y), words, INK_2, start);
    out.push_str("</svg>\n");
    out
}

/// Writing to a string can't fail.
fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(what);
}

/// The attributes of a text that stays legible over lines.
fn halo(more: &str) -> String {
    format!("{more} stroke=\"{PAPER}\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\"")
}

fn text(out: &mut String, at: Point, words: &str, colour: &str, more: &str) {
    let anchor = if more.contains("text-anchor") { "" } else { "text-anchor=\"middle\" " };
    let (x, y, words) = (at.x, at.y, escaped(words));
    put(
        out,
        format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" {anchor}fill=\"{colour}\" {more}>{words}</text>\n"),
    );
}

fn line(out: &mut String, (from, to): (Point, Point), colour: &str, width: f64, more: &str) {
    put(
        out,
        format_args!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\" \
             stroke-linecap=\"round\"{more}/>\n",
            from.x, from.y, to.x, to.y
        ),
    );
}

fn link(out: &mut String, mark: &LinkMark) {
    let (colour, more) = match mark.cut {
        Cut::No if mark.home => (INK_3, " stroke-dasharray=\"1 5\""),
        Cut::No => (INK_3, ""),
        Cut::Both => (BAD, " stroke-dasharray=\"3 9\""),
        Cut::Forward | Cut::Back => (BAD, ""),
    };
    line(out, (mark.from, mark.to), colour, 1.6, more);
    // A one-way cut has an arrow head where messages still arrive.
    let head = match mark.cut {
        Cut::Forward => Some((mark.to, mark.from)),
        Cut::Back => Some((mark.from, mark.to)),
        Cut::No | Cut::Both => None,
    };
    if let Some((from, to)) = head {
        let away = from.distance(to).max(1.0);
        let way = Point::new((to.x - from.x) / away, (to.y - from.y) / away);
        polygon(out, &arrow(to, way), BAD, BAD, 1.0);
    }
}

fn arrow(at: Point, way: Point) -> Vec<Point> {
    vec![
        Point::new(at.x + way.x * 7.5, at.y + way.y * 7.5),
        Point::new(at.x - way.x * 5.0 - way.y * 5.0, at.y - way.y * 5.0 + way.x * 5.0),
        Point::new(at.x - way.x * 5.0 + way.y * 5.0, at.y - way.y * 5.0 - way.x * 5.0),
    ]
}

fn polygon(out: &mut String, corners: &[Point], fill: &str, stroke: &str, opacity: f64) {
    let points: Vec<String> = corners.iter().map(|at| format!("{:.1},{:.1}", at.x, at.y)).collect();
    let points = points.join(" ");
    put(
        out,
        format_args!(
            "<polygon points=\"{points}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.8\" \
             stroke-linejoin=\"round\" opacity=\"{opacity:.2}\"/>\n"
        ),
    );
}

/// Corners around a message, as on the page's canvas.
fn corners(shape: Shape) -> &'static [(f64, f64)] {
    match shape {
        Shape::Arrow | Shape::Disc => &[],
        Shape::Square => &[(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)],
        Shape::Diamond => &[(6.8, 0.0), (0.0, 6.8), (-6.8, 0.0), (0.0, -6.8)],
        Shape::Hexagon => &[(6.2, 0.0), (3.1, 5.4), (-3.1, 5.4), (-6.2, 0.0), (-3.1, -5.4), (3.1, -5.4)],
        Shape::Bar => &[(-3.0, -6.5), (3.0, -6.5), (3.0, 6.5), (-3.0, 6.5)],
        Shape::Triangle => &[(0.0, -6.4), (5.5, 3.2), (-5.5, 3.2)],
        Shape::Star => &[
            (0.0, -7.5),
            (2.2, -2.2),
            (7.5, 0.0),
            (2.2, 2.2),
            (0.0, 7.5),
            (-2.2, 2.2),
            (-7.5, 0.0),
            (-2.2, -2.2),
        ],
        Shape::Pennant => &[(-6.0, -5.0), (6.0, -5.0), (2.0, 0.0), (6.0, 5.0), (-6.0, 5.0)],
        Shape::Plus => &[
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
        ],
    }
}

fn hue(hue: Option<u8>) -> Option<&'static str> {
    hue.map(|hue| VERSIONS[usize::from(hue) % VERSIONS.len()])
}

fn flight(out: &mut String, flight: &Flight) {
    let (at, opacity) = (flight.at, flight.strength.clamp(0.0, 1.0));
    if flight.lost {
        let d = format!("M{:.1} {:.1}l10 10m0-10l-10 10", at.x - 5.0, at.y - 5.0);
        put(
            out,
            format_args!(
                "<path d=\"{d}\" stroke=\"{BAD}\" stroke-width=\"2.5\" opacity=\"{opacity:.2}\"/>\n"
            ),
        );
        return;
    }
    let fill = hue(flight.fill).unwrap_or(PAPER);
    let stroke = KINDS[usize::from(flight.outline) % KINDS.len()];
    match flight.shape {
        Shape::Disc => put(
            out,
            format_args!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"5.2\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.8\" \
                 opacity=\"{opacity:.2}\"/>\n",
                at.x, at.y
            ),
        ),
        Shape::Arrow => polygon(out, &arrow(at, flight.way), fill, stroke, opacity),
        shape => {
            let around: Vec<Point> =
                corners(shape).iter().map(|(dx, dy)| Point::new(at.x + dx, at.y + dy)).collect();
            polygon(out, &around, fill, stroke, opacity);
        }
    }
    if flight.held {
        put(
            out,
            format_args!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"12\" fill=\"none\" stroke=\"{BAD}\" stroke-width=\"2.2\"/>\n",
                at.x, at.y
            ),
        );
    }
}

fn client(out: &mut String, mark: &ClientMark) {
    let (at, r) = (mark.at, CLIENT_RADIUS);
    let stroke = hue(mark.hue).unwrap_or(INK_3);
    let dashes = if mark.waiting { " stroke-dasharray=\"7 4\"" } else { "" };
    let d = format!("M{:.1} {:.1}l{r} {r} -{r} {r} -{r} -{r}z", at.x, at.y - r);
    // Paper first: the tint lets links shine through.
    put(out, format_args!("<path d=\"{d}\" fill=\"{PAPER}\"/>\n"));
    put(
        out,
        format_args!(
            "<path d=\"{d}\" fill=\"{stroke}\" fill-opacity=\"0.26\" stroke=\"{stroke}\" stroke-width=\"4\" \
             stroke-linejoin=\"round\"{dashes}/>\n"
        ),
    );
    text(out, Point::new(at.x, at.y + 5.0), &mark.name, INK, "font-weight=\"600\"");
    let colour = if mark.failed { BAD } else { INK_2 };
    text(out, Point::new(at.x, at.y + r + 14.0), &mark.saw, colour, &halo("font-size=\"12\""));
}

fn node(out: &mut String, mark: &NodeMark) {
    let (x, y, r) = (mark.at.x, mark.at.y, NODE_RADIUS);
    let down = mark.status == Status::Down;
    let stroke = hue(mark.hues.first().copied()).filter(|_| !down).unwrap_or(INK_3);
    put(out, format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" fill=\"{PAPER}\"/>\n"));
    let (opacity, dashes) = if down { (0.0, " stroke-dasharray=\"4 4\"") } else { (0.26, "") };
    put(
        out,
        format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" fill=\"{stroke}\" fill-opacity=\"{opacity}\" \
             stroke=\"{stroke}\" stroke-width=\"5\"{dashes}/>\n"
        ),
    );
    if mark.hues.len() > 1 {
        // Each of several values has its share of the ring.
        let around = r * std::f64::consts::TAU;
        let length = around / mark.hues.len() as f64;
        for (place, one) in mark.hues.iter().enumerate() {
            let colour = hue(Some(*one)).unwrap_or(INK_3);
            let offset = -length * place as f64;
            put(
                out,
                format_args!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"5\" \
                     stroke-dasharray=\"{length:.1} {:.1}\" stroke-dashoffset=\"{offset:.1}\"/>\n",
                    around - length
                ),
            );
        }
    }
    if mark.status == Status::Paused {
        let d = format!("M{:.1} {:.1}v9m9-9v9", x - 4.5, y + 14.0);
        put(out, format_args!("<path d=\"{d}\" stroke=\"{INK}\" stroke-width=\"3\"/>\n"));
    }
    text(out, Point::new(x, y - 5.0), &mark.name, INK, "font-weight=\"600\"");
    text(
        out,
        Point::new(x, y + 12.0),
        &mark.value,
        INK,
        "font-family=\"IBM Plex Mono, monospace\" font-size=\"13\"",
    );
    let term = mark.term.map(|term| format!("term {term}")).unwrap_or_default();
    if mark.leads {
        let left = x - if term.is_empty() { 9.0 } else { 32.0 };
        let top = y - r - 20.0;
        put(
            out,
            format_args!("<path d=\"M{left:.1} {:.1}v-11l5 4.5 4-7.5 4 7.5 5-4.5v11z\"/>\n", top + 14.0),
        );
    }
    if !term.is_empty() {
        let along = if mark.leads { x + 12.0 } else { x };
        text(out, Point::new(along, y - r - 8.0), &term, INK, "font-size=\"12\"");
    }
    let badge =
        if mark.queue > 1 { format!("{} · {} in line", mark.badge, mark.queue) } else { mark.badge.clone() };
    let colour = if mark.status == Status::Up { INK_2 } else { BAD };
    text(out, Point::new(x, y + r + 17.0), &badge, colour, &halo("font-size=\"12\""));
    let (wide, high) = BLOCK;
    let top = y + r + if badge.is_empty() { 7.0 } else { 23.0 };
    for (place, block) in mark.blocks.iter().enumerate() {
        let row = place / BLOCKS_IN_ROW;
        let in_row = (mark.blocks.len() - row * BLOCKS_IN_ROW).min(BLOCKS_IN_ROW);
        let left = x + ((place % BLOCKS_IN_ROW) as f64 - in_row as f64 / 2.0) * wide + 1.0;
        let (y, w, h) = (top + row as f64 * high, wide - 2.0, high - 2.0);
        put(
            out,
            format_args!(
                "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{w}\" height=\"{h}\" rx=\"2\" fill=\"{PAPER}\" stroke=\"{INK_2}\"/>\n"
            ),
        );
        text(out, Point::new(left + w / 2.0, y + 11.0), &block.label, INK, "font-size=\"11\"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::intent::Intent;
    use crate::{Preferences, Studio};

    #[test]
    fn the_colours_are_those_of_the_page_on_light_paper() {
        let sheet = include_str!("../../../static/style.css");
        let token = |name: &str| {
            let rest = sheet.split_once(&format!("--{name}: light-dark(")).expect(name).1;
            rest.split_once(',').expect("two colours").0
        };
        let all = [("paper", PAPER), ("ink", INK), ("ink-2", INK_2), ("ink-3", INK_3), ("bad", BAD)];
        for (name, colour) in all {
            assert_eq!(token(name), colour, "{name}");
        }
        for (place, colour) in VERSIONS.iter().enumerate() {
            assert_eq!(token(&format!("version-{place}")), *colour);
        }
        for (place, colour) in KINDS.iter().enumerate() {
            assert_eq!(token(&format!("kind-{place}")), *colour);
        }
    }

    #[test]
    fn the_picture_holds_what_the_stage_shows_and_nothing_from_elsewhere() {
        let mut studio = Studio::new("https://example.org/", "", &Preferences::default());
        studio.update(Intent::Resized(Size { width: 700.0, height: 500.0 }));
        for _ in 0..40 {
            studio.tick(50.0, &mut || true);
        }
        let mut stage = studio.stage();
        let mut flights = Vec::new();
        studio.flights(&mut flights);
        stage.nodes[0].name = "a<b>&\"c\"".to_owned();
        let svg = stage_svg(&stage, &flights);
        assert!(svg.contains("a&lt;b&gt;&amp;&quot;c&quot;") && !svg.contains("a<b"));
        for name in stage.nodes.iter().skip(1).map(|node| &node.name) {
            assert!(svg.contains(&format!(">{name}</text>")), "{name}");
        }
        assert_eq!(svg.matches("<line ").count(), stage.links.len() + stage.moves.len());
        for foreign in ["href", "url(", "var(", "class=", "style=", "<script", "NaN", "inf"] {
            assert!(!svg.contains(foreign), "{foreign}");
        }
        assert_eq!(svg.matches("<text ").count(), svg.matches("</text>").count());
    }
}
