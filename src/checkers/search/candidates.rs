//! Which operations may come next in an order, and which are worth trying.

use netsplit_sim::ids::Value;

use super::{Due, Search, Standing};
use crate::register::{Action, State};

impl Search {
    /// Whether a known operation changes nothing and fits the present state.
    pub(super) fn is_free(&self, operation: u32) -> bool {
        let operation = self.operation(operation);
        !operation.placed
            && match operation.standing {
                Standing::Happened(seen) => operation.action == Action::Read && seen == self.now.state,
                Standing::Failed(from) => from != self.now.state,
                Standing::Open | Standing::GivenUp | Standing::Void => false,
            }
    }

    /// The state after a known update, if it may come next.
    pub(super) fn known_move(&self, operation: u32) -> Option<State> {
        let operation = self.operation(operation);
        let known = matches!(operation.standing, Standing::Happened(_)) && !operation.placed;
        // A write would hide the optional operation before it, which was placed for somebody to see.
        let hides = self.is_owing() && !matches!(operation.action, Action::Cas { .. });
        if !known || hides || operation.action == Action::Read {
            return None;
        }
        operation.action.apply(self.now.state, &self.elements)
    }

    /// Whether the operation that is due needs a state that nothing at hand can bring about.
    pub(super) fn is_hopeless(&self, due: &Due) -> bool {
        if !self.kinds.replace() {
            return false;
        }
        let Some(need) = self.need(due.operation) else { return false };
        need != self.now.state
            && !self.opened[due.open.clone()].iter().any(|&operation| self.could_write(operation, need))
            && !self.given_up_writing.get(&need).is_some_and(|places| {
                places
                    .iter()
                    .any(|&place| place < due.given_up && self.could_write(self.given_up[place], need))
            })
    }

    fn could_write(&self, operation: u32, state: State) -> bool {
        let operation = self.operation(operation);
        !operation.placed
            && matches!(operation.standing, Standing::Happened(_) | Standing::Open | Standing::GivenUp)
            && operation.action.writes() == Some(state)
    }

    /// The state that a known operation must find.
    fn need(&self, operation: u32) -> Option<State> {
        let operation = self.operation(operation);
        match (operation.standing, operation.action) {
            (Standing::Happened(seen), Action::Read) => Some(seen),
            (Standing::Happened(_), Action::Cas { from, .. }) => Some(from),
            _ => None,
        }
    }

    /// Puts the optional operations that are worth trying from here into `self.optional`.
    pub(super) fn collect_optional(&mut self, due: &Due) {
        let mut optional = std::mem::take(&mut self.optional);
        optional.clear();
        if !self.may_build(due) {
            self.optional = optional;
            return;
        }
        let open = &self.opened[due.open.clone()];
        // Those open at the return, given up since or not; and those given up before it.
        optional.extend(open.iter().copied().filter(|&operation| self.is_optional(operation)));
        match self.wanted(due) {
            None => {
                let given_up = &self.given_up[..due.given_up];
                self.spent += given_up.len() as u64;
                optional.extend(given_up.iter().copied().filter(|&operation| self.is_optional(operation)));
                if self.kinds.only_elements() {
                    optional.retain(|&operation| self.is_wanted_element(operation, due));
                }
            }
            Some(wanted) => {
                optional
                    .retain(|&o| self.operation(o).action.writes().is_some_and(|to| wanted.contains(&to)));
                let places = wanted.iter().filter_map(|state| self.given_up_writing.get(state)).flatten();
                let before = places.filter(|&&place| place < due.given_up).map(|&place| self.given_up[place]);
                optional.extend(before.filter(|&operation| self.is_optional(operation)));
            }
        }
        // Of twins the first one called stays.
        optional.sort_unstable_by_key(|&operation| (self.operation(operation).action, operation));
        optional.dedup_by_key(|&mut operation| self.operation(operation).action);
        self.optional = optional;
    }

