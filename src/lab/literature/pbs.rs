//! What the PBS paper prints (Bailis et al., VLDB 2012, sections 5.6 to 5.8 and table 4), against the model and against the
//! protocol.

use netsplit_sim::random::{Purpose, Random, stream};

use super::{Effort, Figure, pbs_protocol};
use crate::wars::{Bins, Counts, Delay, Model, Sampler};

const SEED: u64 = 2012;
/// The paper's tables show this quantile.
const HIGH: f64 = 0.999;

/// A number of the paper, and the half of its last digit.
type Printed = (f64, f64);

/// A row of the paper: a store, R and W.
struct Row {
    store: &'static str,
    model: Model,
    r: u8,
    w: u8,
    /// The share of current reads so many milliseconds after the acknowledgement.
    current: &'static [(f64, Printed)],
    /// Of latencies.
    read_ms: Printed,
    write_ms: Printed,
}

const ROWS: &[Row] = &[
    Row {
        store: "LNKD-SSD",
        model: Model::LNKD_SSD,
        r: 1,
        w: 1,
        current: &[(0.0, (0.974, 0.0005))],
        read_ms: (0.66, 0.005),
        write_ms: (0.66, 0.005),
    },
    Row {
        store: "LNKD-DISK",
        model: Model::LNKD_DISK,
        r: 1,
        w: 1,
        current: &[(0.0, (0.439, 0.0005)), (10.0, (0.925, 0.0005))],
        read_ms: (0.66, 0.005),
        write_ms: (10.99, 0.005),
    },
    Row {
        store: "LNKD-DISK",
        model: Model::LNKD_DISK,
        r: 1,
        w: 2,
        current: &[],
        read_ms: (0.65, 0.005),
        write_ms: (20.97, 0.005),
    },
    Row {
        store: "LNKD-DISK",
        model: Model::LNKD_DISK,
        r: 2,
        w: 1,
        current: &[],
        read_ms: (1.63, 0.005),
        write_ms: (10.9, 0.05),
    },
    Row {
        store: "YMMR",
        model: Model::YMMR,
        r: 1,
        w: 1,
        current: &[(0.0, (0.893, 0.0005))],
        read_ms: (5.58, 0.005),
        write_ms: (10.83, 0.005),
    },
    Row {
        store: "YMMR",
        model: Model::YMMR,
        r: 2,
        w: 1,
        current: &[],
        read_ms: (32.6, 0.05),
        write_ms: (10.73, 0.005),
    },
    Row {
        store: "WAN",
        model: Model::WAN,
        r: 1,
        w: 1,
        current: &[(0.0, (0.33, 0.005))],
        read_ms: (3.4, 0.05),
        write_ms: (55.12, 0.005),
    },
];

const MODELS: [Model; 4] = [Model::LNKD_SSD, Model::LNKD_DISK, Model::YMMR, Model::WAN];

/// How far a share may be from the printed one, before luck: 0.3 points.
const POINTS: f64 = 0.003;
/// And a latency: 1 %.
const PART: f64 = 0.01;

/// Three standard errors of a share.
pub(super) fn luck(share: f64, trials: u64) -> f64 {
    3.0 * libm::sqrt(share * (1.0 - share) / trials as f64)
}

/// Three standard errors of a quantile: as far as it would move if the share were off by as many.
fn luck_of_quantile(bins: &Bins, share: f64) -> f64 {
    let luck = luck(share, bins.count());
    (bins.quantile(share + luck) - bins.quantile(share - luck)) / 2.0
}

impl Row {
    fn name(&self) -> String {
        format!("{}, R = {}, W = {}", self.store, self.r, self.w)
    }

    fn current(&self, t_ms: f64, (published, rounding): Printed, measured: f64, trials: u64) -> Figure {
        Figure {
            what: format!("{}: reads current {t_ms} ms after the acknowledgement", self.name()),
            measured,
            published,
            within: POINTS + rounding + luck(measured, trials),
            note: if self.store == "YMMR" {
                "With the shape 3.5 that the paper's simulator had; the paper prints 3.35.".to_owned()
            } else {
                String::new()
            },
        }
    }

    fn latency(&self, kind: &str, (published, rounding): Printed, measured: &Bins) -> Figure {
        Figure {
            what: format!("{}: {kind}, p99.9 in ms", self.name()),
            measured: measured.quantile(HIGH),
            published,
            within: PART * published + rounding + luck_of_quantile(measured, HIGH),
            note: if published == 32.6 {
                "With 200 million trials of the model it is 32.94, so the printed number is 1 % too low."
                    .to_owned()
            } else {
                String::new()
            },
        }
    }
}

/// The model against the paper.
pub(super) fn wars(effort: Effort) -> Vec<Figure> {
    let trials = match effort {
        Effort::Quick => 1_000_000,
        Effort::Full => 32_000_000,
    };
    let all = MODELS.map(|model| (model, Sampler::new(model, SEED).run(trials)));
    let of = |model: &Model| &all.iter().find(|(known, _)| known == model).unwrap_or(&all[0]).1;
    let mut figures = Vec::new();
    for row in ROWS {
        let counts = of(&row.model);
        for &(t_ms, printed) in row.current {
            figures.push(row.current(t_ms, printed, counts.current(row.r, row.w, t_ms), trials));
        }
        figures.push(row.latency("read", row.read_ms, counts.reads(row.r)));
        figures.push(row.latency("write", row.write_ms, counts.writes(row.w)));
    }
    let printed = Sampler::new(Model::new(3, Delay::YMMR_WRITE_AS_PRINTED, Delay::YMMR), SEED).run(trials);
    figures.push(Figure {
        what: "YMMR with the shape 3.35, R = 1, W = 1: reads current 0 ms after the acknowledgement".to_owned(),
        measured: printed.current(1, 1, 0.0),
        published: 0.893,
        within: 0.01,
        note: "With the shape as it is printed the share is further off than luck can explain: it is a misprint."
            .to_owned(),
    });
    figures.extend(first_crossings(of(&Model::LNKD_DISK), "LNKD-DISK", 45.5, 0.1, 30.0));
    figures.extend(first_crossings(of(&Model::YMMR), "YMMR", 1_364.0, 1.0, 1_000.0));
    figures.push(Figure {
        what: "stale reads with R + W > N, in all of these stores, at any time".to_owned(),
        measured: all.iter().map(|(_, counts)| stale_where_quorums_meet(counts)).sum::<u64>() as f64,
        published: 0.0,
        within: 0.0,
        note: String::new(),
    });
    figures
}

