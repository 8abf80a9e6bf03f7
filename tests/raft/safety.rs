//! The five safety properties of the paper's figure 3, checked after every event of a run by looking at
//! the replicas themselves.

use std::collections::BTreeMap;

use netsplit_protocols::raft::{Bugs, Entry, Raft, Role};
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::{KeyView, ReplicaView};
use netsplit_sim::ids::NodeId;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Safety {
    /// Who led each term.
    leaders: BTreeMap<u64, NodeId>,
    /// Every entry that ever was in a log, by index and term, with the term of the one before it.
    entries: BTreeMap<(u64, u64), (Entry, u64)>,
    /// The committed entries by index, from 1 on, each with the term in which that was first seen. One is not
    /// known if it came, was committed and gave way to a snapshot within one event.
    committed: Vec<Option<(Entry, u64)>>,
    /// What a copy of the data held when it had applied so many entries.
    states: BTreeMap<u64, Vec<KeyView>>,
    nodes: Vec<Seen>,
}

/// A server as it was after the event before.
#[derive(Default)]
struct Seen {
    mark: Option<Mark>,
    /// The terms of its log by index, from 0 on, where they are known.
    terms: Vec<u64>,
}

/// What shows cheaply whether a server changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    term: u64,
    leads: bool,
    start: u64,
    last: (u64, u64),
    committed: u64,
}

impl Safety {
    /// Looks at every server that changed; tells what is broken.
    pub(super) fn look<B: Bugs>(&mut self, cluster: &Cluster<Raft<B>>, nodes: u16) -> Result<(), String> {
        self.nodes.resize_with(usize::from(nodes), Seen::default);
        for node in (0..nodes).map(NodeId) {
            let Some(raft) = cluster.replica(node) else {
                self.nodes[node.index()].mark = None;
                continue;
            };
            let mark = Mark {
                term: raft.term(),
                leads: raft.role() == Role::Leader,
                start: raft.disk().log().start(),
                last: raft.disk().last(),
                committed: raft.committed(),
            };
            let before = self.nodes[node.index()].mark.replace(mark);
            if before != Some(mark) {
                self.log(node, raft, before, mark)?;
                self.commit(cluster, raft, node, before, mark)?;
                self.leader(node, raft, before, mark)?;
            }
        }
        Ok(())
    }

    /// Log matching, and leader append-only.
    fn log<B: Bugs>(
        &mut self,
        node: NodeId,
        raft: &Raft<B>,
        before: Option<Mark>,
        mark: Mark,
    ) -> Result<(), String> {
        let seen = &mut self.nodes[node.index()];
        let log = raft.disk().log();
        let mut same = log.start();
        for index in (log.start() + 1..=log.end()).rev() {
            let term = raft.disk().term_at(index);
            // An entry with the index and the term of one that was looked at brings all before it along.
            if seen.terms.get(index as usize).copied() == term {
                same = index;
                break;
            }
        }
        let led = before.filter(|before| before.leads && mark.leads && before.term == mark.term);
        if let Some(before) = led
            && same.max(log.start()) < before.last.0
        {
            return Err(format!("leader append-only: {node:?} changed its log after {same}"));
        }
        seen.terms.resize(log.end() as usize + 1, u64::MAX);
        for (index, entry) in log.from(same + 1) {
            let prev = raft.disk().term_at(index - 1).unwrap_or(u64::MAX);
            seen.terms[index as usize] = entry.term;
            let known = *self.entries.entry((index, entry.term)).or_insert((*entry, prev));
            if known != (*entry, prev) {
                return Err(format!(
                    "log matching: entry {index} of term {} differs at {node:?}",
                    entry.term
                ));
            }
        }
        Ok(())
    }

    /// State machine safety, and leader completeness for leaders that are there already.
    fn commit<B: Bugs>(
        &mut self,
        cluster: &Cluster<Raft<B>>,
        raft: &Raft<B>,
        node: NodeId,
        before: Option<Mark>,
        mark: Mark,
    ) -> Result<(), String> {
        let from = before.map_or(0, |before| before.committed.min(mark.committed));
        for index in from + 1..=mark.committed {
            // An entry that a snapshot replaced in the event that committed it was looked at before, unless
            // somebody else had committed it.
            let dropped = || {
                let new = self.committed.len() as u64 == index - 1;
                let term = *self.nodes[node.index()].terms.get(index as usize).filter(|_| new)?;
                self.entries.get(&(index, term)).map(|(entry, _)| *entry)
            };
            let here = raft.disk().log().get(index).copied();
            if self.committed.len() as u64 == index - 1 {
                self.committed.push(here.or_else(dropped).map(|entry| (entry, mark.term)));
            }
            let known = match self.committed.get(index as usize - 1) {
                Some(known) => known.map(|(entry, _)| entry),
                None => return Err(format!("{node:?} committed {index} and nobody the one before")),
            };
            let (Some(entry), Some(known)) = (here, known) else { continue };
            if known != entry {
                return Err(format!("state machine safety: {node:?} applied {entry:?}, not {known:?}"));
            }
            for other in (0..self.nodes.len()).map(|n| NodeId(n as u16)) {
                let Some(other) = cluster.replica(other) else { continue };
                let newer = other.role() == Role::Leader && other.term() > mark.term;
                let has =
                    index <= other.disk().log().start() || other.disk().term_at(index) == Some(entry.term);
                if newer && !has {
                    let term = other.term();
                    return Err(format!("leader completeness: the leader of term {term} lacks {index}"));
                }
            }
        }
        let mut view = ReplicaView::default();
        raft.machine().view(&mut view);
        let known = self.states.entry(mark.committed).or_insert_with(|| view.keys.clone());
        if *known != view.keys {
            return Err(format!("state machine safety: {node:?} has another state at {}", mark.committed));
        }
        Ok(())
    }

    /// Election safety, and leader completeness for a new leader.
    fn leader<B: Bugs>(
        &mut self,
        node: NodeId,
        raft: &Raft<B>,
        before: Option<Mark>,
        mark: Mark,
    ) -> Result<(), String> {
        let new = mark.leads && before.is_none_or(|before| !before.leads || before.term != mark.term);
        if !new {
            return Ok(());
        }
        let first = *self.leaders.entry(mark.term).or_insert(node);
        if first != node {
            return Err(format!("election safety: {first:?} and {node:?} both led term {}", mark.term));
        }
        for (index, committed) in (1..).zip(&self.committed) {
            let Some((entry, term)) = committed else { continue };
            let has = index <= mark.start || raft.disk().term_at(index) == Some(entry.term);
            if *term < mark.term && !has {
                return Err(format!("leader completeness: the leader of term {} lacks {index}", mark.term));
            }
        }
        Ok(())
    }
}
