//! Native tests over everything below the page, in one binary.

mod kernel;

mod laws;
