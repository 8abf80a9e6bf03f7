//! Many runs: what one run can't tell.
//!
//! A run is a pure function of its scenario, so a thousand runs are a thousand independent calls: the same code does
//! them in a worker of the browser and on all cores of the command line, in slices, and hands out what it has so far.
//!
//! Reading order: [`sweep`] (one or two knobs over several values, many seeds) with [`knob`], [`statistics`] and
//! [`theory`]; [`literature`] (what others published, measured anew) over [`wars`] (the model of quorums without a cluster);
//! [`files`] (histories of other systems); [`run_file`] (a run as JSON); [`work`] (all of it as tasks and reports for a worker).

pub mod knob;

pub mod statistics;

pub mod theory;

pub mod sweep;

pub mod wars;

pub mod literature;

pub mod files;

pub mod run_file;

pub mod work;
