//! `attach`, `detach` and `create` against an AWS that throttles, fails and forgets to
//! answer, in hundreds of rooms, cut short at any moment.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chatwarden_emulator::control::{FaultKind, Options, When};
use proptest::prelude::*;
use serde_json::Value;

use crate::aws::{Aws, Handler, OTHER, WARDEN, fault, function, options, rooms};

/// The options of a run that is in no hurry to spare the service: clock and quota are as
/// fast as each other.
fn attach<'a>(speed: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["attach", "--all", "--handler", "warden", "--fallback", "deny", "--yes"];
    args.extend(["--output", "json", "--speed", speed]);
    args.extend(more);
    args
}

fn count(lines: &[Value], outcome: &str) -> usize {
    lines.iter().filter(|line| line["outcome"] == outcome).count()
}

fn warden() -> Handler {
    Some((WARDEN.to_owned(), "DENY".to_owned()))
}

/// Waits until `is`, for at most a minute.
#[track_caller]
fn wait_until(mut is: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_thousand_rooms_are_attached_through_throttling_faults_and_a_kill() {
    let read_delay = Duration::from_secs(2);
    let aws = Aws::start(Options { read_delay, ..options(50.0, rooms(600, 400)) });
    let before = aws.handlers();
    assert_eq!(before.len(), 1000);
    aws.plane.set_faults(vec![
        fault("UpdateRoom", FaultKind::Throttle, When::Every(40), false),
        fault("UpdateRoom", FaultKind::Error, When::Every(37), true),
        fault("UpdateRoom", FaultKind::Error, When::Every(31), false),
        fault("UpdateRoom", FaultKind::Hang, When::Nth(123), true),
        fault("ListRooms", FaultKind::Throttle, When::Every(5), false),
        fault("ListRooms", FaultKind::Error, When::Every(7), false),
    ]);
    let args = attach("50", &["--replace"]);
    let mut child = aws.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| aws.calls_of("UpdateRoom").len() >= 500);
    // SIGKILL: nothing is tidied up.
    child.kill().unwrap();
    child.wait().unwrap();
    let at_the_kill = aws.handlers().values().filter(|has| **has == warden()).count();
    assert!((300..900).contains(&at_the_kill), "{at_the_kill}");

    let lines = aws.run(&args).well().lines();
    assert_eq!(lines.len(), 1000);
    assert_eq!(count(&lines, "attached") + count(&lines, "unchanged"), 1000);
    assert!(aws.handlers().values().all(|has| *has == warden()));
    // Each room was changed once, but for those under way at the kill.
    let mut changed: BTreeMap<String, u32> = BTreeMap::new();
    for call in aws.calls_of("UpdateRoom") {
        *changed.entry(call.resource).or_default() += u32::from(call.status == 200);
    }
    let again = changed.values().filter(|times| **times > 1).count();
    assert!(again <= 8, "{again} rooms were changed twice");
    assert!(changed.values().all(|times| *times <= 2));

    // Nothing is left to do.
    let mut dry = attach("50", &["--replace", "--dry-run"]);
    dry.retain(|arg| *arg != "--yes");
    let plan = aws.run(&dry).well().lines();
    assert!(plan.iter().all(|line| line["step"] == "keep"), "{plan:?}");
    // What each room had survived the kill.
    aws.plane.set_faults(Vec::new());
    let restore = ["detach", "--all", "--restore", "--yes", "--speed", "50"];
    aws.run(&restore).well();
    assert_eq!(aws.handlers(), before);
}

#[test]
fn the_rate_is_never_exceeded_and_hardly_missed() {
    let aws = Aws::start(options(5.0, rooms(200, 0)));
    aws.run(&attach("5", &[])).well();
    let calls = aws.calls_of("UpdateRoom");
    let odd: Vec<_> = calls.iter().filter(|call| call.status != 200).collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert_eq!(calls.len(), 200, "a call for each room");
    // The first one is alone, to see whether any will do.
    let times: Vec<u64> = calls.iter().skip(1).map(|call| call.at_ms).collect();
    let seconds = (times[198] - times[0]) as f64 / 1000.0;
    let rate = 198.0 / seconds;
    assert!(rate <= 4.0, "{rate} a second");
    // How near it comes depends on what else the machine does; 3.92 where it can keep up.
    assert!(rate >= 3.2, "{rate} a second");
    // Four pages before, and four after.
    assert_eq!(aws.calls_of("ListRooms").len(), 8);
    assert_eq!(aws.calls_of("GetRoom").len(), 0);
}

