//! The code that ran.
