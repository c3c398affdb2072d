//! The time that the local services live by. It can run faster than the wall, and be
//! put forward: quotas, expiries and delays of propagation all follow it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// A clock that starts with the wall's time.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    epoch: SystemTime,
    speed: f64,
    advanced: Mutex<Duration>,
}

impl Clock {
    /// A clock on which `speed` seconds pass in one second of the wall. What is no
    /// positive number counts as 1.
    pub fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self {
            started: Instant::now(),
            epoch: SystemTime::now(),
            speed,
            advanced: Mutex::default(),
        }
    }

    /// How long this clock has run, by itself.
    pub fn uptime(&self) -> Duration {
        let advanced = *self.advanced.lock().unwrap_or_else(PoisonError::into_inner);
        self.started.elapsed().mul_f64(self.speed) + advanced
    }

    /// The same in whole milliseconds.
    pub fn uptime_ms(&self) -> u64 {
        u64::try_from(self.uptime().as_millis()).unwrap_or(u64::MAX)
    }

    /// What time it is on this clock.
    pub fn now(&self) -> SystemTime {
        self.epoch + self.uptime()
    }

    /// Puts the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.advanced.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_outruns_the_wall_and_can_be_put_forward() {
        let clock = Clock::new(1e6);
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(1) {}
        assert!(clock.uptime() >= Duration::from_secs(1000));
        let before = clock.now();
        clock.advance(Duration::from_secs(3600 * 24 * 365));
        assert!(clock.now() > before + Duration::from_secs(3600 * 24 * 365));
    }

    #[test]
    fn a_speed_that_makes_no_sense_is_that_of_the_wall() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Clock::new(speed).uptime() < Duration::from_secs(60), "{speed}");
        }
    }
}
