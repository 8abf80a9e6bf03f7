//! Protocols to choose from, and what the chosen one promises: its contract with the parameters in force, in
//! words. Everything comes from the protocols' descriptions of themselves.

use netsplit_protocols::Entry;
use netsplit_sim::protocol::{Consistency, Contract, Needs, Survives};

/// A protocol to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its id, such as `quorum`.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The paper that it follows.
    pub paper: &'static str,
    /// The consistency that it gives as it comes, in a word.
    pub consistency: &'static str,
    /// Whether it is the one that runs.
    pub chosen: bool,
}

/// Every protocol, as it would be in a cluster of so many nodes.
#[must_use]
pub fn gallery(chosen: &str, nodes: u16) -> Vec<Pick> {
    let pick = |entry: &Entry| {
        let about = (entry.about)();
        let parameters: Vec<u64> =
            about.parameters.iter().map(|parameter| parameter.range.default_value(nodes)).collect();
        Pick {
            id: about.id,
            title: about.title,
            summary: about.summary,
            paper: about.paper,
            consistency: consistency((entry.contract)(&parameters, nodes).consistency),
            chosen: about.id == chosen,
        }
    };
    netsplit_protocols::ALL.iter().map(pick).collect()
}

/// A contract, ready to draw. The promises themselves are beside their lamps ([`crate::panels::Lamp`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The consistency model: its name and what it means.
    pub consistency: (&'static str, &'static str),
    /// How safe an acknowledged write is.
    pub durability: &'static str,
    /// Who must be up for a read.
    pub reads: String,
    /// Who must be up for a write.
    pub writes: String,
    /// What each fault does.
    pub faults: Vec<FaultRow>,
}

/// A fault in a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRow {
    /// The stable name, such as `one-way-cut`.
    pub id: &'static str,
    /// The fault.
    pub title: &'static str,
    /// How much of it is survived, in words.
    pub survives: String,
    /// `any`, `some` or `none`.
    pub state: &'static str,
    /// What happens then.
    pub then: &'static str,
}

/// Puts a contract into words.
#[must_use]
pub fn table(contract: &Contract, nodes: u16) -> Table {
    let faults = contract.tolerances.iter().map(|tolerance| {
        let (survives, state) = match tolerance.survives {
            Survives::Any => ("survives".to_owned(), "any"),
            Survives::Nodes(0) | Survives::None => ("not considered".to_owned(), "none"),
            Survives::Nodes(1) => ("up to 1 node".to_owned(), "some"),
            Survives::Nodes(few) => (format!("up to {few} nodes"), "some"),
        };
        FaultRow {
            id: tolerance.fault.id(),
            title: tolerance.fault.title(),
            survives,
            state,
            then: tolerance.then,
        }
    });
    Table {
        consistency: (consistency(contract.consistency), meaning(contract.consistency)),
        durability: contract.durability,
        reads: needs(contract.reads, nodes),
        writes: needs(contract.writes, nodes),
        faults: faults.collect(),
    }
}

/// Who has to be up, in words.
#[must_use]
pub fn needs(needs: Needs, nodes: u16) -> String {
    match needs {
        Needs::Any(0 | 1) => "any one node".to_owned(),
        Needs::Any(all) if all >= nodes => format!("all {nodes} nodes"),
        Needs::Any(some) => format!("any {some} of {nodes} nodes"),
        Needs::Primary(0) => "the primary alone".to_owned(),
        Needs::Primary(others) if others + 1 >= nodes => format!("all {nodes} nodes"),
        Needs::Primary(others) => format!("the primary and {others} more"),
    }
}

fn consistency(model: Consistency) -> &'static str {
    match model {
        Consistency::None => "no promise",
        other => other.name(),
    }
}

fn meaning(model: Consistency) -> &'static str {
    match model {
        Consistency::Linearizable => {
            "Every operation seems to happen at one instant: as if there were one copy."
        }
        Consistency::Sequential => "All clients see one order of all operations, though maybe late.",
        Consistency::Causal => "What follows from another thing is never seen without it.",
        Consistency::Eventual => "Once writes stop and messages get through, all copies become the same.",
        Consistency::None => "Copies may differ for ever.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_said_in_words() {
        let words = |of, nodes| needs(of, nodes);
        assert_eq!(words(Needs::Any(3), 5), "any 3 of 5 nodes");
        assert_eq!(words(Needs::Any(3), 3), "all 3 nodes");
        assert_eq!(words(Needs::Any(1), 3), "any one node");
        assert_eq!(words(Needs::Primary(0), 3), "the primary alone");
        assert_eq!(words(Needs::Primary(1), 3), "the primary and 1 more");
        assert_eq!(words(Needs::Primary(2), 3), "all 3 nodes");
    }

    #[test]
    fn every_protocol_can_be_chosen_and_read() {
        let picks = gallery("quorum", 3);
        assert_eq!(picks.len(), netsplit_protocols::ALL.len());
        assert_eq!(picks.iter().filter(|pick| pick.chosen).count(), 1);
        assert!(picks.iter().all(|pick| pick.summary.ends_with('.') && !pick.consistency.is_empty()));
    }

    #[test]
    fn every_contract_has_a_row_for_every_fault() {
        for entry in netsplit_protocols::ALL {
            let about = (entry.about)();
            let parameters: Vec<u64> =
                about.parameters.iter().map(|parameter| parameter.range.default_value(5)).collect();
            let table = table(&(entry.contract)(&parameters, 5), 5);
            assert_eq!(table.faults.len(), netsplit_sim::protocol::Fault::ALL.len());
        }
    }
}
