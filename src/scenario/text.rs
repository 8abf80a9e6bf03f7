//! The scenario as TOML, for people.
//!
//! ```toml
//! version = 1
//! title = "One backup far away"
//! seed = 7
//!
//! [protocol]
//! name = "primary-backup"
//! acks = 1              # a count
//! reads = "any"         # a choice
//! resend_ms = 50        # a time
//!
//! [network]
//! jitter = { kind = "exponential", mean_ms = 2.0 }
//!
//! [[nodes]]
//! name = "n1"
//! x_km = 0
//! y_km = 0
//!
//! [[clients]]
//! name = "c1"
//! home = "n1"           # or "nearest", the default, or "round-robin"
//! pace = { kind = "closed", think_ms = 20 }
//! mix = { read = 9, write = 1 }
//!
//! [[script]]
//! at_ms = 1000.5        # milliseconds, to the nanosecond
//! action = "crash"
//! node = "n1"
//! ```
//!
//! The actions of a script, with their fields:
//!
//! | action | fields |
//! |---|---|
//! | `cut`, `heal` | `between` |
//! | `cut-one-way` | `from`, `to` |
//! | `heal-all` | |
//! | `partition` | `groups`, a list of lists of names |
//! | `isolate` | `site` |
//! | `crash`, `crash-unsynced`, `wipe`, `restart`, `pause`, `resume` | `node` |
//! | `slow` | `node`, `times`: 1 is its normal speed |
//! | `clock` | `node`, `ahead_ms` and `drift_ppm`: 0 where they are missing |
//! | `lie` | `node`, `how`: `wrong-values`, `two-faced`, `empty-promises` or `honest` |
//! | `drop-message`, `duplicate-message`, `hold-message`, `release-message` | `message`: 17 for `m17` of the transcript |
//! | `command` | `node`, `command`, and `target` for one that is about another node |
//! | `move` | `site`, `x_km`, `y_km` |
//! | `set-link` | `between`, and what changes of a link's quality |
//! | `set-network` | what changes of every link's quality |
//! | `read` | `client`, `key` |
//! | `write`, `insert` | `client`, `key`, `value`: one of its own where it is missing |
//! | `cas` | `client`, `key`, `from`, `to` |
//! | `add` | `client`, `key`, `amount` |
//! | `remove` | `client`, `key`, `value` |
//! | `set-pace` | `client`, `pace` |
//! | `configure` | `parameters`, and `node` for one only; or `partitioning`: parameters of how the data is split |
//!
//! | `scan` | `client`, `key`, `count` |
//! | `query-all` | `client` |
//! | `pair` | `client`, `first`, `second`: two keys |
//! | `join`, `leave`, `remove-node` | `node` |
//! | `split`, `merge` | `key` |
//! | `shift` | `from`, `to`: keys |
//! | `assign` | `key`, `owners`, a list of names |
//!
//! Those from `scan` on are for a cluster whose data is split, and so are `spare = true` of a node, the weights `scan`,
//! `query_all` and `pair` of a client's mix, and `partitioning` of `configure`:
//!
//! ```toml
//! [partitioning]
//! scheme = "range"
//! replicas = 2          # and other parameters, of all schemes and of this one
//!
//! [[partitioning.blocks]]
//! first = 1             # a key; the block ends where the next one begins
//! owners = ["n1", "n2"] # left out: the scheme chooses
//! ```
//!
//! Keys are picked alike, or by `zipf = 1`, or by `keys` with the `kind` `sequential`, `tenants` (with `tenants` and
//! `exponent`) or `growing` (with `tenants` and `doubling_ms`). A client's `pace` is `closed` with `think_ms`, `open` with
//! `per_second`, `job` with `accesses` and `compute_ms`, or `silent`.
//!
//! A list `locked` above all tables names what a person who opens the scenario is kept from touching on the page, for
//! teaching: `move`, `faults`, `workload`, `protocol` or `time`, as in `locked = ["move", "time"]`. It changes nothing about
//! the run, and whoever has the file can take it out.
//!
//! Every length of time is in milliseconds with up to six decimals, which a 64-bit float holds exactly
//! for any time that a scenario may name; so what is written reads back to the nanosecond.
//!
//! Reading needs the feature `text`. The page does without it: it only reads what [`crate::plain`] wrote.

#[cfg(feature = "text")]
use crate::limits;
use crate::tree::Tree;
use crate::{Problem, Scenario};

/// Reads a scenario from text and checks it.
///
/// # Errors
/// Everything that is wrong, with line, field and what was expected.
#[cfg(feature = "text")]
pub fn parse(text: &str) -> Result<Scenario, Vec<Problem>> {
    if text.len() > limits::TEXT_BYTES {
        let (most, found) = (limits::TEXT_BYTES, text.len());
        return Err(vec![Problem::whole(format!("expected at most {most} bytes of text and found {found}"))]);
    }
    read(&crate::toml_text::read(text)?)
}

/// Reads a scenario from a tree and checks it.
pub(crate) fn read(tree: &Tree) -> Result<Scenario, Vec<Problem>> {
    let scenario = crate::read::scenario(tree)?;
    match crate::build(&scenario) {
        Ok(_) => Ok(scenario),
        Err(mut problems) => {
            for problem in &mut problems {
                problem.line = tree.line_of(&problem.field);
            }
            Err(problems)
        }
    }
}

/// Writes a scenario as text that `parse` reads back to the same scenario.
#[must_use]
pub fn write(scenario: &Scenario) -> String {
    crate::plain::write(&crate::write::scenario(scenario))
}
