//! Native tests over everything below the page, in one binary.

mod arrows;

mod goldens;

mod gossip;

mod kernel;

mod kernel_faults;

mod laws;

mod partitioning;

mod portable;

mod primary;

mod quorum;

mod raft;

mod sharding;

mod swarm;

mod wars_golden;
mod watched;
