//! The steps of a script: actions with names.

use netsplit_sim::action::Lie;
use netsplit_sim::setup::{Pace, Position};
use netsplit_sim::time::Time;

use super::{Overrides, Parameters};

/// A timed action.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When; it is applied after every event of that instant.
    pub at: Time,
    /// What.
    pub action: StepAction,
}

/// An action of the script, with names: the form of [`netsplit_sim::action::Action`] for people.
#[derive(Clone, Debug, PartialEq)]
pub enum StepAction {
    /// Cut a link in both directions.
    Cut {
        /// Its ends.
        between: [String; 2],
    },
    /// Cut one direction of a link.
    CutOneWay {
        /// The sending end.
        from: String,
        /// The receiving end.
        to: String,
    },
    /// Mend both directions of a link.
    Heal {
        /// Its ends.
        between: [String; 2],
    },
    /// Mend every link.
    HealAll,
    /// Cut every link between different groups and mend those within one.
    Partition {
        /// The groups of sites. Sites in no group keep their links.
        groups: Vec<Vec<String>>,
    },
    /// Cut every link of a site.
    Isolate {
        /// The site.
        site: String,
    },
    /// Stop a node; what it held in memory is lost.
    Crash {
        /// The node.
        node: String,
    },
    /// Stop a node; what it held in memory is lost, and what its disk had not yet made durable.
    CrashUnsynced {
        /// The node.
        node: String,
    },
    /// Stop a node and erase its disk.
    Wipe {
        /// The node.
        node: String,
    },
    /// Start a crashed node.
    Restart {
        /// The node.
        node: String,
    },
    /// Stop a node for a while.
    Pause {
        /// The node.
        node: String,
    },
    /// Let a paused node go on.
    Resume {
        /// The node.
        node: String,
    },
    /// Let a node take so many times as long for its work and its disk.
    Slow {
        /// The node.
        node: String,
        /// How many times; 1 is its normal speed.
        times: u32,
    },
    /// Set a node's clock.
    SetClock {
        /// The node.
        node: String,
        /// How far it is ahead of true time now, in nanoseconds; negative: behind.
        ahead_ns: i64,
        /// How many millionths faster than true time it runs from now on; negative: slower.
        drift_ppm: i32,
    },
    /// Let a node lie.
    Lie {
        /// The node.
        node: String,
        /// How; `None` makes it honest again.
        how: Option<Lie>,
    },
    /// Lose a message that is on its way.
    DropMessage {
        /// Its number, as the transcript shows it. A message that is not on its way then is let be.
        message: u32,
    },
    /// Let a message that is on its way arrive a second time.
    DuplicateMessage {
        /// Its number.
        message: u32,
    },
    /// Stop a message on its way until it is released.
    HoldMessage {
        /// Its number.
        message: u32,
    },
    /// Let a held message go on.
    ReleaseMessage {
        /// Its number.
        message: u32,
    },
    /// Tell a node to do something that its protocol knows how to do.
    Command {
        /// The node.
        node: String,
        /// The id of one of [`netsplit_sim::protocol::About::commands`].
        command: String,
        /// The node that it is about, for a command that is about one.
        target: Option<String>,
    },
    /// Move a node or a client.
    Move {
        /// The site.
        site: String,
        /// To where.
        position: Position,
    },
    /// Change the quality of a link, in both directions.
    SetLink {
        /// Its ends.
        between: [String; 2],
        /// What changes. The rest stays as it is on this link then.
        quality: Overrides,
    },
    /// Change the quality of the whole network. Every link has it then, also one that had its own.
    SetNetwork {
        /// What changes. The rest stays as it is in the network then.
        quality: Overrides,
    },
    /// Let a client read.
    Read {
        /// The client.
        client: String,
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
    },
    /// Let a client write.
    Write {
        /// The client.
        client: String,
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
        /// The value; `None` for one that no other operation writes.
        value: Option<u64>,
    },
    /// Let a client compare and set.
    Cas {
        /// The client.
        client: String,
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
        /// What the key must hold; `None`: it was never written.
        from: Option<u64>,
        /// The value to write; `None` for one that no other operation writes.
        to: Option<u64>,
    },
    /// Let a client add to the number that a key holds.
    Add {
        /// The client.
        client: String,
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
        /// How much; negative to take away.
        amount: i64,
    },
    /// Let a client put an element into the set that a key holds.
    Insert {
        /// The client.
        client: String,
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
        /// The element; `None` for one that no other operation writes.
        value: Option<u64>,
    },
    /// Let a client take an element out of the set that a key holds.
    Remove {
        /// The client.
        client: String,
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
        /// The element.
        value: u64,
    },
    /// Let a client read keys that follow each other.
    Scan {
        /// The client.
        client: String,
        /// The first key: its index. Texts count from 1, as the page does.
        key: u32,
        /// How many.
        count: u32,
    },
    /// Let a client read every key.
    QueryAll {
        /// The client.
        client: String,
    },
    /// Let a client write a value of its own to each of two keys, without atomicity.
    Pair {
        /// The client.
        client: String,
        /// One key: its index. Texts count from 1, as the page does.
        first: u32,
        /// The other key.
        second: u32,
    },
    /// Take a node into the cluster.
    Join {
        /// The node.
        node: String,
    },
    /// Let a running node leave the cluster: what it holds moves to others first.
    Leave {
        /// The node.
        node: String,
    },
    /// Do without a node that is gone.
    RemoveNode {
        /// The node.
        node: String,
    },
    /// Let a range end before a key and a new one begin at it.
    Split {
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
    },
    /// Join the range that begins at a key to the one before it.
    Merge {
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
    },
    /// Let the range that begins at a key begin at another instead.
    Shift {
        /// Where it begins: its index. Texts count from 1, as the page does.
        from: u32,
        /// Where it is to begin.
        to: u32,
    },
    /// Give the shard that holds a key to some nodes.
    Assign {
        /// The key: its index. Texts count from 1, as the page does.
        key: u32,
        /// The nodes; the first is asked first.
        owners: Vec<String>,
    },
    /// Change when a client sends.
    SetPace {
        /// The client.
        client: String,
        /// When.
        pace: Pace,
    },
    /// Change parameters.
    Configure {
        /// On this node only; `None`: on all.
        node: Option<String>,
        /// Those of the protocol that change. The rest stays as it is on each node then.
        parameters: Parameters,
        /// Those of how the data is split that change; they are the same on all nodes.
        partitioning: Parameters,
    },
}
