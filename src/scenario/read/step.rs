//! The steps of the script.

use netsplit_sim::action::Lie;
use netsplit_sim::setup::Pace;

use super::{between, names, overrides, owners, pace, parameters, position, skew, unknown};
use crate::fields::Fields;
use crate::limits;
use crate::model::{Step, StepAction};
use crate::problem::one_of;

const ACTIONS: [&str; 41] = [
    "cut",
    "cut-one-way",
    "heal",
    "heal-all",
    "partition",
    "isolate",
    "crash",
    "crash-unsynced",
    "wipe",
    "restart",
    "pause",
    "resume",
    "slow",
    "clock",
    "lie",
    "drop-message",
    "duplicate-message",
    "hold-message",
    "release-message",
    "command",
    "move",
    "set-link",
    "set-network",
    "read",
    "write",
    "cas",
    "add",
    "insert",
    "remove",
    "scan",
    "query-all",
    "pair",
    "join",
    "leave",
    "remove-node",
    "split",
    "merge",
    "shift",
    "assign",
    "set-pace",
    "configure",
];

pub(super) fn step(fields: &mut Fields<'_>) -> Step {
    let at = fields.need_time("at_ms");
    let action = fields.need_text("action", &one_of(ACTIONS));
    Step { at, action: step_action(fields, &action).unwrap_or(StepAction::HealAll) }
}

fn step_action(fields: &mut Fields<'_>, action: &str) -> Option<StepAction> {
    let node = |fields: &mut Fields<'_>| fields.need_text("node", "the name of a node");
    let client = |fields: &mut Fields<'_>| fields.need_text("client", "the name of a client");
    let site = |fields: &mut Fields<'_>, name| fields.need_text(name, "the name of a node or client");
    // Keys count from 1 for people; a key of 0 becomes one that no scenario has, and is refused as such.
    let key = |fields: &mut Fields<'_>| fields.whole::<u32>("key").map_or(0, |key| key.wrapping_sub(1));
    let need_key =
        |fields: &mut Fields<'_>, name| fields.need_whole::<u32>(name, "a key, 1 or more").wrapping_sub(1);
    Some(match action {
        "cut" => StepAction::Cut { between: between(fields) },
        "cut-one-way" => StepAction::CutOneWay { from: site(fields, "from"), to: site(fields, "to") },
        "heal" => StepAction::Heal { between: between(fields) },
        "heal-all" => StepAction::HealAll,
        "partition" => StepAction::Partition { groups: groups(fields) },
        "isolate" => StepAction::Isolate { site: site(fields, "site") },
        "crash" => StepAction::Crash { node: node(fields) },
        "crash-unsynced" => StepAction::CrashUnsynced { node: node(fields) },
        "wipe" => StepAction::Wipe { node: node(fields) },
        "restart" => StepAction::Restart { node: node(fields) },
        "pause" => StepAction::Pause { node: node(fields) },
        "resume" => StepAction::Resume { node: node(fields) },
        "slow" => StepAction::Slow {
            node: node(fields),
            times: fields.need_whole("times", "how many times as long everything takes, 1 for no longer"),
        },
        "clock" => StepAction::SetClock {
            node: node(fields),
            ahead_ns: fields.value("ahead_ms", "milliseconds", skew).unwrap_or_default(),
            drift_ppm: fields.whole("drift_ppm").unwrap_or_default(),
        },
        "lie" => StepAction::Lie { node: node(fields), how: lie(fields)? },
        "drop-message" => StepAction::DropMessage { message: message(fields) },
        "duplicate-message" => StepAction::DuplicateMessage { message: message(fields) },
        "hold-message" => StepAction::HoldMessage { message: message(fields) },
        "release-message" => StepAction::ReleaseMessage { message: message(fields) },
        "command" => {
            let (node, command) = (node(fields), fields.need_text("command", "the name of a command"));
            let target = fields.text("target");
            StepAction::Command { node, command, target: (!target.is_empty()).then_some(target) }
        }
        "move" => StepAction::Move { site: site(fields, "site"), position: position(fields) },
        "set-link" => StepAction::SetLink { between: between(fields), quality: overrides(fields) },
        "set-network" => StepAction::SetNetwork { quality: overrides(fields) },
        "read" => StepAction::Read { client: client(fields), key: key(fields) },
        "write" => {
            StepAction::Write { client: client(fields), key: key(fields), value: fields.whole("value") }
        }
        "cas" => StepAction::Cas {
            client: client(fields),
            key: key(fields),
            from: fields.whole("from"),
            to: fields.whole("to"),
        },
        "add" => StepAction::Add {
            client: client(fields),
            key: key(fields),
            amount: fields.need_whole("amount", "a whole number, negative to take away"),
        },
        "insert" => {
            StepAction::Insert { client: client(fields), key: key(fields), value: fields.whole("value") }
        }
        "remove" => StepAction::Remove {
            client: client(fields),
            key: key(fields),
            value: fields.need_whole("value", "the element to take out, a whole number"),
        },
        "scan" => StepAction::Scan {
            client: client(fields),
            key: key(fields),
            count: fields.need_whole("count", "how many keys, 1 or more"),
        },
        "query-all" => StepAction::QueryAll { client: client(fields) },
        "pair" => StepAction::Pair {
            client: client(fields),
            first: need_key(fields, "first"),
            second: need_key(fields, "second"),
        },
        "join" => StepAction::Join { node: node(fields) },
        "leave" => StepAction::Leave { node: node(fields) },
        "remove-node" => StepAction::RemoveNode { node: node(fields) },
        "split" => StepAction::Split { key: need_key(fields, "key") },
        "merge" => StepAction::Merge { key: need_key(fields, "key") },
        "shift" => StepAction::Shift { from: need_key(fields, "from"), to: need_key(fields, "to") },
        "assign" => StepAction::Assign { key: need_key(fields, "key"), owners: owners(fields) },
        "set-pace" => {
            let client = client(fields);
            let tree = fields.need("pace", "a table with a kind");
            let pace = tree.and_then(|tree| pace(fields, tree)).unwrap_or(Pace::Silent);
            StepAction::SetPace { client, pace }
        }
        "configure" => configure(fields),
        _ => return unknown(fields, "action", ACTIONS),
    })
}

