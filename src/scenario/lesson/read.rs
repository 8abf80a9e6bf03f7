//! From what stands in a lesson's file ([`Source`]) to the lesson.
//!
//! Every fenced block is read with its own place in the file, so a problem in the third action of the
//! second step is reported with the line where it stands.

use std::collections::BTreeSet;

use netsplit_sim::action::Action;
use netsplit_sim::fault_plan::wear::Wear;
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;

use super::expression::Condition;
use super::source::{self, Piece, Source};
use super::{Answer, Block, Chart, Claim, Lesson, Predict, Problems, Step, chart, prose};
use crate::fields::{Fields, Reader};
use crate::limits;
use crate::model::Scenario;
use crate::problem::Problem;
use crate::tree::{Tree, Value, text_field};

/// The most of anything in a lesson.
const MOST: usize = 50;
/// The kinds of fenced block.
const KINDS: &str = "scenario, predict, do, outcome, chart, meaning or claims";

fn problem(line: u32, message: impl Into<String>) -> Problems {
    vec![Problem { line: Some(line), ..Problem::whole(message) }]
}

/// Reads a lesson from its file's name and what stands in it.
pub(super) fn lesson(file: &str, source: &Source) -> Result<Lesson, Problems> {
    let (order, slug) = name(file)?;
    let mut draft = Draft::default();
    for piece in &source.pieces {
        draft.take(piece)?;
    }
    let mut lesson = draft.finish(source.lines)?;
    let fields = Reader::default();
    let mut table = fields.table("", &source.facts);
    lesson.number = table.need_text("number", "the number in the chapter, such as \"3.6\"");
    lesson.title = table.need_text("title", "the title");
    lesson.concept = table.need_text("concept", "the idea, such as \"E14\"");
    lesson.section = table.need_text("section", "the section of the book");
    lesson.link = table.need_text("link", "the address of that section");
    table.finish();
    (lesson.order, lesson.slug) = (order, slug);
    let mut problems = fields.problems();
    for problem in &mut problems {
        problem.line = problem.line.or(Some(1));
    }
    if problems.is_empty() {
        check_windows(&lesson)?;
        Ok(lesson)
    } else {
        Err(problems)
    }
}

/// `14-light-floor.md`.
fn name(file: &str) -> Result<(u32, String), Problems> {
    let parts = file.strip_suffix(".md").and_then(|stem| stem.split_once('-'));
    let parts = parts.and_then(|(order, slug)| Some((order.parse().ok()?, slug)));
    let plain = |slug: &str| slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match parts {
        Some((order, slug)) if !slug.is_empty() && plain(slug) => Ok((order, slug.to_owned())),
        _ => Err(problem(1, "expected a file name such as 14-light-floor.md: a number and small letters")),
    }
}

/// A lesson that is being read.
#[derive(Default)]
struct Draft {
    /// The scenario of the run that is being described, without the script of its steps.
    scenario: Option<Tree>,
    /// The actions of this run's steps so far.
    script: Vec<Tree>,
    runs: Vec<Scenario>,
    predict: Option<Predict>,
    steps: Vec<Step>,
    /// The line of the step that still has no outcome.
    without_outcome: Option<u32>,
    intro: Vec<Block>,
    chart: Option<Chart>,
    meaning: Option<Vec<Block>>,
    claims: Vec<Claim>,
    /// Prose that the next block will take, and its line.
    prose: Option<(u32, Vec<Block>)>,
}

