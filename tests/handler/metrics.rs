//! The metrics in the handler's log: ten thousand messages added up, and every line held
//! to the embedded metric format.

use std::collections::BTreeMap;

use chatwarden_emulator::{Function, Outcome, OutputLine};
use regex::Regex;
use serde_json::{Value, json};

use crate::{LIMIT, config, folder};

const MESSAGES: usize = 10_000;

/// What stands in every content, attribute and user id, and nowhere in the log.
const PRIVATE: &str = "zwiebelkuchen";

/// A message that comes again and again, and what it adds to which metrics.
struct Sample {
    content: &'static str,
    /// Length of the message's own attribute.
    attribute: usize,
    adds: &'static [(&'static str, u64)],
}

/// By `policy.toml`.
const SAMPLES: [Sample; 8] = [
    Sample { content: "good evening, zwiebelkuchen", attribute: 0, adds: &[("Allowed", 1)] },
    Sample { content: "what a goal by zwiebelkuchen", attribute: 200, adds: &[("Allowed", 1)] },
    Sample {
        content: "zwiebelkuchen is a chatwardenmask, a ch4twardenmask I say",
        attribute: 0,
        adds: &[("Rewritten", 1), ("RuleHits test-masked", 1)],
    },
    Sample {
        content: "zwiebelkuchen, you chatwardendeny, you chatwardenmask",
        attribute: 0,
        adds: &[("Denied", 1), ("RuleHits test-denied", 1), ("RuleHits test-masked", 1)],
    },
    Sample {
        content: "see zwiebelkuchen.example.com/live",
        attribute: 0,
        adds: &[("Allowed", 1), ("RuleHits links", 1)],
    },
    Sample {
        content: "see zwiebelkuchen.example.com/live",
        attribute: 980,
        adds: &[("Allowed", 1), ("RuleHits links", 1), ("TagsLeftOut", 1)],
    },
    Sample {
        content: "write to zwiebelkuchen@twitch.tv or zwiebelkuchen@youtube.com",
        attribute: 0,
        adds: &[("Allowed", 1), ("ShadowHits", 1), ("RuleShadowHits personal-details", 1)],
    },
    Sample { content: "zwiebelkuchen?!", attribute: 0, adds: &[("Allowed", 1)] },
];

impl Sample {
    fn event(&self) -> Vec<u8> {
        let attribute = PRIVATE.chars().cycle().take(self.attribute).collect::<String>();
        let event = json!({
            "Content": self.content,
            "MessageId": "AYk6xKitV4On",
            "RoomArn": "arn:aws:ivschat:us-west-2:123456789012:room/BLDLEkYuk31m",
            "Attributes": {"a": attribute},
            "Sender": {"Attributes": {"displayName": PRIVATE}, "UserId": PRIVATE},
        });
        event.to_string().into_bytes()
    }
}

#[tokio::test]
async fn ten_thousand_messages_add_up() {
    let mut function = Function::start(&config(&folder("metrics"))).await.unwrap();
    let mut expected = BTreeMap::from([("ColdStarts".to_owned(), 1)]);
    let mut add = |metric: &str, n| *expected.entry(metric.to_owned()).or_insert(0) += n;
    let events = SAMPLES.each_ref().map(Sample::event);
    for i in 0..MESSAGES {
        // So that no two metrics come to the same number.
        let at = [0, 1, 2, 2, 2, 3, 3, 4, 5, 6, 6, 6, 6, 7][i % 14];
        let outcome = function.invoke(events[at].as_slice(), LIMIT).await.outcome;
        assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?}");
        add("Reviews", 1);
        SAMPLES[at].adds.iter().for_each(|(metric, n)| add(metric, *n));
        // A fault has all counts written at once; the last one, those of the last messages.
        if (i + 1) % 2_500 == 0 {
            let outcome = function.invoke(&b"zwiebelkuchen"[..], LIMIT).await.outcome;
            assert!(matches!(outcome, Outcome::FunctionError(_)), "{outcome:?}");
            add("Faults", 1);
        }
    }
    let log = function.stop().await;
    for OutputLine { text, .. } in &log {
        assert!(!text.contains(PRIVATE), "{text}");
    }
    let lines = metric_lines(&log);
    let mut sums = BTreeMap::new();
    let (mut reviews, mut microseconds) = (0, 0);
    for line in &lines {
        assert_embedded_metric_format(line);
        assert_eq!(line["FunctionName"], "chatwarden-handler");
        assert_eq!(line["PolicyHash"], start(&log)["policy"]);
        let rule = line.get("Rule").map(|rule| format!(" {}", rule.as_str().unwrap()));
        for (name, _) in definitions(line) {
            if let Some(count) = line[name].as_u64() {
                *sums.entry(format!("{name}{}", rule.as_deref().unwrap_or(""))).or_insert(0) +=
                    count;
            }
        }
        if let Some(histogram) = line.get("ReviewMicroseconds") {
            reviews += histogram["Count"].as_u64().unwrap();
            microseconds += histogram["Sum"].as_u64().unwrap();
        }
    }
    assert_eq!(sums, expected);
    assert_eq!(reviews, MESSAGES as u64, "a duration for each");
    assert!(microseconds > 0);
    // Counts are for ten seconds: far fewer lines than messages.
    assert!(lines.len() < 200, "{} lines", lines.len());
}

#[tokio::test]
async fn the_start_is_told_before_the_first_message() {
    let log = Function::start(&config(&folder("start"))).await.unwrap().stop().await;
    let lines = metric_lines(&log);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_embedded_metric_format(line);
    assert_eq!(line["ColdStarts"], 1);
    let told = start(&log)["init_us"].as_f64().unwrap() / 1000.0;
    assert_eq!(line["InitMilliseconds"].as_f64().unwrap(), told);
}

