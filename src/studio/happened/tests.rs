//! The list of events.
