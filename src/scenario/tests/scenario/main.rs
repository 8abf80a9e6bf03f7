//! The scenario crate from outside: texts, links, sessions and measures.

mod generate;
mod link;
mod measure;
mod play;
mod text;
mod validate;
