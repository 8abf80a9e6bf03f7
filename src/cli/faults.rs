//! `netsplit faults`: puts random faults into a scenario as ordinary steps.

use netsplit_scenario::text;
use netsplit_sim::fault_plan::wear::Wear;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};

use crate::arguments::{FaultOptions, WhichFaults};
use crate::convert::{ReadFile, open};
use crate::reply::Reply;

pub(crate) fn faults(options: &FaultOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let file = &options.file;
    let scenario = open(file, read)?.scenario;
    let FaultOptions { seed, from, until, nodes, .. } = *options;
    let with = match &options.which {
        WhichFaults::Kinds { kinds, per_minute, lasting } => {
            let rate = |&fault| FaultRate { fault, per_minute: *per_minute, nodes };
            let faults = kinds.iter().map(rate).collect();
            scenario.with_faults(&FaultPlan { seed, faults, lasting: *lasting, from, until })
        }
        WhichFaults::Wear { mtbf, mttr } => {
            scenario.with_wear(&Wear { mtbf: *mtbf, mttr: *mttr, nodes, seed, from, until })
        }
    };
    let with = with.map_err(|problem| format!("{file}: {problem}\n"))?;
    Ok(Reply::good(text::write(&with)))
}