/// The number of a message, as in `m17` of the transcript.
fn message(fields: &mut Fields<'_>) -> u32 {
    fields.need_whole("message", "the number of a message, 0 or more")
}

/// The word for no lie at all.
pub(crate) const HONEST: &str = "honest";

fn lie(fields: &mut Fields<'_>) -> Option<Option<Lie>> {
    let ways = Lie::ALL.map(Lie::id);
    let ways = || ways.into_iter().chain([HONEST]);
    let how = fields.need_text("how", &one_of(ways()));
    match Lie::ALL.into_iter().find(|lie| lie.id() == how) {
        Some(lie) => Some(Some(lie)),
        None if how == HONEST => Some(None),
        None => unknown(fields, "how", ways()),
    }
}

fn groups(fields: &mut Fields<'_>) -> Vec<Vec<String>> {
    let Some(tree) = fields.need("groups", "a list of lists of names") else { return Vec::new() };
    let reader = fields.reader();
    let groups = reader.list(&fields.path("groups"), tree, limits::SITES);
    groups.into_iter().map(|(path, tree)| names(reader, &path, tree)).collect()
}

fn configure(fields: &mut Fields<'_>) -> StepAction {
    let name = fields.text("node");
    let node = (!name.is_empty()).then_some(name);
    let given = |fields: &mut Fields<'_>, name, tree| {
        let path = fields.path(name);
        let mut fields = fields.reader().table(&path, tree);
        let parameters = parameters(&mut fields);
        fields.finish();
        parameters
    };
    let partitioning = fields.get("partitioning").map(|tree| given(fields, "partitioning", tree));
    let own = match &partitioning {
        Some(_) => fields.get("parameters"),
        None => fields.need("parameters", "a table of parameters"),
    };
    let parameters = own.map(|tree| given(fields, "parameters", tree)).unwrap_or_default();
    StepAction::Configure { node, parameters, partitioning: partitioning.unwrap_or_default() }
}
