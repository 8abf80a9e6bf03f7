//! Code that can be watched while it runs. `#[watched]` on an `impl` or a function puts a mark at the start of every
//! stretch of lines that runs as a unit: a function, a branch, an arm, the body of a loop, and what follows a statement
//! that may have left early. A mark is a number, file and line; while nobody watches it costs one look at a flag.
//!
//! `sources!` lists the files of the crate that is being compiled: a digest of each file's bytes, and its stretches. So
//! whoever has the text of a file can tell whether it is the one that was compiled, and which of its lines ran.
//!
//! Functions of one line have no mark, for they have no line of their own to show, and there are very many of them.
//! Handlers (`on_…`) always have one.

mod files;
mod stretches;

use proc_macro::TokenStream;
use quote::{ToTokens, quote};

/// Marks what runs in an `impl` or a function.
#[proc_macro_attribute]
pub fn watched(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    // An editor that expands macros may not know the file; it needs no marks.
    let Some(file) = files::current() else { return item };
    let mut item = syn::parse_macro_input!(item as syn::Item);
    stretches::mark(&mut item, file);
    item.into_token_stream().into()
}

/// An array of `netsplit_sim::watch::Source`: the files of this crate that have something to watch.
#[proc_macro]
pub fn sources(_nothing: TokenStream) -> TokenStream {
    let mut entries = Vec::new();
    for (file, path) in files::all().iter().enumerate() {
        let Some(text) = files::read(path) else { continue };
        // The compiler tells no lines of a text that it is handed here; the crate's own reading does.
        proc_macro2::fallback::force();
        let parsed = syn::parse_file(&text);
        let stretches = parsed.map(|mut parsed| stretches::of_file(&mut parsed, file as u32));
        proc_macro2::fallback::unforce();
        let Some(stretches) = stretches.ok().filter(|stretches| !stretches.is_empty()) else { continue };
        let names: Vec<&str> = stretches.iter().filter_map(|one| one.name.as_deref()).collect();
        let names = names.join("\n");
        let lines = stretches.iter().flat_map(|one| {
            let starts_function = if one.name.is_some() { 0x8000 } else { 0 };
            [one.from as u16 | starts_function, one.to as u16]
        });
        let (number, length, digest) = (file as u16, text.len() as u32, files::digest(text.as_bytes()));
        entries.push(quote! {
            ::netsplit_sim::watch::Source {
                number: #number, path: #path, length: #length, digest: #digest, lines: &[#(#lines),*], names: #names,
            }
        });
    }
    quote! { &[#(#entries),*] }.into()
}