    /// Whether an operation may take effect now, but need not, and would change something.
    fn is_optional(&self, operation: u32) -> bool {
        let operation = self.operation(operation);
        !operation.placed
            && matches!(operation.standing, Standing::Open | Standing::GivenUp)
            && operation.action != Action::Read
            // A write would hide the optional operation before it.
            && !(self.is_owing() && matches!(operation.action, Action::Write(_)))
            && operation.action.apply(self.now.state, &self.elements).is_some_and(|state| state != self.now.state)
    }

    /// Whether an optional operation can be wanted at all. On a number that is only added to, and on a set, the
    /// updates at hand do not need it: in any legal order it can be exchanged with the update that follows it, or
    /// dropped if that one undoes it or does the same. So a read must follow, after other optional operations at
    /// the most, and it is at hand.
    fn may_build(&self, due: &Due) -> bool {
        let is_read = |&operation: &u32| self.unplaced_read(operation).is_some();
        !(self.kinds.only_adds() || self.kinds.only_elements())
            || self.opened[due.open.clone()].iter().any(is_read)
    }

    /// The state that a known read must find, if it is not placed.
    fn unplaced_read(&self, operation: u32) -> Option<State> {
        let entry = self.operation(operation);
        match (entry.standing, entry.action) {
            (Standing::Happened(seen), Action::Read) if !entry.placed => Some(seen),
            _ => None,
        }
    }

    /// Whether a read at hand needs this optional change of a set, by the same argument: of the optional
    /// operations just before a read, none is undone by another, so each brings about what the read saw.
    fn is_wanted_element(&self, operation: u32, due: &Due) -> bool {
        self.opened[due.open.clone()].iter().any(|&read| {
            let Some(seen) = self.unplaced_read(read) else { return false };
            let found = self.seen.get(&read).map_or(&[][..], Vec::as_slice);
            let has = |element: Value| found.binary_search(&element).is_ok();
            match self.operation(operation).action {
                Action::Insert(element) => has(element),
                Action::Remove(element) => !has(element) && (seen.is_set() || seen == State::default()),
                _ => true,
            }
        })
    }

    /// The states that optional operations are wanted to bring about; `None` if any change may help.
    ///
    /// An optional operation need be placed only where the next operation could not take its place. Take a
    /// legal order with as few optional operations as possible, and those as late as possible. What follows
    /// an optional operation can't be a write (which would hide it: drop it), nor an operation without
    /// effect that is legal before it as well (exchange them: an optional operation has no return to be late
    /// for), nor nothing at all (drop it). So it is a read or a successful compare-and-set of the state that it
    /// leaves, or a failed one of the state that it replaces. The needed states are therefore those of
    /// the known operations at hand, and what an optional compare-and-set needs to bring one of these about.
    /// Appends keep what was there before, and so anything may be needed later. For additions and sets see
    /// [`Self::may_build`] and [`Self::is_wanted_element`].
    fn wanted(&self, due: &Due) -> Option<Vec<State>> {
        if !self.kinds.replace() {
            return None;
        }
        let mut wanted = Vec::new();
        for &operation in &self.opened[due.open.clone()] {
            let entry = self.operation(operation);
            if entry.placed {
                continue;
            }
            if entry.standing == Standing::Failed(self.now.state) {
                return None;
            }
            if let Some(need) = self.need(operation)
                && !wanted.contains(&need)
            {
                wanted.push(need);
            }
        }
        let mut next = 0;
        while let Some(&state) = wanted.get(next) {
            next += 1;
            let open = self.opened[due.open.clone()].iter().copied();
            let places = self.given_up_writing.get(&state).into_iter().flatten();
            for operation in open.chain(places.map(|&place| self.given_up[place])) {
                let entry = self.operation(operation);
                if let Action::Cas { from, to } = entry.action
                    && to == state
                    && !entry.placed
                    && matches!(entry.standing, Standing::Open | Standing::GivenUp)
                    && !wanted.contains(&from)
                {
                    wanted.push(from);
                }
            }
        }
        Some(wanted)
    }
}
