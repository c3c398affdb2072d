//! What `doctor`, or whoever looks after rooms, reads from CloudWatch: metrics and alarms.
//!
//! Both are put in at the start ([`MetricSeed`], [`AlarmSeed`]); nothing here measures.
//! Metrics are read as they are: no metric math, no percentiles.
//!
//! Three protocols carry the same calls. Current SDKs (botocore 1.44, aws-sdk-cloudwatch
//! 1.140) speak `rpc-v2-cbor`; JSON 1.0 and the older query protocol are understood too.
//!
//! Source: the service's model (`cloudwatch`, 2010-08-01), and its protocols' pages in the
//! Smithy documentation.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use crate::control::caller::Scope;
use crate::control::cbor;
use crate::control::wire::{Answer, Call, Refusal, Reply, pairs, query_xml, response};

const TARGET: &str = "GraniteServiceVersion20100801";
const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

/// Metrics on a page. Source: ListMetrics.
const METRICS_ON_A_PAGE: usize = 500;
/// Queries of one GetMetricData. Source: GetMetricData.
const MAX_QUERIES: usize = 500;
/// Source: GetMetricStatistics.
const MAX_DATAPOINTS: f64 = 1440.0;

/// Values of a metric from before the start.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricSeed {
    /// E.g. `AWS/IVSChat`.
    pub namespace: String,
    /// E.g. `InvocationErrors`.
    pub name: String,
    /// E.g. `Uri` and the function's ARN.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// How many seconds ago, and what.
    #[serde(default)]
    pub values: Vec<(f64, f64)>,
}

/// An alarm on one metric.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmSeed {
    /// Its name.
    pub name: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// The metric's dimensions.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`; `OK` if left out.
    pub state: Option<String>,
    /// What the statistic must not reach; 1 if left out.
    pub threshold: Option<f64>,
    /// ARNs that are told of an alarm.
    #[serde(default)]
    pub actions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Metric {
    namespace: String,
    name: String,
    dimensions: BTreeMap<String, String>,
}

/// What is in one account and region.
#[derive(Debug, Default)]
struct Region {
    /// Seconds since 1970, and the value.
    metrics: BTreeMap<Metric, Vec<(f64, f64)>>,
    alarms: BTreeMap<String, (AlarmSeed, f64)>,
}

/// All metrics and alarms.
#[derive(Debug, Default)]
pub(crate) struct CloudWatch {
    regions: HashMap<Scope, Region>,
}

/// How a call is written, and so its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Cbor,
    Json,
    Query,
}

fn protocol(call: &Call) -> Protocol {
    if call.header("smithy-protocol") == Some("rpc-v2-cbor") {
        Protocol::Cbor
    } else if call.header("x-amz-target").is_some() {
        Protocol::Json
    } else {
        Protocol::Query
    }
}

/// The operation that a request asks for.
pub(crate) fn operation(call: &Call) -> Option<&'static str> {
    let named = match protocol(call) {
        Protocol::Cbor => match call.segments().as_slice() {
            ["service", TARGET, "operation", name] => (*name).to_owned(),
            _ => return None,
        },
        Protocol::Json => {
            let target = call.header("x-amz-target")?.strip_prefix(TARGET)?;
            target.strip_prefix('.')?.to_owned()
        }
        Protocol::Query => {
            let form = form(call);
            form.into_iter().find(|(name, _)| name == "Action")?.1
        }
    };
    ["ListMetrics", "GetMetricData", "GetMetricStatistics", "DescribeAlarms"]
        .into_iter()
        .find(|operation| *operation == named)
}

pub(crate) fn unknown_operation() -> Refusal {
    Refusal::new(400, "InvalidAction", "this operation of CloudWatch is not here")
}

