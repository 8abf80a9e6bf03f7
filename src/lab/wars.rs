//! The model of quorums of Bailis, Venkataraman, Franklin, Hellerstein and Stoica (*Probabilistically Bounded Staleness for
//! Practical Partial Quorums*, VLDB 2012, section 5.1), without a cluster.
//!
//! A write goes to all N replicas and is acknowledged by the first W of them; a read that begins a time t later goes to all
//! N and takes what the first R of them answer. There are four messages for each replica, which give the model its name: the
//! **w**rite, its **a**cknowledgement, the **r**ead and its re**s**ponse. So one trial is 4 N delays. The write is
//! acknowledged at w, the W-th smallest of W\[i\] + A\[i\]; the read takes the R replicas with the smallest R\[i\] + S\[i\]; it is
//! *current* if its request reached any of those after the write had: w + t + R\[i\] >= W\[i\]. Nothing fails, nothing is
//! repaired, and nobody else writes.
//!
//! For each R and W a trial has a **threshold**: the least t at which the read is current. With the thresholds of many
//! trials the probability is known for every t at once, and as the same delays serve every R and W, one pass gives
//! everything that the paper tabulates.
//!
//! Trials come in batches, each with a random stream of its own. What batches count is added up, in any order: so the
//! work can be sliced, spread over workers and stopped at any time. [`crate::literature`] holds the model against the paper, and
//! against the real protocol.

mod bins;
mod delay;
mod draw;

use netsplit_sim::random::{Purpose, Random, stream};

pub use bins::Bins;
pub use delay::Delay;
use draw::{Draw, Draws};

/// Trials of a full batch: some milliseconds of work.
pub const BATCH: u32 = 1 << 16;

/// The most replicas.
pub const MOST_REPLICAS: u8 = 5;

/// What trials are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Model {
    /// N: replicas of the key, 1 to [`MOST_REPLICAS`].
    pub replicas: u8,
    /// From the writing coordinator to a replica.
    pub w: Delay,
    /// Back again.
    pub a: Delay,
    /// From the reading coordinator to a replica.
    pub r: Delay,
    /// Back again.
    pub s: Delay,
    /// Where the replicas are apart: how much longer each message to and from a remote one takes. Each write and each read has
    /// one replica at hand, drawn at random, and the others are remote.
    pub apart_ms: Option<f64>,
}

impl Model {
    /// Three replicas whose messages take what was fitted to LinkedIn's store on solid-state disks (the paper's table 3).
    pub const LNKD_SSD: Self = Self::new(3, Delay::LNKD_SSD, Delay::LNKD_SSD);
    /// The same on spinning disks: a write takes the disk's time too.
    pub const LNKD_DISK: Self = Self::new(3, Delay::LNKD_DISK_WRITE, Delay::LNKD_SSD);
    /// Three replicas whose messages take what was fitted to Yammer's store.
    pub const YMMR: Self = Self::new(3, Delay::YMMR_WRITE, Delay::YMMR);
    /// [`Model::LNKD_DISK`] with each replica in another data centre, 75 ms from the others.
    pub const WAN: Self = Self { apart_ms: Some(75.0), ..Self::LNKD_DISK };

    /// So many replicas; `write` is what a write takes to get there, `other` what every other message takes.
    #[must_use]
    pub const fn new(replicas: u8, write: Delay, other: Delay) -> Self {
        Self { replicas, w: write, a: other, r: other, s: other, apart_ms: None }
    }

    fn replicas(&self) -> u8 {
        self.replicas.clamp(1, MOST_REPLICAS)
    }
}

/// What trials came to. Counts of the same model can be added up.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    replicas: u8,
    trials: u64,
    /// Of the thresholds of R and W, those of R = 1 first.
    thresholds: Vec<Bins>,
    reads: Vec<Bins>,
    writes: Vec<Bins>,
}

impl Counts {
    /// No trials yet.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let n = usize::from(model.replicas());
        Self {
            replicas: n as u8,
            trials: 0,
            thresholds: vec![Bins::default(); n * n],
            reads: vec![Bins::default(); n],
            writes: vec![Bins::default(); n],
        }
    }

    /// How many trials there were.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// Adds what other trials of the same model came to.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.replicas, other.replicas, "counts of one model");
        self.trials += other.trials;
        let pairs = [
            (&mut self.thresholds, &other.thresholds),
            (&mut self.reads, &other.reads),
            (&mut self.writes, &other.writes),
        ];
        for (mine, theirs) in pairs {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.merge(theirs));
        }
    }

    /// The thresholds: at which t after the acknowledgement a read became current, 0 where it was at once.
    #[must_use]
    pub fn thresholds(&self, r: u8, w: u8) -> &Bins {
        let place = |k: u8| usize::from(k.clamp(1, self.replicas)) - 1;
        &self.thresholds[place(r) * usize::from(self.replicas) + place(w)]
    }

    /// How long a read takes that waits for so many replicas, in milliseconds.
    #[must_use]
    pub fn reads(&self, r: u8) -> &Bins {
        &self.reads[usize::from(r.clamp(1, self.replicas)) - 1]
    }

    /// How long a write takes that waits for so many replicas, in milliseconds.
    #[must_use]
    pub fn writes(&self, w: u8) -> &Bins {
        &self.writes[usize::from(w.clamp(1, self.replicas)) - 1]
    }

    /// The share of reads that are current when they begin `t_ms` after the acknowledgement of the write.
    #[must_use]
    pub fn current(&self, r: u8, w: u8, t_ms: f64) -> f64 {
        self.thresholds(r, w).share_up_to(t_ms)
    }
}

