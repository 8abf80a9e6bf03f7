//! What a replica shows and tells of itself.

use netsplit_sim::frame::{EntryView, Inspection, LOG_SHOWN, LogView, ReplicaView, TableView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::Site;

use super::{Flaws, PrimaryBackup, Role};

impl<F: Flaws> PrimaryBackup<F> {
    pub(super) fn show(&self, view: &mut ReplicaView) {
        view.role = match self.role {
            Role::Backup => "backup",
            Role::Candidate => "candidate",
            Role::Primary => "primary",
        };
        view.leads = self.role == Role::Primary;
        view.term = self.settings.epochs.then(|| self.disk.epoch.get().number);
        self.machine.view(view);
    }

    pub(super) fn tell(&self, inspection: &mut Inspection) {
        let fields = &mut inspection.fields;
        if self.settings.epochs {
            fields.push(("epoch", self.disk.epoch.get().number.to_string()));
        }
        fields.push(("takes for primary", Site::from(self.leader()).to_string()));
        if self.disk.resigned.get() {
            fields.push(("demoted", "yes".to_owned()));
        }
        fields.push(("log ends at", self.disk.end().to_string()));
        fields.push(("committed", self.disk.committed.get().to_string()));
        fields.push(("applied", self.applied.to_string()));
        match self.role {
            Role::Primary => fields.push(("clients waiting", self.leading.clients_waiting().to_string())),
            Role::Candidate => fields.push(("votes", self.standing.votes.len().to_string())),
            Role::Backup => {
                fields.push(("same as the primary's up to", self.following.verified.to_string()));
                fields.push(("came early", self.following.early().to_string()));
            }
        }
        inspection.log = Some(self.log_view());
        if self.role == Role::Primary && self.nodes > 1 {
            inspection.tables.push(self.backups());
        }
        if self.settings.automatic && self.nodes > 1 {
            inspection.tables.push(self.detector.table(self.me));
        }
    }

    fn log_view(&self) -> LogView {
        let first = (self.disk.end() + 1).saturating_sub(LOG_SHOWN as u64);
        let entries = self.disk.log().from(first).map(|(index, entry)| EntryView {
            index,
            term: self.settings.epochs.then_some(entry.epoch.number),
            op: entry.command.map(|(op, _)| op),
            text: match entry.command {
                None => format!("{} became primary", Site::from(entry.epoch.node)),
                Some((_, call)) => words(call),
            },
        });
        let mut marks = Vec::new();
        if self.role == Role::Primary {
            for backup in self.others() {
                let name = Site::from(backup);
                let peer = self.leading.peers.get(backup.index()).copied().unwrap_or_default();
                marks.push((format!("sent to {name}"), peer.sent));
                marks.extend(peer.matched.map(|matched| (format!("acknowledged by {name}"), matched)));
            }
        } else {
            marks.push(("same as the primary's".to_owned(), self.following.verified));
        }
        LogView {
            entries: entries.collect(),
            compacted: self.disk.start(),
            committed: self.disk.committed.get(),
            applied: self.applied,
            marks,
        }
    }

    fn backups(&self) -> TableView {
        let rows = self.others().map(|backup| {
            let peer = self.leading.peers.get(backup.index()).copied().unwrap_or_default();
            let matched =
                peer.matched.map_or_else(|| "not yet heard".to_owned(), |matched| matched.to_string());
            let lag = self.disk.end().saturating_sub(peer.matched.unwrap_or(0));
            vec![Site::from(backup).to_string(), peer.sent.to_string(), matched, lag.to_string()]
        });
        TableView {
            title: "Backups",
            summary: "Up to which index each was sent the log and has acknowledged it.",
            columns: vec!["node", "sent", "acknowledged", "behind by"],
            rows: rows.collect(),
        }
    }
}

/// What an entry says.
fn words(call: Call) -> String {
    let key = call.key().0 + 1;
    match call {
        Call::Write { value, .. } => format!("k{key} = v{}", value.0),
        Call::Cas { from: Some(from), to, .. } => format!("k{key} = v{}, if it is v{}", to.0, from.0),
        Call::Cas { from: None, to, .. } => format!("k{key} = v{}, if it is nothing", to.0),
        Call::Add { amount, .. } => format!("k{key} + {amount}"),
        Call::Read { .. } | Call::Insert { .. } | Call::Remove { .. } => format!("k{key}"),
    }
}
