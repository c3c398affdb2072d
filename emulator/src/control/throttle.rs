//! How often an operation may be called: one token bucket for each quota, account and
//! region. A bucket holds as many calls as its quota allows in a second, and is full at
//! the start. (How large AWS's own bursts may be is not documented.)
//!
//! Sources: Amazon IVS Chat User Guide, "Service Quotas"; Lambda Developer Guide, "Lambda
//! quotas", API requests; CloudWatch User Guide, "CloudWatch service quotas".

use std::collections::HashMap;
use std::time::Duration;

use crate::control::caller::{Scope, Service};

/// Calls that are allowed in a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quota {
    /// Operations of the same name here share a bucket.
    bucket: &'static str,
    pub(crate) per_second: u32,
}

/// The quota of an operation; none where none is documented.
pub(crate) fn quota(service: Service, operation: &'static str) -> Option<Quota> {
    let of = |bucket, per_second| Some(Quota { bucket, per_second });
    match (service, operation) {
        (Service::IvsChat, "CreateChatToken") => of(operation, 200),
        (Service::IvsChat, "SendEvent" | "DeleteMessage" | "DisconnectUser") => of(operation, 100),
        (Service::IvsChat, "TagResource" | "UntagResource" | "ListTagsForResource") => {
            of(operation, 10)
        }
        (
            Service::IvsChat,
            "CreateRoom" | "GetRoom" | "ListRooms" | "UpdateRoom" | "DeleteRoom",
        ) => of(operation, 5),
        (Service::IvsChat, _) => of(operation, 3),
        // Invocations are limited by concurrency, which is not enforced here.
        (Service::Lambda, "Invoke") => None,
        (Service::Lambda, "GetFunction") => of(operation, 100),
        (Service::Lambda, "GetPolicy") => of(operation, 15),
        (Service::Lambda, _) => of("the rest of Lambda", 15),
        (Service::CloudWatch, "DescribeAlarms") => of(operation, 9),
        (Service::CloudWatch, "ListMetrics") => of(operation, 25),
        (Service::CloudWatch, "GetMetricData") => of(operation, 500),
        (Service::CloudWatch, "GetMetricStatistics") => of(operation, 400),
        (Service::CloudWatch | Service::Sts | Service::Chime, _) => None,
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Duration,
}

/// The buckets of every account and region.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: HashMap<(Scope, Service, &'static str), Bucket>,
}

impl Throttle {
    /// Takes a call out of the bucket; false if it is empty. `now` is the clock's uptime.
    pub(crate) fn take(
        &mut self,
        scope: &Scope,
        service: Service,
        quota: Quota,
        now: Duration,
    ) -> bool {
        let size = f64::from(quota.per_second);
        let full = || Bucket { tokens: size, filled_at: now };
        let key = (scope.clone(), service, quota.bucket);
        let bucket = self.buckets.entry(key).or_insert_with(full);
        let passed = now.saturating_sub(bucket.filled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * size).min(size);
        bucket.filled_at = now;
        let taken = bucket.tokens >= 1.0;
        if taken {
            bucket.tokens -= 1.0;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut throttle = Throttle::default();
        let scope = Scope { account: "123456789012".to_owned(), region: "us-west-2".to_owned() };
        let quota = quota(Service::IvsChat, "UpdateRoom").unwrap();
        let mut take =
            |ms| throttle.take(&scope, Service::IvsChat, quota, Duration::from_millis(ms));
        assert_eq!([0; 7].map(&mut take), [true, true, true, true, true, false, false]);
        assert_eq!([199, 200, 201].map(&mut take), [false, true, false]);
        let in_ten_seconds = (201..10_201).filter(|ms| take(*ms)).count();
        assert!((49..=51).contains(&in_ten_seconds), "{in_ten_seconds}");
    }

    #[test]
    fn accounts_regions_and_operations_do_not_share() {
        let mut throttle = Throttle::default();
        let quota_of = |operation| quota(Service::IvsChat, operation).unwrap();
        for region in ["us-west-2", "eu-west-1"] {
            for account in ["123456789012", "210987654321"] {
                let scope = Scope { account: account.to_owned(), region: region.to_owned() };
                for operation in ["GetRoom", "UpdateRoom"] {
                    for _ in 0..5 {
                        let quota = quota_of(operation);
                        assert!(throttle.take(&scope, Service::IvsChat, quota, Duration::ZERO));
                    }
                }
            }
        }
    }
}
