//! `deploy/iam/operator.json` allows what the verbs call, all of it and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use chatwarden_emulator::control::{CallRecord, Options};
use serde_json::Value;

use crate::aws::{Aws, options, rooms};

/// What IAM asks for where nothing is called: CreateRoom with tags.
const NEVER_CALLED: [&str; 1] = ["ivschat:TagResource"];

/// The actions that the policy allows, each once.
fn allowed() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/iam/operator.json");
    let policy: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut actions = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        for action in statement["Action"].as_array().unwrap() {
            let action = action.as_str().unwrap();
            assert!(actions.insert(action.to_owned()), "{action} is allowed twice");
        }
    }
    actions
}

/// The action that IAM asks for a call.
fn action(call: &CallRecord) -> String {
    let service = match call.service {
        "monitoring" => "cloudwatch",
        service => service,
    };
    let operation = match call.operation {
        "Invoke" => "InvokeFunction",
        operation => operation,
    };
    format!("{service}:{operation}")
}

/// An account in which every verb finds something to do.
fn account() -> Options {
    let mut options = options(50.0, rooms(3, 1));
    options.seed.functions[0].reserved_concurrency = Some(100);
    options
}

#[test]
fn the_operators_policy_is_what_the_verbs_call() {
    let aws = Aws::start(account());
    let run = |args: &str| {
        let args: Vec<&str> = args.split(' ').chain(["--speed", "50"]).collect();
        aws.run(&args).well();
    };
    run("rooms --details");
    run("attach --all --handler warden --fallback deny --dry-run");
    run("attach --all --handler warden --fallback deny --replace --yes");
    run("create lobby --handler warden --fallback deny --tag env=prod");
    run("doctor warden");
    run("detach --all --handler warden --remove-permission --yes");

    let called: BTreeSet<String> = aws.plane.calls().iter().map(action).collect();
    let never_called: BTreeSet<String> = NEVER_CALLED.map(str::to_owned).into();
    assert_eq!(called.intersection(&never_called).next(), None, "no exception any more");
    let expected: BTreeSet<String> = called.union(&never_called).cloned().collect();
    assert_eq!(allowed(), expected);
}
