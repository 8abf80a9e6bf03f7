//! What a server tells a person who looks at it.

use netsplit_sim::frame::{EntryView, Inspection, LOG_SHOWN, LogView, ReplicaView, TableView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, Value};

use super::about::ReadBy;
use super::{Bugs, Members, Raft, Role, What};

impl<B: Bugs> Raft<B> {
    pub(super) fn show(&self, view: &mut ReplicaView) {
        view.role = match self.role {
            Role::Leader => "leader",
            Role::Candidate => "candidate",
            Role::PreCandidate => "pre-candidate",
            Role::Follower if self.is_member() => "follower",
            Role::Follower => "spare",
        };
        view.leads = self.role == Role::Leader;
        view.term = Some(self.term());
        self.machine.view(view);
    }

    pub(super) fn tell(&self, inspection: &mut Inspection) {
        let nobody = || "nobody".to_owned();
        let fields = &mut inspection.fields;
        fields.push(("term", self.term().to_string()));
        fields.push(("voted for", self.disk.voted_for().map_or_else(nobody, name)));
        fields.push(("leader", self.leader.map_or_else(nobody, name)));
        fields.push(("members", names(self.members())));
        if !self.is_settled() {
            fields.push(("members are", "not committed yet".to_owned()));
        }
        fields.push(("snapshot up to", self.disk.snapshot.index.to_string()));
        if self.role == Role::Leader {
            fields.push(("clients waiting", self.waiting.len().to_string()));
            fields.push(("reads waiting", self.reads.waiting.len().to_string()));
            if self.settings.reads == ReadBy::Lease {
                fields.push(("lease", if self.has_lease() { "valid" } else { "not valid" }.to_owned()));
            }
            if let Some(joining) = &self.joining {
                let text = format!("{}, round {}", name(joining.node), joining.rounds);
                fields.push(("being brought up to date", text));
            }
            if let Some(transfer) = &self.transfer {
                fields.push(("handing leadership to", name(transfer.target)));
            }
        } else {
            let waits = match (self.election_timer, self.heard) {
                (None, _) => "none: it may not stand",
                (Some(_), true) => "heard a leader, votes for nobody",
                (Some(_), false) => "running",
            };
            fields.push(("election timer", waits.to_owned()));
        }
        fields.push(("requests held", self.held.len().to_string()));
        inspection.log = Some(self.log_view());
        match self.role {
            Role::Leader => inspection.tables.push(self.followers()),
            Role::Candidate | Role::PreCandidate => inspection.tables.push(self.votes()),
            Role::Follower => {}
        }
    }

    fn log_view(&self) -> LogView {
        let log = &self.disk.log;
        let first = (log.end() + 1).saturating_sub(LOG_SHOWN as u64);
        let entries = log.from(first).map(|(index, entry)| {
            let (op, text) = match entry.what {
                What::NoOp => (None, "no-op".to_owned()),
                What::Members(members) => (None, format!("members {}", names(members))),
                What::Operation { op, call } => (Some(op), words(call)),
            };
            EntryView { index, term: Some(entry.term), op, text }
        });
        let mut marks = Vec::new();
        if self.role == Role::Leader {
            for node in self.audience().iter() {
                let peer = &self.peers[node.index()];
                marks.push((format!("match {}", name(node)), peer.matched));
                marks.push((format!("next {}", name(node)), peer.next));
            }
        }
        LogView {
            entries: entries.collect(),
            compacted: log.start(),
            committed: self.committed,
            applied: self.committed,
            marks,
        }
    }

    fn followers(&self) -> TableView {
        let rows = self.audience().iter().map(|node| {
            let peer = &self.peers[node.index()];
            let counts = if self.members().contains(node) { "yes" } else { "no" };
            let heard = if peer.heard { "yes" } else { "no" };
            let sending = if peer.probing { "one at a time" } else { "as they come" };
            vec![
                name(node),
                counts.to_owned(),
                peer.matched.to_string(),
                peer.next.to_string(),
                heard.to_owned(),
                peer.acked_round.to_string(),
                sending.to_owned(),
            ]
        });
        TableView {
            title: "Followers",
            summary: "What this leader knows of the others' logs, and what it will send them next.",
            columns: vec![
                "server",
                "counts",
                "match",
                "next",
                "heard lately",
                "last round answered",
                "entries go",
            ],
            rows: rows.collect(),
        }
    }

    fn votes(&self) -> TableView {
        let rows = self.members().iter().map(|node| {
            let vote = if self.votes.contains(node) { "yes" } else { "not yet" };
            vec![name(node), vote.to_owned()]
        });
        TableView {
            title: "Votes",
            summary: "Who has promised this candidate its vote; it needs a majority of the members.",
            columns: vec!["server", "vote"],
            rows: rows.collect(),
        }
    }
}

fn name(node: NodeId) -> String {
    format!("n{}", u32::from(node.0) + 1)
}

fn names(members: Members) -> String {
    members.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn words(call: Call) -> String {
    let key = |key: Key| format!("k{}", u64::from(key.0) + 1);
    let value = |value: Value| value.0.to_string();
    match call {
        Call::Read { key: k } => format!("read {}", key(k)),
        Call::Write { key: k, value: v } => format!("{} = {}", key(k), value(v)),
        Call::Cas { key: k, from: Some(from), to } => {
            format!("{} = {} if it is {}", key(k), value(to), value(from))
        }
        Call::Cas { key: k, from: None, to } => format!("{} = {} if it is new", key(k), value(to)),
        Call::Add { key: k, amount } => format!("{} + {amount}", key(k)),
        Call::Insert { key: k, value: v } => format!("{} with {}", key(k), value(v)),
        Call::Remove { key: k, value: v } => format!("{} without {}", key(k), value(v)),
    }
}