#[test]
fn ctrl_c_ends_after_the_calls_under_way_and_says_what_is_left() {
    let aws = Aws::start(options(20.0, rooms(300, 0)));
    let child = aws
        .command(&attach("20", &[]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| aws.calls_of("UpdateRoom").len() >= 50);
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let run = crate::aws::Run::new(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(3), "{}", run.talk);
    assert!(run.talk.contains("the same command goes on from there"), "{}", run.talk);
    let lines = run.lines();
    let attached = aws.handlers().values().filter(|has| **has == warden()).count();
    assert_eq!(count(&lines, "attached"), attached);
    assert_eq!(count(&lines, "attached") + count(&lines, "not-tried"), 300);
    let rest = aws.run(&attach("20", &[])).well().lines();
    assert_eq!(count(&rest, "unchanged"), attached);
}

#[test]
fn the_permission_comes_first_and_is_waited_for() {
    let permission_delay = Duration::from_secs(10);
    let aws = Aws::start(Options { permission_delay, ..options(20.0, rooms(8, 0)) });
    aws.run(&attach("20", &[])).well();
    let order: Vec<&str> = aws
        .plane
        .calls()
        .iter()
        .map(|call| call.operation)
        .filter(|name| matches!(*name, "GetPolicy" | "AddPermission" | "UpdateRoom"))
        .collect();
    assert_eq!(order[..3], ["GetPolicy", "AddPermission", "UpdateRoom"]);
    // One room asks until the permission is seen; then it is seen for all.
    let refused = aws.calls_of("UpdateRoom").iter().filter(|call| call.status == 400).count();
    assert!((2..=5).contains(&refused), "{refused}");
    // It is there: nothing is added again.
    aws.plane.forget_calls();
    aws.run(&attach("20", &[])).well();
    assert_eq!(aws.calls_of("AddPermission").len(), 0);
}

#[test]
fn a_permission_that_is_never_seen_stops_at_the_first_room() {
    let permission_delay = Duration::from_secs(100_000);
    let aws = Aws::start(Options { permission_delay, ..options(50.0, rooms(8, 0)) });
    let run = aws.run(&attach("50", &[]));
    assert_eq!(run.code, Some(2), "{}", run.talk);
    assert!(run.talk.contains("IVS Chat may not invoke the function"), "{}", run.talk);
    let lines = run.lines();
    assert_eq!((count(&lines, "failed"), count(&lines, "not-tried")), (1, 7));
    assert!(aws.handlers().values().all(Option::is_none));
}

#[test]
fn a_version_or_alias_gets_the_permission_on_itself() {
    let mut start = options(50.0, rooms(2, 0));
    start.seed.functions[0].versions = 1;
    start.seed.functions[0].aliases.insert("live".to_owned(), "1".to_owned());
    let aws = Aws::start(start);
    let args = ["attach", "new-*", "--handler", "warden:live", "--fallback", "allow", "--yes"];
    aws.run(&args).well();
    let live = Some((format!("{WARDEN}:live"), "ALLOW".to_owned()));
    assert!(aws.handlers().values().all(|has| *has == live));
    // The unqualified function has none, and so cannot be attached without one.
    aws.plane.forget_calls();
    aws.run(&attach("50", &[])).well();
    assert_eq!(aws.calls_of("AddPermission").len(), 1);
}

#[test]
fn refusals_say_which_room_and_which_permission() {
    let aws = Aws::start(options(50.0, rooms(3, 1)));
    let run = aws.run(&attach("50", &[]));
    assert_eq!(run.code, Some(3));
    assert!(run.talk.contains("to replace it, add `--replace`"), "{}", run.talk);
    assert_eq!(count(&run.lines(), "refused"), 1);

    let deny = |operation: &str| vec![fault(operation, FaultKind::Deny, When::Always, false)];
    for (operation, permission) in [
        ("UpdateRoom", "ivschat:UpdateRoom"),
        ("ListRooms", "ivschat:ListRooms"),
        ("GetPolicy", "lambda:GetPolicy"),
        ("GetFunctionConfiguration", "lambda:GetFunctionConfiguration"),
    ] {
        aws.plane.set_faults(deny(operation));
        let run = aws.run(&attach("50", &["--replace"]));
        assert_eq!(run.code, Some(if operation == "UpdateRoom" { 3 } else { 2 }), "{operation}");
        let told = format!("the permission `{permission}` is missing");
        assert!(run.talk.contains(&told), "{operation}: {}", run.talk);
    }
    assert!(
        aws.handlers().values().any(|has| *has == Some((OTHER.to_owned(), "ALLOW".to_owned())))
    );
}

#[test]
fn nothing_changes_without_a_yes() {
    let aws = Aws::start(options(50.0, rooms(3, 0)));
    let args: Vec<&str> = attach("50", &[]).into_iter().filter(|arg| *arg != "--yes").collect();
    let run = aws.run(&args);
    assert_eq!(run.code, Some(2));
    assert!(run.talk.contains("this would change 3 rooms"), "{}", run.talk);
    assert_eq!(aws.calls_of("UpdateRoom").len() + aws.calls_of("AddPermission").len(), 0);
}

#[test]
fn the_permission_goes_when_no_room_needs_it() {
    let aws = Aws::start(options(50.0, rooms(3, 0)));
    aws.run(&attach("50", &[])).well();
    let detach = |rooms: &str| {
        let args = ["detach", rooms, "--handler", "warden", "--remove-permission", "--yes"];
        aws.run(&args).well()
    };
    let some = detach("new-1");
    assert!(some.talk.contains("its permission stays"), "{}", some.talk);
    assert_eq!(aws.calls_of("RemovePermission").len(), 0);
    detach("*");
    assert_eq!(aws.calls_of("RemovePermission").len(), 1);
    assert!(aws.handlers().values().all(Option::is_none));
}

#[test]
fn a_room_is_made_with_its_handler_and_never_twice() {
    let aws = Aws::start(options(50.0, Vec::new()));
    let create = |name| {
        let args = ["create", name, "--handler", "warden", "--fallback", "deny"];
        let more = ["--max-length", "200", "--tag", "env=prod", "--output", "json"];
        aws.run(&[args.as_slice(), more.as_slice()].concat())
    };
    let made = &create("lobby").well().lines()[0];
    assert_eq!(made["handler"]["uri"], WARDEN);
    assert_eq!(
        (&made["max_length"], &made["tags"]["env"]),
        (&Value::from(200), &Value::from("prod"))
    );
    aws.plane.set_faults(vec![fault("CreateRoom", FaultKind::Throttle, When::Nth(1), false)]);
    create("second").well();
    aws.plane.set_faults(vec![fault("CreateRoom", FaultKind::Error, When::Nth(1), true)]);
    let unknown = create("third");
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.talk.contains("nobody knows whether the room was made"), "{}", unknown.talk);
    assert_eq!(aws.handlers().len(), 3);
}

