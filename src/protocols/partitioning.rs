//! Partitioning: which nodes hold which keys. One file each under `partitioning/`, registered by one line in [`ALL`].
//!
//! A scheme is a pure function from a [`Layout`] to the shards that it wants. It knows nothing of replication,
//! messages or time; [`crate::sharded`] takes a cluster from the shards that it has to those that the scheme wants.

pub mod none;

pub mod range;

pub mod modulo;

pub mod ring;

pub mod rendezvous;

pub mod jump;

pub mod bounded;

pub mod directory;

pub mod layout;

pub mod placement;

pub mod hash;

mod blocks;

pub mod measure;

pub mod figures;

use netsplit_sim::action::Reshape;
use netsplit_sim::protocol::Parameter;
use netsplit_sim::sharding::Picture;

pub use layout::{Block, Layout, Wanted};

/// A registered scheme.
#[derive(Clone, Copy)]
pub struct Partitioner {
    /// Its description of itself.
    pub about: fn() -> About,
    /// The shards that it wants, in the order of display. Total: every key of the layout is in exactly one,
    /// no shard is empty, and the owners of each are different nodes of the layout, as many as [`Layout::copies`]; in
    /// the directory as many as the block names. A layout
    /// is never without a node. Placement by hand ([`Layout::pins`]) is not its concern: [`Layout::place`] sees to it.
    pub place: fn(&Layout) -> Vec<Wanted>,
    /// Changes split points: called with [`Reshape::Split`], [`Reshape::Merge`] and [`Reshape::Shift`]. The error
    /// says in words why not, and the layout is then as it was. Also called with [`Reshape::Join`], [`Reshape::Leave`]
    /// and [`Reshape::Remove`], just before the node is in the layout or is so no longer: that it does not refuse.
    pub reshape: fn(&mut Layout, &Reshape) -> Result<(), &'static str>,
    /// The next change of split points that its automatic rules ask for, given the load of each key. Most have no rules.
    pub automatic: fn(&Layout, &[u64]) -> Option<Reshape>,
    /// Where its keys and nodes lie, if it hashes them.
    pub picture: fn(&Layout) -> Picture,
}

/// A scheme's description of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The name in scenarios and links, such as `ring`.
    pub id: &'static str,
    /// The name on the page.
    pub title: &'static str,
    /// One sentence for a newcomer.
    pub summary: &'static str,
    /// The paper or book section that it follows.
    pub paper: &'static str,
    /// Its own parameters, besides those that all schemes have ([`layout::parameters`]).
    pub parameters: Vec<Parameter>,
    /// Whether it keeps the order of keys, so that a range scan touches few shards, and has split points, so that blocks
    /// can be given.
    pub ordered: bool,
}

/// Every scheme, in the order of the gallery.
pub const ALL: &[Partitioner] = &[
    none::SCHEME,
    range::SCHEME,
    modulo::SCHEME,
    ring::SCHEME,
    rendezvous::SCHEME,
    jump::SCHEME,
    bounded::SCHEME,
    directory::SCHEME,
];

/// What a scheme without automatic rules asks for.
fn nothing(_: &Layout, _: &[u64]) -> Option<Reshape> {
    None
}

/// The scheme with this id, such as `ring`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Partitioner> {
    ALL.iter().find(|entry| (entry.about)().id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_describes_itself_completely() {
        for (place, entry) in ALL.iter().enumerate() {
            let about = (entry.about)();
            let found = ALL.iter().position(|other| (other.about)().id == about.id);
            assert_eq!(found, Some(place), "{} is there once", about.id);
            assert!(find(about.id).is_some_and(|other| (other.about)() == about));
            assert!([about.title, about.paper].iter().all(|text| !text.is_empty()), "{}", about.id);
            assert!(about.summary.ends_with('.'), "{}", about.id);
            let all = layout::parameters();
            for parameter in all.iter().chain(&about.parameters) {
                assert!(parameter.summary.ends_with('.'), "{} of {}", parameter.id, about.id);
                for nodes in 1..=9 {
                    let (least, most) = parameter.range.bounds(nodes);
                    let default = parameter.range.default_value(nodes);
                    assert!(least <= default && default <= most, "{} of {}", parameter.id, about.id);
                }
            }
            let ids: Vec<_> = all.iter().chain(&about.parameters).map(|parameter| parameter.id).collect();
            assert!((1..ids.len()).all(|i| !ids[..i].contains(&ids[i])), "{ids:?}");
        }
        assert!(find("consistent").is_none());
    }
}
