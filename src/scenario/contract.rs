//! The contract of a cluster whose nodes may have different parameters.

use netsplit_sim::protocol::{Contract, Needs, Survives};

/// What holds with each of several parameters: of every part the weakest.
///
/// # Panics
/// If there are no parameters; a cluster has at least one node.
pub(crate) fn weakest(parameters: &[Vec<u64>], of: impl Fn(&[u64]) -> Contract) -> Contract {
    let mut different: Vec<&Vec<u64>> = parameters.iter().collect();
    different.dedup();
    let contracts = different.into_iter().map(|parameters| of(parameters));
    contracts.reduce(both).expect("a cluster has a node")
}

fn both(mut a: Contract, b: Contract) -> Contract {
    // The models are in order from the strongest to the weakest, and a sentence belongs to its model.
    if b.consistency > a.consistency {
        (a.consistency, a.durability) = (b.consistency, b.durability);
    }
    a.reads = more(a.reads, b.reads);
    a.writes = more(a.writes, b.writes);
    a.promises.retain(|promise| b.promises.contains(promise));
    for (mine, other) in a.tolerances.iter_mut().zip(b.tolerances) {
        if rank(other.survives) < rank(mine.survives) {
            *mine = other;
        }
    }
    a
}

/// Who needs a particular node needs more than who needs any.
fn more(a: Needs, b: Needs) -> Needs {
    let rank = |needs: Needs| match needs {
        Needs::Any(nodes) => (0, nodes),
        Needs::Primary(others) => (1, others),
    };
    if rank(b) > rank(a) { b } else { a }
}

fn rank(survives: Survives) -> u32 {
    match survives {
        Survives::None => 0,
        Survives::Nodes(nodes) => 1 + u32::from(nodes),
        Survives::Any => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::protocol::{Consistency, Fault, Promise, Tolerance};

    #[test]
    fn the_weakest_of_each_part_holds() {
        let contract = |parameters: &[u64]| {
            let strong = parameters == [1];
            let survives = |any: bool| if any { Survives::Any } else { Survives::Nodes(2) };
            let tolerance = |fault, survives| Tolerance { fault, survives, then: "It goes on." };
            Contract {
                consistency: if strong { Consistency::Linearizable } else { Consistency::Eventual },
                durability: "It is somewhere.",
                reads: if strong { Needs::Primary(0) } else { Needs::Any(3) },
                writes: Needs::Any(parameters[0] as u16),
                promises: if strong {
                    vec![Promise::Linearizable, Promise::Converges]
                } else {
                    vec![Promise::Converges, Promise::NoLostWrites]
                },
                tolerances: vec![
                    tolerance(Fault::Cut, survives(strong)),
                    tolerance(Fault::Loss, survives(!strong)),
                ],
            }
        };
        let together = weakest(&[vec![1], vec![1], vec![4]], contract);
        assert_eq!(together, weakest(&[vec![4], vec![1]], contract));
        assert_eq!(together.consistency, Consistency::Eventual);
        assert_eq!((together.reads, together.writes), (Needs::Primary(0), Needs::Any(4)));
        assert_eq!(together.promises, [Promise::Converges]);
        assert!(together.tolerances.iter().all(|t| t.survives == Survives::Nodes(2)));
        assert_eq!(weakest(&[vec![1]], contract), contract(&[1]));
    }
}
