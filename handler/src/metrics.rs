//! What the handler counts, and the lines of its log by which CloudWatch learns of it.
//!
//! One environment adds up in memory and writes lines in the embedded metric format, from
//! which CloudWatch Logs makes metrics: no call to AWS, no line for a message. When to
//! write is asked here, of a clock that the caller reads; nothing here reads one. A line
//! names function, rules and policy; no part of a message ever comes here.
//!
//! Source: CloudWatch User Guide, "Specification: Embedded metric format". Not in it is
//! the form of a histogram, values with their counts; it is the one that AWS's own
//! exporters write (`awsemfexporter` of the OpenTelemetry collector).

use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chatwarden_engine::review::Match;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::write_line;

/// The namespace of every metric.
const NAMESPACE: &str = "Chatwarden";

/// How long counts are kept before the next message writes them. A shorter time costs
/// more lines, a longer one loses more when Lambda ends the environment.
const FLUSH_AFTER: Duration = Duration::from_secs(10);

/// Buckets of a [`Histogram`]; a metric may have 100 values.
const BUCKETS: usize = 80;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    Rewritten,
    Denied,
}

/// The counts of one environment since they were last written.
pub(crate) struct Metrics<'p> {
    function: String,
    written: Instant,
    counts: Counts,
    /// By position in the policy, as far as the last rule that found something.
    rules: Vec<RuleCounts<'p>>,
}

/// Numbers of messages, except where it says otherwise.
#[derive(Default)]
struct Counts {
    allowed: u64,
    rewritten: u64,
    denied: u64,
    /// In which a rule in shadow mode found something.
    shadow_hits: u64,
    /// Tags.
    tags_left_out: u64,
    faults: u64,
    microseconds: Histogram,
}

/// Numbers of messages in which one rule found something.
#[derive(Default)]
struct RuleCounts<'p> {
    id: &'p str,
    hits: u64,
    shadow_hits: u64,
}

impl<'p> Metrics<'p> {
    /// Counts of the function of this name, from `now` on.
    pub(crate) fn new(function: String, now: Instant) -> Self {
        Self { function, written: now, counts: Counts::default(), rules: Vec::new() }
    }

    /// Counts a message that was reviewed. `matches` are in the order of their rules, as
    /// a review has them.
    pub(crate) fn review(
        &mut self,
        outcome: Outcome,
        matches: &[Match<'p>],
        tags_left_out: usize,
        took: Duration,
    ) {
        let counts = &mut self.counts;
        match outcome {
            Outcome::Allowed => counts.allowed += 1,
            Outcome::Rewritten => counts.rewritten += 1,
            Outcome::Denied => counts.denied += 1,
        }
        counts.tags_left_out += tags_left_out as u64;
        counts.shadow_hits += u64::from(matches.iter().any(|found| found.shadow));
        counts.microseconds.add(took.as_micros().try_into().unwrap_or(u64::MAX));
        for of_rule in matches.chunk_by(|a, b| a.rule_index == b.rule_index) {
            if let [found, ..] = of_rule {
                self.count_rule(found);
            }
        }
    }

    fn count_rule(&mut self, found: &Match<'p>) {
        if self.rules.len() <= found.rule_index {
            self.rules.resize_with(found.rule_index + 1, RuleCounts::default);
        }
        if let Some(rule) = self.rules.get_mut(found.rule_index) {
            rule.id = found.rule;
            let hits = if found.shadow { &mut rule.shadow_hits } else { &mut rule.hits };
            *hits += 1;
        }
    }

    /// Counts tags that were left out after the review.
    pub(crate) fn tags_left_out(&mut self, tags: usize) {
        self.counts.tags_left_out += tags as u64;
    }

    /// Counts an event that was no request, or whose review failed.
    pub(crate) fn fault(&mut self) {
        self.counts.faults += 1;
    }

    /// Is it time to write?
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.written) >= FLUSH_AFTER
    }

    /// Writes all that was counted and begins anew. `at` is the time that CloudWatch files
    /// it under.
    pub(crate) fn flush(
        &mut self,
        now: Instant,
        at: SystemTime,
        policy: &str,
        log: &mut impl Write,
    ) {
        self.written = now;
        let function = self.function.as_str();
        let mut write = |rule, metrics: Vec<Metric>| {
            if !metrics.is_empty() {
                write_line(log, &Line { at, function, rule, policy, metrics });
            }
        };
        write(None, std::mem::take(&mut self.counts).metrics());
        for rule in &mut self.rules {
            write(Some(rule.id), rule.metrics());
            *rule = RuleCounts { id: rule.id, ..RuleCounts::default() };
        }
    }
}

