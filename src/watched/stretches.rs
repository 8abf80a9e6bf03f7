//! Where the marks go. A stretch is a run of lines that are executed together unless something fails; stretches lie in one
//! another like blocks, and a line belongs to the innermost that holds it. What shares its line with the code around it
//! has no mark: the line ran, whichever way it went on.

use proc_macro2::{Span, TokenTree};
use quote::ToTokens;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{Block, Expr, ImplItem, Item, Stmt, parse_quote};

/// Bits of a mark for the line; the file's number is above them.
const LINE_BITS: u32 = 11;

/// Lines that run together.
pub(crate) struct Stretch {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// The function's name, if one begins here.
    pub(crate) name: Option<String>,
}

struct Marker {
    file: u32,
    stretches: Vec<Stretch>,
}

/// Puts marks into an item.
pub(crate) fn mark(item: &mut Item, file: u32) {
    Marker { file, stretches: Vec::new() }.item(item);
}

/// The stretches of everything that is watched in a file, in the order of their beginnings.
pub(crate) fn of_file(parsed: &mut syn::File, file: u32) -> Vec<Stretch> {
    let mut marker = Marker { file, stretches: Vec::new() };
    for item in &mut parsed.items {
        let attributes = match item {
            Item::Fn(function) => &function.attrs,
            Item::Impl(block) => &block.attrs,
            _ => continue,
        };
        if attributes.iter().any(is_watched) {
            marker.item(item);
        }
    }
    marker.stretches.sort_by_key(|one| one.from);
    marker.stretches
}

fn is_watched(attribute: &syn::Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "watched")
}

/// The first and the last line of some code.
fn lines(code: &impl ToTokens) -> (u32, u32) {
    let mut tokens = code.to_token_stream().into_iter();
    let Some(first) = tokens.next() else { return (1, 0) };
    let last = tokens.last().unwrap_or_else(|| first.clone());
    let end = match &last {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    };
    let start = match &first {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    };
    (line(start), end.end().line as u32)
}

fn line(span: Span) -> u32 {
    span.start().line as u32
}

impl Marker {
    fn item(&mut self, item: &mut Item) {
        match item {
            Item::Fn(function) => {
                let name = function.sig.ident.to_string();
                self.function(&name, "", &function.sig, &mut function.block);
            }
            Item::Impl(block) => {
                let of = match &*block.self_ty {
                    syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
                    _ => None,
                };
                let of = of.unwrap_or_default();
                let is_trait = block.trait_.is_some();
                for item in &mut block.items {
                    let ImplItem::Fn(function) = item else { continue };
                    let name = function.sig.ident.to_string();
                    // The rest of a trait describes; it handles nothing.
                    if !is_trait || name.starts_with("on_") {
                        self.function(&name, &of, &function.sig, &mut function.block);
                    }
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, name: &str, of: &str, signature: &syn::Signature, body: &mut Block) {
        let (Some(first), Some(last)) = (body.stmts.first(), body.stmts.last()) else { return };
        let in_one_line = lines(first).0 == lines(last).1;
        if signature.constness.is_some() || (in_one_line && !name.starts_with("on_")) {
            return;
        }
        let from = line(signature.fn_token.span);
        let to = line(body.brace_token.span.close());
        let name = if of.is_empty() { name.to_owned() } else { format!("{of}::{name}") };
        self.stretches.push(Stretch { from, to, name: Some(name) });
        self.statements(&mut body.stmts);
        let mark = self.at(from);
        body.stmts.insert(0, mark);
    }

    /// A mark, as a statement.
    fn at(&self, line: u32) -> Stmt {
        assert!(line < 1 << LINE_BITS, "a file has fewer than two thousand lines");
        let mark = self.file << LINE_BITS | line;
        parse_quote! { ::netsplit_sim::watch::ran(#mark); }
    }

    fn stretch(&mut self, from: u32, to: u32) {
        self.stretches.push(Stretch { from, to, name: None });
    }

    /// What is inside of the statements; and what follows one that may leave is a stretch of its own.
    fn statements(&mut self, statements: &mut Vec<Stmt>) {
        let end = statements.last().map_or(0, |last| lines(last).1);
        let mut marked = Vec::with_capacity(statements.len());
        let (mut left, mut before) = (false, 0);
        for mut statement in statements.drain(..) {
            let (from, to) = lines(&statement);
            if left && from > before && !matches!(statement, Stmt::Item(_)) {
                self.stretch(from, end);
                marked.push(self.at(from));
                left = false;
            }
            left |= may_leave(&statement);
            before = to;
            self.visit_stmt_mut(&mut statement);
            marked.push(statement);
        }
        *statements = marked;
    }
}

impl VisitMut for Marker {
    // A function within a function is not part of what runs here.
    fn visit_item_mut(&mut self, _item: &mut Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) else { return };
        let (first, to) = (lines(first).0, lines(last).1);
        let from = first.max(line(block.brace_token.span.open()) + 1);
        let has_lines = from <= to;
        if has_lines {
            self.stretch(from, to);
        }
        self.statements(&mut block.stmts);
        if has_lines {
            let mark = self.at(from);
            block.stmts.insert(0, mark);
        }
    }

    fn visit_expr_if_mut(&mut self, branch: &mut syn::ExprIf) {
        self.visit_expr_mut(&mut branch.cond);
        self.visit_block_mut(&mut branch.then_branch);
        let Some((_, other)) = &mut branch.else_branch else { return };
        if matches!(**other, Expr::If(_)) {
            // The next condition is only looked at where this one is false.
            let (from, to) = lines(&**other);
            self.stretch(from, to);
            self.visit_expr_mut(other);
            let mark = self.at(from);
            **other = parse_quote! { { #mark #other } };
        } else {
            self.visit_expr_mut(other);
        }
    }

    fn visit_expr_match_mut(&mut self, choice: &mut syn::ExprMatch) {
        self.visit_expr_mut(&mut choice.expr);
        let open = line(choice.brace_token.span.open());
        for arm in &mut choice.arms {
            let (from, to) = (lines(&arm.pat).0, lines(&arm.body).1);
            if from <= open {
                self.visit_expr_mut(&mut arm.body);
                continue;
            }
            self.stretch(from, to);
            let mark = self.at(from);
            match &mut *arm.body {
                Expr::Block(body) if body.label.is_none() && body.attrs.is_empty() => {
                    self.statements(&mut body.block.stmts);
                    body.block.stmts.insert(0, mark);
                }
                body => {
                    self.visit_expr_mut(body);
                    *body = parse_quote! { { #mark #body } };
                }
            }
        }
    }
}

/// Whether what follows a statement may not run.
fn may_leave(statement: &Stmt) -> bool {
    let mut exits = Exits(false);
    exits.visit_stmt(statement);
    exits.0
}

struct Exits(bool);

impl Visit<'_> for Exits {
    fn visit_item(&mut self, _item: &Item) {}

    // What leaves a closure does not leave what is around it.
    fn visit_expr_closure(&mut self, _closure: &syn::ExprClosure) {}

    fn visit_expr_return(&mut self, _leaves: &syn::ExprReturn) {
        self.0 = true;
    }

    fn visit_expr_try(&mut self, _leaves: &syn::ExprTry) {
        self.0 = true;
    }

    fn visit_expr_break(&mut self, _leaves: &syn::ExprBreak) {
        self.0 = true;
    }

    fn visit_expr_continue(&mut self, _leaves: &syn::ExprContinue) {
        self.0 = true;
    }
}
