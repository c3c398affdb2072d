//! Metrics and alarms, by the SDK that speaks CBOR.

use aws_sdk_cloudwatch::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, DimensionFilter, Metric, MetricDataQuery, MetricStat, StandardUnit, StateValue,
    Statistic,
};
use chatwarden_emulator::control::{AlarmSeed, MetricSeed, Options};

use super::*;

/// Three errors of the function within two minutes, two minutes before the start.
async fn with_metrics() -> (ControlPlane, aws_sdk_cloudwatch::Client) {
    let metric = |uri: &str, values: &[(f64, f64)]| MetricSeed {
        namespace: "AWS/IVSChat".to_owned(),
        name: "InvocationErrors".to_owned(),
        dimensions: [("Uri".to_owned(), uri.to_owned())].into(),
        values: values.to_vec(),
    };
    let alarm = AlarmSeed {
        name: "handler".to_owned(),
        namespace: "AWS/IVSChat".to_owned(),
        metric: "InvocationErrors".to_owned(),
        state: Some("ALARM".to_owned()),
        threshold: Some(2.5),
        ..AlarmSeed::default()
    };
    let seed = Seed {
        metrics: vec![
            metric(FUNCTION, &[(1200.0, 1.0), (1201.0, 1.0), (600.0, 1.5)]),
            metric("other", &[]),
        ],
        alarms: vec![alarm.clone(), AlarmSeed { name: "x".to_owned(), state: None, ..alarm }],
        ..Seed::default()
    };
    let plane = start(Options { seed, ..Options::default() }).await;
    let client = client!(aws_sdk_cloudwatch, plane, "local", "us-west-2");
    (plane, client)
}

fn uri() -> Dimension {
    Dimension::builder().name("Uri").value(FUNCTION).build()
}

/// From so many seconds ago until now.
fn since(seconds: i64) -> (DateTime, DateTime) {
    let now = DateTime::from(std::time::SystemTime::now());
    (DateTime::from_secs(now.secs() - seconds), now)
}

#[tokio::test]
async fn metrics_are_found_by_their_dimensions() {
    let (_plane, client) = with_metrics().await;
    let list = || client.list_metrics().namespace("AWS/IVSChat");
    let filter = |value: Option<&str>| {
        DimensionFilter::builder().name("Uri").set_value(value.map(str::to_owned)).build()
    };
    for (request, found) in [
        (list(), 2),
        (list().metric_name("InvocationErrors"), 2),
        (list().metric_name("Requests"), 0),
        (list().dimensions(filter(None)), 2),
        (list().dimensions(filter(Some("other"))), 1),
        (list().namespace("AWS/Lambda"), 0),
    ] {
        assert_eq!(request.send().await.unwrap().metrics().len(), found);
    }
}

#[tokio::test]
async fn values_are_summed_by_period_newest_first() {
    let (_plane, client) = with_metrics().await;
    let (start, end) = since(3600);
    let metric = Metric::builder().namespace("AWS/IVSChat").metric_name("InvocationErrors");
    let stat = |stat: &str, period| {
        MetricStat::builder()
            .metric(metric.clone().dimensions(uri()).build())
            .period(period)
            .stat(stat)
    };
    let query = |stat: aws_sdk_cloudwatch::types::builders::MetricStatBuilder| {
        let query = MetricDataQuery::builder().id("errors").metric_stat(stat.build()).build();
        client.get_metric_data().start_time(start).end_time(end).metric_data_queries(query)
    };
    let answer = query(stat("Sum", 60)).send().await.unwrap();
    let result = &answer.metric_data_results()[0];
    assert_eq!((result.id(), result.label()), (Some("errors"), Some("InvocationErrors")));
    let sum: f64 = result.values().iter().sum();
    assert!((sum - 3.5).abs() < 1e-9, "{:?}", result.values());
    assert_eq!(result.timestamps().len(), result.values().len());
    assert!(result.timestamps().is_sorted_by(|a, b| a > b));
    assert!(result.timestamps().iter().all(|at| at.secs() % 60 == 0));
    assert_eq!(code(query(stat("p99", 60)).send().await), is(400, "ValidationError"));
    assert_eq!(code(query(stat("Sum", 7)).send().await).0, 400);
    let none = query(stat("Sum", 60)).start_time(end).send().await;
    assert_eq!(code(none), is(400, "ValidationError"));
}

#[tokio::test]
async fn statistics_are_those_that_were_asked_for() {
    let (_plane, client) = with_metrics().await;
    let (start, end) = since(3600);
    let request = || {
        client
            .get_metric_statistics()
            .namespace("AWS/IVSChat")
            .metric_name("InvocationErrors")
            .dimensions(uri())
            .start_time(start)
            .end_time(end)
    };
    let answer = request().period(86_400).statistics(Statistic::Maximum).send().await.unwrap();
    let maximum =
        answer.datapoints().iter().filter_map(|point| point.maximum()).fold(0.0, f64::max);
    assert!((maximum - 1.5).abs() < 1e-9);
    assert!(answer.datapoints().iter().all(|point| point.sum().is_none()));
    assert_eq!(answer.datapoints()[0].unit(), Some(&StandardUnit::Count));
    let none = request().period(60).send().await.unwrap_err().into_service_error();
    assert!(none.is_invalid_parameter_combination_exception(), "{none:?}");
    let fine = request().period(1).statistics(Statistic::Sum).send().await.unwrap_err();
    assert!(fine.into_service_error().is_invalid_parameter_combination_exception());
}

#[tokio::test]
async fn alarms_are_found_by_name_and_state() {
    let (_plane, client) = with_metrics().await;
    let list = || client.describe_alarms();
    for (request, found) in [
        (list(), vec!["handler", "x"]),
        (list().alarm_names("handler").alarm_names("none"), vec!["handler"]),
        (list().alarm_name_prefix("han"), vec!["handler"]),
        (list().state_value(StateValue::Ok), vec!["x"]),
        (list().alarm_types("CompositeAlarm".into()), vec![]),
    ] {
        let alarms = request.send().await.unwrap().metric_alarms.unwrap_or_default();
        let names: Vec<_> = alarms.iter().map(|alarm| alarm.alarm_name().unwrap()).collect();
        assert_eq!(names, found);
    }
    let alarm = list().alarm_names("handler").send().await.unwrap().metric_alarms.unwrap();
    assert_eq!((alarm[0].threshold(), alarm[0].period()), (Some(2.5), Some(60)));
    assert_eq!(alarm[0].state_value(), Some(&StateValue::Alarm));
    let mut pages = list().max_records(1).into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().metric_alarms().len());
    }
    assert_eq!(sizes, [1, 1]);
    let bad = list().next_token("x").send().await.unwrap_err().into_service_error();
    assert!(bad.is_invalid_next_token(), "{bad:?}");
}
