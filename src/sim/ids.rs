//! Identities: nodes, clients, operations, messages, events, keys and values. All are small integers
//! that index into the tables of one run.

use std::fmt;

/// A server of the cluster; the index into [`crate::setup::Setup::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

/// A client; the index into [`crate::setup::Setup::clients`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u16);

/// A client operation; the index into [`crate::history::History::operations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u32);

/// A message, numbered in the order of sending. A duplicate made by the network keeps its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

/// An event of the trace; the index into [`crate::trace::Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// A key of the data store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

/// A value of the data store. The clients write a different value every time, so that a read tells
/// which write it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub u64);

impl Value {
    /// In an action: a value that no other operation of the run writes, chosen when the operation is called.
    pub const FRESH: Self = Self(0);

    /// What a node that lies tells: a value that no client writes.
    #[must_use]
    pub fn forged(liar: NodeId) -> Self {
        Self(FORGED + u64::from(liar.0))
    }

    /// Whether a node that lies made this value up.
    #[must_use]
    pub fn is_forged(self) -> bool {
        (FORGED..FORGED + u64::from(u16::MAX)).contains(&self.0)
    }
}

/// Where the values begin that only liars tell; scenarios may not name so high a value.
const FORGED: u64 = 1 << 52;

/// The version of a value: totally ordered, and never used for two different writes of one key.
/// `counter` is a log index or a timestamp in nanoseconds, whichever the protocol orders writes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// A log index, or the coordinator's clock in nanoseconds.
    pub counter: u64,
    /// The node that chose the counter; it breaks ties.
    pub node: NodeId,
}

/// An end of a link: a node or a client, packed into 16 bits to keep trace events small.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(u16);

const CLIENT_BIT: u16 = 1 << 15;

/// What a [`Site`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SiteKind {
    /// A server.
    Node(NodeId),
    /// A client.
    Client(ClientId),
}

impl Site {
    /// The node or client at this end.
    #[must_use]
    pub fn kind(self) -> SiteKind {
        if self.0 & CLIENT_BIT == 0 {
            SiteKind::Node(NodeId(self.0))
        } else {
            SiteKind::Client(ClientId(self.0 & !CLIENT_BIT))
        }
    }

    /// The node at this end, if it is one.
    #[must_use]
    pub fn node(self) -> Option<NodeId> {
        match self.kind() {
            SiteKind::Node(node) => Some(node),
            SiteKind::Client(_) => None,
        }
    }

    /// The client at this end, if it is one.
    #[must_use]
    pub fn client(self) -> Option<ClientId> {
        match self.kind() {
            SiteKind::Node(_) => None,
            SiteKind::Client(client) => Some(client),
        }
    }
}

impl From<NodeId> for Site {
    fn from(node: NodeId) -> Self {
        Self(node.0)
    }
}

impl From<ClientId> for Site {
    fn from(client: ClientId) -> Self {
        Self(client.0 | CLIENT_BIT)
    }
}

impl NodeId {
    /// The index into tables of nodes.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl ClientId {
    /// The index into tables of clients.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl OpId {
    /// The index into the history.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl EventId {
    /// The event that has no cause: the first move of the run.
    pub const NONE: Self = Self(u32::MAX);

    /// The index into the trace.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            SiteKind::Node(node) => write!(f, "n{}", node.0 + 1),
            SiteKind::Client(client) => write!(f, "c{}", client.0 + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_what_it_was_made_from() {
        assert_eq!(Site::from(NodeId(3)).kind(), SiteKind::Node(NodeId(3)));
        assert_eq!(Site::from(ClientId(3)).kind(), SiteKind::Client(ClientId(3)));
        assert_ne!(Site::from(NodeId(3)), Site::from(ClientId(3)));
        assert_eq!(Site::from(ClientId(0)).to_string(), "c1");
    }
}
