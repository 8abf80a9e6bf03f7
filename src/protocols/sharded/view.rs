//! What a node tells a viewer.

use std::rc::Rc;

use netsplit_sim::frame::{Inspection, ReplicaView, TableView};
use netsplit_sim::ids::Site;
use netsplit_sim::sharding::{ShardState, ShardView, ShardingView};

use super::books::{Copy, State};
use super::{Flaws, KEEPER, Sharded};

/// Bytes of a key with its value and version, as the protocols charge them on the wire.
const BYTES_OF_KEY: u64 = 24;

impl<F: Flaws> Sharded<F> {
    pub(super) fn show(&self, view: &mut ReplicaView) {
        let map = &self.disk.books.map;
        view.role = match (self.me == KEEPER, map.nodes.contains(&self.me)) {
            (true, _) => "map keeper",
            (false, true) => "holder",
            (false, false) => "standing by",
        };
        let mut copies = Vec::new();
        for (&id, copy) in &self.disk.books.copies {
            let mut inner = ReplicaView::default();
            if let Some(member) = self.disk.members.get(&id) {
                member.view(&mut inner);
            }
            let owned = |key| map.owner(key).is_some_and(|shard| shard.id == id);
            let keys = inner.keys.len() as u64;
            copies.push(ShardView {
                id,
                state: state(copy),
                role: inner.role,
                leads: inner.leads && matches!(copy.state, State::Serving),
                term: inner.term,
                keys: keys as u32,
                bytes: keys * BYTES_OF_KEY,
                served: self.served_in_all.get(&id).copied().unwrap_or(0),
            });
            view.keys.extend(inner.keys.into_iter().filter(|shown| owned(shown.key)));
        }
        view.keys.sort_by_key(|shown| (shown.key, shown.version));
        view.sharding = Some(ShardingView {
            map: Rc::clone(map),
            keeps_map: self.me == KEEPER,
            up: self.up.to_vec(),
            copies,
            traffic: self.traffic,
        });
    }

    pub(super) fn look_inside(&self, inspection: &mut Inspection) {
        let map = &self.disk.books.map;
        inspection.fields.push(("version of its map", map.version.to_string()));
        inspection.fields.push(("requests that wait for a shard", self.held.len().to_string()));
        inspection.fields.push(("keys received", self.traffic.keys_in.to_string()));
        let mut shards = TableView {
            title: "Copies of shards here",
            summary: "What this node holds, and what each copy is good for at the moment. Further down, n1, n2, … are \
                      the members of a copy's own shard, in their order.",
            columns: vec!["shard", "keys", "members", "copy", "role", "served"],
            rows: Vec::new(),
        };
        let mut tables = Vec::new();
        for (id, copy) in &self.disk.books.copies {
            let (mut inner, mut inside) = (ReplicaView::default(), Inspection::default());
            if let Some(member) = self.disk.members.get(id) {
                member.view(&mut inner);
                member.inspect(&mut inside);
            }
            let members: Vec<String> =
                copy.shard.members.iter().map(|&node| Site::from(node).to_string()).collect();
            let good_for = match state(copy) {
                ShardState::Serving => "serves".to_owned(),
                ShardState::Sealed => "sealed".to_owned(),
                ShardState::Arriving { have, of } => format!("{have} of {of} keys are here"),
            };
            shards.rows.push(vec![
                format!("s{}", id.0),
                copy.shard.keys.len().to_string(),
                members.join(" "),
                good_for,
                inner.role.to_owned(),
                self.served_in_all.get(id).copied().unwrap_or(0).to_string(),
            ]);
            inspection.fields.extend(inside.fields);
            inspection.log = inspection.log.take().or(inside.log);
            tables.extend(inside.tables);
        }
        inspection.tables.push(shards);
        inspection.tables.extend(tables);
    }
}

fn state(copy: &Copy) -> ShardState {
    match &copy.state {
        State::Serving => ShardState::Serving,
        State::Sealed => ShardState::Sealed,
        State::Arriving(arrival) => ShardState::Arriving {
            have: arrival.parcels.keys().filter(|part| part.is_some()).count() as u32,
            of: copy.shard.keys.len() as u32,
        },
    }
}
