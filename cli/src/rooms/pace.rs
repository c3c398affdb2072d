//! How fast calls are made: a token bucket of one token, slowed by refusals.
//!
//! The quotas of IVS Chat (5 calls a second for each operation that rooms need) belong
//! to the whole account, so a backend that creates rooms shares them with us. A refusal
//! for speed means that somebody else is using them: the rate is halved and everything
//! waits; each accepted call then brings a part of it back.
//!
//! Pure: time is handed in, counted from any start.

use std::time::Duration;

/// First wait after a refusal; it doubles with each that follows.
const FIRST_QUIET: Duration = Duration::from_secs(1);

/// Longest wait after a refusal.
const LONGEST_QUIET: Duration = Duration::from_secs(30);

/// Slowest that refusals make us, in calls a second.
const SLOWEST: f64 = 0.25;

/// How much slower than asked: calls that are late and early by a few milliseconds are
/// then still no more in a second than was asked for.
const MARGIN: f64 = 0.02;

/// Share of the rate asked for that one accepted call brings back.
const RECOVERY: f64 = 0.05;

/// When the next call may be made.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Calls a second that were asked for.
    asked: f64,
    /// Calls a second at present.
    current: f64,
    /// How late a timer may be without costing us the time.
    slack: Duration,
    /// When the next token is there.
    next: Duration,
    quiet_until: Duration,
    /// Refusals in a row.
    refusals: u32,
}

impl Pace {
    /// At most `rate` calls a second. What a timer was late by, up to `slack`, is made up
    /// for; other time that was not used is gone.
    pub(crate) fn new(rate: f64, slack: Duration) -> Self {
        let next = Duration::ZERO;
        Self { asked: rate, current: rate, slack, next, quiet_until: next, refusals: 0 }
    }

    /// Takes a token for a call that is made now; if there is none, says when to ask again.
    pub(crate) fn take(&mut self, now: Duration) -> Option<Duration> {
        let due = self.next.max(self.quiet_until);
        if now < due {
            return Some(due);
        }
        let late_by = (now - due).min(self.slack);
        self.next = now - late_by + Duration::from_secs_f64((1.0 + MARGIN) / self.current);
        None
    }

    /// A call was refused for speed; the service may say how long to wait. Calls that
    /// were under way together are refused together: that counts once.
    pub(crate) fn refused(&mut self, now: Duration, retry_after: Option<Duration>) {
        if now < self.quiet_until {
            return;
        }
        let quiet = FIRST_QUIET.saturating_mul(1 << self.refusals.min(5)).min(LONGEST_QUIET);
        self.quiet_until = now + quiet.max(retry_after.unwrap_or_default()).min(LONGEST_QUIET);
        self.refusals += 1;
        self.current = (self.current / 2.0).max(SLOWEST.min(self.asked));
    }

    /// A call was not refused for speed.
    pub(crate) fn accepted(&mut self) {
        self.refusals = 0;
        self.current = (self.current + self.asked * RECOVERY).min(self.asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Makes a call as soon as there is a token, but not before `now`; returns when.
    fn call(pace: &mut Pace, now: Duration) -> Duration {
        match pace.take(now) {
            Some(due) => call(pace, due),
            None => now,
        }
    }

    #[test]
    fn calls_are_never_faster_than_the_rate_and_hardly_slower() {
        // How late the timers are: never, always, now and then.
        for late in [[ms(0), ms(0)], [ms(4), ms(4)], [ms(4), ms(0)]] {
            let mut pace = Pace::new(4.0, ms(5));
            let mut calls = vec![call(&mut pace, ms(5000))];
            for late in late.iter().cycle().take(400) {
                let due = pace.take(calls[calls.len() - 1]).unwrap();
                calls.push(call(&mut pace, due + *late));
            }
            let seconds = (calls[400] - calls[0]).as_secs_f64();
            assert!((0.95 * 4.0..=4.0).contains(&(400.0 / seconds)), "{late:?}: {seconds}");
            for second in calls.windows(5) {
                assert!(second[4] - second[0] > ms(1000), "{late:?}: five calls in a second");
            }
        }
    }

    #[test]
    fn time_that_was_not_used_is_not_saved_up() {
        let mut pace = Pace::new(4.0, ms(5));
        assert_eq!(call(&mut pace, ms(0)), ms(0));
        // A minute later, two calls still stand a quarter of a second apart.
        assert_eq!(call(&mut pace, ms(60_000)), ms(60_000));
        assert_eq!(call(&mut pace, ms(60_000)), ms(60_250));
    }

    #[test]
    fn a_refusal_halves_the_rate_and_acceptance_brings_it_back() {
        let mut pace = Pace::new(4.0, ms(0));
        assert_eq!(call(&mut pace, ms(0)), ms(0));
        pace.refused(ms(100), None);
        // Those under way with it change nothing.
        pace.refused(ms(110), None);
        assert_eq!(call(&mut pace, ms(200)), ms(1100));
        assert_eq!(call(&mut pace, ms(1200)), ms(1610));
        for _ in 0..10 {
            pace.accepted();
        }
        let from = call(&mut pace, ms(10_000));
        assert_eq!(call(&mut pace, from) - from, ms(255));
    }

    #[test]
    fn refusals_in_a_row_wait_longer_and_longer_up_to_half_a_minute() {
        let mut pace = Pace::new(4.0, ms(0));
        let mut now = ms(0);
        let mut waits = Vec::new();
        for _ in 0..7 {
            let at = call(&mut pace, now);
            pace.refused(at, None);
            now = pace.take(at).unwrap();
            waits.push((now - at).as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        pace.refused(now, Some(ms(90_000)));
        assert_eq!(call(&mut pace, now), now + ms(30_000));
        assert!(pace.current >= SLOWEST);
    }
}
