//! What a session tells of, and does to, the split of the data.

use netsplit_protocols::partitioning::Layout;
use netsplit_sim::frame::Frame;
use netsplit_sim::protocol::{Contract, Parameter};
use netsplit_sim::time::Time;

use super::Session;
use crate::Problem;
use crate::built::split;
use crate::model::{ParameterValue, Parameters, StepAction};
use crate::sharding::{Balance, Sharding, Sources};

impl Session {
    /// How the data is split, with the parameters in force now; `None` if every node holds all of it. Which nodes
    /// are in the cluster and where ranges end is as it was at the start: [`Session::sharding`] tells what has
    /// become of that.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        self.standing().layout().cloned()
    }

    /// How many nodes a group of replicas has, with the parameters in force now: as many as a shard has copies, or
    /// all. The bounds of the protocol's parameters depend on it.
    #[must_use]
    pub fn group(&self) -> u16 {
        self.standing().group()
    }

    /// The parameters of how the data is split, each with its value now: those that every scheme has, then those
    /// of the scheme. None if the data is not split.
    #[must_use]
    pub fn partitioning(&self) -> Vec<(Parameter, u64)> {
        let Some(layout) = self.layout() else { return Vec::new() };
        split::parameters(layout.partitioner()).into_iter().zip(split::values(&layout)).collect()
    }

    /// Changes a parameter of how the data is split now, and writes that into the script. Moves of one gesture
    /// share a `group`, as with [`Session::act_grouped`].
    ///
    /// # Errors
    /// What is wrong with the change, or that the script or the record is full. Nothing changed then.
    pub fn configure_partitioning(
        &mut self,
        id: &str,
        value: u64,
        group: Option<u64>,
    ) -> Result<(), Problem> {
        self.make_room()?;
        let known = self.partitioning();
        let Some((parameter, _)) = known.iter().find(|(parameter, _)| parameter.id == id) else {
            return Err(Problem::whole(format!("the data is not split by anything called {id:?}")));
        };
        let value = ParameterValue::from_value(&parameter.range, value);
        let partitioning = Parameters::from([(id.to_owned(), value)]);
        self.add_step(
            StepAction::Configure { node: None, parameters: Parameters::new(), partitioning },
            group,
        )
    }

    /// How the cluster does whose data is split; `None` if every node holds all of it.
    #[must_use]
    pub fn sharding(&self) -> Option<Sharding> {
        self.built.layout.as_ref()?;
        let mut frame = Frame::default();
        self.machine.frame(&mut frame);
        self.sharding_in(&frame)
    }

    /// The same where [`Session::frame`] has been called at this instant already.
    #[must_use]
    pub fn sharding_in(&self, frame: &Frame) -> Option<Sharding> {
        self.with_sources(frame, |sources| sources.sharding())
    }

    /// How even the nodes were loaded by the operations that ended in a part of the run, as the data lies now.
    pub(crate) fn balance_between(&self, from: Time, to: Time) -> Option<Balance> {
        let mut frame = Frame::default();
        self.machine.frame(&mut frame);
        self.with_sources(&frame, |sources| sources.balance(from, to))
    }

    fn with_sources<T>(&self, frame: &Frame, tell: impl FnOnce(Sources<'_>) -> Option<T>) -> Option<T> {
        self.built.layout.as_ref()?;
        let standing = self.standing();
        let contract = |members: u16| self.contract_of(standing.each_parameters(), members);
        let sources = Sources {
            frame,
            trace: self.machine.trace(),
            history: self.machine.history(),
            before: self.reshaped.last().map(|(_, before)| before),
            contract: &contract,
        };
        tell(sources)
    }

    /// What the protocol promises to a group of so many with these parameters of each node.
    pub(super) fn contract_of(&self, parameters: &[Vec<u64>], members: u16) -> Contract {
        let of = |values: &[u64]| {
            // A shard that was given fewer nodes by hand has its counts of replicas cut down.
            let bounded = values.iter().zip(&self.built.about.parameters).map(|(value, parameter)| {
                let (least, most) = parameter.range.bounds(members);
                (*value).clamp(least, most)
            });
            (self.built.entry.contract)(&bounded.collect::<Vec<u64>>(), members)
        };
        crate::contract::weakest(parameters, of)
    }
}