/// Draws trials of one model.
#[derive(Clone, Debug)]
pub struct Sampler {
    model: Model,
    seed: u64,
    draws: Draws,
}

impl Sampler {
    /// Of a model; the same seed gives the same trials.
    #[must_use]
    pub fn new(model: Model, seed: u64) -> Self {
        Self { model, seed, draws: Draws::new([model.w, model.a, model.r, model.s]) }
    }

    /// Does the first `trials` trials of a batch, at most [`BATCH`], and adds what they come to.
    pub fn batch(&self, batch: u32, trials: u32, counts: &mut Counts) {
        let random = stream(self.seed, Purpose::Trials, (batch >> 16) as u16, batch as u16);
        let trials = trials.min(BATCH);
        match (self.model.replicas(), self.model.apart_ms.is_some()) {
            (1, false) => self.trials::<1, false>(random, trials, counts),
            (2, false) => self.trials::<2, false>(random, trials, counts),
            (3, false) => self.trials::<3, false>(random, trials, counts),
            (4, false) => self.trials::<4, false>(random, trials, counts),
            (_, false) => self.trials::<5, false>(random, trials, counts),
            (1, true) => self.trials::<1, true>(random, trials, counts),
            (2, true) => self.trials::<2, true>(random, trials, counts),
            (3, true) => self.trials::<3, true>(random, trials, counts),
            (4, true) => self.trials::<4, true>(random, trials, counts),
            (_, true) => self.trials::<5, true>(random, trials, counts),
        }
    }

    /// Does so many trials from the first batch on, all at once.
    #[must_use]
    pub fn run(&self, trials: u64) -> Counts {
        let mut counts = Counts::new(&self.model);
        for batch in 0..trials.div_ceil(BATCH.into()) {
            let rest = trials - batch * u64::from(BATCH);
            self.batch(batch as u32, rest.min(BATCH.into()) as u32, &mut counts);
        }
        counts
    }

    fn trials<const N: usize, const APART: bool>(
        &self,
        mut random: Random,
        trials: u32,
        counts: &mut Counts,
    ) {
        let [w, a, r, s] = self.draws.all();
        let apart = self.model.apart_ms.unwrap_or_default();
        let Counts { thresholds, reads, writes, .. } = counts;
        for _ in 0..trials {
            let trial = Trial::<N>::draw::<APART>([w, a, r, s], apart, &mut random);
            for i in 0..N {
                writes[i].add(f64::from_bits(trial.written[i]));
                reads[i].add(f64::from_bits(trial.read[i]));
            }
            let mut ahead = f64::INFINITY;
            for (i, key) in trial.read.iter().enumerate() {
                // The write is ahead of the read at this replica by so much less than w + t.
                ahead = ahead.min(trial.ahead[(key & INDEX) as usize]);
                for (j, written) in trial.written.iter().enumerate() {
                    thresholds[i * N + j].add(ahead - f64::from_bits(*written));
                }
            }
        }
        counts.trials += u64::from(trials);
    }
}

/// The chance that a read is at most `k - 1` versions behind the newest, when each write reached `w` replicas of `n` and each
/// read asked `r`, drawn at random: 1 - p^k, with p the chance that a read misses a write (section 3.1, equations 1 and 2).
#[must_use]
pub fn within_versions(n: u32, r: u32, w: u32, k: u32) -> f64 {
    if r + w > n {
        return 1.0;
    }
    // C(n - w, r) / C(n, r), factor by factor.
    let misses: f64 = (0..r).map(|i| f64::from(n - w - i) / f64::from(n - i)).product();
    1.0 - (0..k).map(|_| misses).product::<f64>()
}

/// The delays of one trial, in order. As all of them are positive, their bits are ordered as they are; and whole numbers are
/// sorted without a branch that a processor could only guess at.
struct Trial<const N: usize> {
    /// When the k-th acknowledgement arrives, as bits.
    written: [u64; N],
    /// When the k-th response arrives, as bits, the last of which name the replica.
    read: [u64; N],
    /// By how much the write's message to a replica takes longer than the read's.
    ahead: [f64; INDEX as usize + 1],
}

/// The bits of a response's time that name the replica instead: they make it longer by less than 2^-49 of itself.
const INDEX: u64 = 7;

impl<const N: usize> Trial<N> {
    #[inline]
    fn draw<const APART: bool>([w, a, r, s]: [&Draw; 4], apart_ms: f64, random: &mut Random) -> Self {
        let mut trial = Self { written: [0; N], read: [0; N], ahead: [0.0; INDEX as usize + 1] };
        let at_hand = if APART { [random.below(N as u64), random.below(N as u64)] } else { [0; 2] };
        for i in 0..N {
            let (mut w, mut a) = draw::two(w, a, random);
            let (mut r, mut s) = draw::two(r, s, random);
            if APART {
                let further = at_hand.map(|replica| apart_ms * f64::from(u8::from(replica != i as u64)));
                (w, a) = (w + further[0], a + further[0]);
                (r, s) = (r + further[1], s + further[1]);
            }
            trial.written[i] = (w + a).to_bits();
            trial.read[i] = ((r + s).to_bits() & !INDEX) | i as u64;
            trial.ahead[i] = w - r;
        }
        sort(&mut trial.written);
        sort(&mut trial.read);
        trial
    }
}

/// Sorts by comparing and swapping neighbours, always the same ones.
#[inline]
fn sort<const N: usize>(keys: &mut [u64; N]) {
    for end in (1..N).rev() {
        for i in 0..end {
            let (one, other) = (keys[i], keys[i + 1]);
            (keys[i], keys[i + 1]) = (one.min(other), one.max(other));
        }
    }
}

#[cfg(test)]
mod tests;