/// Writes that an environment of the function started, and how long that took.
pub fn write_start(
    log: &mut impl Write,
    at: SystemTime,
    function: &str,
    policy: &str,
    init: Duration,
) {
    let milliseconds = Value::Number(init.as_micros() as f64 / 1000.0);
    let metrics = vec![
        Metric::count("ColdStarts", 1),
        Metric { name: "InitMilliseconds", unit: "Milliseconds", value: milliseconds },
    ];
    write_line(log, &Line { at, function, rule: None, policy, metrics });
}

impl Counts {
    /// The four that belong together also where they are 0, so that a rate can be made of
    /// them; of the others, those that are not: CloudWatch charges for each in use.
    fn metrics(self) -> Vec<Metric> {
        let reviews = self.allowed + self.rewritten + self.denied;
        let mut metrics = Vec::new();
        if reviews > 0 {
            metrics.extend([
                Metric::count("Reviews", reviews),
                Metric::count("Allowed", self.allowed),
                Metric::count("Rewritten", self.rewritten),
                Metric::count("Denied", self.denied),
                Metric {
                    name: "ReviewMicroseconds",
                    unit: "Microseconds",
                    value: Value::Histogram(Box::new(self.microseconds)),
                },
            ]);
        }
        metrics.extend(counted([
            ("ShadowHits", self.shadow_hits),
            ("TagsLeftOut", self.tags_left_out),
            ("Faults", self.faults),
        ]));
        metrics
    }
}

impl RuleCounts<'_> {
    fn metrics(&self) -> Vec<Metric> {
        counted([("RuleHits", self.hits), ("RuleShadowHits", self.shadow_hits)]).collect()
    }
}

/// Those that are not 0.
fn counted<const N: usize>(counts: [(&'static str, u64); N]) -> impl Iterator<Item = Metric> {
    let counted = counts.into_iter().filter(|(_, count)| *count > 0);
    counted.map(|(name, count)| Metric::count(name, count))
}

/// Durations by size: exact below 8 µs, above that four buckets for each doubling, so that
/// a percentile is at most an eighth off; sum and extremes are exact.
struct Histogram {
    buckets: [u32; BUCKETS],
    sum: u64,
    min: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [0; BUCKETS], sum: 0, min: u64::MAX, max: 0 }
    }
}

impl Histogram {
    fn add(&mut self, n: u64) {
        // What is longer than two seconds is in the last bucket.
        if let Some(bucket) = self.buckets.get_mut(bucket(n).min(BUCKETS - 1)) {
            *bucket += 1;
        }
        self.sum = self.sum.saturating_add(n);
        self.min = self.min.min(n);
        self.max = self.max.max(n);
    }

    /// Values, each the middle of its bucket, with how many there were.
    fn counts(&self) -> impl Iterator<Item = (f64, u32)> {
        let (min, max) = (self.min as f64, self.max as f64);
        let filled = self.buckets.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(move |(at, count)| (middle(at).max(min).min(max), *count))
    }
}

/// The bucket of a number: its highest bit and the two below that.
fn bucket(n: u64) -> usize {
    if n < 8 {
        return n as usize;
    }
    let highest = n.ilog2() as usize;
    (highest - 1) * 4 + (n >> (highest - 2) & 3) as usize
}

/// The middle of the whole numbers of a bucket.
fn middle(bucket: usize) -> f64 {
    if bucket < 8 {
        return bucket as f64;
    }
    let width = 1u64 << (bucket / 4 - 1);
    let first = (4 + bucket as u64 % 4) * width;
    first as f64 + (width - 1) as f64 / 2.0
}

/// A metric and its value.
struct Metric {
    name: &'static str,
    unit: &'static str,
    value: Value,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Count(u64),
    Number(f64),
    Histogram(Box<Histogram>),
}

impl Metric {
    fn count(name: &'static str, count: u64) -> Self {
        Self { name, unit: "Count", value: Value::Count(count) }
    }
}

/// One line: metrics of the function, or of one of its rules.
struct Line<'a> {
    at: SystemTime,
    function: &'a str,
    rule: Option<&'a str>,
    policy: &'a str,
    metrics: Vec<Metric>,
}

