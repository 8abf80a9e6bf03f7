//! `netsplit faults`: puts random faults into a scenario as ordinary steps.

use netsplit_scenario::text;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};

use crate::arguments::FaultOptions;
use crate::convert::{ReadFile, open};
use crate::reply::Reply;

pub(crate) fn faults(options: &FaultOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let file = &options.file;
    let scenario = open(file, read)?.scenario;
    let plan = FaultPlan {
        seed: options.seed,
        faults: (options.kinds.iter())
            .map(|&fault| FaultRate { fault, per_minute: options.per_minute, nodes: options.nodes })
            .collect(),
        lasting: options.lasting,
        from: options.from,
        until: options.until,
    };
    let with = scenario.with_faults(&plan).map_err(|problem| format!("{file}: {problem}\n"))?;
    Ok(Reply::good(text::write(&with)))
}
