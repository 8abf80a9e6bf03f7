//! Scenes as component properties: shared, and equal only if they are the very same. The shell makes a
//! new one exactly when its content changed, so a component is drawn again exactly then.

use std::ops::Deref;
use std::rc::Rc;

/// A scene shared with a component.
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    pub(crate) fn new(content: T) -> Self {
        Self(Rc::new(content))
    }
}

impl<T: PartialEq> Shared<T> {
    /// Takes new content if it differs; tells whether it did.
    pub(crate) fn renew(&mut self, content: T) -> bool {
        if *self.0 == content {
            return false;
        }
        self.0 = Rc::new(content);
        true
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
