//! Functions: who may invoke them, what they are, and invoking them.

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::primitives::Blob;
use chatwarden_emulator::control::Options;
use serde_json::{Value, json};

use super::*;

async fn with_function(function: FunctionSeed) -> ControlPlane {
    let seed = Seed { functions: vec![function], ..Seed::default() };
    start(Options { seed, ..Options::default() }).await
}

fn versioned() -> FunctionSeed {
    let aliases = [("live", "2"), ("next", "$LATEST")];
    let aliases = aliases.map(|(alias, version)| (alias.to_owned(), version.to_owned()));
    FunctionSeed { versions: 2, aliases: aliases.into(), ..hook(false) }
}

#[tokio::test]
async fn a_permission_is_written_as_the_guide_shows_it() {
    let plane = with_function(hook(false)).await;
    let lambda = lambda(&plane);
    let add = |sid: &str| {
        lambda
            .add_permission()
            .function_name("hook")
            .statement_id(sid)
            .action("lambda:InvokeFunction")
            .principal("ivschat.amazonaws.com")
    };
    let policy = || lambda.get_policy().function_name(FUNCTION).send();
    assert_eq!(code(policy().await), is(404, "ResourceNotFoundException"));

    let added = add("rooms").source_account("123456789012").source_arn(ROOMS).send().await.unwrap();
    let expected = json!({
        "Sid": "rooms",
        "Effect": "Allow",
        "Principal": { "Service": "ivschat.amazonaws.com" },
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": {
            "StringEquals": { "AWS:SourceAccount": "123456789012" },
            "ArnLike": { "AWS:SourceArn": ROOMS },
        },
    });
    let statement: Value = serde_json::from_str(added.statement().unwrap()).unwrap();
    assert_eq!(statement, expected);
    let written = policy().await.unwrap();
    let text: Value = serde_json::from_str(written.policy().unwrap()).unwrap();
    assert_eq!(text["Statement"], json!([expected]));

    let (status, name, message) = refusal(add("rooms").send().await);
    assert_eq!((status, name), is(409, "ResourceConflictException"));
    assert!(message.contains("The statement id (rooms) provided already exists"), "{message}");
    assert_eq!(
        code(add("two").revision_id("old").send().await),
        is(412, "PreconditionFailedException")
    );
    add("two").revision_id(written.revision_id().unwrap()).send().await.unwrap();
    let remove = |sid: &str| lambda.remove_permission().function_name("hook").statement_id(sid);
    remove("rooms").send().await.unwrap();
    assert_eq!(code(remove("rooms").send().await), is(404, "ResourceNotFoundException"));
    remove("two").send().await.unwrap();
    assert_eq!(code(policy().await), is(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn a_policy_has_its_size() {
    let plane = with_function(hook(false)).await;
    let lambda = lambda(&plane);
    let mut added = 0;
    let error = loop {
        let sid = format!("{added:0>100}");
        let request = lambda.add_permission().function_name("hook").statement_id(sid);
        let request = request.action("lambda:InvokeFunction").principal("ivschat.amazonaws.com");
        match request.source_account("123456789012").source_arn(ROOMS).send().await {
            Ok(_) => added += 1,
            error => break error,
        }
    };
    assert_eq!(code(error), is(400, "PolicyLengthExceededException"));
    assert!((30..60).contains(&added), "{added}");
}

#[tokio::test]
async fn permissions_stand_under_their_qualifier() {
    let plane = with_function(versioned()).await;
    let lambda = lambda(&plane);
    let add = |function: &str| {
        lambda
            .add_permission()
            .function_name(function)
            .statement_id("s")
            .action("lambda:InvokeFunction")
            .principal("ivschat.amazonaws.com")
    };
    let resource = async |request: aws_sdk_lambda::operation::add_permission::builders::AddPermissionFluentBuilder| {
        let statement = request.send().await.unwrap().statement.unwrap();
        let statement: Value = serde_json::from_str(&statement).unwrap();
        statement["Resource"].as_str().unwrap().to_owned()
    };
    assert_eq!(resource(add("hook")).await, FUNCTION);
    assert_eq!(resource(add("hook").qualifier("live")).await, format!("{FUNCTION}:live"));
    let second = format!("{FUNCTION}:2");
    assert_eq!(resource(add(&second)).await, second);
    assert_eq!(resource(add("123456789012:function:hook:1")).await, format!("{FUNCTION}:1"));

    for (request, expected) in [
        (add("hook").qualifier("$LATEST"), is(400, "InvalidParameterValueException")),
        (add("hook:live").qualifier("next"), is(400, "InvalidParameterValueException")),
        (add("hook").qualifier("3"), is(404, "ResourceNotFoundException")),
        (add("none"), is(404, "ResourceNotFoundException")),
        (
            add("arn:aws:lambda:eu-west-1:123456789012:function:hook"),
            is(404, "ResourceNotFoundException"),
        ),
        (
            add("arn:aws:lambda:us-west-2:210987654321:function:hook"),
            is(403, "AccessDeniedException"),
        ),
        (add("hook").statement_id("a b"), is(400, "InvalidParameterValueException")),
        (add("hook").principal("nobody"), is(400, "InvalidParameterValueException")),
        (add("hook").action("s3:GetObject"), is(400, "InvalidParameterValueException")),
    ] {
        assert_eq!(code(request.send().await), expected);
    }
}

#[tokio::test]
async fn a_function_tells_what_it_is() {
    let function = FunctionSeed {
        memory_mb: Some(512),
        timeout_seconds: Some(1),
        reserved_concurrency: Some(7),
        environment: [("CHATWARDEN_POLICY_FILE".to_owned(), "p.cwp".to_owned())].into(),
        ..versioned()
    };
    let plane = with_function(function).await;
    let lambda = lambda(&plane);
    let told = lambda.get_function_configuration().function_name("hook:live").send().await.unwrap();
    assert_eq!(told.function_arn(), Some(&*format!("{FUNCTION}:live")));
    assert_eq!((told.version(), told.memory_size()), (Some("2"), Some(512)));
    assert_eq!((told.timeout(), told.runtime().unwrap().as_str()), (Some(1), "provided.al2023"));
    assert_eq!(told.state().unwrap().as_str(), "Active");
    let variables = told.environment().unwrap().variables().unwrap();
    assert_eq!(variables["CHATWARDEN_POLICY_FILE"], "p.cwp");
    let whole = lambda.get_function().function_name("hook").send().await.unwrap();
    assert_eq!(whole.concurrency().unwrap().reserved_concurrent_executions(), Some(7));
    assert_eq!(whole.configuration().unwrap().function_arn(), Some(FUNCTION));
    let concurrency = lambda.get_function_concurrency().function_name("hook").send().await.unwrap();
    assert_eq!(concurrency.reserved_concurrent_executions(), Some(7));
    let (status, name, message) = refusal(lambda.get_function().function_name("none").send().await);
    assert_eq!((status, name), is(404, "ResourceNotFoundException"));
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:none";
    assert_eq!(message, format!("Function not found: {arn}"));
}

#[tokio::test]
async fn a_function_without_a_binary_gives_its_canned_answer() {
    let response = json!({ "ReviewResult": "ALLOW", "Content": "hi" });
    let plane =
        with_function(FunctionSeed { response: Some(response.clone()), ..versioned() }).await;
    let lambda = lambda(&plane);
    let invoke = || lambda.invoke().function_name("hook:live");
    let answer = invoke().payload(Blob::new("{}")).send().await.unwrap();
    assert_eq!((answer.status_code(), answer.executed_version()), (200, Some("2")));
    assert_eq!(answer.function_error(), None);
    let payload: Value = serde_json::from_slice(answer.payload().unwrap().as_ref()).unwrap();
    assert_eq!(payload, response);
    let later = invoke().invocation_type("Event".into()).send().await.unwrap();
    assert_eq!(later.status_code(), 202);
    let not_at_all = invoke().invocation_type("DryRun".into()).send().await.unwrap();
    assert_eq!(not_at_all.status_code(), 204);
    let no_json = invoke().payload(Blob::new("heck")).send().await;
    assert_eq!(code(no_json), is(400, "InvalidRequestContentException"));
}

#[tokio::test]
async fn a_handler_that_does_not_start_is_an_error_of_the_function() {
    let binary = Some("/no/such/handler".into());
    let plane = with_function(FunctionSeed { binary, ..hook(false) }).await;
    let answer = lambda(&plane).invoke().function_name("hook").send().await.unwrap();
    assert_eq!((answer.status_code(), answer.function_error()), (200, Some("Unhandled")));
    let payload = String::from_utf8_lossy(answer.payload().unwrap().as_ref()).into_owned();
    assert!(payload.contains("/no/such/handler"), "{payload}");
}

#[tokio::test]
async fn no_concurrency_is_no_invocation() {
    let plane = with_function(FunctionSeed { reserved_concurrency: Some(0), ..hook(false) }).await;
    let answer = lambda(&plane).invoke().function_name("hook").send().await;
    assert_eq!(code(answer), is(429, "TooManyRequestsException"));
}

#[tokio::test]
async fn accounts_see_their_own_functions() {
    let plane = with_function(hook(false)).await;
    let other = client!(aws_sdk_lambda, plane, "210987654321", "us-west-2");
    let answer = other.get_function().function_name("hook").send().await;
    assert_eq!(code(answer), is(404, "ResourceNotFoundException"));
}
