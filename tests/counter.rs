//! A tiny protocol to try the kernel with: it counts, and keeps half of what it counts on its disk.

use std::rc::Rc;

use netsplit_sim::durable::Kept;
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, Value, Version};
use netsplit_sim::protocol::{About, Answer, Context, Kind, Label, Protocol, Request};
use netsplit_sim::time::Span;

/// Counts writes: in memory, and on its disk. Answers reads with both counts, as value and version.
/// Additions are done at the first node only, an insertion is answered with several values, and a removal
/// with a token that counts removals.
#[derive(Clone)]
pub struct Counter {
    me: NodeId,
    memory: u64,
    disk: Kept<u64>,
    syncs: bool,
}

impl Protocol for Counter {
    type Message = ();
    type Timer = ();
    type Stable = Kept<u64>;

    fn about() -> About {
        About {
            id: "counter",
            title: "",
            summary: "",
            paper: "",
            parameters: Vec::new(),
            messages: vec![Kind { name: "Nothing", summary: "." }],
            timers: vec![Kind { name: "Tick", summary: "." }],
            notes: vec![Kind { name: "Counted", summary: "." }],
            commands: Vec::new(),
        }
    }

    fn boot(me: NodeId, _nodes: u16, parameters: &[u64], disk: Kept<u64>) -> Self {
        Self { me, memory: 0, disk, syncs: parameters[0] == 1 }
    }

    fn stable(&mut self) -> &mut Kept<u64> {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        context.set_timer(Span::from_ms(100), ());
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let version = Version { counter: self.disk.get(), node: NodeId(0) };
        match request.call {
            Call::Read { .. } => {
                context.reply(request, Answer::Read(Some((Value(self.memory), version))));
            }
            Call::Add { .. } if self.me != NodeId(0) => context.reply(request, Answer::Redirect(NodeId(0))),
            Call::Insert { .. } => {
                let several = [9, 3, 5].map(|value| (Value(value), version));
                context.reply(request, Answer::Values(several.to_vec()));
            }
            Call::Remove { .. } => {
                let handed_back = context.token().map_or(0, |token| token[0]);
                let version = Version { counter: handed_back, ..version };
                context.reply_with(request, Answer::Written(version), Rc::from([handed_back + 1]));
            }
            Call::Write { .. } | Call::Cas { .. } | Call::Add { .. } => {
                context.note(0);
                self.memory += 1;
                self.disk.set(self.disk.get() + 1);
                if self.syncs {
                    context.sync();
                }
                context.reply(request, Answer::Written(version));
            }
        }
    }

    fn on_message(&mut self, _from: NodeId, (): (), _context: &mut Context<'_, Self>) {}

    fn on_timer(&mut self, (): (), context: &mut Context<'_, Self>) {
        context.set_timer(Span::from_ms(100), ());
    }

    fn on_configure(&mut self, parameters: &[u64], _context: &mut Context<'_, Self>) {
        self.syncs = parameters[0] == 1;
    }

    fn on_command(&mut self, command: u8, _target: Option<NodeId>, _context: &mut Context<'_, Self>) {
        self.memory += 100 + u64::from(command);
    }

    fn forge((): &mut (), _value: Value) {}

    fn label((): &()) -> Label {
        Label { kind: 0, bytes: 1, op: None, version: None }
    }

    fn timer_label((): ()) -> u8 {
        0
    }

    fn view(&self, _view: &mut ReplicaView) {}

    fn inspect(&self, inspection: &mut Inspection) {
        inspection.fields.push(("memory", self.memory.to_string()));
        inspection.fields.push(("disk", self.disk.get().to_string()));
    }

    fn footprint(&self) -> usize {
        size_of::<Self>()
    }
}
