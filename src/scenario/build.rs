//! Lists the lessons, so that a new file under `static/lessons` is a new lesson.

use std::path::Path;
use std::{env, fs};

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let folder = Path::new(&manifest).join("../../static/lessons");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("static/lessons is part of the repository")
        .map(|entry| entry.expect("a file of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    let mut list = "/// The name and the text of every lesson's file.\n\
                    pub const FILES: &[(&str, &str)] = &[\n"
        .to_owned();
    for file in files {
        let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let path = file.canonicalize().expect("a file that was just listed");
        list.push_str(&format!("    ({name:?}, include_str!({:?})),\n", path.display().to_string()));
    }
    list.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("lessons.rs"), list).expect("cargo's folder can be written");
}
