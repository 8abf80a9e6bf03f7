//! A cluster without its type: what everything above the protocols works with.

use std::any::Any;

use crate::action::Action;
use crate::activity::Activity;
use crate::cluster::{Cluster, Stage, State};
use crate::frame::{ClientFrame, FlightFrame, Frame, Inspection, LinkFrame, NodeFrame, ReplicaView};
use crate::history::{HISTORY_LIMIT, History};
use crate::ids::{ClientId, EventId, NodeId, Site};
use crate::protocol::{About, Protocol};
use crate::time::Time;
use crate::trace::{Event, TRACE_LIMIT};

/// A running cluster.
pub trait Machine {
    /// The protocol's description of itself.
    fn about(&self) -> About;

    /// The time of the playhead: every event before it is done.
    fn now(&self) -> Time;

    /// When the next event is due.
    fn next_at(&self) -> Option<Time>;

    /// Handles one event; `false` if there is none left or the trace is full.
    fn step(&mut self) -> bool;

    /// Handles events up to and including an instant, but no more than `budget` of them.
    fn run_until(&mut self, until: Time, budget: u64) -> Progress;

    /// Applies an action now. The caller has handled every event of this instant before.
    fn act(&mut self, action: &Action);

    /// The events so far.
    fn trace(&self) -> &[Event];

    /// What the clients saw so far.
    fn history(&self) -> &History;

    /// What nodes and gathering clients were busy with so far.
    fn activity(&self) -> &Activity;

    /// Counts of the run so far.
    fn totals(&self) -> Totals;

    /// The digest of the whole trace so far, message contents included.
    fn hash(&self) -> u64;

    /// Describes the cluster now. Buffers of `frame` are reused.
    fn frame(&self, frame: &mut Frame);

    /// What a node's replica tells a person who looks inside; of a crashed node, what its disk holds.
    fn inspect(&self, node: NodeId) -> Inspection;

    /// Keeps the state to come back to.
    fn checkpoint(&self) -> Checkpoint;

    /// Goes back to a checkpoint of this same run that lies before now. The record is cut there.
    ///
    /// # Panics
    /// If the checkpoint is of another protocol or of a longer run.
    fn restore(&mut self, checkpoint: &Checkpoint);

    /// An independent copy, record and all.
    fn fork(&self) -> Box<dyn Machine>;
}

/// How far a run got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The instant was reached.
    Reached,
    /// The budget was spent first.
    OutOfBudget,
    /// The trace is full: the run can go no further.
    TraceFull,
}

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events handled by the kernel.
    pub events: u64,
    /// Messages sent, those of clients included.
    pub messages: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Messages that never arrived or found their node down.
    pub dropped: u64,
}

/// A state to come back to.
pub struct Checkpoint {
    /// The time of the playhead.
    pub at: Time,
    /// About how many bytes it takes.
    pub bytes: usize,
    state: Box<dyn Any>,
    events: usize,
    operations: usize,
    several: usize,
    queries: usize,
    activity: (usize, usize, usize),
}

impl<P: Protocol> Machine for Cluster<P> {
    fn about(&self) -> About {
        (self.about)()
    }

    fn now(&self) -> Time {
        self.state.now
    }

    fn next_at(&self) -> Option<Time> {
        self.state.queue.next_at()
    }

    fn step(&mut self) -> bool {
        !self.is_full() && Self::step(self)
    }

    fn run_until(&mut self, until: Time, budget: u64) -> Progress {
        for _ in 0..budget {
            match self.state.queue.next_at() {
                Some(at) if at <= until => {
                    if self.is_full() {
                        return Progress::TraceFull;
                    }
                    Self::step(self);
                }
                _ => {
                    self.state.now = self.state.now.max(until);
                    return Progress::Reached;
                }
            }
        }
        Progress::OutOfBudget
    }

    fn act(&mut self, action: &Action) {
        Self::act(self, action);
    }

    fn trace(&self) -> &[Event] {
        &self.trace
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn activity(&self) -> &Activity {
        &self.activity
    }

    fn totals(&self) -> Totals {
        self.state.totals
    }

    fn hash(&self) -> u64 {
        self.state.hash()
    }

    fn frame(&self, frame: &mut Frame) {
        self.state.frame(frame);
    }

    fn inspect(&self, node: NodeId) -> Inspection {
        let mut inspection = Inspection::default();
        self.state.look(node, |replica| replica.inspect(&mut inspection));
        inspection
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            at: self.state.now,
            bytes: self.state.footprint(),
            state: Box::new(self.state.clone()),
            events: self.trace.len(),
            operations: self.history.operations.len(),
            several: self.history.several.len(),
            queries: self.history.queries.len(),
            activity: self.activity.lengths(),
        }
    }

