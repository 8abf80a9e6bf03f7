//! A lesson without a reader: every step done by its own actions and watched to its end. The tests hold
//! every lesson to its claims with it.

use netsplit_sim::time::Time;

use super::{Lesson, Record};
use crate::problem::Problem;
use crate::session::Session;

/// Does the whole lesson and returns what was measured.
///
/// # Errors
/// What is wrong with a run or an action of the lesson.
pub fn perform(lesson: &Lesson) -> Result<Record, Vec<Problem>> {
    let mut record = Record::default();
    let mut session = Session::new(lesson.runs[0].clone())?;
    record.observe(lesson, &mut session);
    for (index, step) in lesson.steps.iter().enumerate() {
        if index > 0 && lesson.begins_run(index) {
            session = Session::new(lesson.runs[step.run].clone())?;
        }
        for action in &step.actions {
            session.act(action.clone()).map_err(|problem| vec![problem])?;
        }
        let until: Time = session.now() + step.lasts;
        session.advance(until, u64::MAX);
        record.observe(lesson, &mut session);
    }
    Ok(record)
}

/// The sentences of the claims that are not true of a performance, with what was measured in their place.
#[must_use]
pub fn broken_claims(lesson: &Lesson, record: &Record) -> Vec<String> {
    let untrue = lesson.claims.iter().filter(|claim| record.holds(lesson, &claim.condition) != Some(true));
    untrue
        .map(|claim| {
            let mut measured = Vec::new();
            claim.condition.measures(&mut |measure| {
                let value = record.number(lesson, measure);
                measured
                    .push(format!("{measure} = {}", value.map_or("nothing".to_owned(), |v| v.to_string())));
            });
            format!("{}: {}", claim.sentence, measured.join(", "))
        })
        .collect()
}
