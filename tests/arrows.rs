//! The arrows between the crates, as the architecture states them. Cargo forbids circles; this forbids
//! the rest.

use std::path::Path;

/// For each crate, those that it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("watched", &[]),
    ("sim", &[]),
    ("protocols", &["sim", "watched"]),
    ("checkers", &["sim"]),
    ("scenario", &["sim", "protocols", "checkers"]),
    ("lab", &["sim", "protocols", "checkers", "scenario"]),
    ("studio", &["sim", "protocols", "checkers", "scenario", "lab"]),
    ("app", &["sim", "protocols", "checkers", "scenario", "lab", "studio"]),
    ("cli", &["sim", "protocols", "checkers", "scenario", "lab"]),
];

fn source(crate_name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src").join(crate_name)
}

fn manifest(crate_name: &str) -> String {
    let path = source(crate_name).join("Cargo.toml");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn no_arrow_points_up() {
    for (crate_name, allowed) in ALLOWED {
        for line in manifest(crate_name).lines() {
            let Some(used) =
                line.strip_prefix("netsplit-").and_then(|rest| rest.split([' ', '=', '.']).next())
            else {
                continue;
            };
            assert!(allowed.contains(&used), "{crate_name} must not use {used}");
        }
    }
}

#[test]
fn only_the_page_knows_the_web() {
    for (crate_name, _) in ALLOWED.iter().filter(|(name, _)| *name != "app") {
        for web in ["yew", "gloo", "web-sys", "wasm-bindgen", "js-sys"] {
            let uses = manifest(crate_name).lines().any(|line| line.starts_with(web));
            assert!(!uses, "{crate_name} must not use {web}");
        }
    }
}

#[test]
fn every_source_file_opens_with_its_purpose() {
    let mut folders: Vec<_> = ALLOWED.iter().map(|(name, _)| source(name)).collect();
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("the file can be read");
                assert!(text.starts_with("//!"), "{} has no opening prose", path.display());
                assert!(text.lines().count() <= 1_000, "{} is over 1,000 lines", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 30, "only {files} files were found");
}
