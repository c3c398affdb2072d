//! What goes wrong: rates, faults on request, and what is remembered of calls.

use std::time::{Duration, Instant};

use aws_sdk_ivschat::config::{BehaviorVersion, Credentials, Region};
use chatwarden_emulator::control::{Fault, FaultKind, Options, When};

use super::*;

fn fault(kind: FaultKind, when: When) -> Fault {
    Fault { operation: "UpdateRoom".to_owned(), kind, when, after_applying: false }
}

/// One room, and a way to rename it.
async fn renames(options: Options) -> (ControlPlane, impl AsyncFn(&str) -> (u16, String)) {
    let plane = start(Options { seed: rooms(1), ..options }).await;
    let chat = chat(&plane);
    let arn = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let rename =
        async move |name: &str| match chat.update_room().identifier(&arn).name(name).send().await {
            Ok(_) => is(200, ""),
            error => code(error),
        };
    (plane, rename)
}

async fn name(plane: &ControlPlane) -> String {
    chat(plane).list_rooms().send().await.unwrap().rooms[0].name.clone().unwrap()
}

#[tokio::test]
async fn a_rate_is_a_burst_and_then_so_many_a_second() {
    let plane = ControlPlane::start(Options { seed: rooms(1), ..Options::default() });
    let plane = plane.await.unwrap();
    let chat = chat(&plane);
    let arn = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let rename = || chat.update_room().identifier(&arn).name("x").send();
    for _ in 0..5 {
        rename().await.unwrap();
    }
    let error = rename().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 429);
    assert_eq!(error.code(), Some("ThrottlingException"));
    // Other operations and accounts have their own.
    chat.get_room().identifier(&arn).send().await.unwrap();
    let other = client!(aws_sdk_ivschat, plane, "210987654321", "us-west-2");
    assert_eq!(code(other.update_room().identifier(&arn).send().await).0, 403);
    plane.clock().advance(Duration::from_secs(1));
    rename().await.unwrap();
}

#[tokio::test]
async fn a_fast_clock_makes_quotas_as_fast() {
    let options = Options { seed: rooms(1), speed: 1000.0, ..Options::default() };
    let plane = ControlPlane::start(options).await.unwrap();
    let chat = chat(&plane);
    let arn = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    for _ in 0..50 {
        chat.get_room().identifier(&arn).send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let calls = plane.calls();
    let span = calls.last().unwrap().at_ms - calls.first().unwrap().at_ms;
    assert!(span > 9_000, "fifty calls at 5 a second take ten seconds, not {span} ms");
}

#[tokio::test]
async fn faults_meet_the_calls_that_they_are_for() {
    let (plane, rename) = renames(Options::default()).await;
    plane.set_faults(vec![
        fault(FaultKind::Throttle, When::Nth(2)),
        fault(FaultKind::Error, When::Nth(3)),
        fault(FaultKind::Deny, When::Nth(4)),
    ]);
    let mut seen = Vec::new();
    for n in 1..=5 {
        seen.push((rename(&format!("n{n}")).await, name(&plane).await));
    }
    let expected = [
        (is(200, ""), "n1"),
        (is(429, "ThrottlingException"), "n1"),
        (is(500, "InternalServerException"), "n1"),
        (is(403, "AccessDeniedException"), "n1"),
        (is(200, ""), "n5"),
    ];
    assert_eq!(seen, expected.map(|(answer, name)| (answer, name.to_owned())));
}

#[tokio::test]
async fn a_call_may_take_effect_and_fail() {
    let (plane, rename) = renames(Options::default()).await;
    let after = |kind| Fault { after_applying: true, ..fault(kind, When::First(1)) };
    plane.set_faults(vec![after(FaultKind::Error)]);
    assert_eq!(rename("applied").await, is(500, "InternalServerException"));
    assert_eq!(name(&plane).await, "applied");
}

#[tokio::test]
async fn a_call_may_never_be_answered() {
    for after_applying in [false, true] {
        let (plane, _) = renames(Options::default()).await;
        let hang = fault(FaultKind::Hang, When::First(1));
        plane.set_faults(vec![Fault { after_applying, ..hang }]);
        let chat = chat(&plane);
        let arn = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
        let rename = chat.update_room().identifier(&arn).name("late").send();
        let answer = tokio::time::timeout(Duration::from_millis(300), rename).await;
        assert!(answer.is_err(), "it was answered");
        assert_eq!(name(&plane).await == "late", after_applying);
        let last = plane.calls().into_iter().find(|call| call.operation == "UpdateRoom").unwrap();
        assert_eq!(last.status, 0);
    }
}

#[tokio::test]
async fn a_call_may_be_slow() {
    let (plane, rename) = renames(Options { speed: 1e6, ..Options::default() }).await;
    plane.set_faults(vec![fault(FaultKind::Slow(150), When::Always)]);
    let started = Instant::now();
    assert_eq!(rename("slow").await, is(200, ""));
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn chance_is_the_same_for_the_same_seed() {
    let met = async |random_seed| {
        let (plane, rename) = renames(Options { random_seed, ..Options::default() }).await;
        plane.set_faults(vec![fault(FaultKind::Throttle, When::Rate(0.5))]);
        let mut met = Vec::new();
        for _ in 0..40 {
            met.push(rename("x").await.0);
        }
        met
    };
    let (first, second, other) = (met(1).await, met(1).await, met(2).await);
    assert_eq!(first, second);
    assert_ne!(first, other);
    let throttled = first.iter().filter(|status| **status == 429).count();
    assert!((10..=30).contains(&throttled), "{throttled} of 40");
}

#[tokio::test]
async fn calls_are_remembered_with_what_they_were_about() {
    let (plane, rename) = renames(Options::default()).await;
    plane.forget_calls();
    rename("x").await;
    drop(lambda(&plane).get_policy().function_name("hook").send().await);
    drop(lambda(&plane).get_policy().function_name("none").send().await);
    let room = chat(&plane).list_rooms().send().await.unwrap().rooms[0].id.clone().unwrap();
    let calls: Vec<_> = plane
        .calls()
        .into_iter()
        .map(|call| (call.service, call.operation, call.resource, call.status))
        .collect();
    assert_eq!(
        calls,
        [
            ("ivschat", "UpdateRoom", room, 200),
            ("lambda", "GetPolicy", "hook".to_owned(), 200),
            ("lambda", "GetPolicy", "none".to_owned(), 404),
            ("ivschat", "ListRooms", "123456789012".to_owned(), 200),
        ]
    );
}
