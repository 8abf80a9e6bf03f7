//! The load of shards: what clients asked of them in the last second of the run, on a scale of a few steps.

use netsplit_sim::history::History;
use netsplit_sim::sharding::ShardMap;
use netsplit_sim::time::{Span, Time};

/// How many steps the scale has besides zero. The page's style sheet names them `heat-1` and on.
pub const STEPS: u8 = 5;
/// How far back operations count.
pub const WINDOW: Span = Span::from_s(1);
/// The most operations that are looked through in one frame.
const LOOK_BACK: usize = 20_000;

/// Operations per second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// By key.
    pub by_key: Vec<f64>,
    /// By shard: the place in the map.
    pub by_shard: Vec<f64>,
    /// The end of the scale: a round number, at least as much as any shard has.
    pub most: f64,
}

impl Load {
    /// The load of the last second up to `now`, or of the run so far if it is shorter.
    #[must_use]
    pub fn of(history: &History, map: &ShardMap, now: Time) -> Self {
        let mut by_key = vec![0.0; map.owners.len()];
        let length = WINDOW.0.min(now.0).max(1);
        let weight = 1e9 / length as f64;
        let began = now.0 - length.min(now.0);
        let latest = history.operations.iter().rev().take(LOOK_BACK);
        for operation in latest.take_while(|operation| operation.invoked.0 >= began) {
            if let Some(rate) = by_key.get_mut(operation.call.key().0 as usize) {
                *rate += weight;
            }
        }
        let mut by_shard = vec![0.0; map.shards.len()];
        for (rate, owner) in by_key.iter().zip(map.owners.iter()) {
            if let Some(sum) = by_shard.get_mut(usize::from(*owner)) {
                *sum += rate;
            }
        }
        let most = round_up(by_shard.iter().copied().fold(0.0, f64::max));
        Self { by_key, by_shard, most }
    }

    /// The step of the scale that a load is on: 0 for none.
    #[must_use]
    pub fn step(&self, rate: f64) -> u8 {
        if rate <= 0.0 || self.most <= 0.0 {
            return 0;
        }
        (libm::ceil(rate / self.most * f64::from(STEPS)) as u8).clamp(1, STEPS)
    }
}

/// The next 1, 2 or 5 times a power of ten: the end of a scale that does not twitch with every operation.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let mut scale = 1.0;
    loop {
        for step in [1.0, 2.0, 5.0] {
            if value <= step * scale {
                return step * scale;
            }
        }
        scale *= 10.0;
        if scale > 1e12 {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_scale_is_a_round_number() {
        assert_eq!(
            [0.0, 0.3, 1.0, 1.5, 43.0, 51.0, 180.0].map(round_up),
            [0.0, 1.0, 1.0, 2.0, 50.0, 100.0, 200.0]
        );
    }
}
