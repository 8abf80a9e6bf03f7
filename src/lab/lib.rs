//! Many runs: what one run can't tell.
//!
//! A run is a pure function of its scenario, so a thousand runs are a thousand independent calls: the same code does
//! them in a worker of the browser and on all cores of the command line, in slices, and hands out what it has so far.
//!
//! Reading order: [`literature`] (what others published, measured anew), over [`wars`] (the model of quorums without a cluster).

pub mod wars;

pub mod literature;
