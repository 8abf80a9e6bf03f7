//! A chart as a file: its numbers as comma-separated values (RFC 4180), and a picture that needs nothing beside itself.

use super::{Key, Panel, SeriesScene, Stroke};
use crate::chart::Tick;
use crate::timebar::Trouble;

/// The colours of the picture: those of the light page.
const STYLE: &str = "text{font:11px Georgia,serif;fill:#55524b}.h{font-size:13px;fill:#1d1c1a}.e{text-anchor:end}.m{text-anchor:middle}\
.g{stroke:#ddd7ca}.c{stroke:#6d695f;stroke-dasharray:2 3}.n{stroke:#1d1c1a}.l,.d{fill:none;stroke-linejoin:round;stroke-linecap:round}\
.first{stroke:#0b5a8c;stroke-width:1.8}.second{stroke:#1d1c1a;stroke-width:1.3;stroke-dasharray:4 3}.wrong{stroke:#b03c00;stroke-width:1.8}\
.formula{stroke:#00694d;stroke-width:1.2;stroke-dasharray:6 3}.d{stroke-width:3.4;opacity:.7}.read{stroke:#6d695f}.write{stroke:#0b5a8c}\
.failed{stroke:#b03c00}.ring{fill:none;stroke:#e69f00;stroke-width:1.4}.f{fill:#00694d}\
.cut{fill:#e69f00}.down{fill:#b03c00}.paused{fill:#cc79a7}.odd{fill:#56b4e9}.b{opacity:.16}";

/// The numbers of a chart. Lines end with CR LF.
pub(super) fn csv(scene: &SeriesScene) -> String {
    let is_time = scene.spread.is_none();
    let mut head: Vec<String> =
        if is_time { vec!["from_ms".to_owned(), "to_ms".to_owned()] } else { vec!["percentile".to_owned()] };
    head.extend(scene.counts.map(str::to_owned));
    head.extend(scene.columns.iter().map(|column| format!("{} ({})", column.title, column.unit)));
    let mut text = line(head);
    for row in &scene.rows {
        let mut fields = Vec::new();
        if is_time {
            let ms = |number: u64| number.saturating_mul(scene.step) as f64 / 1e6;
            fields.push(ms(row.id).to_string());
            fields.push(ms(row.id + 1).to_string());
        } else {
            fields.push(row.head.clone());
        }
        if scene.counts.is_some() {
            fields.push(row.count.to_string());
        }
        let values = (0..scene.columns.len()).map(|column| row.values.get(column).copied().flatten());
        // What was not measured is empty, and not zero.
        fields.extend(values.map(|value| value.map_or_else(String::new, |value| value.to_string())));
        text.push_str(&line(fields));
    }
    text
}

