//! A value that readers see changed only a while after it was changed.

use std::time::{Duration, SystemTime};

/// The newest value, and what readers see until it has spread. None: it is not there.
#[derive(Debug, Clone)]
pub(crate) struct Eventually<T> {
    newest: Option<T>,
    before: Option<T>,
    visible_from: SystemTime,
}

impl<T: Clone> Eventually<T> {
    /// A new thing, not to be seen until `visible_from`.
    pub(crate) fn new(value: T, visible_from: SystemTime) -> Self {
        Self { newest: Some(value), before: None, visible_from }
    }

    /// What a reader sees now.
    pub(crate) fn seen(&self, now: SystemTime) -> Option<&T> {
        let value = if now < self.visible_from { &self.before } else { &self.newest };
        value.as_ref()
    }

    /// What stands written, seen or not.
    pub(crate) fn newest(&self) -> Option<&T> {
        self.newest.as_ref()
    }

    /// Writes a new value, or the end of it; readers see it after `delay`. One more write
    /// within the delay puts off the first.
    pub(crate) fn write(&mut self, value: Option<T>, now: SystemTime, delay: Duration) {
        self.before = self.seen(now).cloned();
        self.newest = value;
        self.visible_from = now + delay;
    }

    /// Nobody will see anything of it any more.
    pub(crate) fn is_gone(&self, now: SystemTime) -> bool {
        self.newest.is_none() && self.seen(now).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_after_its_delay() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let delay = Duration::from_secs(3);
        let mut value = Eventually::new(1, at(10));
        assert_eq!((value.seen(at(9)), value.seen(at(10))), (None, Some(&1)));
        value.write(Some(2), at(20), delay);
        assert_eq!((value.seen(at(22)), value.newest()), (Some(&1), Some(&2)));
        assert_eq!(value.seen(at(23)), Some(&2));
        value.write(None, at(30), delay);
        assert!(!value.is_gone(at(32)) && value.is_gone(at(33)));
    }
}