impl Line<'_> {
    /// The names of the dimensions, whose values stand beside those of the metrics.
    fn dimensions(&self) -> &'static [&'static str] {
        if self.rule.is_some() { &["FunctionName", "Rule"] } else { &["FunctionName"] }
    }

    /// What tells CloudWatch which members of the line are metrics.
    fn metadata(&self) -> impl Serialize {
        let milliseconds = self.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let definition = |metric: &Metric| Definition { name: metric.name, unit: metric.unit };
        Metadata {
            timestamp: milliseconds.try_into().unwrap_or(u64::MAX),
            cloud_watch_metrics: [Directive {
                namespace: NAMESPACE,
                dimensions: [self.dimensions()],
                metrics: self.metrics.iter().map(definition).collect(),
            }],
        }
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("_aws", &self.metadata())?;
        line.serialize_entry("FunctionName", self.function)?;
        if let Some(rule) = self.rule {
            line.serialize_entry("Rule", rule)?;
        }
        for Metric { name, value, .. } in &self.metrics {
            line.serialize_entry(name, value)?;
        }
        // A plain member: a policy is followed for a while, a metric is paid for.
        line.serialize_entry("PolicyHash", self.policy)?;
        line.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: u64,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (values, counts): (Vec<f64>, Vec<u32>) = self.counts().unzip();
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("Count", &counts.iter().map(|&count| u64::from(count)).sum::<u64>())?;
        map.serialize_entry("Values", &values)?;
        map.serialize_entry("Counts", &counts)?;
        map.serialize_entry("Min", &self.min)?;
        map.serialize_entry("Max", &self.max)?;
        map.serialize_entry("Sum", &self.sum)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    const POLICY: &str = "8fd4804f286086ad62462f4e4fb6fac9";

    fn at() -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(1_800_000_000_123)
    }

    fn metrics<'p>() -> (Metrics<'p>, Instant) {
        let now = Instant::now();
        (Metrics::new("chat".to_owned(), now), now)
    }

    /// What a flush writes, line by line.
    fn flushed(metrics: &mut Metrics<'_>, now: Instant) -> Vec<Json> {
        let mut log = Vec::new();
        metrics.flush(now, at(), POLICY, &mut log);
        lines(&log)
    }

    fn lines(log: &[u8]) -> Vec<Json> {
        let lines = std::str::from_utf8(log).unwrap().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A line without its metadata, which is told apart.
    fn body(line: &Json) -> Json {
        let mut body = line.as_object().unwrap().clone();
        body.remove("_aws");
        Json::Object(body)
    }

    fn found(rule: &'static str, rule_index: usize, shadow: bool) -> Match<'static> {
        Match { rule, rule_index, span: 0..4, shadow }
    }

    fn us(us: u64) -> Duration {
        Duration::from_micros(us)
    }

    #[test]
    fn a_line_says_which_of_its_members_are_metrics() {
        let (mut metrics, now) = metrics();
        metrics.review(Outcome::Denied, &[found("heck", 2, false)], 0, us(7));
        let lines = flushed(&mut metrics, now);
        assert_eq!(
            lines[0],
            json!({
                "_aws": {
                    "Timestamp": 1_800_000_000_123u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Chatwarden",
                        "Dimensions": [["FunctionName"]],
                        "Metrics": [
                            {"Name": "Reviews", "Unit": "Count"},
                            {"Name": "Allowed", "Unit": "Count"},
                            {"Name": "Rewritten", "Unit": "Count"},
                            {"Name": "Denied", "Unit": "Count"},
                            {"Name": "ReviewMicroseconds", "Unit": "Microseconds"},
                        ],
                    }],
                },
                "FunctionName": "chat",
                "Reviews": 1,
                "Allowed": 0,
                "Rewritten": 0,
                "Denied": 1,
                "ReviewMicroseconds": {
                    "Count": 1, "Values": [7.0], "Counts": [1], "Min": 7, "Max": 7, "Sum": 7,
                },
                "PolicyHash": POLICY,
            })
        );
        assert_eq!(
            lines[1..],
            [json!({
                "_aws": {
                    "Timestamp": 1_800_000_000_123u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Chatwarden",
                        "Dimensions": [["FunctionName", "Rule"]],
                        "Metrics": [{"Name": "RuleHits", "Unit": "Count"}],
                    }],
                },
                "FunctionName": "chat",
                "Rule": "heck",
                "RuleHits": 1,
                "PolicyHash": POLICY,
            })]
        );
    }

    #[test]
    fn messages_are_counted_and_not_matches() {
        let (mut metrics, now) = metrics();
        let (heck, links) = (found("heck", 0, false), found("links", 3, true));
        let both = [heck.clone(), heck.clone(), links.clone(), links.clone()];
        metrics.review(Outcome::Rewritten, &both, 0, us(1));
        metrics.review(Outcome::Allowed, &[links], 2, us(1));
        metrics.review(Outcome::Rewritten, &[heck], 0, us(1));
        let lines = flushed(&mut metrics, now);
        let [all, heck, links] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(all["Reviews"], 3);
        assert_eq!(all["Rewritten"], 2);
        assert_eq!(all["Allowed"], 1);
        assert_eq!(all["ShadowHits"], 2);
        assert_eq!(all["TagsLeftOut"], 2);
        let policy = POLICY;
        let of_rule = |rule: &str, metric: &str| json!({"FunctionName": "chat", "Rule": rule, metric: 2, "PolicyHash": policy});
        assert_eq!(body(heck), of_rule("heck", "RuleHits"));
        assert_eq!(body(links), of_rule("links", "RuleShadowHits"));
    }

    #[test]
    fn what_was_written_is_not_written_again() {
        let (mut metrics, now) = metrics();
        metrics.review(Outcome::Denied, &[found("heck", 0, false)], 0, us(1));
        assert_eq!(flushed(&mut metrics, now).len(), 2);
        assert_eq!(flushed(&mut metrics, now), [] as [Json; 0]);
        metrics.fault();
        let lines = flushed(&mut metrics, now);
        let expected = json!({"FunctionName": "chat", "Faults": 1, "PolicyHash": POLICY});
        assert_eq!(lines.iter().map(body).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn it_is_due_ten_seconds_after_the_last_time() {
        let (mut metrics, start) = metrics();
        let after = |ms| start + Duration::from_millis(ms);
        assert!(!metrics.is_due(start));
        assert!(!metrics.is_due(after(9_999)));
        assert!(metrics.is_due(after(10_000)));
        assert!(metrics.is_due(after(3_600_000)));
        flushed(&mut metrics, after(12_000));
        assert!(!metrics.is_due(after(21_999)));
        assert!(metrics.is_due(after(22_000)));
    }

    #[test]
    fn a_start_is_a_line_of_its_own() {
        let mut log = Vec::new();
        write_start(&mut log, at(), "chat", POLICY, us(2_912));
        let lines = lines(&log);
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let expected = json!({
            "FunctionName": "chat", "ColdStarts": 1, "InitMilliseconds": 2.912,
            "PolicyHash": POLICY,
        });
        assert_eq!(body(line), expected);
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Metrics"],
            json!([
                {"Name": "ColdStarts", "Unit": "Count"},
                {"Name": "InitMilliseconds", "Unit": "Milliseconds"},
            ])
        );
    }

    #[test]
    fn buckets_follow_one_another_and_hold_their_middle() {
        assert_eq!((bucket(0), bucket(7), bucket(8)), (0, 7, 8));
        let mut last = 0;
        for n in 0..1 << 21 {
            let at = bucket(n);
            assert!(at == last || at == last + 1, "{n}");
            let middle = middle(at);
            assert!((middle - n as f64).abs() * 8.0 <= n as f64, "{n} is counted as {middle}");
            last = at;
        }
        assert_eq!(last, BUCKETS - 1);
    }

    #[test]
    fn a_histogram_holds_any_number_of_reviews_of_any_length() {
        let (mut metrics, now) = metrics();
        let mut sum = 0;
        for exponent in 0..40 {
            for n in [(1 << exponent) - 1, 1 << exponent, 3 << exponent] {
                metrics.review(Outcome::Allowed, &[], 0, us(n));
                sum += n;
            }
        }
        let histogram = &flushed(&mut metrics, now)[0]["ReviewMicroseconds"];
        let numbers = |key: &str| -> Vec<f64> {
            histogram[key].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
        };
        let (values, counts) = (numbers("Values"), numbers("Counts"));
        assert_eq!(values.len(), counts.len());
        assert!(values.len() <= 100, "{}", values.len());
        assert_eq!(counts.iter().sum::<f64>(), 120.0);
        assert_eq!(histogram["Count"], 120);
        assert_eq!(histogram["Sum"], sum);
        assert_eq!((&histogram["Min"], &histogram["Max"]), (&json!(0), &json!(3u64 << 39)));
        let (mut metrics, now) = self::metrics();
        metrics.review(Outcome::Allowed, &[], 0, Duration::MAX);
        assert_eq!(flushed(&mut metrics, now)[0]["ReviewMicroseconds"]["Max"], u64::MAX);
    }
}