/// Trials in which a read that had to meet the write did not, for any t.
fn stale_where_quorums_meet(counts: &Counts) -> u64 {
    let pairs = (1..=3).flat_map(|r| (1..=3).map(move |w| (r, w))).filter(|(r, w)| r + w > 3);
    pairs.map(|(r, w)| counts.trials() - counts.thresholds(r, w).at_once()).sum()
}

/// The trap in the column of t-visibility. What the paper calls the t for 99.9 % is not the quantile: it is the first t of
/// a sweep at which 50,000 fresh trials came out at 99.9 % or more. As the share rises slowly there, one of the many steps
/// before the quantile is lucky. Both are shown: the quantile, and what such sweeps find.
fn first_crossings(counts: &Counts, store: &str, published: f64, step_ms: f64, from_ms: f64) -> [Figure; 2] {
    let thresholds = counts.thresholds(1, 1);
    let quantile = thresholds.quantile(HIGH);
    let mut random = stream(SEED, Purpose::Trials, u16::MAX, 0);
    let sweeps: Vec<f64> = (0..200).map(|_| sweep(thresholds, step_ms, from_ms, &mut random)).collect();
    let mean = sweeps.iter().sum::<f64>() / sweeps.len() as f64;
    let variance = sweeps.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>() / sweeps.len() as f64;
    [
        Figure {
            what: format!("{store}, R = 1, W = 1: t in ms at which 99.9 % of reads are current"),
            measured: quantile,
            published,
            within: 0.15 * published + luck_of_quantile(thresholds, HIGH),
            note: "The paper's number is too low: it is the first step of a sweep at which 50,000 trials happened to come out \
                   at 99.9 %. The next line does as the paper did."
                .to_owned(),
        },
        Figure {
            what: format!("{store}, R = 1, W = 1: t in ms at which a sweep first finds 99.9 %, mean"),
            measured: mean,
            published,
            within: 3.0 * libm::sqrt(variance),
            note: format!(
                "200 sweeps in steps of {step_ms} ms, 50,000 trials in each step; the paper's was one such sweep."
            ),
        },
    ]
}

/// One sweep: where it first finds no more than one stale read in a thousand.
fn sweep(thresholds: &Bins, step_ms: f64, from_ms: f64, random: &mut Random) -> f64 {
    const TRIALS: f64 = 50_000.0;
    for step in 0_u32.. {
        let t = from_ms + step_ms * f64::from(step);
        // So rare are they that their number is Poisson's.
        let stale = poisson(TRIALS * (1.0 - thresholds.share_up_to(t)), random);
        if f64::from(stale) <= TRIALS * (1.0 - HIGH) {
            return t;
        }
    }
    f64::NAN
}

/// A number with Poisson's distribution: how many exponential gaps fit.
fn poisson(mean: f64, random: &mut Random) -> u32 {
    let mut gone = random.exponential(1.0);
    let mut count = 0;
    while gone < mean {
        gone += random.exponential(1.0);
        count += 1;
    }
    count
}

/// The protocol against the paper, and where the paper has nothing against the model.
pub(super) fn protocol(effort: Effort) -> Vec<Figure> {
    let (trials, of_model) = match effort {
        Effort::Quick => (30_000, 1_000_000),
        Effort::Full => (1_000_000, 16_000_000),
    };
    let mut figures = Vec::new();
    for (place, row) in (0..).zip(ROWS) {
        let run = |t_ms: f64| pbs_protocol::run(&row.model, row.r, row.w, t_ms, trials, SEED + place);
        let at_once = run(0.0);
        for &(t_ms, printed) in row.current {
            let share = if t_ms > 0.0 { run(t_ms).share() } else { at_once.share() };
            figures.push(row.current(t_ms, printed, share, trials));
        }
        if row.current.is_empty() {
            let model = Sampler::new(row.model, SEED).run(of_model).current(row.r, row.w, 0.0);
            let share = at_once.share();
            figures.push(Figure {
                what: format!("{}: reads current 0 ms after the acknowledgement", row.name()),
                measured: share,
                published: model,
                within: luck(share, trials) + luck(model, of_model),
                note: "The paper does not have it: this is what the model says.".to_owned(),
            });
        }
        figures.push(row.latency("read", row.read_ms, &at_once.reads));
        figures.push(row.latency("write", row.write_ms, &at_once.writes));
    }
    let meeting = pbs_protocol::run(&Model::LNKD_DISK, 2, 2, 0.0, trials, SEED);
    figures.push(Figure {
        what: "LNKD-DISK, R = 2, W = 2: stale reads 0 ms after the acknowledgement".to_owned(),
        measured: (meeting.trials - meeting.current) as f64,
        published: 0.0,
        within: 0.0,
        note: String::new(),
    });
    figures
}
