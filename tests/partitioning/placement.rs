//! Where the other copies are.

use netsplit_protocols::partitioning::placement;
use netsplit_sim::ids::NodeId;

use super::{common, ids, layout, owners, schemes};

#[test]
fn copies_are_at_the_next_nodes_or_in_other_regions() {
    let mut layout = layout("ring", 10, 6, 3);
    layout.regions = vec![0, 0, 0, 1, 1, 2];
    let order = ids([1, 2, 0, 4, 3, 5]);
    assert_eq!(placement::owners(&layout, &order), ids([1, 2, 0]));
    layout.common[common("placement")] = 1;
    assert_eq!(placement::owners(&layout, &order), ids([1, 4, 5]));
    layout.common[common("replicas")] = 5;
    // Each region once, and then on in the order of preference.
    assert_eq!(placement::owners(&layout, &order), ids([1, 4, 5, 2, 0]));
    layout.regions = vec![0; 6];
    assert_eq!(placement::owners(&layout, &order), ids([1, 2, 0, 4, 3]));
}

#[test]
fn every_scheme_spreads_copies_over_regions_and_leaves_the_first_where_it_is() {
    for scheme in schemes() {
        let mut layout = layout(scheme, 300, 9, 3);
        let next = owners(&layout);
        layout.common[common("placement")] = 1;
        let region = |node: &NodeId| layout.regions[node.index()];
        for (spread, next) in owners(&layout).iter().zip(&next) {
            assert_eq!(spread[0], next[0], "{scheme}");
            let mut regions: Vec<u16> = spread.iter().map(region).collect();
            regions.sort_unstable();
            assert_eq!(regions, [0, 1, 2], "{scheme}");
        }
        let together = next.iter().filter(|owners| region(&owners[0]) == region(&owners[1])).count();
        assert!(together > 0, "{scheme}: without it some region has two copies");
    }
}

#[test]
fn others_stand_in_for_who_is_not_there() {
    let layout = layout("directory", 10, 4, 3);
    assert_eq!(placement::named(&layout, &ids([3, 1]), 0), ids([3, 1]));
    assert_eq!(placement::named(&layout, &ids([3, 5, 1]), 2), ids([3, 1, 2]));
    assert_eq!(placement::named(&layout, &ids([6, 5]), 1), ids([1, 2]));
    assert_eq!(placement::named(&layout, &ids([0, 1, 2, 3, 5]), 1), ids([0, 1, 2, 3]));
    assert_eq!(placement::named(&layout, &[], 1), []);
}
