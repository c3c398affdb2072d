//! `doctor` against an AWS in which one thing after another is wrong.

use std::collections::BTreeMap;

use chatwarden_emulator::control::{
    AlarmSeed, FaultKind, FunctionSeed, MetricSeed, Options, RoomSeed, When,
};

use crate::aws::{Aws, Run, WARDEN, fault, options};

/// A function that answers as it should, and a room that has it.
fn healthy() -> Options {
    let room = RoomSeed {
        name: Some("lobby".to_owned()),
        handler: Some(WARDEN.to_owned()),
        fallback: Some("DENY".to_owned()),
        ..RoomSeed::default()
    };
    let mut options = options(50.0, vec![room]);
    options.seed.functions[0].allow_rooms = true;
    options
}

fn doctor(aws: &Aws) -> Run {
    aws.run(&["doctor", "warden", "--output", "json", "--speed", "50"])
}

/// The kinds of what is found where something is changed.
#[track_caller]
fn found(change: impl FnOnce(&mut Options)) -> Vec<String> {
    let mut options = healthy();
    change(&mut options);
    let run = doctor(&Aws::start(options));
    assert!(!run.talk.contains("error:"), "{}", run.talk);
    run.lines().iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
}

fn counted(namespace: &str, name: &str, dimension: (&str, &str), value: f64) -> MetricSeed {
    MetricSeed {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: BTreeMap::from([(dimension.0.to_owned(), dimension.1.to_owned())]),
        values: vec![(600.0, value)],
    }
}

#[test]
fn a_healthy_function_has_no_findings() {
    let aws = Aws::start(healthy());
    let run = doctor(&aws);
    assert_eq!((run.code, run.out.as_str(), run.talk.as_str()), (Some(0), "", ""));
    // It looks, and changes nothing.
    let changing = ["UpdateRoom", "AddPermission", "RemovePermission", "CreateRoom"];
    assert!(aws.plane.calls().iter().all(|call| !changing.contains(&call.operation)));
}

#[test]
fn what_is_wrong_is_found() {
    let function = |change: fn(&mut FunctionSeed)| found(|o| change(&mut o.seed.functions[0]));
    assert_eq!(function(|f| f.allow_rooms = false), ["permission-missing"]);
    assert_eq!(function(|f| f.state = Some("Failed".to_owned())), ["function-state"]);
    assert_eq!(function(|f| f.runtime = Some("provided.al2".to_owned())), ["runtime"]);
    assert_eq!(function(|f| f.timeout_seconds = Some(60)), ["timeout"]);
    assert_eq!(function(|f| f.reserved_concurrency = Some(1)), ["concurrency"]);
    assert_eq!(function(|f| f.response = Some(serde_json::json!("ALLOW"))), ["sample-invalid"]);
    assert_eq!(found(|o| o.seed.rooms[0].fallback = None), ["fallback-allow"]);
    assert_eq!(found(|o| o.seed.rooms.clear()), ["no-rooms"]);
    let elsewhere = "arn:aws:lambda:eu-west-1:123456789012:function:warden";
    assert_eq!(found(|o| o.seed.rooms[0].handler = Some(elsewhere.to_owned())), ["elsewhere"]);
    let alias = format!("{WARDEN}:live");
    assert_eq!(found(|o| o.seed.rooms[0].handler = Some(alias)), ["qualifier-missing"]);
    let stack = ("aws:cloudformation:stack-name".to_owned(), "live".to_owned());
    assert_eq!(found(|o| o.seed.rooms[0].tags.extend([stack])), ["stack"]);
    assert_eq!(found(|o| o.seed.functions.clear()), ["function-missing"]);
}

#[test]
fn what_cloudwatch_counted_is_looked_up_by_the_names_that_there_are() {
    let uri = ("Uri", WARDEN);
    let errors = counted("AWS/IVSChat", "InvocationErrors", uri, 3.0);
    assert_eq!(found(|o| o.seed.metrics = vec![errors.clone()]), ["invocation-errors"]);
    let other = counted("AWS/IVSChat", "InvocationErrors", ("Uri", "arn:other"), 3.0);
    assert_eq!(found(|o| o.seed.metrics = vec![other]), [""; 0]);
    let lambda = ("FunctionName", "warden");
    let slow = counted("AWS/Lambda", "Duration", lambda, 250.0);
    assert_eq!(found(|o| o.seed.metrics = vec![slow]), ["slow"]);
    let alarm = |uri: &str| AlarmSeed {
        name: "reviews".to_owned(),
        namespace: "AWS/IVSChat".to_owned(),
        metric: "InvocationErrors".to_owned(),
        dimensions: BTreeMap::from([("Uri".to_owned(), uri.to_owned())]),
        ..AlarmSeed::default()
    };
    let quiet = counted("AWS/IVSChat", "InvocationErrors", uri, 0.0);
    let with_alarm = |uri: &str| {
        found(|o| {
            o.seed.metrics = vec![quiet.clone()];
            o.seed.alarms = vec![alarm(uri)];
        })
    };
    assert_eq!(with_alarm(WARDEN), [""; 0]);
    assert_eq!(with_alarm("warden"), ["alarm"]);
}

#[test]
fn what_may_not_be_looked_at_is_told_and_the_rest_is_looked_at() {
    let mut options = healthy();
    options.seed.rooms[0].fallback = None;
    options.seed.faults = vec![
        fault("ListMetrics", FaultKind::Deny, When::Always, false),
        fault("Invoke", FaultKind::Deny, When::Always, false),
    ];
    let run = doctor(&Aws::start(options));
    assert_eq!(run.code, Some(3), "{}", run.talk);
    assert_eq!(run.lines()[0]["kind"], "fallback-allow");
    for permission in ["cloudwatch:ListMetrics", "lambda:InvokeFunction"] {
        assert!(run.talk.contains(permission), "{}", run.talk);
    }
}