/// The line in which the handler says that it started.
fn start(log: &[OutputLine]) -> Value {
    serde_json::from_str(&log[0].text).unwrap()
}

/// The lines of a log that CloudWatch would make metrics from.
fn metric_lines(log: &[OutputLine]) -> Vec<Value> {
    assert!(log.iter().all(|line| !line.is_stderr), "{log:?}");
    let lines = log.iter().map(|line| serde_json::from_str::<Value>(&line.text).unwrap());
    lines.filter(|line| line.get("_aws").is_some()).collect()
}

/// Names and units of a line's metrics.
fn definitions(line: &Value) -> Vec<(&str, &str)> {
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    let metrics = directives.iter().flat_map(|d| d["Metrics"].as_array().unwrap());
    metrics.map(|m| (m["Name"].as_str().unwrap(), m["Unit"].as_str().unwrap())).collect()
}

/// Holds a line to the format: to its schema, and to what the specification says beside.
fn assert_embedded_metric_format(line: &Value) {
    let schema: Value = serde_json::from_str(include_str!("emf.schema.json")).unwrap();
    let mut faults = Vec::new();
    validate(line, &schema, "", &mut faults);
    assert!(faults.is_empty(), "{}\n{line}", faults.join("\n"));

    assert!(line.to_string().len() <= 1_000_000);
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        assert!(directive["Metrics"].as_array().unwrap().len() <= 100);
        for dimension in directive["Dimensions"].as_array().unwrap().iter().flat_map(strings) {
            let value = line[dimension].as_str().unwrap();
            assert!((1..=1024).contains(&value.len()) && value.is_ascii(), "{value}");
        }
    }
    for (name, _) in definitions(line) {
        match &line[name] {
            Value::Number(number) => assert!(number.as_f64().unwrap() > 0.0 || counts_zero(name)),
            Value::Object(histogram) => assert_histogram(&Value::Object(histogram.clone())),
            other => panic!("{name}: {other}"),
        }
    }
}

/// Is it one of those that are written where they are 0, too?
fn counts_zero(name: &str) -> bool {
    ["Allowed", "Rewritten", "Denied"].contains(&name)
}

fn strings(array: &Value) -> Vec<&str> {
    array.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// As many values as counts, at most 100, within what is said of all of them.
fn assert_histogram(histogram: &Value) {
    let number = |value: &Value| value.as_f64().unwrap();
    let numbers =
        |key: &str| -> Vec<f64> { histogram[key].as_array().unwrap().iter().map(number).collect() };
    let (values, counts) = (numbers("Values"), numbers("Counts"));
    let [min, max, sum, count] = ["Min", "Max", "Sum", "Count"].map(|key| number(&histogram[key]));
    assert!((1..=100).contains(&values.len()) && values.len() == counts.len(), "{histogram}");
    assert!(values.is_sorted() && values.iter().all(|v| (min..=max).contains(v)), "{histogram}");
    assert!(counts.iter().all(|n| *n >= 1.0) && counts.iter().sum::<f64>() == count, "{histogram}");
    assert!((min * count..=max * count).contains(&sum), "{histogram}");
}

/// A validator for as much of JSON Schema as the schema uses; what it does not know is a
/// fault too, so that nothing is passed over.
fn validate(value: &Value, schema: &Value, at: &str, faults: &mut Vec<String>) {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    for (keyword, wanted) in schema.as_object().unwrap() {
        let limit = wanted.as_u64().unwrap_or_default() as usize;
        let good = match keyword.as_str() {
            "$comment" => true,
            "type" => match wanted.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                other => panic!("type {other}"),
            },
            "required" => strings(wanted).iter().all(|name| value.get(name).is_some()),
            "pattern" => {
                let pattern = Regex::new(wanted.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "minLength" | "minItems" => length >= limit,
            "maxLength" | "maxItems" => length <= limit,
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        validate(value, schema, &format!("{at}/{name}"), faults);
                    }
                }
                true
            }
            "items" => {
                for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                    validate(value, wanted, &format!("{at}/{i}"), faults);
                }
                true
            }
            other => panic!("the schema has `{other}`, which is not checked here"),
        };
        if !good {
            faults.push(format!("{at}: not {keyword} {wanted}"));
        }
    }
}

#[test]
fn the_schema_finds_what_is_wrong() {
    let good = json!({
        "_aws": {
            "Timestamp": 1_574_109_732_004u64,
            "CloudWatchMetrics": [{
                "Namespace": "lambda-function-metrics",
                "Dimensions": [["functionVersion"]],
                "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}],
            }],
        },
        "functionVersion": "$LATEST",
        "time": 100,
    });
    let schema: Value = serde_json::from_str(include_str!("emf.schema.json")).unwrap();
    let faults = |line: &Value| {
        let mut faults = Vec::new();
        validate(line, &schema, "", &mut faults);
        faults
    };
    assert_eq!(faults(&good), [] as [String; 0]);
    for (path, wrong) in [
        ("/_aws", json!({})),
        ("/_aws/Timestamp", json!("now")),
        ("/_aws/CloudWatchMetrics", json!({})),
        ("/_aws/CloudWatchMetrics/0/Namespace", json!("")),
        ("/_aws/CloudWatchMetrics/0/Dimensions", json!([])),
        ("/_aws/CloudWatchMetrics/0/Dimensions/0", json!(vec!["d"; 31])),
        ("/_aws/CloudWatchMetrics/0/Dimensions/0/0", json!(1)),
        ("/_aws/CloudWatchMetrics/0/Metrics/0", json!({"Unit": "Count"})),
        ("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", json!("Fortnights")),
    ] {
        let mut line = good.clone();
        *line.pointer_mut(path).unwrap() = wrong;
        assert!(!faults(&line).is_empty(), "{path}");
    }
}