/// Says an answer in the protocol of the call.
pub(crate) fn respond(
    call: &Call,
    operation: &str,
    mut answer: Answer,
    request_id: &str,
) -> Response {
    let protocol = protocol(call);
    if protocol == Protocol::Query {
        if let Ok(Reply { body: Some(body), .. }) = &mut answer {
            times_as_text(body, false);
        }
        return query_xml(answer, operation, NAMESPACE, request_id);
    }
    let (status, body, error) = match answer {
        Ok(reply) => (reply.status, reply.body.unwrap_or_default(), None),
        Err(refusal) => {
            let body = json!({ "__type": shape(&refusal.code), "message": refusal.message });
            // What the code is to those who knew the query protocol.
            let error = format!("{};{}", refusal.code, refusal.side());
            (refusal.status, body, Some(error))
        }
    };
    let mut response = match protocol {
        Protocol::Cbor => response(status, "application/cbor", cbor::write(&body, is_time)),
        _ => response(status, "application/x-amz-json-1.0", body.to_string().into_bytes()),
    };
    let headers = response.headers_mut();
    if protocol == Protocol::Cbor {
        headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    if let Some(error) = error.and_then(|error| HeaderValue::from_str(&error).ok()) {
        headers.insert("x-amzn-query-error", error);
    }
    response
}

/// The shape that an error code of the query protocol has in the model.
fn shape(code: &str) -> String {
    match code {
        "MissingParameter" => "MissingRequiredParameterException".to_owned(),
        "InternalServiceError" => "InternalServiceFault".to_owned(),
        "InvalidParameterValue" | "InvalidParameterCombination" => format!("{code}Exception"),
        other => other.to_owned(),
    }
}

/// Which members are times: CloudWatch names them so.
fn is_time(member: &str) -> bool {
    member.ends_with("Timestamp") || member == "Timestamps"
}

fn times_as_text(value: &mut Value, time: bool) {
    match value {
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, value)| times_as_text(value, is_time(name)));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| times_as_text(entry, time)),
        Value::Number(seconds) if time => {
            let since = Duration::try_from_secs_f64(seconds.as_f64().unwrap_or_default());
            let utc = UtcDateTime::from(UNIX_EPOCH + since.unwrap_or_default());
            *value = utc.format(&Rfc3339).unwrap_or_default().into();
        }
        _ => {}
    }
}

/// The parameters of a call by the query protocol.
fn form(call: &Call) -> Vec<(String, String)> {
    let mut form = pairs(&String::from_utf8_lossy(&call.body));
    form.extend(call.query.iter().cloned());
    form
}

/// The members of a call, whatever its protocol.
fn members(call: &Call) -> Result<Map<String, Value>, Refusal> {
    let body = match protocol(call) {
        Protocol::Cbor if call.body.is_empty() => Some(json!({})),
        Protocol::Cbor => cbor::read(&call.body),
        Protocol::Json => serde_json::from_slice(&call.body).ok(),
        Protocol::Query => {
            let mut members = Map::new();
            for (name, text) in form(call) {
                let path: Vec<&str> = name.split('.').collect();
                put(&mut members, &path, text);
            }
            Some(Value::Object(members))
        }
    };
    match body {
        Some(Value::Object(members)) => Ok(members),
        _ => Err(Refusal::new(400, "SerializationException", "the body could not be read")),
    }
}

/// `A.member.1.B` = text, put where it belongs. A list is an object with numbers for
/// names; [`list`] reads both.
fn put(members: &mut Map<String, Value>, path: &[&str], text: String) {
    match path {
        [] => {}
        [name] => {
            members.insert((*name).to_owned(), text.into());
        }
        [name, "member", rest @ ..] | [name, rest @ ..] => {
            let inner = members.entry(*name).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, text);
            }
        }
    }
}

/// The entries of a list.
fn list<'a>(members: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    match members.get(name) {
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(Value::Object(numbered)) => {
            let mut entries: Vec<(usize, &Value)> =
                numbered.iter().filter_map(|(n, value)| Some((n.parse().ok()?, value))).collect();
            entries.sort_by_key(|(n, _)| *n);
            entries.into_iter().map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

fn object<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    members.get(name)?.as_object()
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}

