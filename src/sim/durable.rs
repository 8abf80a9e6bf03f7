//! What a disk keeps: the state that survives a crash, and what of it is still on its way to the disk.
//!
//! A protocol changes its stable state in memory and asks for a sync ([`crate::protocol::Context::sync`]);
//! until that is done the change may be lost. Most crashes are kind and lose nothing of it; a
//! [`crate::action::Action::CrashUnsynced`] loses it all.

/// State on a disk.
pub trait Durable: Clone + Default + 'static {
    /// The disk has written everything: nothing of it can be lost any more.
    fn synced(&mut self);

    /// Takes back every change since the last sync.
    fn lose_unsynced(&mut self);
}

/// A protocol with nothing on its disk.
impl Durable for () {
    fn synced(&mut self) {}

    fn lose_unsynced(&mut self) {}
}

/// A small value on a disk, such as a term: what it is now, and what the disk surely has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept<T> {
    now: T,
    disk: T,
}

impl<T: Copy> Kept<T> {
    /// What it is now.
    pub fn get(&self) -> T {
        self.now
    }

    /// Changes it; lost in an unkind crash until the next sync.
    pub fn set(&mut self, value: T) {
        self.now = value;
    }
}

impl<T: Copy + Default + 'static> Durable for Kept<T> {
    fn synced(&mut self) {
        self.disk = self.now;
    }

    fn lose_unsynced(&mut self) {
        self.now = self.disk;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_synced_is_lost() {
        let mut term = Kept::<u64>::default();
        term.set(3);
        term.synced();
        term.set(4);
        assert_eq!(term.get(), 4);
        term.lose_unsynced();
        assert_eq!(term.get(), 3);
    }
}
