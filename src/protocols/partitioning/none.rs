//! No partitioning: one shard has all keys.
//!
//! This is replication alone. Every copy has everything, so a node has to be large enough for all data, and
//! every write goes to every copy: more nodes make the store neither larger nor faster at writing. It is here
//! to be compared with. A query over all data asks one shard; and when that shard is down, everything is.
//!
//! Follows Takada, *Distributed systems for fun and profit*, chapter 1, "Partition and replicate".

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::Key;
use netsplit_sim::sharding::Picture;

use super::layout::{Layout, Wanted};
use super::{About, Partitioner, placement};

/// The registry's line.
pub const SCHEME: Partitioner = Partitioner { about, place, reshape, automatic: super::nothing, picture };

fn about() -> About {
    About {
        id: "none",
        title: "No partitioning",
        summary: "One shard has all keys: replication alone.",
        paper: "Takada, Distributed systems for fun and profit, chapter 1",
        parameters: Vec::new(),
        ordered: false,
    }
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let owners = placement::owners(layout, &layout.nodes);
    vec![Wanted { keys: (0..layout.keys).map(Key).collect(), owners }]
}

fn reshape(_: &mut Layout, change: &Reshape) -> Result<(), &'static str> {
    match change {
        Reshape::Split(_) | Reshape::Merge(_) | Reshape::Shift(..) => {
            Err("without partitioning all keys are in one shard, and it has no split points")
        }
        _ => Ok(()),
    }
}

fn picture(_: &Layout) -> Picture {
    Picture::default()
}