impl Draft {
    fn take(&mut self, piece: &Piece) -> Result<(), Problems> {
        let (line, kind) = (piece.line, piece.kind.as_str());
        if kind == source::PROSE {
            self.prose = Some((line, prose(piece)?));
            return Ok(());
        }
        if let Some(line) = self.without_outcome.filter(|_| kind != "outcome") {
            return Err(problem(line, "expected an outcome block after this do block"));
        }
        if let Some((line, _)) =
            self.prose.as_ref().filter(|_| matches!(kind, "outcome" | "chart" | "meaning" | "claims"))
        {
            return Err(problem(
                *line,
                format!("prose stands above scenario, predict or do, not above {kind}"),
            ));
        }
        let above = self.prose.take().map(|(_, blocks)| blocks).unwrap_or_default();
        match kind {
            "scenario" if self.scenario.is_none() => {
                self.intro.extend(above);
                self.runs.push(build(&piece.body, &[], line)?.0);
                self.scenario = Some(piece.body.clone());
            }
            "predict" if self.predict.is_none() && self.steps.is_empty() => {
                self.intro.extend(above);
                self.predict = Some(predict(&piece.body, line)?);
            }
            "do" => self.step(piece, above)?,
            "outcome" => {
                let Some(step) = self.steps.last_mut().filter(|_| self.without_outcome.is_some()) else {
                    return Err(problem(line, "an outcome stands right below its do block"));
                };
                step.outcome = prose(piece)?;
                self.without_outcome = None;
            }
            "chart" if self.chart.is_none() => self.chart = Some(chart::read(&piece.body, line)?),
            "meaning" if self.meaning.is_none() => self.meaning = Some(prose(piece)?),
            "claims" => self.claims.append(&mut claims(piece)?),
            "scenario" | "chart" | "meaning" => {
                return Err(problem(line, format!("a lesson has one {kind} block")));
            }
            "predict" => return Err(problem(line, "a lesson has one predict block, above its do blocks")),
            other => return Err(problem(line, format!("expected a block of {KINDS}, and found {other:?}"))),
        }
        Ok(())
    }

    fn step(&mut self, piece: &Piece, text: Vec<Block>) -> Result<(), Problems> {
        let line = piece.line;
        let Some(scenario) = &mut self.scenario else {
            return Err(problem(line, "expected a scenario block above the first do block"));
        };
        let reader = Reader::default();
        let mut fields = reader.table("", &piece.body);
        let id = fields.need_text("id", "the name of the step");
        let button = fields.need_text("button", "the words on the button that does it");
        let lasts = fields.need_value("lasts_ms", "milliseconds, 0 or more", crate::fields::span);
        let speed = fields.number("speed").unwrap_or(1.0);
        let change = fields.get("change").cloned();
        let without = names(&mut fields, "without");
        let view = fields.text("view");
        let actions = actions(&mut fields);
        fields.finish();
        known(reader, line)?;
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err(problem(line, format!("id: expected small letters and digits, and found {id:?}")));
        }
        if self.steps.iter().any(|step| step.id == id) {
            return Err(problem(line, format!("id: {id:?} is the name of a step above")));
        }
        if !(0.000_1..=1_000.0).contains(&speed) {
            return Err(problem(line, "speed: expected 0.0001 to 1000 virtual seconds per second"));
        }
        if change.is_some() || !without.is_empty() {
            leave_out(scenario, &without).map_err(|message| problem(line, message))?;
            change.into_iter().for_each(|change| merge(scenario, change));
            self.script.clear();
            self.runs.push(build(scenario, &[], line)?.0);
        }
        let nodes = self.runs.last().map(|run| run.nodes.as_slice()).unwrap_or_default();
        let view = match nodes.iter().position(|node| node.name == view) {
            None if !view.is_empty() => {
                return Err(problem(line, format!("view: expected the name of a node, and found {view:?}")));
            }
            place => place.map(|place| NodeId(place as u16)),
        };
        let before = self.script.len();
        self.script.extend(actions);
        let actions = build(scenario, &self.script, line)?.1.split_off(before);
        self.steps.push(Step {
            id,
            text,
            button,
            run: self.runs.len() - 1,
            actions: actions.into_iter().flatten().collect(),
            lasts: lasts.unwrap_or_default(),
            speed,
            view,
            outcome: Vec::new(),
        });
        self.without_outcome = Some(line);
        Ok(())
    }

    fn finish(self, end: u32) -> Result<Lesson, Problems> {
        if let Some((line, _)) = self.prose {
            return Err(problem(line, "nothing takes this prose; put it into a meaning block"));
        }
        if let Some(line) = self.without_outcome {
            return Err(problem(line, "expected an outcome block after this do block"));
        }
        let missing = |what: &str| problem(end, format!("expected a block of {what} before the end"));
        if self.steps.is_empty() {
            return Err(missing("do"));
        }
        if self.claims.is_empty() {
            return Err(missing("claims"));
        }
        Ok(Lesson {
            slug: String::new(),
            order: 0,
            number: String::new(),
            title: String::new(),
            concept: String::new(),
            section: String::new(),
            link: String::new(),
            intro: self.intro,
            predict: self.predict.ok_or_else(|| missing("predict"))?,
            steps: self.steps,
            chart: self.chart,
            meaning: self.meaning.ok_or_else(|| missing("meaning"))?,
            claims: self.claims,
            runs: self.runs,
        })
    }
}

