//! Drawing delays by table: logarithms are what a trial would spend its time on.
//!
//! The numbers from 0 to 1 are cut into equal cells, and within a cell the delay is taken as a straight line between its exact
//! values at the ends. Where the line is further from the curve than [`BEND`] (at the far tails, and where one part of a
//! mixture ends and the other begins) the cell has no line, and the delay is computed by its formula from a number with
//! all of 53 bits. So the tail is never cut off, and the formula is needed once in a hundred draws.

use netsplit_sim::random::Random;

use super::Delay;

/// Of the 32 bits of a draw, so many choose the cell; the others, the place in it.
const CELL_BITS: u32 = 12;
const CELLS: usize = 1 << CELL_BITS;
const PLACES: u32 = 1 << (32 - CELL_BITS);

/// How much of the delay a line may be off.
const BEND: f64 = 2.5e-4;

/// A straight piece of the curve.
#[derive(Clone, Copy, Debug)]
struct Cell {
    low: f32,
    /// How much the delay rises from one place in the cell to the next; not a number where there is no line.
    rise: f32,
}

/// Draws one delay.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    cells: Box<[Cell; CELLS]>,
    delay: Delay,
}

impl Draw {
    pub(super) fn new(delay: Delay) -> Self {
        let ends: Vec<f64> = (0..=CELLS).map(|i| delay.at(i as f64 / CELLS as f64)).collect();
        // The cell in which the first part of a mixture ends.
        let border = delay.first_share() * CELLS as f64;
        let is_border = |i: usize| (i as f64) < border && border < (i + 1) as f64;
        let cells = std::array::from_fn(|i| {
            let (low, high) = (ends[i], ends[i + 1]);
            // The line is off by an eighth of the second derivative, in the middle; and the curve bends more to that side
            // where its neighbour is steeper.
            let before = if i == 0 { low } else { ends[i - 1] };
            let after = if i + 2 > CELLS { f64::INFINITY } else { ends[i + 2] };
            let bend = (high - low - (low - before)).abs().max((after - high - (high - low)).abs()) / 8.0;
            let straight = low > 0.0 && bend < BEND * low && !is_border(i);
            let rise = if straight || high == low { (high - low) / f64::from(PLACES) } else { f64::NAN };
            Cell { low: low as f32, rise: rise as f32 }
        });
        Self { cells: Box::new(cells), delay }
    }
}

impl Draw {
    /// The delay for 32 random bits. Where they fall into a cell without a line it takes more from the stream.
    #[inline]
    fn of(&self, bits: u32, random: &mut Random) -> f64 {
        let cell = self.cells[(bits >> (32 - CELL_BITS)) as usize];
        let place = bits & (PLACES - 1);
        // Half a place further, so that the places lie evenly between the ends.
        let delay = f64::from(cell.low) + f64::from(cell.rise) * (f64::from(place) + 0.5);
        if delay.is_nan() { self.by_formula(bits, random) } else { delay }
    }

    #[cold]
    fn by_formula(&self, bits: u32, random: &mut Random) -> f64 {
        let cell = f64::from(bits >> (32 - CELL_BITS));
        self.delay.at((cell + random.unit()) / CELLS as f64)
    }
}

/// Draws the four delays of the model.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    /// Those that differ.
    tables: Vec<Draw>,
    /// Which of them each of the four has.
    which: [usize; 4],
}

impl Draws {
    pub(super) fn new(delays: [Delay; 4]) -> Self {
        let mut tables: Vec<Draw> = Vec::new();
        let which = delays.map(|delay| {
            let known = tables.iter().position(|table| table.delay == delay);
            known.unwrap_or_else(|| {
                tables.push(Draw::new(delay));
                tables.len() - 1
            })
        });
        Self { tables, which }
    }

    pub(super) fn all(&self) -> [&Draw; 4] {
        self.which.map(|table| &self.tables[table])
    }
}

/// Two delays for 64 random bits.
#[inline]
pub(super) fn two(first: &Draw, second: &Draw, random: &mut Random) -> (f64, f64) {
    let bits = random.bits();
    (first.of((bits >> 32) as u32, random), second.of(bits as u32, random))
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::random::{Purpose, stream};

    const ALL: [Delay; 8] = [
        Delay::Constant { ms: 2.5 },
        Delay::Exponential { least_ms: 0.0, mean_ms: 10.0 },
        Delay::Exponential { least_ms: 3.0, mean_ms: 0.5 },
        Delay::LNKD_SSD,
        Delay::LNKD_DISK_WRITE,
        Delay::YMMR,
        Delay::YMMR_WRITE,
        Delay::YMMR_WRITE_AS_PRINTED,
    ];

    /// Each part is off by less than a thousandth everywhere, so each quantile of the mixture is, too.
    #[test]
    fn the_lines_keep_to_the_curve() {
        for delay in ALL {
            let draw = Draw::new(delay);
            let without = draw.cells.iter().filter(|cell| cell.rise.is_nan()).count();
            assert!(without < CELLS / 50, "{delay:?}: {without} cells have no line");
            for (i, cell) in draw.cells.iter().enumerate().filter(|(_, cell)| !cell.rise.is_nan()) {
                for place in [0, 1, PLACES / 8, PLACES / 2, PLACES - PLACES / 8, PLACES - 1] {
                    let by_line = f64::from(cell.low) + f64::from(cell.rise) * (f64::from(place) + 0.5);
                    let u = (i as f64 + (f64::from(place) + 0.5) / f64::from(PLACES)) / CELLS as f64;
                    let exact = delay.at(u);
                    assert!((by_line / exact - 1.0).abs() < 1e-3, "{delay:?} at {u}: {by_line}, {exact}");
                }
            }
        }
    }

    /// What is drawn has the distribution of the formula, which was written down apart, up to the far tail.
    #[test]
    fn draws_have_their_distribution() {
        let draws = 500_000;
        for (place, delay) in (0..).zip(ALL) {
            let draw = Draw::new(delay);
            let mut random = stream(1, Purpose::Trials, place, 0);
            let mut drawn: Vec<f64> = (0..draws)
                .map(|_| {
                    let bits = random.bits() as u32;
                    draw.of(bits, &mut random)
                })
                .collect();
            drawn.sort_by(f64::total_cmp);
            if let Delay::Constant { ms } = delay {
                assert!(drawn[0] == ms && drawn[drawn.len() - 1] == ms);
                continue;
            }
            for share in [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999] {
                let quantile = drawn[(share * f64::from(draws)) as usize];
                let error = libm::sqrt(share * (1.0 - share) / f64::from(draws));
                let found = delay.up_to(quantile);
                assert!(
                    (found - share).abs() < 4.5 * error,
                    "{delay:?}: {quantile} is at {found}, not {share}"
                );
            }
            assert!(
                delay.up_to(drawn[0]) < 3e-5 && delay.up_to(drawn[drawn.len() - 1]) > 0.999_97,
                "{delay:?}"
            );
        }
    }
}
