//! Shared by the tests and the benchmarks.
