//! `netsplit figures`: what the literature has a number for, measured, beside that number.

use netsplit_lab::literature::{Effort, Figure, GROUPS, Group};
use netsplit_scenario::problem::one_of;
use serde_json::{Value, json};

use crate::reply::{Reply, table};

/// Measures one group, or all of them. The exit code is 1 if a figure is further off than it may be.
pub(crate) fn figures(group: Option<&str>, full: bool, as_json: bool) -> Result<Reply, String> {
    let groups: Vec<&Group> = GROUPS.iter().filter(|known| group.is_none_or(|id| id == known.id)).collect();
    if let (Some(id), true) = (group, groups.is_empty()) {
        let ids = one_of(GROUPS.iter().map(|group| group.id));
        return Err(format!("there are no figures called {id:?}; there are {ids}\n"));
    }
    let effort = if full { Effort::Full } else { Effort::Quick };
    let measured: Vec<(&Group, Vec<Figure>)> =
        groups.into_iter().map(|group| (group, (group.measure)(effort))).collect();
    let out = if as_json {
        let list: Vec<Value> = measured
            .iter()
            .flat_map(|(group, figures)| figures.iter().map(|figure| json_of(group, figure)))
            .collect();
        format!("{:#}\n", Value::from(list))
    } else {
        measured.iter().map(|(group, figures)| text_of(group, figures)).collect::<Vec<_>>().join("\n")
    };
    let code = u8::from(!measured.iter().flat_map(|(_, figures)| figures).all(Figure::agrees));
    Ok(Reply { code, ..Reply::good(out) })
}

fn json_of(group: &Group, figure: &Figure) -> Value {
    json!({
        "group": group.id,
        "what": figure.what,
        "measured": figure.measured,
        "published": figure.published,
        "difference": figure.difference(),
        "within": figure.within,
        "agrees": figure.agrees(),
        "note": figure.note,
        "source": group.source,
    })
}

/// A heading, what it is about, and a table. Notes stand below it, as they are sentences.
fn text_of(group: &Group, figures: &[Figure]) -> String {
    let mut rows = vec![["what", "measured", "published", "difference", "note"].map(str::to_owned).to_vec()];
    let mut notes: Vec<&str> = Vec::new();
    for figure in figures {
        let note = figure.note.as_str();
        if !note.is_empty() && !notes.contains(&note) {
            notes.push(note);
        }
        let mut marks: Vec<String> = notes
            .iter()
            .position(|known| *known == note)
            .map(|place| format!("[{}]", place + 1))
            .into_iter()
            .collect();
        if !figure.agrees() {
            marks.push(format!("TOO FAR, more than {}", number(figure.within, places(figure))));
        }
        let numbers =
            [figure.measured, figure.published, figure.difference()].map(|it| number(it, places(figure)));
        rows.push([vec![figure.what.clone()], numbers.to_vec(), vec![marks.join(" ")]].concat());
    }
    let notes: String = (1..).zip(notes).map(|(place, note)| format!("  [{place}] {note}\n")).collect();
    let about = wrapped(group.about);
    format!("{}: {}\n{about}Source: {}\n\n{}{notes}", group.id, group.title, group.source, table(&rows))
}

/// Lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + word.len() < 100 => *line = format!("{line} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// How many places tell what was published from a whole number.
fn places(figure: &Figure) -> usize {
    let from_whole = (figure.published - figure.published.round()).abs();
    if from_whole > 0.0 && from_whole < 0.001 && figure.published.abs() <= 1.0 { 7 } else { 4 }
}

fn number(number: f64, places: usize) -> String {
    if number.fract() == 0.0 {
        return format!("{number:.0}");
    }
    let text = format!("{number:.places$}");
    if text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.')) { "0".to_owned() } else { text }
}
