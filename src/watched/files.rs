//! The files of the crate that is being compiled, in the order of their names: a file's number is its place among them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn root() -> PathBuf {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    folder.canonicalize().unwrap_or(folder)
}

/// Every source file, by its path within the crate.
pub(crate) fn all() -> &'static [String] {
    static ALL: OnceLock<Vec<String>> = OnceLock::new();
    ALL.get_or_init(|| {
        let root = root();
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let path = entry.path();
                // What is linked to from here is not of this crate.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    found.extend(within(&root, &path));
                }
            }
        }
        found.sort();
        assert!(found.len() < 512, "a mark has nine bits for the file");
        found
    })
}

fn within(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?.to_str()?;
    Some(path.replace('\\', "/"))
}

/// The number of the file in which the macro was called.
pub(crate) fn current() -> Option<u32> {
    let path = proc_macro::Span::call_site().local_file()?.canonicalize().ok()?;
    let path = within(&root(), &path)?;
    all().iter().position(|one| *one == path).map(|place| place as u32)
}

/// The text of a file.
pub(crate) fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

/// FNV-1a over the bytes, the same as `netsplit_sim::watch::digest`.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
