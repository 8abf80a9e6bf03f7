//! Watching code run. The protocols are full of marks ([`ran`]), put there by the attribute `watched`: one where a stretch
//! of lines begins. While nobody watches, a mark is a look at a flag. Whoever wants to know which lines handled one event
//! plays a copy of the run over that event between [`watch`] and [`seen`]; nothing of it reaches the run or its hash.
//!
//! It is kept for each thread, so that runs side by side do not see each other.

use std::cell::{Cell, RefCell};

use crate::ids::EventId;

thread_local! {
    /// Whether a handler that is watched runs just now.
    static RUNS: Cell<bool> = const { Cell::new(false) };
    /// The event whose handlers are watched; [`EventId::NONE`]: none.
    static WATCHED: Cell<EventId> = const { Cell::new(EventId::NONE) };
    static SEEN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Bits of a mark for the line; the number of the file is above them.
const LINE_BITS: u32 = 11;
/// What tells the first line of a function in [`Source::lines`].
const FUNCTION: u16 = 0x8000;

/// A source file as it was compiled, and its stretches of lines that run together.
#[derive(Debug)]
pub struct Source {
    /// Its number in marks.
    pub number: u16,
    /// Its path within its crate.
    pub path: &'static str,
    /// How many bytes it has.
    pub length: u32,
    /// The [`digest`] of its bytes.
    pub digest: u64,
    /// The first and the last line of each stretch, in order; the first of a function has its highest bit set.
    pub lines: &'static [u16],
    /// The names of its functions, one a line, in order.
    pub names: &'static str,
}

/// Lines of a file that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first line.
    pub from: u32,
    /// The last line.
    pub to: u32,
    /// The name of the function that begins here, if one does.
    pub function: Option<&'static str>,
}

impl Source {
    /// Its stretches, in order of their beginnings: those inside others come after them.
    pub fn stretches(&self) -> impl Iterator<Item = Stretch> {
        let mut names = self.names.split('\n');
        self.lines.chunks_exact(2).map(move |pair| Stretch {
            from: u32::from(pair[0] & !FUNCTION),
            to: u32::from(pair[1]),
            function: if pair[0] & FUNCTION == 0 { None } else { names.next() },
        })
    }
}

/// A mark: the number of a file, and a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u32);

impl Mark {
    /// The number of the file.
    #[must_use]
    pub fn file(self) -> u16 {
        (self.0 >> LINE_BITS) as u16
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.0 & ((1 << LINE_BITS) - 1)
    }
}

/// The digest of a file: FNV-1a over its bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A stretch of lines begins to run. Called by what the attribute `watched` writes.
#[inline(always)]
pub fn ran(mark: u32) {
    if RUNS.get() {
        note(mark);
    }
}

#[cold]
#[inline(never)]
fn note(mark: u32) {
    SEEN.with_borrow_mut(|seen| {
        if !seen.contains(&mark) {
            seen.push(mark);
        }
    });
}

/// A handler is about to run because of an event. The kernel says so.
pub fn begin(cause: EventId) {
    let watched = WATCHED.get();
    RUNS.set(watched != EventId::NONE && watched == cause);
}

/// The handler has run. The kernel says so.
pub fn end() {
    RUNS.set(false);
}

/// From now on, whatever handles this event in a run on this thread is watched.
pub fn watch(event: EventId) {
    SEEN.take();
    WATCHED.set(event);
}

/// What ran since [`watch`], each mark once, in order of first sight.
#[must_use]
pub fn seen() -> Vec<Mark> {
    SEEN.with_borrow(|seen| seen.iter().copied().map(Mark).collect())
}

/// Nothing is watched any more.
pub fn stop() {
    WATCHED.set(EventId::NONE);
    RUNS.set(false);
    SEEN.take();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_handles_the_event_is_seen() {
        let mark = 3 << LINE_BITS | 17;
        ran(mark);
        watch(EventId(5));
        begin(EventId(4));
        ran(mark + 1);
        end();
        begin(EventId(5));
        ran(mark);
        ran(mark + 2);
        ran(mark);
        end();
        ran(mark + 3);
        let seen = seen();
        assert_eq!(
            seen.iter().map(|mark| (mark.file(), mark.line())).collect::<Vec<_>>(),
            [(3, 17), (3, 19)]
        );
        stop();
        begin(EventId::NONE);
        ran(mark);
        end();
        assert!(super::seen().is_empty());
    }
}
