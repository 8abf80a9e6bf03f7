//! Trials of the model of quorums, for the benchmark and for the test that they are the same in WebAssembly.

use std::hash::Hasher;

use netsplit_lab::wars::{Delay, Model, Sampler};
use netsplit_sim::digest::Digest;

/// The models, by name. The first is what other programs are measured with.
pub const WARS: [(&str, Model); 5] = [
    (
        "exponential",
        Model::new(
            3,
            Delay::Exponential { least_ms: 0.0, mean_ms: 10.0 },
            Delay::Exponential { least_ms: 0.0, mean_ms: 2.0 },
        ),
    ),
    ("LNKD-SSD", Model::LNKD_SSD),
    ("LNKD-DISK", Model::LNKD_DISK),
    ("YMMR", Model::YMMR),
    ("WAN", Model::WAN),
];

/// Draws so many trials of a model, for every R and W, and answers with a digest of what they came to.
#[must_use]
pub fn run_wars(model: usize, trials: u64) -> u64 {
    let (_, model) = WARS[model.min(WARS.len() - 1)];
    let counts = Sampler::new(model, 1).run(trials);
    let mut digest = Digest::default();
    for (r, w) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        digest.word(counts.thresholds(r, w).at_once());
        digest.word(counts.current(r, w, 1.0).to_bits());
        digest.word(counts.reads(r).quantile(0.999).to_bits());
        digest.word(counts.writes(w).quantile(0.999).to_bits());
    }
    digest.finish()
}
