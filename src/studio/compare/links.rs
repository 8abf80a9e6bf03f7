//! A comparison as a link: the links of both runs, one behind the other. Each of them opens its run alone, too.

use netsplit_scenario::link::{self, Shared};
use netsplit_sim::time::Time;

use super::side::Other;
use super::{SEEK, Side};
use crate::route::Route;
use crate::share::{Card, Copied, hex};
use crate::studio::{Studio, Tone};
use crate::units;

/// A link to a comparison that is being opened: both runs play to its instant, then their hashes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PairOpening {
    until: [Time; 2],
    hash: [Option<u64>; 2],
}

impl Studio {
    /// Opens two runs side by side. If either can't be read, everything stays as it is.
    pub(crate) fn open_pair(&mut self, codes: [&str; 2]) {
        let mut read: Vec<Shared> = Vec::new();
        for (side, code) in Side::BOTH.into_iter().zip(codes) {
            match link::decode(code) {
                Ok(shared) => read.push(shared),
                Err(problems) => {
                    let first = problems.first().map(ToString::to_string).unwrap_or_default();
                    self.refuse_pair(side, &first);
                    return;
                }
            }
        }
        let [a, b] = read.as_slice() else { return };
        let other = match Other::new(b.scenario.clone(), self) {
            Ok(other) => other,
            Err(problems) => {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                self.refuse_pair(Side::B, &first);
                return;
            }
        };
        if !self.load(a.scenario.clone()) {
            return;
        }
        self.example = None;
        self.playing = false;
        self.rebuilding = true;
        self.session.seek(a.until, SEEK);
        self.put_beside(other);
        self.compare.opening = Some(PairOpening { until: [a.until, b.until], hash: [a.hash, b.hash] });
        self.check_pair();
        self.fit();
        self.on_side(Side::B, Self::fit);
    }

    fn refuse_pair(&mut self, side: Side, why: &str) {
        self.notice(
            Tone::Bad,
            format!(
                "This comparison can’t be opened: the link of {} is not whole: {why}. Nothing was changed.",
                side.letter()
            ),
        );
    }

    /// Compares both hashes when both runs have reached the link's instant.
    pub(super) fn check_pair(&mut self) {
        let Some(opening) = self.compare.opening else { return };
        if self.session.is_replaying() || self.compare.is_replaying() {
            return;
        }
        self.compare.opening = None;
        let mut differs = Vec::new();
        let mut verified = Vec::new();
        for (side, (until, expected)) in
            Side::BOTH.into_iter().zip(opening.until.into_iter().zip(opening.hash))
        {
            let (now, hash) = self.on_side(side, |studio| (studio.session.now(), studio.session.hash()));
            let letter = side.letter();
            match expected {
                Some(expected) if now == until && expected == hash => {
                    verified.push(format!("{letter} {}", hex(hash)));
                }
                Some(_) if now != until => differs.push(format!(
                    "{letter} was shared at {}, and is shown at {}",
                    units::playhead(until),
                    units::playhead(now)
                )),
                Some(expected) => differs.push(format!(
                    "{letter} has the hash {} here, and {} there",
                    hex(hash),
                    hex(expected)
                )),
                None => differs.push(format!("{letter} came without a hash")),
            }
        }
        if differs.is_empty() {
            self.notice(
                Tone::Good,
                format!(
                    "Replay verified · {} · both are the same runs as the sender’s, to the last bit, up to {}.",
                    verified.join(" · "),
                    units::playhead(opening.until[0])
                ),
            );
        } else {
            let same = if verified.is_empty() {
                String::new()
            } else {
                format!(" Verified: {}.", verified.join(", "))
            };
            self.notice(Tone::Bad, format!("This replay can’t be verified: {}.{same}", differs.join("; ")));
        }
    }

    /// Makes the link of the comparison.
    pub(crate) fn share_pair(&mut self) {
        let mut codes = Vec::new();
        for side in Side::BOTH {
            match self.on_side(side, |studio| studio.session.link()) {
                Ok(code) => codes.push(code),
                Err(problem) => {
                    self.notice(Tone::Bad, format!("No link: {}: {problem}", side.letter()));
                    return;
                }
            }
        }
        let [a, b] = codes.as_slice() else { return };
        let address = format!("{}{}", self.base, Route::Compare(a.clone(), b.clone()).print());
        let opens = format!(
            "It opens both runs side by side at {}: {} characters.",
            units::playhead(self.session.now()),
            units::grouped(address.chars().count() as f64)
        );
        self.share = Some(Card::of_pair(address, opens));
        self.copy(Copied::Link);
    }
}
