//! `netsplit partitioners`: what every way to split data says of itself.

use netsplit_protocols::partitioning::layout::parameters;
use netsplit_protocols::partitioning::{ALL, About};
use serde_json::{Value, json};

use crate::protocols::{parameter_json, parameter_rows, section};
use crate::reply::Reply;

/// The head of a table of parameters.
const HEAD: &str = "parameter values default what it does";

pub(crate) fn describe(as_json: bool) -> Reply {
    let abouts = ALL.iter().map(|entry| (entry.about)());
    if as_json {
        let schemes: Vec<Value> = abouts.map(|about| json_of(&about)).collect();
        let common: Vec<Value> = parameters().iter().map(parameter_json).collect();
        return Reply::good(format!("{:#}\n", json!({ "parameters": common, "schemes": schemes })));
    }
    let mut out = "All of them have these parameters.\n".to_owned();
    section(&mut out, HEAD, parameter_rows(&parameters()));
    for about in abouts {
        out.push_str(&format!("\n{}: {}\n  {}\n  {}\n", about.id, about.title, about.summary, about.paper));
        section(&mut out, HEAD, parameter_rows(&about.parameters));
    }
    Reply::good(out)
}

fn json_of(about: &About) -> Value {
    json!({
        "id": about.id,
        "title": about.title,
        "summary": about.summary,
        "paper": about.paper,
        "ordered": about.ordered,
        "parameters": about.parameters.iter().map(parameter_json).collect::<Vec<_>>(),
    })
}
