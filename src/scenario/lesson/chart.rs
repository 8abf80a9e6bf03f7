//! A lesson's chart: what the steps measured, as points, and over them the curves that a published formula
//! gives. It compares, so both come from their own source: a point from the run, a curve from the file.
//!
//! ```toml
//! title = "Time of a job, by number of machines"
//! x = "machines"
//! x_scale = "log"
//! y = "ms"
//!
//! [[series]]
//! name = "high"
//! points = [{ x = 1, y = "job.high.mean_ms@one" }, { x = 2, y = "job.high.mean_ms@two" }]
//! formula = "1000 + 100 * (0.1 / x + 100 * (1 - 1 / x))"
//! ```

use super::Problems;
use super::expression::{Formula, Sum};
use super::read::known;
use crate::fields::{Fields, Reader};
use crate::tree::Tree;

/// The most series: there are as many marks and dashes that can be told apart without colour.
pub const SERIES: usize = 4;
/// The longest name, which stands beside the end of a line.
const NAME: usize = 10;
/// The most points of a series.
const POINTS: usize = 50;

/// Points that the run measures, and curves over them.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows, in words.
    pub title: String,
    /// What is counted along the horizontal axis.
    pub x: String,
    /// Whether that axis is logarithmic.
    pub x_is_log: bool,
    /// The unit of the vertical axis, which begins at zero.
    pub y: String,
    /// What is compared, at least one thing.
    pub series: Vec<Series>,
}

/// Points and their curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// The points, from left to right, at least two.
    pub points: Vec<Point>,
    /// What the points should be, according to the book. It has a value at every one of them.
    pub formula: Formula,
}

/// A point that the run measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// How high: made of measures, and there is no point before all of them were taken.
    pub y: Sum,
}

/// Reads the block that begins on a line.
pub(super) fn read(tree: &Tree, line: u32) -> Result<Chart, Problems> {
    let reader = Reader::default();
    let mut fields = reader.table("", tree);
    let title = fields.need_text("title", "what the chart shows");
    let x = fields.need_text("x", "what is counted along the horizontal axis");
    let place = fields.get("x_scale").and_then(|tree| tree.line);
    let x_is_log = match fields.text("x_scale").as_str() {
        "" | "linear" => false,
        "log" => true,
        other => {
            reader.add(place, "x_scale", format!("expected linear or log and found {other:?}"));
            false
        }
    };
    let y = fields.need_text("y", "the unit of the vertical axis, such as \"ms\"");
    let list = fields.need("series", "what is compared, as [[series]]");
    let items = list.map(|list| reader.list("series", list, SERIES)).unwrap_or_default();
    if list.is_some_and(|list| matches!(&list.value, crate::tree::Value::List(list) if list.is_empty())) {
        reader.add(list.and_then(|list| list.line), "series", "expected at least one".to_owned());
    }
    fields.finish();
    let mut series: Vec<Series> = Vec::new();
    for (path, item) in items {
        let mut fields = reader.table(&path, item);
        let name = fields.need_text("name", "the name of the series");
        let points = points(&mut fields, x_is_log);
        let formula = parsed(&mut fields, "formula", "a sum of numbers and x", Formula::parse);
        let mut line_of = |field| fields.get(field).and_then(|tree| tree.line);
        let (name_line, formula_line) = (line_of("name"), line_of("formula"));
        fields.finish();
        if name.chars().count() > NAME {
            reader.add(name_line, &format!("{path}.name"), format!("expected at most {NAME} letters"));
        }
        if series.iter().any(|other| other.name == name) {
            reader.add(name_line, &path, format!("{name:?} is the name of a series above"));
        }
        let Some(formula) = formula else { continue };
        if let Some(point) = points.iter().find(|point| formula.value(point.x).is_none()) {
            reader.add(formula_line, &format!("{path}.formula"), format!("has no value at x = {}", point.x));
        }
        series.push(Series { name, points, formula });
    }
    known(reader, line)?;
    Ok(Chart { title, x, x_is_log, y, series })
}

/// The points of a series, of which each stands to the right of the one before.
fn points(fields: &mut Fields<'_>, x_is_log: bool) -> Vec<Point> {
    let Some(list) = fields.need("points", "a list such as [{ x = 1, y = \"read.p50_ms@one\" }]") else {
        return Vec::new();
    };
    let (reader, place) = (fields.reader(), fields.path("points"));
    let items = reader.list(&place, list, POINTS);
    let found = items.len();
    let mut points: Vec<Point> = Vec::new();
    for (path, item) in items {
        let mut fields = reader.table(&path, item);
        let x = fields.need_number("x");
        let y = parsed(&mut fields, "y", "a measure, such as \"read.p50_ms@one\"", Sum::parse);
        fields.finish();
        let least = points.last().map(|point| point.x);
        if !x.is_finite() || x_is_log && x <= 0.0 || least.is_some_and(|least| x <= least) {
            let what = if x_is_log { "a number above 0 and" } else { "a number" };
            reader.add(
                item.line,
                &format!("{path}.x"),
                format!("expected {what} above that of the point before"),
            );
        }
        let Some(y) = y else { continue };
        let mut measures = 0;
        y.measures(&mut |_| measures += 1);
        if measures == 0 {
            reader.add(
                item.line,
                &format!("{path}.y"),
                "expected a measure: a point is for the run to say".to_owned(),
            );
        }
        points.push(Point { x, y });
    }
    if found < 2 {
        reader.add(list.line, &place, format!("expected at least two points and found {found}"));
    }
    points
}

/// A field in the small language of lessons.
fn parsed<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    what: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let (tree, text) = (fields.need(name, what)?, fields.text(name));
    match parse(&text) {
        Ok(value) => Some(value),
        Err(message) => {
            fields.reader().add(tree.line, &fields.path(name), message);
            None
        }
    }
}
