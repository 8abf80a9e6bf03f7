//! `netsplit export`: plays a scenario and writes what its clients saw in the words of other people's tools.

use netsplit_checkers::Observations;
use netsplit_checkers::formats::{self, Format};
use netsplit_scenario::problem::one_of;
use netsplit_scenario::{Session, shiviz};
use netsplit_sim::ids::Key;

use crate::arguments::ExportOptions;
use crate::convert::{ReadFile, open};
use crate::reply::{Reply, sentences};

/// The one format that is no history.
const SHIVIZ: &str = "shiviz";

pub(crate) fn export(options: &ExportOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let source = &options.source;
    let format = Format::find(&options.format);
    if format.is_none() && options.format != SHIVIZ {
        let names = one_of(Format::ALL.map(Format::name).into_iter().chain([SHIVIZ]));
        return Err(format!("there is no format {:?} to write; there are {names}\n", options.format));
    }
    let shared = open(source, read)?;
    let mut session = Session::new(shared.scenario).map_err(|problems| sentences(source, &problems))?;
    session.seek(options.until.unwrap_or(shared.until), u64::MAX);
    let Some(format) = format else { return Ok(Reply::good(shiviz::log(&session))) };
    let observations = Observations::from_history(session.machine().history());
    let key = options.key.as_deref().map(|name| key(&observations, name)).transpose()?;
    let fitted = formats::fit(format, &observations, key);
    let text = formats::write(format, &fitted.observations)
        .map_err(|unsayable| format!("{source}: {} can't say this: {unsayable}\n", format.title()))?;
    let notes = fitted.notes.iter().map(|note| format!("{source}: {note}\n")).collect();
    Ok(Reply { error: notes, ..Reply::good(text) })
}

/// The key of that name.
fn key(observations: &Observations, name: &str) -> Result<Key, String> {
    let mut keys: Vec<Key> = observations.operations.iter().map(|operation| operation.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let names: Vec<_> = keys.iter().map(|&key| observations.key_name(key)).collect();
    let found = names.iter().position(|other| *other == name).map(|index| keys[index]);
    let names = one_of(names.iter().map(|name| &**name));
    found.ok_or_else(|| format!("no client called anything on a key {name:?}; there are {names}\n"))
}
