//! `netsplit figures`: what the literature has a number for, measured, beside that number.

mod live;

use netsplit_protocols::partitioning::figures::{Figure, all};
use serde_json::{Value, json};

use crate::reply::{Reply, table};

pub(crate) fn figures(as_json: bool) -> Reply {
    let figures = measured();
    if as_json {
        let list: Vec<Value> = figures.iter().map(json_of).collect();
        return Reply::good(format!("{:#}\n", Value::from(list)));
    }
    let mut rows = vec![["what", "measured", "published", "difference"].map(str::to_owned).to_vec()];
    rows.extend(figures.iter().map(row));
    Reply::good(table(&rows))
}

/// Every figure, in the order of display.
fn measured() -> Vec<Figure> {
    [all(), live::all()].concat()
}

fn row(figure: &Figure) -> Vec<String> {
    let difference = figure.measured - figure.published;
    vec![figure.what.clone(), number(figure.measured), number(figure.published), number(difference)]
}

fn json_of(figure: &Figure) -> Value {
    json!({
        "what": figure.what,
        "measured": figure.measured,
        "published": figure.published,
        "difference": figure.measured - figure.published,
        "within": figure.within,
        "source": figure.source,
    })
}

fn number(number: f64) -> String {
    let text = if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.4}") };
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}
