//! What no client sees but has to hold inside of a protocol with terms and a log, watched from outside
//! (Ongaro and Ousterhout, figure 3): one leader in a term, and what is committed stays.

use std::collections::BTreeMap;

use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;

/// What was seen so far.
#[derive(Default)]
pub struct Watch {
    leaders: BTreeMap<u64, NodeId>,
    committed: BTreeMap<u64, (Option<u64>, String)>,
    frame: Frame,
}

impl Watch {
    /// Looks at every node now; tells what is wrong.
    ///
    /// # Errors
    /// In words, what two nodes contradict each other in.
    pub fn look(&mut self, machine: &dyn Machine, logs: bool) -> Result<(), String> {
        machine.frame(&mut self.frame);
        for node in self.frame.nodes.iter().filter(|node| node.status == Status::Up) {
            if let Some(term) = node.replica.term.filter(|_| node.replica.leads) {
                let first = *self.leaders.entry(term).or_insert(node.id);
                if first != node.id {
                    let (one, other) = (first.0 + 1, node.id.0 + 1);
                    return Err(format!("n{one} and n{other} both lead term {term}"));
                }
            }
            if logs {
                Self::look_at_log(&mut self.committed, machine, node.id)?;
            }
        }
        Ok(())
    }

    fn look_at_log(
        committed: &mut BTreeMap<u64, (Option<u64>, String)>,
        machine: &dyn Machine,
        node: NodeId,
    ) -> Result<(), String> {
        let Some(log) = machine.inspect(node).log else { return Ok(()) };
        for entry in log.entries.into_iter().filter(|entry| entry.index <= log.committed) {
            let here = (entry.term, entry.text);
            match committed.get(&entry.index) {
                Some(before) if *before != here => {
                    let (index, node) = (entry.index, node.0 + 1);
                    return Err(format!(
                        "entry {index} was committed as {before:?}, and n{node} has {here:?}"
                    ));
                }
                Some(_) => {}
                None => _ = committed.insert(entry.index, here),
            }
        }
        Ok(())
    }
}