/// Problems of a block, each with a line: its own, or the block's.
pub(super) fn known(reader: Reader, line: u32) -> Result<(), Problems> {
    let mut problems = reader.problems();
    for problem in &mut problems {
        problem.line = problem.line.or(Some(line));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn predict(tree: &Tree, line: u32) -> Result<Predict, Problems> {
    let reader = Reader::default();
    let mut fields = reader.table("", tree);
    let question = fields.need_text("question", "the question");
    let list = fields.need("options", "the answers as [[options]]");
    let items = list.map(|list| reader.list("options", list, MOST)).unwrap_or_default();
    fields.finish();
    let mut options: Vec<Answer> = Vec::new();
    for (path, item) in items {
        let mut fields = reader.table(&path, item);
        let id = fields.need_text("id", "the name of the answer");
        let text = fields.need_text("text", "the words of the answer");
        let right = fields.need_text("right", "the condition under which it is right");
        let place = fields.get("right").and_then(|tree| tree.line);
        fields.finish();
        if options.iter().any(|option| option.id == id) {
            reader.add(item.line, &path, format!("{id:?} is the name of an answer above"));
        }
        match Condition::parse(&right) {
            Ok(right) => options.push(Answer { id, text, right }),
            Err(message) => reader.add(place, &format!("{path}.right"), message),
        }
    }
    known(reader, line)?;
    if options.len() < 2 {
        return Err(problem(line, "expected at least two [[options]]"));
    }
    Ok(Predict { question, options })
}

/// The actions of a step, each with a time that is after everything that the scenario may script.
fn actions(fields: &mut Fields<'_>) -> Vec<Tree> {
    let Some(list) = fields.get("actions") else { return Vec::new() };
    let reader = fields.reader();
    let mut actions = Vec::new();
    for (path, item) in reader.list("actions", list, MOST) {
        let mut item = item.clone();
        if let Value::Table(table) = &mut item.value {
            if table.iter().any(|(name, _)| name == "at_ms") {
                reader.add(item.line, &path, "has an at_ms; a step's actions have no time".to_owned());
            }
            table.push(("at_ms".to_owned(), Value::Float(limits::TIME.as_ms()).into()));
        }
        actions.push(item);
    }
    actions
}

/// The scenario of a tree, and the actions of each step of the script that is added to it.
fn build(tree: &Tree, script: &[Tree], line: u32) -> Result<(Scenario, Vec<Vec<Action>>), Problems> {
    let mut tree = tree.clone();
    let wear = wear(&mut tree, line)?;
    let mut own = 0;
    if let Value::Table(table) = &mut tree.value {
        match table.iter_mut().find(|(name, _)| name == "script") {
            Some((_, Tree { value: Value::List(list), .. })) => {
                own = list.len();
                list.extend_from_slice(script);
            }
            Some(_) => {}
            None => table.push(("script".to_owned(), Value::List(script.to_vec()).into())),
        }
    }
    let place = |mut problems: Problems| {
        for problem in &mut problems {
            problem.line = tree.line_of(&problem.field).or(problem.line).or(Some(line));
        }
        problems
    };
    let mut scenario = crate::read::scenario(&tree).map_err(place)?;
    if let Some(wear) = wear {
        let before = scenario.script.len();
        scenario = scenario.with_wear(&wear).map_err(|problem| place(vec![problem]))?;
        own += scenario.script.len() - before;
    }
    let built = crate::build(&scenario).map_err(place)?;
    let mut actions = vec![Vec::new(); script.len()];
    for timed in built.script.into_iter().filter(|timed| timed.step >= own) {
        actions[timed.step - own].push(timed.action);
    }
    scenario.script.truncate(own);
    Ok((scenario, actions))
}

/// Takes out of a scenario what it says about machines that break down by themselves: a lesson names the means, and the
/// run has the crashes and restarts in its script like any other.
fn wear(scenario: &mut Tree, line: u32) -> Result<Option<Wear>, Problems> {
    let Value::Table(table) = &mut scenario.value else { return Ok(None) };
    let Some(place) = table.iter().position(|(name, _)| name == "wear") else { return Ok(None) };
    let (_, tree) = table.remove(place);
    let reader = Reader::default();
    let mut fields = reader.table("wear", &tree);
    let mut span = |name| fields.need_value(name, "milliseconds, 0 or more", crate::fields::span);
    let (mtbf, mttr, until) = (span("mtbf_ms"), span("mttr_ms"), span("until_ms"));
    let wear = Wear {
        mtbf: mtbf.unwrap_or_default(),
        mttr: mttr.unwrap_or_default(),
        nodes: None,
        seed: fields.whole("seed").unwrap_or(1),
        from: Time::ZERO,
        until: Time(until.unwrap_or_default().0),
    };
    fields.finish();
    known(reader, tree.line.unwrap_or(line))?;
    Ok(Some(wear))
}

/// A list of names.
fn names(fields: &mut Fields<'_>, field: &'static str) -> Vec<String> {
    let Some(list) = fields.get(field) else { return Vec::new() };
    let reader = fields.reader();
    let items = reader.list(&fields.path(field), list, limits::SITES);
    items.into_iter().filter_map(|(path, tree)| reader.text(&path, tree)).collect()
}

/// Takes nodes and clients out of a scenario, and with them every link and step that speaks of one.
fn leave_out(scenario: &mut Tree, names: &[String]) -> Result<(), String> {
    let Value::Table(table) = &mut scenario.value else { return Ok(()) };
    let is_one = |tree: &Tree| named(tree).is_some_and(|name| names.iter().any(|other| other == name));
    let mut left_out = 0;
    for (field, tree) in table {
        let Value::List(list) = &mut tree.value else { continue };
        let before = list.len();
        match field.as_str() {
            "nodes" | "clients" => {
                list.retain(|tree| !is_one(tree));
                left_out += before - list.len();
            }
            "links" | "script" => list.retain(|tree| !names.iter().any(|name| speaks_of(tree, name))),
            _ => {}
        }
    }
    if left_out == names.len() {
        Ok(())
    } else {
        Err("without: expected names of nodes or clients".to_owned())
    }
}

/// Whether a name stands anywhere in a tree.
fn speaks_of(tree: &Tree, name: &str) -> bool {
    match &tree.value {
        Value::Text(text) => text == name,
        Value::List(list) => list.iter().any(|tree| speaks_of(tree, name)),
        Value::Table(table) => table.iter().any(|(_, tree)| speaks_of(tree, name)),
        _ => false,
    }
}

/// Puts a change into a scenario. Tables are merged field by field, and lists of things with names thing
/// by thing. A `protocol` with a name replaces the old one, as its parameters mean nothing to the new.
fn merge(into: &mut Tree, change: Tree) {
    match (&mut into.value, change.value) {
        (Value::Table(old), Value::Table(new)) => {
            for (name, tree) in new {
                let replaces = name == "protocol" && named(&tree).is_some();
                match old.iter_mut().find(|(key, _)| *key == name) {
                    Some((_, place)) if !replaces => merge(place, tree),
                    Some((_, place)) => *place = tree,
                    None => old.push((name, tree)),
                }
            }
        }
        (Value::List(old), Value::List(new)) if new.iter().all(|tree| named(tree).is_some()) => {
            for tree in new {
                match old.iter_mut().find(|item| named(item) == named(&tree)) {
                    Some(place) => merge(place, tree),
                    None => old.push(tree),
                }
            }
        }
        (old, new) => *old = new,
    }
}

fn named(tree: &Tree) -> Option<&str> {
    text_field(tree, "name")
}

fn prose(piece: &Piece) -> Result<Vec<Block>, Problems> {
    prose::read(&piece.body).map_err(|(line, message)| problem(line.unwrap_or(piece.line), message))
}

/// One claim to a line: a sentence, a colon, a condition.
fn claims(piece: &Piece) -> Result<Vec<Claim>, Problems> {
    let Value::List(lines) = &piece.body.value else { return Ok(Vec::new()) };
    let mut claims = Vec::new();
    for tree in lines {
        let wrong = |message| problem(tree.line.unwrap_or(piece.line), message);
        let Value::Text(text) = &tree.value else { continue };
        let Some((sentence, condition)) = text.rsplit_once(':') else {
            return Err(wrong("expected a sentence, a colon and a condition".to_owned()));
        };
        let condition = Condition::parse(condition).map_err(wrong)?;
        claims.push(Claim { sentence: sentence.trim().to_owned(), condition });
    }
    Ok(claims)
}

/// Every window that is spoken of must be a step.
fn check_windows(lesson: &Lesson) -> Result<(), Problems> {
    let mut unknown = BTreeSet::new();
    lesson.measures(&mut |measure| {
        if lesson.steps.iter().all(|step| step.id != measure.window) {
            unknown.insert(format!("{measure}: no step has that name"));
        }
    });
    let problems: Problems = unknown.into_iter().map(Problem::whole).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