    fn restore(&mut self, checkpoint: &Checkpoint) {
        let state = checkpoint.state.downcast_ref::<State<P>>().expect("a checkpoint of the same protocol");
        assert!(checkpoint.events <= self.trace.len(), "a checkpoint of this run, before now");
        self.state = state.clone();
        self.trace.truncate(checkpoint.events);
        let end = EventId(checkpoint.events as u32);
        self.history.truncate(checkpoint.operations, checkpoint.several, checkpoint.queries, end);
        self.activity.truncate(checkpoint.activity);
    }

    fn fork(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}

impl<P: Protocol> Cluster<P> {
    fn is_full(&self) -> bool {
        self.trace.len() >= TRACE_LIMIT || self.history.operations.len() >= HISTORY_LIMIT
    }
}

impl<P: Protocol> State<P> {
    fn footprint(&self) -> usize {
        let replicas: usize = self.nodes.iter().filter_map(|n| n.replica.as_ref()).map(P::footprint).sum();
        let sites = self.nodes.len() + self.clients.len();
        replicas + sites * sites * 160 + self.flights.len() * 200 + self.queue.len() * 40 + size_of::<Self>()
    }

    /// Shows a node's replica, or what it would be if it restarted now.
    fn look(&self, id: NodeId, look: impl FnOnce(&P)) {
        let node = &self.nodes[id.index()];
        match &node.replica {
            Some(running) => look(running),
            None => look(&P::boot(id, self.nodes.len() as u16, &node.parameters, node.disk.clone())),
        }
    }

    fn frame(&self, frame: &mut Frame) {
        frame.now = self.now;
        frame.nodes.clear();
        for (n, node) in self.nodes.iter().enumerate() {
            let id = NodeId(n as u16);
            let mut replica = ReplicaView::default();
            self.look(id, |running| running.view(&mut replica));
            frame.nodes.push(NodeFrame {
                id,
                position: self.network.position(id.into()),
                status: node.status(),
                clock_ahead_ns: node.clock.ahead(self.now),
                clock_drift_ppm: node.clock.drift_ppm,
                slow: node.slow,
                lie: node.lie,
                queue: node.line.len(),
                utilisation: if self.now == Time::ZERO {
                    0.0
                } else {
                    (node.worked.as_ms() / self.now.as_ms()).min(1.0)
                },
                parameters: node.parameters.clone(),
                replica,
            });
        }
        frame.clients.clear();
        for (c, client) in self.clients.iter().enumerate() {
            let id = ClientId(c as u16);
            let nearest = self.network.nearest_node(id.into());
            frame.clients.push(ClientFrame {
                id,
                position: self.network.position(id.into()),
                pending: client.waiting.len() + client.asking.len(),
                last: client.last,
                home: client.home(nearest),
            });
        }
        self.frame_links(frame);
        frame.flights.clear();
        let flying =
            self.flights.iter().filter(|flight| flight.stage != Stage::Free && flight.stage != Stage::InLine);
        frame.flights.extend(flying.map(|flight| FlightFrame {
            message: flight.message,
            from: flight.from,
            to: flight.to,
            label: flight.label.kind,
            op: flight.label.op,
            version: flight.label.version,
            sent: flight.sent,
            arrives: flight.arrives,
            held: flight.held,
        }));
    }

    fn frame_links(&self, frame: &mut Frame) {
        frame.links.clear();
        let sites = self.network.sites();
        for (i, &a) in sites.iter().enumerate().take(self.nodes.len()) {
            for &b in &sites[i + 1..] {
                frame.links.push(self.link_frame(a, b));
            }
        }
    }

    fn link_frame(&self, a: Site, b: Site) -> LinkFrame {
        LinkFrame {
            a,
            b,
            distance_km: self.network.position(a).distance_km(self.network.position(b)),
            floor: self.network.floor(a, b),
            cut_forward: self.network.is_cut(a, b),
            cut_back: self.network.is_cut(b, a),
            quality: self.network.quality(a, b),
        }
    }
}
