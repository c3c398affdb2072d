//! Faults on request: what a client must live with, made to happen at a chosen call.
//!
//! A fault is not the service's own behaviour: throttling by quota stands in `throttle`,
//! refusals of bad requests in the services.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::control::caller::{Caller, Service};
use crate::control::random::Random;
use crate::control::wire::Refusal;

/// Something that goes wrong with some calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operation, e.g. `UpdateRoom`; `*` is every one.
    pub operation: String,
    /// What happens.
    pub kind: FaultKind,
    /// To which of the operation's calls, counted since the fault was put in.
    #[serde(default)]
    pub when: When,
    /// The call takes effect, and then fails: the client does not learn that it has.
    #[serde(default)]
    pub after_applying: bool,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It is told that there were too many.
    Throttle,
    /// The service fails (500).
    Error,
    /// What it is about is in another state (409).
    Conflict,
    /// The caller lacks the permission (403).
    Deny,
    /// It is not answered at all, until the client gives up.
    Hang,
    /// It is answered after so many milliseconds of the wall clock; clients' own limits
    /// are of that clock too.
    Slow(u64),
}

/// Which calls a fault meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Every call.
    #[default]
    Always,
    /// The n-th call, from 1.
    Nth(u64),
    /// The first n calls.
    First(u64),
    /// Every n-th call.
    Every(u64),
    /// This fraction of the calls, by chance; the same ones for the same seed.
    Rate(f64),
}

/// The faults that are in, each with the calls that it has seen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    faults: Vec<(Fault, u64)>,
}

impl Faults {
    pub(crate) fn add(&mut self, faults: Vec<Fault>) {
        self.faults.extend(faults.into_iter().map(|fault| (fault, 0)));
    }

    pub(crate) fn set(&mut self, faults: Vec<Fault>) {
        self.faults.clear();
        self.add(faults);
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.faults.iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// The first fault that meets this call. Every one that names the operation counts it.
    pub(crate) fn meet(&mut self, operation: &str, random: &mut Random) -> Option<Fault> {
        let mut met = None;
        for (fault, seen) in &mut self.faults {
            if fault.operation != "*" && fault.operation != operation {
                continue;
            }
            *seen += 1;
            let meets = match fault.when {
                When::Always => true,
                When::Nth(n) => *seen == n,
                When::First(n) => *seen <= n,
                When::Every(n) => n > 0 && seen.is_multiple_of(n),
                When::Rate(rate) => random.fraction() < rate,
            };
            if meets && met.is_none() {
                met = Some(fault.clone());
            }
        }
        met
    }
}

impl FaultKind {
    /// How long the answer is held back.
    pub(crate) fn delay(self) -> Duration {
        match self {
            Self::Slow(ms) => Duration::from_millis(ms),
            _ => Duration::ZERO,
        }
    }

    /// The refusal in the service's words; None if the call is only late or lost.
    pub(crate) fn refusal(self, caller: &Caller, operation: &str) -> Option<Refusal> {
        match self {
            Self::Throttle => Some(throttled(caller.service, &caller.scope.account, 0)),
            Self::Error => Some(failed(caller.service)),
            Self::Conflict => Some(conflict(caller.service)),
            Self::Deny => Some(denied(caller, operation)),
            Self::Hang | Self::Slow(_) => None,
        }
    }
}

/// Too many calls. `resource` is an id of letters and digits, as IVS Chat wants it.
pub(crate) fn throttled(service: Service, resource: &str, limit: u32) -> Refusal {
    match service {
        Service::IvsChat => Refusal::new(429, "ThrottlingException", "Rate exceeded")
            .with("resourceId", resource)
            .with("resourceType", "ROOM")
            .with("limit", limit),
        Service::Lambda => Refusal::new(429, "TooManyRequestsException", "Rate exceeded")
            .with("Type", "User")
            .with("Reason", "CallerRateLimitExceeded"),
        Service::Sts | Service::CloudWatch => Refusal::new(400, "Throttling", "Rate exceeded"),
        Service::Chime => {
            Refusal::new(429, "ThrottledClientException", "Rate exceeded").with("Code", "Throttled")
        }
    }
}

fn failed(service: Service) -> Refusal {
    let message = "An internal error occurred.";
    match service {
        Service::IvsChat => Refusal::new(500, "InternalServerException", message),
        Service::Lambda => Refusal::new(500, "ServiceException", message).with("Type", "Service"),
        Service::Sts => Refusal::new(500, "InternalFailure", message),
        Service::CloudWatch => Refusal::new(500, "InternalServiceError", message),
        Service::Chime => {
            Refusal::new(500, "ServiceFailureException", message).with("Code", "ServiceFailure")
        }
    }
}

fn conflict(service: Service) -> Refusal {
    let message = "The resource is in another state.";
    match service {
        Service::Lambda => Refusal::new(409, "ResourceConflictException", message),
        Service::Chime => Refusal::new(409, "ConflictException", message).with("Code", "Conflict"),
        _ => Refusal::new(409, "ConflictException", message),
    }
}

fn denied(caller: &Caller, operation: &str) -> Refusal {
    let code = match caller.service {
        Service::IvsChat | Service::Lambda => "AccessDeniedException",
        Service::Chime => "ForbiddenException",
        Service::Sts | Service::CloudWatch => "AccessDenied",
    };
    // IAM knows the action by another name than the API does.
    let action = if operation == "Invoke" { "InvokeFunction" } else { operation };
    let (user, service) = (caller.arn(), caller.service.iam_name());
    let message = format!(
        "User: {user} is not authorized to perform: {service}:{action} because no \
         identity-based policy allows the {service}:{action} action"
    );
    let refusal = Refusal::new(403, code, message);
    if caller.service == Service::Chime { refusal.with("Code", "Forbidden") } else { refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(when: When) -> Vec<u64> {
        let mut faults = Faults::default();
        let fault = |operation: &str| Fault {
            operation: operation.to_owned(),
            kind: FaultKind::Error,
            when,
            after_applying: false,
        };
        faults.set(vec![fault("UpdateRoom")]);
        let mut random = Random::new(3);
        assert_eq!(faults.meet("GetRoom", &mut random), None);
        (1..=10).filter(|_| faults.meet("UpdateRoom", &mut random).is_some()).collect()
    }

    #[test]
    fn a_fault_meets_the_calls_that_it_names() {
        assert_eq!(met(When::Always).len(), 10);
        assert_eq!(met(When::Nth(3)), [3]);
        assert_eq!(met(When::First(2)), [1, 2]);
        assert_eq!(met(When::Every(4)), [4, 8]);
        assert_eq!(met(When::Every(0)), [0; 0]);
        assert_eq!(met(When::Rate(0.0)), [0; 0]);
        assert_eq!(met(When::Rate(1.0)).len(), 10);
    }

    #[test]
    fn faults_are_written_as_json() {
        for (json, kind, when) in [
            (r#"{"operation":"UpdateRoom","kind":"throttle"}"#, FaultKind::Throttle, When::Always),
            (
                r#"{"operation":"*","kind":{"slow":250},"when":{"rate":0.1}}"#,
                FaultKind::Slow(250),
                When::Rate(0.1),
            ),
        ] {
            let fault: Fault = serde_json::from_str(json).unwrap();
            assert_eq!((fault.kind, fault.when), (kind, when));
        }
        let typo = r#"{"operation":"*","kind":"throttle","wen":"always"}"#;
        assert!(serde_json::from_str::<Fault>(typo).is_err());
    }
}