/// One command, and what goes wrong meanwhile.
#[derive(Debug, Clone)]
struct Turn {
    args: Vec<&'static str>,
    operation: &'static str,
    kind: FaultKind,
    when: When,
    after_applying: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let args = prop_oneof![
        Just(vec!["attach", "--handler", "warden", "--fallback", "deny", "--replace"]),
        Just(vec!["attach", "--handler", "warden", "--fallback", "allow"]),
        Just(vec!["attach", "--handler", "second", "--fallback", "deny", "--replace"]),
        Just(vec!["detach", "--handler", "warden"]),
        Just(vec!["detach", "--any-handler"]),
        Just(vec!["detach", "--restore"]),
    ];
    let rooms = prop_oneof![Just("*"), Just("new-*"), Just("old-*"), Just("new-1")];
    let operation = prop_oneof![Just("UpdateRoom"), Just("ListRooms"), Just("AddPermission")];
    let kind =
        prop_oneof![Just(FaultKind::Error), Just(FaultKind::Throttle), Just(FaultKind::Deny)];
    let when = prop_oneof![
        Just(When::Nth(1_000_000)),
        (1..6_u64).prop_map(When::Nth),
        (1..8_u64).prop_map(When::First),
        Just(When::Every(2)),
        Just(When::Always),
    ];
    (args, rooms, operation, kind, when, any::<bool>()).prop_map(
        |(mut args, rooms, operation, kind, when, after_applying)| {
            args.push(rooms);
            Turn { args, operation, kind, when, after_applying }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_room_has_what_it_is_told_to_have_and_gets_back_what_it_had(
        turns in prop::collection::vec(turn(), 1..6)
    ) {
        let mut start = options(100.0, rooms(3, 3));
        start.seed.functions.push(function("second"));
        let aws = Aws::start(start);
        let before = aws.handlers();
        for Turn { args, operation, kind, when, after_applying } in &turns {
            aws.plane.set_faults(vec![fault(operation, *kind, *when, *after_applying)]);
            let more = ["--yes", "--output", "json", "--speed", "100"];
            let run = aws.run(&[args.as_slice(), more.as_slice()].concat());
            aws.plane.set_faults(Vec::new());
            let has = aws.handlers();
            for line in run.lines() {
                let Some(told) = line.get("handler") else { continue };
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let told = (!told.is_null())
                    .then(|| (text(&told["uri"]), text(&told["fallback"])));
                prop_assert_eq!(&has[line["room"].as_str().unwrap()], &told, "{:?}", args);
            }
        }
        let restore = ["detach", "--all", "--restore", "--yes", "--speed", "100"];
        let run = aws.run(&restore);
        prop_assert_eq!(run.code, Some(0), "{}", run.talk);
        prop_assert_eq!(aws.handlers(), before);
    }
}
