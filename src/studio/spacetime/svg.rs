//! The space-time diagram as a file: an SVG that needs nothing beside it.

use std::fmt::Write;

use super::SpaceTimeScene;
use super::picture::{Arrow, Dot, Picture, Role, Shape, Tip};
use crate::geometry::Point;
use crate::timebar::Trouble;

/// The style of the file: the light colours of the page.
const STYLE: &str = "svg{background:#fcfbf8;font:12px Georgia,serif;fill:#1d1c1a}\
.line{stroke:#6d695f}.client{stroke-dasharray:1 3}.tick{fill:#55524b;text-anchor:middle}.axis{stroke:#ddd7ca}\
.now{stroke:#0b5a8c;stroke-width:1.5}.arrow{fill:none;stroke-width:1.2}.dot{fill:#1d1c1a;stroke:#1d1c1a}\
.ring{fill:#fcfbf8}.concurrent{opacity:.3}.past{stroke:#0b5a8c;fill:#0b5a8c}.future{stroke:#a04a00;fill:#a04a00}\
.between{stroke:#0b5a8c;fill:#0b5a8c}.arrow.past,.arrow.future,.arrow.between,.arrow.selected{fill:none;stroke-width:2}\
.selected{stroke:#1d1c1a;stroke-width:2.5}.cross{stroke:#b03c00;stroke-width:2}\
.cut{fill:#b03c00;opacity:.1}.down{fill:#b03c00;opacity:.22}.paused{fill:#6d695f;opacity:.25}";

/// The colours of the kinds of messages.
const KINDS: [&str; 7] = ["#4a4742", "#1d1c1a", "#14506b", "#6b4a00", "#5b2c78", "#7d1f2e", "#22542b"];

/// The diagram as a file of its own, with the light colours of the page.
#[must_use]
pub fn svg(scene: &SpaceTimeScene) -> String {
    let picture = &scene.picture;
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write_all(&mut text, scene, picture);
    text
}

fn write_all(text: &mut String, scene: &SpaceTimeScene, picture: &Picture) -> std::fmt::Result {
    let (width, height) = (picture.size.width, picture.size.height);
    let (left, right) = picture.plot;
    write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\"><title>Space-time diagram</title><desc>{}</desc><style>{STYLE}</style>\
         <clipPath id=\"plot\"><rect x=\"{left:.1}\" y=\"0\" width=\"{:.1}\" height=\"{height:.1}\"/></clipPath>",
        escaped(&[&scene.summary, &scene.selected, &scene.causes, &scene.note]),
        right - left + 8.0,
    )?;
    for (x, label) in &picture.ticks {
        let below = picture.axis + 15.0;
        write!(text, "<path class=\"axis\" d=\"M{x:.1} 0V{:.1}\"/>", picture.axis + 3.0)?;
        write!(text, "<text class=\"tick\" x=\"{x:.1}\" y=\"{below:.1}\">{}</text>", escaped(&[label]))?;
    }
    write!(text, "<text x=\"2\" y=\"{:.1}\">ms</text>", picture.axis + 15.0)?;
    for line in &picture.lines {
        write!(text, "<text x=\"2\" y=\"{:.1}\">{}</text>", line.y + 4.0, escaped(&[&line.name]))?;
    }
    text.push_str("<g clip-path=\"url(#plot)\">");
    for band in &picture.bands {
        let class = match band.trouble {
            Trouble::Cut => "cut",
            Trouble::Down => "down",
            Trouble::Paused | Trouble::Odd => "paused",
        };
        let (y, wide) = (band.y - band.height / 2.0, band.to - band.from);
        let (x, high) = (band.from, band.height);
        write!(
            text,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\"/>"
        )?;
    }
    for line in &picture.lines {
        let class = if line.is_client { "line client" } else { "line" };
        for (from, to) in &line.pieces {
            write!(text, "<path class=\"{class}\" d=\"M{from:.1} {:.1}H{to:.1}\"/>", line.y)?;
        }
    }
    for one in &picture.arrows {
        arrow(text, one)?;
    }
    for one in &picture.dots {
        dot(text, one)?;
    }
    if let Some(x) = picture.playhead {
        write!(text, "<path class=\"now\" d=\"M{x:.1} 0V{:.1}\"/>", picture.axis)?;
    }
    text.push_str("</g></svg>\n");
    Ok(())
}

fn arrow(text: &mut String, arrow: &Arrow) -> std::fmt::Result {
    let Arrow { from, to, .. } = *arrow;
    let colour = KINDS[usize::from(arrow.outline) % KINDS.len()];
    write!(
        text,
        "<path class=\"arrow{}\" stroke=\"{colour}\" d=\"M{:.1} {:.1}L{:.1} {:.1}",
        class(arrow.role),
        from.x,
        from.y,
        to.x,
        to.y
    )?;
    if arrow.tip == Tip::Arrived {
        let [left, right] = head(from, to);
        write!(text, "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}", left.x, left.y, to.x, to.y, right.x, right.y)?;
    }
    text.push_str("\"/>");
    if arrow.tip == Tip::Lost {
        let (x, y) = (to.x - 3.5, to.y - 3.5);
        write!(text, "<path class=\"cross\" d=\"M{x:.1} {y:.1}l7 7m0 -7l-7 7\"/>")?;
    }
    Ok(())
}

/// The two ends of the head of an arrow.
#[must_use]
pub fn head(from: Point, to: Point) -> [Point; 2] {
    let length = from.distance(to).max(1e-9);
    let (wx, wy) = ((to.x - from.x) / length * 6.0, (to.y - from.y) / length * 6.0);
    [
        Point::new(to.x - wx - wy * 0.45, to.y - wy + wx * 0.45),
        Point::new(to.x - wx + wy * 0.45, to.y - wy - wx * 0.45),
    ]
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Plain => "",
        Role::Concurrent => " concurrent",
        Role::Past => " past",
        Role::Future => " future",
        Role::Between => " between",
        Role::Selected => " selected",
    }
}

fn dot(text: &mut String, dot: &Dot) -> std::fmt::Result {
    let (x, y, class) = (dot.at.x, dot.at.y, class(dot.role));
    let path = match dot.shape {
        Shape::Speck => format!("M{:.1} {y:.1}a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0z", x - 1.6),
        Shape::Ring => format!("M{:.1} {y:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x - 3.0),
        Shape::Square => format!("M{:.1} {:.1}h6v6h-6z", x - 3.0, y - 3.0),
        Shape::Diamond => format!("M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z", y - 4.5),
        Shape::Call => format!("M{:.1} {:.1}h8l-4 -7z", x - 4.0, y + 3.5),
        Shape::Return => format!("M{:.1} {:.1}h8l-4 7z", x - 4.0, y - 3.5),
    };
    let ring = if dot.shape == Shape::Ring { " ring" } else { "" };
    write!(text, "<path class=\"dot{class}{ring}\" d=\"{path}\"/>")
}

/// Texts as one that can stand in a file of markup.
fn escaped(texts: &[&str]) -> String {
    let mut escaped = String::new();
    for part in texts.iter().filter(|text| !text.is_empty()) {
        if !escaped.is_empty() {
            escaped.push(' ');
        }
        for letter in part.chars() {
            match letter {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                letter if letter.is_control() => escaped.push(' '),
                letter => escaped.push(letter),
            }
        }
    }
    escaped
}