fn number(members: &Map<String, Value>, name: &str) -> Option<f64> {
    let value = members.get(name)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// Seconds since 1970.
fn time(members: &Map<String, Value>, name: &str) -> Result<f64, Refusal> {
    let value = members.get(name).ok_or_else(|| missing(name))?;
    let from_text = || {
        let at = UtcDateTime::parse(value.as_str()?, &Rfc3339).ok()?;
        Some((at - UtcDateTime::UNIX_EPOCH).as_seconds_f64())
    };
    value.as_f64().or_else(from_text).ok_or_else(|| invalid(&format!("{name} is no time")))
}

fn missing(name: &str) -> Refusal {
    Refusal::new(400, "MissingParameter", format!("The parameter {name} is required."))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(400, "InvalidParameterValue", message)
}

fn required<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    text(members, name).filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

/// Where a page begins: tokens are opaque to clients, and numbers here.
fn page_from(members: &Map<String, Value>) -> Result<usize, Refusal> {
    match text(members, "NextToken").filter(|token| !token.is_empty()) {
        None => Ok(0),
        Some(token) => {
            let from = token.strip_prefix("from-").and_then(|from| from.parse().ok());
            from.ok_or_else(|| {
                Refusal::new(400, "InvalidNextToken", "The next token specified is invalid.")
            })
        }
    }
}

/// One page under its name, with the token of the next where there is one.
fn page(name: &str, all: Vec<Value>, from: usize, size: usize) -> Map<String, Value> {
    let count = all.len();
    let page: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    let end = from.saturating_add(page.len());
    let mut answer = Map::new();
    answer.insert(name.to_owned(), page.into());
    if end < count {
        answer.insert("NextToken".to_owned(), format!("from-{end}").into());
    }
    answer
}

fn since_1970(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

impl CloudWatch {
    pub(crate) fn seed_metric(&mut self, scope: &Scope, seed: &MetricSeed, now: SystemTime) {
        let MetricSeed { namespace, name, dimensions, values } = seed.clone();
        let metric = Metric { namespace, name, dimensions };
        let metrics = &mut self.regions.entry(scope.clone()).or_default().metrics;
        let now = since_1970(now);
        let values = values.into_iter().map(|(ago, value)| (now - ago, value));
        metrics.entry(metric).or_default().extend(values);
    }

    pub(crate) fn seed_alarm(&mut self, scope: &Scope, seed: &AlarmSeed, now: SystemTime) {
        let alarms = &mut self.regions.entry(scope.clone()).or_default().alarms;
        alarms.insert(seed.name.clone(), (seed.clone(), since_1970(now)));
    }

    /// Does what a request asks for.
    pub(crate) fn call(&mut self, operation: &str, call: &Call) -> Answer {
        let members = members(call)?;
        let region = self.regions.entry(call.caller.scope.clone()).or_default();
        let body = match operation {
            "ListMetrics" => region.list_metrics(&members)?,
            "GetMetricData" => region.metric_data(&members)?,
            "GetMetricStatistics" => region.metric_statistics(&members)?,
            "DescribeAlarms" => region.alarms(&members, &call.caller.scope)?,
            _ => return Err(unknown_operation()),
        };
        Ok(Reply::ok(Value::Object(body)))
    }
}

type Body = Result<Map<String, Value>, Refusal>;

impl Region {
    fn list_metrics(&self, members: &Map<String, Value>) -> Body {
        let wanted = |name, value: &str| text(members, name).is_none_or(|wanted| wanted == value);
        let filters = list(members, "Dimensions");
        let has = |metric: &Metric, filter: &Value| {
            let name = filter.get("Name").and_then(Value::as_str).unwrap_or_default();
            let value = filter.get("Value").and_then(Value::as_str);
            let is = metric.dimensions.get(name);
            is.is_some_and(|is| value.is_none_or(|value| is == value))
        };
        let found = self
            .metrics
            .keys()
            .filter(|metric| wanted("Namespace", &metric.namespace))
            .filter(|metric| wanted("MetricName", &metric.name))
            .filter(|metric| filters.iter().all(|filter| has(metric, filter)))
            .map(Metric::json)
            .collect();
        Ok(page("Metrics", found, page_from(members)?, METRICS_ON_A_PAGE))
    }

    /// The values of the metric that `members` name, from `start` until before `end`,
    /// gathered by period.
    fn periods(
        &self,
        members: &Map<String, Value>,
        period: f64,
        (start, end): (f64, f64),
    ) -> Result<Vec<(f64, Vec<f64>)>, Refusal> {
        let metric = Metric {
            namespace: required(members, "Namespace")?.to_owned(),
            name: required(members, "MetricName")?.to_owned(),
            dimensions: dimensions(members),
        };
        let start = (start / period).floor() * period;
        let mut periods: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (at, value) in self.metrics.get(&metric).into_iter().flatten() {
            if (start..end).contains(at) {
                #[expect(clippy::cast_possible_truncation, reason = "a count of periods")]
                let period = (at / period).floor() as i64;
                periods.entry(period).or_default().push(*value);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of periods")]
        let begin = |n: i64| n as f64 * period;
        Ok(periods.into_iter().map(|(n, values)| (begin(n), values)).collect())
    }

    fn metric_data(&self, members: &Map<String, Value>) -> Body {
        let span = span(members)?;
        let queries = list(members, "MetricDataQueries");
        if queries.is_empty() {
            return Err(missing("MetricDataQueries"));
        }
        if queries.len() > MAX_QUERIES {
            return Err(validation("there may be 500 queries"));
        }
        let ascending = text(members, "ScanBy") == Some("TimestampAscending");
        let mut results = Vec::new();
        for query in queries.iter().filter_map(|query| query.as_object()) {
            let id = required(query, "Id")?;
            let Some(stat) = object(query, "MetricStat") else {
                return Err(validation("metric math is not here: each query needs a MetricStat"));
            };
            let metric = object(stat, "Metric").ok_or_else(|| missing("Metric"))?;
            let statistic = required(stat, "Stat")?;
            let mut points = Vec::new();
            for (at, values) in self.periods(metric, period(stat)?, span)? {
                let value = statistics(&values, statistic)
                    .ok_or_else(|| validation(&format!("the statistic {statistic} is not here")))?;
                points.push((at, value));
            }
            if !ascending {
                points.reverse();
            }
            let hidden = query.get("ReturnData").is_some_and(|v| *v == false || v == "false");
            if !hidden {
                let label = text(query, "Label").or(text(metric, "MetricName"));
                let (times, values): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
                results.push(json!({
                    "Id": id,
                    "Label": label,
                    "Timestamps": times,
                    "Values": values,
                    "StatusCode": "Complete",
                }));
            }
        }
        let mut answer = page("MetricDataResults", results, 0, usize::MAX);
        answer.insert("Messages".to_owned(), json!([]));
        Ok(answer)
    }

    fn metric_statistics(&self, members: &Map<String, Value>) -> Body {
        let span = span(members)?;
        let period = period(members)?;
        let statistics_wanted: Vec<&str> =
            list(members, "Statistics").into_iter().filter_map(Value::as_str).collect();
        if statistics_wanted.is_empty() {
            let message = "At least one of the parameters Statistics and ExtendedStatistics must \
                           be specified.";
            return Err(Refusal::new(400, "InvalidParameterCombination", message));
        }
        if (span.1 - span.0) / period > MAX_DATAPOINTS {
            let message = "You have requested up to more than 1,440 datapoints, which exceeds \
                           the limit. You may reduce the datapoints requested by increasing \
                           Period, or decreasing the time range.";
            return Err(Refusal::new(400, "InvalidParameterCombination", message));
        }
        let mut points = Vec::new();
        for (at, values) in self.periods(members, period, span)? {
            let mut point = Map::new();
            point.insert("Timestamp".to_owned(), at.into());
            point.insert("Unit".to_owned(), "Count".into());
            for statistic in &statistics_wanted {
                let value = statistics(&values, statistic)
                    .ok_or_else(|| invalid(&format!("{statistic} is no statistic")))?;
                point.insert((*statistic).to_owned(), value.into());
            }
            points.push(Value::Object(point));
        }
        let mut answer = page("Datapoints", points, 0, usize::MAX);
        answer.insert("Label".to_owned(), required(members, "MetricName")?.into());
        Ok(answer)
    }

    fn alarms(&self, members: &Map<String, Value>, scope: &Scope) -> Body {
        let names: Vec<&str> =
            list(members, "AlarmNames").into_iter().filter_map(Value::as_str).collect();
        let types: Vec<&str> =
            list(members, "AlarmTypes").into_iter().filter_map(Value::as_str).collect();
        let prefix = text(members, "AlarmNamePrefix");
        if prefix.is_some() && !names.is_empty() {
            let message = "AlarmNamePrefix and AlarmNames are mutually exclusive";
            return Err(Refusal::new(400, "InvalidParameterCombination", message));
        }
        let size = number(members, "MaxRecords").unwrap_or(50.0);
        if !(1.0..=100.0).contains(&size) {
            return Err(invalid("MaxRecords must be from 1 to 100"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 100")]
        let size = size as usize;
        let state = text(members, "StateValue");
        let metric_alarms = types.is_empty() || types.contains(&"MetricAlarm");
        let found = self
            .alarms
            .values()
            .filter(|(alarm, _)| names.is_empty() || names.contains(&alarm.name.as_str()))
            .filter(|(alarm, _)| prefix.is_none_or(|prefix| alarm.name.starts_with(prefix)))
            .filter(|(alarm, _)| state.is_none_or(|state| alarm.state() == state))
            .filter(|_| metric_alarms)
            .map(|(alarm, since)| alarm.json(scope, *since))
            .collect();
        let mut answer = page("MetricAlarms", found, page_from(members)?, size);
        answer.insert("CompositeAlarms".to_owned(), json!([]));
        Ok(answer)
    }
}

impl Metric {
    fn json(&self) -> Value {
        json!({
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": named(&self.dimensions),
        })
    }
}

impl AlarmSeed {
    fn state(&self) -> &str {
        self.state.as_deref().unwrap_or("OK")
    }

    fn json(&self, Scope { account, region }: &Scope, since: f64) -> Value {
        json!({
            "AlarmName": self.name,
            "AlarmArn": format!("arn:aws:cloudwatch:{region}:{account}:alarm:{}", self.name),
            "AlarmConfigurationUpdatedTimestamp": since,
            "ActionsEnabled": true,
            "OKActions": [],
            "AlarmActions": self.actions,
            "InsufficientDataActions": [],
            "StateValue": self.state(),
            "StateReason": "",
            "StateUpdatedTimestamp": since,
            "StateTransitionedTimestamp": since,
            "MetricName": self.metric,
            "Namespace": self.namespace,
            "Statistic": "Sum",
            "Dimensions": named(&self.dimensions),
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": self.threshold.unwrap_or(1.0),
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        })
    }
}

fn named(dimensions: &BTreeMap<String, String>) -> Value {
    dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

fn dimensions(members: &Map<String, Value>) -> BTreeMap<String, String> {
    let entry = |dimension: &Value| {
        let text = |name| dimension.get(name)?.as_str().map(str::to_owned);
        Some((text("Name")?, text("Value")?))
    };
    list(members, "Dimensions").into_iter().filter_map(entry).collect()
}

fn span(members: &Map<String, Value>) -> Result<(f64, f64), Refusal> {
    let (start, end) = (time(members, "StartTime")?, time(members, "EndTime")?);
    if start >= end {
        return Err(validation("The parameter StartTime must be less than the parameter EndTime."));
    }
    Ok((start, end))
}

/// 1, 5, 10, 20, 30 or a multiple of 60 seconds.
fn period(members: &Map<String, Value>) -> Result<f64, Refusal> {
    let period = number(members, "Period").ok_or_else(|| missing("Period"))?;
    let good =
        [1.0, 5.0, 10.0, 20.0, 30.0].contains(&period) || (period >= 60.0 && period % 60.0 == 0.0);
    good.then_some(period)
        .ok_or_else(|| invalid("Period must be 1, 5, 10, 20, 30 or a multiple of 60"))
}

fn validation(message: &str) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}

fn statistics(values: &[f64], statistic: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a count of values")]
    let count = values.len() as f64;
    let sum: f64 = values.iter().sum();
    match statistic {
        "SampleCount" => Some(count),
        "Sum" => Some(sum),
        "Average" => Some(sum / count),
        "Minimum" => Some(values.iter().copied().fold(f64::INFINITY, f64::min)),
        "Maximum" => Some(values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_what_it_spells() {
        let mut members = Map::new();
        for (name, value) in pairs(
            "MetricDataQueries.member.2.Id=b&MetricDataQueries.member.1.Id=a&\
             MetricDataQueries.member.1.MetricStat.Period=60&MaxRecords=10",
        ) {
            let path: Vec<&str> = name.split('.').collect();
            put(&mut members, &path, value);
        }
        let queries = list(&members, "MetricDataQueries");
        let ids: Vec<_> = queries.iter().map(|query| query["Id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["a", "b"]);
        let stat = object(queries[0].as_object().unwrap(), "MetricStat").unwrap();
        assert_eq!(
            (number(stat, "Period"), number(&members, "MaxRecords")),
            (Some(60.0), Some(10.0))
        );
    }

    #[test]
    fn values_are_gathered_by_period() {
        let mut region = Region::default();
        let metric =
            Metric { namespace: "N".to_owned(), name: "M".to_owned(), dimensions: BTreeMap::new() };
        region.metrics.insert(metric, vec![(60.0, 1.0), (119.9, 2.0), (120.0, 4.0), (180.0, 8.0)]);
        let members = json!({ "Namespace": "N", "MetricName": "M" });
        let periods = region.periods(members.as_object().unwrap(), 60.0, (70.0, 180.0)).unwrap();
        assert_eq!(periods, [(60.0, vec![1.0, 2.0]), (120.0, vec![4.0])]);
        for (statistic, expected) in [
            ("Sum", 3.0),
            ("Average", 1.5),
            ("Minimum", 1.0),
            ("Maximum", 2.0),
            ("SampleCount", 2.0),
        ] {
            assert_eq!(statistics(&periods[0].1, statistic), Some(expected), "{statistic}");
        }
        assert_eq!(statistics(&periods[0].1, "p99"), None);
    }
}
