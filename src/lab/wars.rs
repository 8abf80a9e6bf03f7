//! The model of quorums of Bailis et al. (*Probabilistically Bounded Staleness*, VLDB 2012, section 5.1), without a cluster.
