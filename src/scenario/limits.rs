//! The bound of everything that comes from outside. Within them a scenario can be run, drawn and
//! shared; at one, the sentence that says so names it.

use netsplit_sim::time::{Span, Time};

/// The most nodes.
pub const NODES: usize = 32;
/// The most clients.
pub const CLIENTS: usize = 32;
/// The most keys.
pub const KEYS: u32 = 1_000;
/// The most steps of a script.
pub const STEPS: usize = 2_000;
/// The most bookmarks.
pub const BOOKMARKS: usize = 100;
/// The longest caption of a bookmark, in characters.
pub const CAPTION: usize = 280;
/// The most groups of a partition, and sites in one.
pub const SITES: usize = NODES + CLIENTS;
/// The most links with a quality of their own: every pair of sites.
pub const LINKS: usize = SITES * (SITES - 1) / 2;
/// The longest name of a node or client, in characters.
pub const NAME: usize = 16;
/// The longest title, in characters.
pub const TITLE: usize = 120;
/// The longest note, in characters.
pub const NOTE: usize = 4_000;
/// The longest link payload, in characters.
pub const LINK_CHARACTERS: usize = 64 * 1024;
/// The largest scenario as text or as an inflated link, in bytes.
pub const TEXT_BYTES: usize = 1024 * 1024;
/// The latest instant of a run: a day.
pub const TIME: Time = Time(24 * 3_600 * 1_000_000_000);
/// The longest span, such as a timeout or a pause: an hour.
pub const SPAN: Span = Span(3_600 * 1_000_000_000);
/// The longest delay of a link besides distance and the longest work on one message: a minute.
pub const DELAY: Span = Span(60 * 1_000_000_000);
/// The shortest delay of a link: with none at all, endlessly many events could share one instant.
pub const BASE_LEAST: Span = Span::from_us(1);
/// The shortest timeout of a client.
pub const TIMEOUT_LEAST: Span = Span::from_ms(1);
/// The farthest place from the origin, along each axis, in kilometres.
pub const KM: i32 = 100_000;
/// The longest path over straight distance.
pub const STRETCH: f64 = 100.0;
/// The most bytes per second of a link with a bandwidth: a terabit.
pub const BANDWIDTH: u64 = 125_000_000_000;
/// The least bytes per second of a link with a bandwidth: a kilobit.
pub const BANDWIDTH_LEAST: u64 = 125;
/// The highest rate of a client, in operations per second.
pub const RATE: f64 = 100_000.0;
/// The largest shape of a jitter and the largest exponent of Zipf's law.
pub const SHAPE: f64 = 20.0;
/// The largest whole number, such as a seed: what every tool can hold exactly.
pub const WHOLE: u64 = (1 << 53) - 1;
/// The largest value that a scenario may name; those above are what only nodes that lie tell.
pub const VALUE: u64 = (1 << 52) - 1;
/// The most that one operation adds or takes away.
pub const AMOUNT: i64 = 1_000_000;
/// The most that a clock is faster or slower than true time, in millionths: half as fast again, or half as
/// fast.
pub const DRIFT_PPM: i32 = 500_000;
/// The most times as long as normally that a slow node takes.
pub const SLOW: u32 = 1_000;
/// The highest rate of a kind of fault in a plan.
pub const FAULTS_PER_MINUTE: f64 = 60_000.0;
/// The most operations that a client sends as one message.
pub const BATCH: u16 = 1_000;
/// The most operations of one round of a job.
pub const ACCESSES: u32 = 100_000;
/// The most retries of a client.
pub const RETRIES: u8 = 100;
/// Values from here on are free for the script: the kernel gives an operation its number as the value,
/// and a run has fewer operations than that, because each leaves two events in a trace of two million.
pub const SCRIPT_VALUES: u64 = 1_000_001;
/// The most undoable changes that a session remembers.
pub const UNDO: usize = 500;
/// The most checkpoints of a session.
pub const CHECKPOINTS: usize = 64;
/// The most memory of a session's checkpoints, in bytes.
pub const CHECKPOINT_BYTES: usize = 64 * 1024 * 1024;
