//! The scenario crate from outside: texts, links, sessions and measures.

mod faults;
mod generate;
mod link;
mod look;
mod measure;
mod moments;
mod other_protocol;
mod play;
mod shiviz;
mod split;
mod text;
mod tiny;
mod validate;
mod watching;
mod workload;
