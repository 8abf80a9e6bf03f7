//! What the literature has a number for, measured, beside that number.
//!
//! The figures come in groups, one for each source or formula. A group is measured by code that does what the rest of
//! Netsplit does: it runs the real protocols, or states plainly that it samples a model.

/// A figure, measured and as it was published.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Figure {
    /// What was measured, with its unit.
    pub what: String,
    /// What came out.
    pub measured: f64,
    /// What was to be expected.
    pub published: f64,
    /// How far the one may be from the other; 0: not at all.
    pub within: f64,
    /// Why it may differ, where that is known; else empty.
    pub note: String,
}

/// Figures of one source.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The stable name, such as `pbs-protocol`.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// How it is measured here, and what a reader learns from it, in two or three sentences.
    pub about: &'static str,
    /// Who published the figures, and where.
    pub source: &'static str,
    /// Measures with so many trials or seeds as [`Effort`] allows.
    pub measure: fn(Effort) -> Vec<Figure>,
}

/// How much work a measurement may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Effort {
    /// About a second in a browser: tolerances are as wide as so few trials need.
    Quick,
    /// As many trials as the tolerances of the tests need.
    Full,
}

/// Every group, in the order of display.
pub const GROUPS: &[Group] = &[];
