//! Reads the lessons, so that a new file under `static/lessons` is a new lesson and the page holds no
//! parser for Markdown or TOML.
//!
//! The reading is the crate's own: these are its modules, of which a build script needs a part.

use std::path::Path;
use std::{env, fs};

#[allow(dead_code, unreachable_pub, reason = "the crate needs the rest")]
mod problem;

#[allow(dead_code, reason = "the crate needs the rest")]
mod tree;

mod toml_text;

#[allow(dead_code, reason = "the crate needs the rest")]
mod plain;

mod lesson {
    #[allow(dead_code, reason = "the crate needs the rest")]
    pub(crate) mod source;

    pub(crate) mod markdown;

    pub(crate) mod file;
}

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let folder = Path::new(&manifest).join("../../static/lessons");
    println!("cargo::rerun-if-changed={}", folder.display());
    for module in ["build.rs", "problem.rs", "tree.rs", "toml_text.rs", "plain.rs", "lesson"] {
        println!("cargo::rerun-if-changed={module}");
    }
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("static/lessons is part of the repository")
        .map(|entry| entry.expect("a file of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    let mut list = "/// The name of every lesson's file and what stands in it.\n\
                    const FILES: &[(&str, &str)] = &[\n"
        .to_owned();
    for path in files {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a lesson is text");
        match lesson::file::read(&text) {
            Ok(source) => list.push_str(&format!("    ({name:?}, {:?}),\n", source.to_text())),
            Err(problems) => {
                for problem in problems {
                    println!("cargo::error={name}: {problem}");
                }
            }
        }
    }
    list.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("lessons.rs"), list).expect("cargo's folder can be written");
}
