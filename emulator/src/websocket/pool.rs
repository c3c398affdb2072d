//! The function behind an API: as many environments of it as are in use at the same time.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use crate::function::{Config, Function, Outcome};

/// Environments of one function; those that are idle are used again.
#[derive(Debug)]
pub(crate) struct Pool {
    config: Config,
    limit: Duration,
    places: Semaphore,
    idle: Mutex<Vec<Function>>,
}

/// Why an invocation has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It took longer than the integration may.
    TimedOut,
    /// The function did not start, reported an error, or ended; why.
    Failed(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the function ran out of time"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl Pool {
    pub(crate) fn new(config: Config, concurrency: usize, limit: Duration) -> Self {
        let places = Semaphore::new(concurrency.max(1));
        Self { config, limit, places, idle: Mutex::default() }
    }

    /// Invokes the function within the limit, which waiting for it and its start count to.
    pub(crate) async fn invoke(&self, event: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let until = Instant::now() + self.limit;
        let Ok(place) = timeout(self.limit, self.places.acquire()).await else {
            return Err(Failure::TimedOut);
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut function = match idle {
            Some(function) => function,
            None => match timeout_at(until, Function::start(&self.config)).await {
                Ok(Ok(function)) => function,
                Ok(Err(error)) => return Err(Failure::Failed(error.to_string())),
                Err(_) => return Err(Failure::TimedOut),
            },
        };
        let left = until.saturating_duration_since(Instant::now());
        let outcome = function.invoke(event, left).await.outcome;
        // An environment that ended or ran out of time is not used again.
        if matches!(outcome, Outcome::Response(_) | Outcome::FunctionError(_)) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(function);
        }
        drop(place);
        match outcome {
            Outcome::Response(response) => Ok(response),
            Outcome::FunctionError(error) => Err(Failure::Failed(error.to_string())),
            Outcome::TimedOut => Err(Failure::TimedOut),
            Outcome::Exited(status) => {
                let status = status.map_or(String::new(), |status| format!(" ({status})"));
                Err(Failure::Failed(format!("the function ended{status}")))
            }
        }
    }
}