fn line(fields: Vec<String>) -> String {
    let quoted = fields.into_iter().map(|field| {
        if field.contains([',', '"', '\r', '\n']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The chart as a picture.
pub(super) fn svg(scene: &SeriesScene) -> String {
    let (width, height) = scene.size;
    let above = 22.0;
    let below = 20.0 + 14.0 * scene.formulas.len() as f64;
    let all = height + above + below;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{all:.0}\" viewBox=\"0 0 {width:.0} {all:.0}\">\
         <title>{}</title><style>{STYLE}</style><rect width=\"100%\" height=\"100%\" fill=\"#fcfbf8\"/>\
         <text class=\"h\" x=\"8\" y=\"16\">{}</text><g transform=\"translate(0 {above})\">",
        escaped(&scene.spoken),
        escaped(&scene.title)
    );
    for panel in &scene.panels {
        self::panel(&mut text, panel);
    }
    let mut x = 8.0;
    let y = height + 12.0;
    for key in &scene.keys {
        let (mark, words) = match key {
            Key::Line(stroke, words) => (mark(*stroke, x, y), words.as_str()),
            Key::Band(trouble, words) => (
                format!(
                    "<rect class=\"{}\" x=\"{x:.0}\" y=\"{:.0}\" width=\"16\" height=\"8\"/>",
                    band(*trouble),
                    y - 8.0
                ),
                *words,
            ),
            Key::Change => (
                format!("<path class=\"c\" d=\"M{:.0} {:.0}v10\"/>", x + 8.0, y - 9.0),
                "something was changed",
            ),
        };
        text.push_str(&mark);
        text.push_str(&format!("<text x=\"{:.0}\" y=\"{y:.0}\">{}</text>", x + 20.0, escaped(words)));
        x += 34.0 + 5.6 * words.chars().count() as f64;
    }
    for (place, formula) in scene.formulas.iter().enumerate() {
        let y = y + 14.0 * (place + 1) as f64;
        text.push_str(&format!("<text class=\"f\" x=\"8\" y=\"{y:.0}\">{}</text>", escaped(&formula.text)));
    }
    text.push_str("</g></svg>\n");
    text
}

fn mark(stroke: Stroke, x: f64, y: f64) -> String {
    let y = y - 4.0;
    match stroke {
        Stroke::Read | Stroke::Write | Stroke::Failed => {
            format!("<path class=\"d {}\" d=\"M{:.0} {y:.0}h0\"/>", stroke.name(), x + 8.0)
        }
        Stroke::Stale => format!("<circle class=\"ring\" cx=\"{:.0}\" cy=\"{y:.0}\" r=\"4\"/>", x + 8.0),
        line => format!("<path class=\"l {}\" d=\"M{x:.0} {y:.0}h16\"/>", line.name()),
    }
}

fn band(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Cut => "cut",
        Trouble::Down => "down",
        Trouble::Paused => "paused",
        Trouble::Odd => "odd",
    }
}

fn panel(text: &mut String, panel: &Panel) {
    let area = panel.area;
    let (left, right, top, bottom) = (area.left, area.right, area.top, area.bottom);
    for mark in &panel.bands {
        let wide = (mark.right - mark.left).max(1.0);
        text.push_str(&format!(
            "<rect class=\"b {}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{:.1}\"><title>{}</title></rect>",
            band(mark.trouble),
            mark.left,
            bottom - top,
            escaped(&mark.text)
        ));
    }
    for Tick { at, text: words } in &panel.up {
        text.push_str(&format!(
            "<path class=\"g\" d=\"M{left:.1} {at:.1}H{right:.1}\"/><text class=\"e\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left - 5.0,
            at + 3.5,
            escaped(words)
        ));
    }
    for Tick { at, text: words } in &panel.across {
        text.push_str(&format!(
            "<path class=\"g\" d=\"M{at:.1} {bottom:.1}v4\"/><text class=\"m\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>",
            bottom + 15.0,
            escaped(words)
        ));
    }
    for x in &panel.changes {
        text.push_str(&format!("<path class=\"c\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>"));
    }
    for dot in &panel.dots {
        text.push_str(&format!(
            "<path class=\"d {}\" d=\"M{:.1} {:.1}h0\"/>",
            dot.stroke.name(),
            dot.x,
            dot.y
        ));
        if dot.stale {
            text.push_str(&format!(
                "<circle class=\"ring\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"/>",
                dot.x, dot.y
            ));
        }
    }
    for (stroke, pieces) in &panel.lines {
        text.push_str(&format!("<path class=\"l {}\" d=\"{}\"/>", stroke.name(), path(pieces)));
    }
    for (name, y) in &panel.floors {
        text.push_str(&format!(
            "<path class=\"l formula\" d=\"M{left:.1} {y:.1}H{right:.1}\"/><text class=\"e f\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
            right - 2.0,
            y - 3.0
        ));
    }
    if let Some(x) = panel.now {
        text.push_str(&format!("<path class=\"n\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>"));
    }
    if !panel.title.is_empty() {
        text.push_str(&format!(
            "<text x=\"{left:.1}\" y=\"{:.1}\">{}</text>",
            top - 8.0,
            escaped(&panel.title)
        ));
    }
}

/// A line as a path; a piece of one point is a dot.
#[must_use]
pub fn path(pieces: &[super::Piece]) -> String {
    let mut path = String::new();
    for piece in pieces {
        for (place, (x, y)) in piece.iter().enumerate() {
            path.push_str(&format!("{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' }));
        }
        if piece.len() == 1 {
            path.push_str("h0");
        }
    }
    path
}
