//! What makes reviews fail without anybody being told, and how to mend it.
//!
//! Pure: facts in, findings out. A message whose review fails is delivered or denied by
//! the room's fallback result, and neither sender nor operator hears of it, so each of
//! these would go unnoticed.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use crate::rooms::permission::{ACTION, PRINCIPAL, Policy, all_rooms};
use crate::rooms::{Answer, Fallback, Function, FunctionArn, MAX_URI_CHARACTERS, Room};

/// How long IVS Chat waits for a review, in milliseconds.
const REVIEW_MS: f64 = 200.0;

/// A review that takes longer than this leaves too little for the way there and back.
const SLOW_MS: f64 = 100.0;

/// Messages a second over all rooms of an account: its quota. Source: IVS Chat Service
/// Quotas, "SendMessage".
const ACCOUNT_MESSAGES: i64 = 1000;

/// The longest that a function which answers within 200 ms has use for.
const LONG_TIMEOUT: Duration = Duration::from_secs(10);

/// Rooms that a finding names; of the others it gives the number.
const NAMED: usize = 3;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Messages are not reviewed.
    Error,
    /// They may come not to be.
    Warning,
    /// Good to know.
    Note,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    /// Does not change between versions; the text may.
    pub(crate) kind: &'static str,
    /// What is wrong, and what comes of it.
    pub(crate) what: String,
    /// The command that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mend: Option<String>,
}

/// An alarm on a metric of IVS Chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) name: String,
    pub(crate) metric: String,
    /// The value of the dimension `Uri`.
    pub(crate) uri: Option<String>,
}

/// What was counted in the last hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Counted {
    /// Values of `Uri` that belong to the function.
    pub(crate) uris: Vec<String>,
    /// Of IVS Chat, over those values.
    pub(crate) invocation_errors: f64,
    pub(crate) invalid_responses: f64,
    /// Of Lambda.
    pub(crate) errors: f64,
    pub(crate) throttles: f64,
    /// The longest review, in milliseconds.
    pub(crate) longest_ms: Option<f64>,
}

/// What is known of a function and its rooms. What could not be found out is none.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The function that was asked about, with its version or alias.
    pub(crate) arn: FunctionArn,
    pub(crate) function: Option<Function>,
    /// Rooms that name the function, in whatever version, region or account.
    pub(crate) rooms: Vec<Room>,
    /// The resource policy of each version or alias that is named; none where it is not
    /// there at all.
    pub(crate) policies: Vec<(FunctionArn, Option<Policy>)>,
    pub(crate) reserved: Option<i32>,
    pub(crate) counted: Option<Counted>,
    pub(crate) alarms: Vec<Alarm>,
    /// All values of `Uri` under which anything was counted.
    pub(crate) known_uris: Option<Vec<String>>,
    /// What it answered to a sample, and why that is no answer.
    pub(crate) answer: Option<(Answer, Option<String>)>,
}

/// Finds what is wrong, the worst first.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings { list: Vec::new(), name: named(&facts.arn) };
    uri(facts, &mut found);
    match &facts.function {
        None => missing(facts, &mut found),
        Some(function) => {
            function_itself(function, &mut found);
            permissions(facts, &mut found);
            concurrency(facts, &mut found);
            counted(facts, function, &mut found);
            answer(facts, function, &mut found);
        }
    }
    rooms(facts, &mut found);
    alarms(facts, &mut found);
    found.list.sort_by_key(|finding| finding.level);
    found.list
}

struct Findings {
    list: Vec<Finding>,
    /// The function as the aws CLI takes it.
    name: String,
}

impl Findings {
    fn add(&mut self, level: Level, kind: &'static str, what: String, mend: Option<String>) {
        self.list.push(Finding { level, kind, what, mend });
    }

    fn configure(&self, change: &str) -> Option<String> {
        let name = &self.name;
        Some(format!("aws lambda update-function-configuration {name} {change}"))
    }
}

/// `--function-name chatwarden --region us-west-2`.
fn named(arn: &FunctionArn) -> String {
    format!("--function-name {} --region {}", arn.name, arn.region)
}

fn uri(facts: &Facts, found: &mut Findings) {
    let length = facts.arn.to_string().len();
    if length > MAX_URI_CHARACTERS {
        let what = format!(
            "the function's ARN has {length} characters; a room takes {MAX_URI_CHARACTERS}, so no \
             room can name it"
        );
        found.add(Level::Error, "long-uri", what, None);
    }
}

fn missing(facts: &Facts, found: &mut Findings) {
    let arn = &facts.arn;
    let exactly = |room: &&Room| arn.qualifier.is_none() || has(room, arn);
    let rooms: Vec<&Room> = facts.rooms.iter().filter(exactly).collect();
    let what = match rooms.as_slice() {
        [] => format!("there is no function {arn}"),
        rooms => format!("there is no function {arn}, the handler of {}", these(rooms)),
    };
    let mend = (!rooms.is_empty()).then(|| {
        format!("chatwarden detach --all --handler {} --region {}", short(arn), arn.region)
    });
    found.add(Level::Error, "function-missing", what, mend);
}

fn function_itself(function: &Function, found: &mut Findings) {
    let reason = match function.reason.as_str() {
        "" => String::new(),
        reason => format!(" ({reason})"),
    };
    match function.state.as_str() {
        "" | "Active" => {}
        "Pending" => {
            let what = format!("the function is Pending{reason}: it reviews nothing yet");
            let wait = format!("aws lambda wait function-active-v2 {}", found.name);
            found.add(Level::Warning, "function-state", what, Some(wait));
        }
        state => {
            let what = format!("the function is {state}{reason}: it reviews nothing");
            let see = format!("aws lambda get-function-configuration {}", found.name);
            found.add(Level::Error, "function-state", what, Some(see));
        }
    }
    if function.last_update == "Failed" {
        let what = format!("the function's last update failed{reason}: the code before it runs");
        let see = format!("aws lambda get-function-configuration {}", found.name);
        found.add(Level::Warning, "last-update", what, Some(see));
    }
    match function.runtime.as_str() {
        "provided.al2023" => {}
        "provided.al2" => {
            let what = "the runtime is provided.al2, which is at the end of its life; the handler \
                        is built for provided.al2023";
            let mend = found.configure("--runtime provided.al2023");
            found.add(Level::Warning, "runtime", what.to_owned(), mend);
        }
        runtime => {
            let runtime = if runtime.is_empty() { "a container image" } else { runtime };
            let what = format!(
                "the runtime is {runtime}: this is not chatwarden-handler, which runs on \
                 provided.al2023"
            );
            found.add(Level::Note, "runtime", what, None);
        }
    }
    if function.timeout > LONG_TIMEOUT {
        let what = format!(
            "the function's own timeout is {} s, and IVS Chat waits 200 ms: a review that hangs \
             holds its place for all that time",
            function.timeout.as_secs()
        );
        let mend = found.configure("--timeout 3");
        found.add(Level::Warning, "timeout", what, mend);
    }
}

fn permissions(facts: &Facts, found: &mut Findings) {
    for (arn, policy) in &facts.policies {
        let rooms: Vec<&Room> = facts.rooms.iter().filter(|room| has(room, arn)).collect();
        let Some(policy) = policy else {
            let what = format!("there is no {arn}, the handler of {}", these(&rooms));
            found.add(Level::Error, "qualifier-missing", what, attach_again(&facts.arn, &rooms));
            continue;
        };
        let add = add_permission(arn, &policy.free_statement_id());
        if !policy.names_ivs_chat() {
            let on = match &arn.qualifier {
                Some(qualifier) => format!("`{qualifier}` of the function"),
                None => "the function".to_owned(),
            };
            let what = format!("IVS Chat may not invoke {on}: no message is reviewed");
            found.add(Level::Error, "permission-missing", what, Some(add));
            continue;
        }
        let (denied, rest): (Vec<&Room>, Vec<&Room>) =
            rooms.into_iter().partition(|room| policy.denying(&room.arn).is_some());
        if let Some(statement) = denied.first().and_then(|room| policy.denying(&room.arn)) {
            let what = format!(
                "the statement `{}` of the resource policy denies IVS Chat the function for {}",
                statement.sid,
                these(&denied)
            );
            let remove = remove_permission(arn, &statement.sid);
            found.add(Level::Error, "permission-denied", what, Some(remove));
        }
        let narrow: Vec<&Room> =
            rest.into_iter().filter(|room| !policy.allows(&room.arn)).collect();
        if !narrow.is_empty() {
            let what = format!(
                "the permission to invoke {arn} does not cover {}: their messages are not reviewed",
                these(&narrow)
            );
            found.add(Level::Error, "permission-narrow", what, Some(add));
        }
        for statement in policy.open_to_all_accounts() {
            let what = format!(
                "the statement `{}` lets IVS Chat invoke the function for rooms of any account",
                statement.sid
            );
            let mend = format!(
                "{} && {}",
                remove_permission(arn, &statement.sid),
                add_permission(arn, &policy.free_statement_id())
            );
            found.add(Level::Warning, "permission-wide", what, Some(mend));
        }
    }
}

fn add_permission(arn: &FunctionArn, statement: &str) -> String {
    format!(
        "aws lambda add-permission {}{} --statement-id {statement} --action {ACTION} \
         --principal {PRINCIPAL} --source-account {} --source-arn '{}'",
        named(arn),
        qualifier(arn),
        arn.account,
        all_rooms(&arn.account, &arn.region),
    )
}

fn remove_permission(arn: &FunctionArn, statement: &str) -> String {
    format!(
        "aws lambda remove-permission {}{} --statement-id {statement}",
        named(arn),
        qualifier(arn)
    )
}

fn qualifier(arn: &FunctionArn) -> String {
    arn.qualifier.as_ref().map_or_else(String::new, |name| format!(" --qualifier {name}"))
}

fn concurrency(facts: &Facts, found: &mut Findings) {
    let Some(reserved) = facts.reserved else { return };
    let delete = format!("aws lambda delete-function-concurrency {}", found.name);
    if reserved == 0 {
        let what = "the function's reserved concurrency is 0: every invocation is throttled";
        found.add(Level::Error, "concurrency", what.to_owned(), Some(delete));
        return;
    }
    let messages: i64 = facts
        .rooms
        .iter()
        .map(|room| i64::from(room.limits.map_or(10, |limits| limits.max_rate)))
        .sum();
    let messages = messages.min(ACCOUNT_MESSAGES);
    // A review that uses all of its 200 ms: five a second in one place.
    let needed = (messages + 4) / 5;
    if i64::from(reserved) < needed {
        let what = format!(
            "the function's reserved concurrency is {reserved}, and its rooms let {messages} \
             messages a second through: at 200 ms each, that needs {needed}; what is above is \
             throttled"
        );
        let mend = format!(
            "aws lambda put-function-concurrency {} --reserved-concurrent-executions {needed}",
            found.name
        );
        found.add(Level::Warning, "concurrency", what, Some(mend));
    }
}

fn counted(facts: &Facts, function: &Function, found: &mut Findings) {
    let Some(counted) = &facts.counted else { return };
    let logs = format!(
        "aws logs tail /aws/lambda/{} --since 1h --region {}",
        facts.arn.name, facts.arn.region
    );
    for (number, kind, level, what) in [
        (
            counted.invocation_errors,
            "invocation-errors",
            Level::Error,
            "times in the last hour IVS Chat had no answer in time (InvocationErrors)",
        ),
        (
            counted.invalid_responses,
            "invalid-responses",
            Level::Error,
            "answers in the last hour were not valid (ResponseValidationErrors)",
        ),
        (
            counted.errors,
            "function-errors",
            Level::Error,
            "invocations in the last hour failed (Errors)",
        ),
        (
            counted.throttles,
            "throttles",
            Level::Error,
            "invocations in the last hour were throttled (Throttles): the function's concurrency, \
             or the account's, is used up",
        ),
    ] {
        if number > 0.0 {
            found.add(level, kind, format!("{number} {what}"), Some(logs.clone()));
        }
    }
    if let Some(ms) = counted.longest_ms.filter(|ms| *ms > SLOW_MS) {
        let level = if ms > REVIEW_MS { Level::Error } else { Level::Warning };
        let what = format!(
            "the longest review of the last hour took {ms:.0} of 200 ms, with {} MB of memory; \
             more memory is more processor",
            function.memory
        );
        let mend = found.configure(&format!("--memory-size {}", (function.memory * 2).min(10_240)));
        found.add(level, "slow", what, mend);
    }
}

fn answer(facts: &Facts, function: &Function, found: &mut Findings) {
    let Some((answer, fault)) = &facts.answer else { return };
    let payload: String = String::from_utf8_lossy(&answer.payload).chars().take(300).collect();
    if let Some(error) = &answer.error {
        let is_start = ["InvalidEntrypoint", "exec format", "ExitError", "GLIBC"]
            .iter()
            .any(|sign| payload.contains(sign));
        let what = format!("the function failed on a sample event ({error}): {payload}");
        found.add(Level::Error, "sample-failed", what, None);
        if is_start {
            let what = format!(
                "it did not start; its architecture is {}, its runtime {}: was the binary built \
                 for both?",
                function.architecture, function.runtime
            );
            let mend = match function.architecture.as_str() {
                "arm64" => "cargo lambda build --release --arm64 --package chatwarden-handler",
                _ => "cargo lambda build --release --package chatwarden-handler",
            };
            found.add(Level::Error, "architecture", what, Some(mend.to_owned()));
        }
    } else if let Some(fault) = fault {
        let what = format!("IVS Chat would not take the function's answer to a sample ({fault})");
        found.add(Level::Error, "sample-invalid", what, None);
    }
}

fn rooms(facts: &Facts, found: &mut Findings) {
    let arn = &facts.arn;
    if facts.rooms.is_empty() {
        let what = "no room has this function".to_owned();
        let mend =
            format!("chatwarden attach --all --handler {} --fallback deny --dry-run", arn.name);
        found.add(Level::Note, "no-rooms", what, Some(mend));
        return;
    }
    let of = |is: &dyn Fn(&Room) -> bool| -> Vec<&Room> {
        facts.rooms.iter().filter(|room| is(room)).collect()
    };
    let elsewhere = of(&|room| {
        let function = room.handler.as_ref().and_then(|handler| handler.function());
        function.is_some_and(|f| f.region != room.arn.region() || f.account != room.arn.account())
    });
    if !elsewhere.is_empty() {
        let what = format!(
            "the handler of {} is in another region or account, where IVS Chat does not invoke it",
            these(&elsewhere)
        );
        found.add(Level::Error, "elsewhere", what, attach_again(arn, &elsewhere));
    }
    let allow = of(&|room| room.handler.as_ref().is_some_and(|h| h.fallback == Fallback::Allow));
    if !allow.is_empty() {
        let what = format!(
            "in {}, a message whose review fails is delivered as it was written (fallback ALLOW)",
            these(&allow)
        );
        found.add(Level::Warning, "fallback-allow", what, attach_again(arn, &allow));
    }
    let owned = of(&|room| room.stack().is_some());
    if let Some(stack) = owned.first().and_then(|room| room.stack()) {
        let what = format!(
            "CloudFormation owns {} (stack `{stack}`): its next deployment may undo what is \
             changed elsewhere; change MessageReviewHandler in the template",
            these(&owned)
        );
        let mend = format!("aws cloudformation detect-stack-drift --stack-name {stack}");
        found.add(Level::Warning, "stack", what, Some(mend));
    }
}

fn alarms(facts: &Facts, found: &mut Findings) {
    let Some(known) = &facts.known_uris else { return };
    for alarm in &facts.alarms {
        let Some(uri) = &alarm.uri else { continue };
        if !known.contains(uri) {
            let there = match known.as_slice() {
                [] => "nothing was counted in the last two weeks".to_owned(),
                known => format!("counted are {}", known.join(", ")),
            };
            let what = format!(
                "the alarm `{}` watches {} of `{uri}`, which does not exist; {there}",
                alarm.name, alarm.metric
            );
            let mend = "aws cloudwatch list-metrics --namespace AWS/IVSChat --metric-name \
                        InvocationErrors";
            found.add(Level::Warning, "alarm", what, Some(mend.to_owned()));
        }
    }
}

/// Does a room name exactly this version or alias?
fn has(room: &Room, arn: &FunctionArn) -> bool {
    room.handler.as_ref().and_then(|handler| handler.function()).as_ref() == Some(arn)
}

/// `4 rooms (lobby, stage, stream-1, …)`.
fn these(rooms: &[&Room]) -> String {
    let name = |room: &&Room| match room.name.as_str() {
        "" => room.arn.id().to_owned(),
        name => name.to_owned(),
    };
    let unique: BTreeSet<String> = rooms.iter().map(name).collect();
    let mut names: Vec<&str> = unique.iter().take(NAMED).map(String::as_str).collect();
    if unique.len() > NAMED {
        names.push("…");
    }
    format!("{} ({})", crate::render::count(rooms.len(), "room"), names.join(", "))
}

/// `chatwarden:live`.
fn short(arn: &FunctionArn) -> String {
    match &arn.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", arn.name),
        None => arn.name.clone(),
    }
}

/// The command that gives rooms the function anew.
fn attach_again(arn: &FunctionArn, rooms: &[&Room]) -> Option<String> {
    let function = short(arn);
    let attach = |which: &str| {
        format!(
            "chatwarden attach {which} --handler {function} --fallback deny --region {}",
            arn.region
        )
    };
    if rooms.len() <= NAMED {
        let arns: Vec<&str> = rooms.iter().map(|room| room.arn.as_str()).collect();
        return Some(attach(&arns.join(" ")));
    }
    let list = format!(
        "chatwarden rooms --handler {} --region {} --output json | jq -r .room > rooms.txt",
        arn.name, arn.region
    );
    Some(format!("{list} && {}", attach("--file rooms.txt")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::Limits;
    use crate::rooms::tests::{handler, room};

    /// A function and a room of which nothing bad is known.
    fn healthy() -> Facts {
        let arn: FunctionArn =
            "arn:aws:lambda:us-west-2:123456789012:function:warden".parse().unwrap();
        let policy = Policy::parse(
            r#"{"Statement":[{"Sid":"chatwarden-ivschat","Effect":"Allow",
            "Principal":{"Service":"ivschat.amazonaws.com"},"Action":"lambda:InvokeFunction",
            "Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},
            "ArnLike":{"AWS:SourceArn":"arn:aws:ivschat:us-west-2:123456789012:room/*"}}}]}"#,
        )
        .unwrap();
        Facts {
            function: Some(Function {
                arn: arn.clone(),
                runtime: "provided.al2023".to_owned(),
                architecture: "arm64".to_owned(),
                timeout: Duration::from_secs(3),
                memory: 128,
                state: "Active".to_owned(),
                last_update: "Successful".to_owned(),
                reason: String::new(),
            }),
            rooms: vec![room(1, Some(handler("warden", Fallback::Deny)))],
            policies: vec![(arn.clone(), Some(policy))],
            reserved: None,
            counted: Some(Counted::default()),
            alarms: Vec::new(),
            known_uris: Some(vec![arn.to_string()]),
            answer: None,
            arn,
        }
    }

    /// The kinds of what is found after a change to what is healthy.
    fn kinds(change: impl FnOnce(&mut Facts)) -> Vec<&'static str> {
        let mut facts = healthy();
        change(&mut facts);
        findings(&facts).iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn nothing_is_found_where_nothing_is_wrong() {
        assert_eq!(kinds(|_| {}), [""; 0]);
    }

    #[test]
    fn each_thing_that_is_wrong_is_found_by_its_name() {
        let function =
            |change: fn(&mut Function)| kinds(|facts| change(facts.function.as_mut().unwrap()));
        assert_eq!(function(|f| f.state = "Failed".to_owned()), ["function-state"]);
        assert_eq!(function(|f| f.last_update = "Failed".to_owned()), ["last-update"]);
        assert_eq!(function(|f| f.runtime = "provided.al2".to_owned()), ["runtime"]);
        assert_eq!(function(|f| f.timeout = Duration::from_secs(900)), ["timeout"]);
        assert_eq!(kinds(|facts| facts.function = None), ["function-missing"]);
        assert_eq!(kinds(|facts| facts.reserved = Some(0)), ["concurrency"]);
        assert_eq!(kinds(|facts| facts.arn.name = "w".repeat(171)), ["long-uri"]);
        assert_eq!(kinds(|facts| facts.rooms.clear()), ["no-rooms"]);
        let no_policy = |facts: &mut Facts| facts.policies[0].1 = Some(Policy::default());
        assert_eq!(kinds(no_policy), ["permission-missing"]);
        assert_eq!(kinds(|facts| facts.policies[0].1 = None), ["qualifier-missing"]);
        let allow = |facts: &mut Facts| {
            facts.rooms[0].handler = Some(handler("warden", Fallback::Allow));
        };
        assert_eq!(kinds(allow), ["fallback-allow"]);
        let owned = |facts: &mut Facts| {
            let key = "aws:cloudformation:stack-name".to_owned();
            facts.rooms[0].tags.insert(key, "live".to_owned());
        };
        assert_eq!(kinds(owned), ["stack"]);
        let slow = |facts: &mut Facts| facts.counted.as_mut().unwrap().longest_ms = Some(150.0);
        assert_eq!(kinds(slow), ["slow"]);
        let errors = |facts: &mut Facts| {
            facts.counted =
                Some(Counted { invocation_errors: 3.0, throttles: 1.0, ..Counted::default() });
        };
        assert_eq!(kinds(errors), ["invocation-errors", "throttles"]);
        let alarm = |facts: &mut Facts| {
            facts.alarms.push(Alarm {
                name: "reviews".to_owned(),
                metric: "InvocationErrors".to_owned(),
                uri: Some("warden".to_owned()),
            });
        };
        assert_eq!(kinds(alarm), ["alarm"]);
    }

    #[test]
    fn a_room_elsewhere_and_one_outside_the_permission_are_told_apart() {
        let elsewhere = |facts: &mut Facts| {
            let uri = "arn:aws:lambda:eu-west-1:123456789012:function:warden".to_owned();
            facts.rooms[0].handler.as_mut().unwrap().uri = uri;
        };
        assert_eq!(kinds(elsewhere), ["elsewhere"]);
        let narrow = |facts: &mut Facts| {
            let json = r#"{"Statement":[{"Sid":"a","Effect":"Allow","Action":"lambda:InvokeFunction",
            "Principal":{"Service":"ivschat.amazonaws.com"},"Condition":{"ArnLike":
            {"AWS:SourceArn":"arn:aws:ivschat:us-west-2:123456789012:room/000000000002"}}}]}"#;
            facts.policies[0].1 = Some(Policy::parse(json).unwrap());
        };
        assert_eq!(kinds(narrow), ["permission-narrow"]);
    }

    #[test]
    fn concurrency_is_held_against_what_rooms_let_through() {
        let with = |reserved: i32, max_rate: i32, rooms: u32| {
            kinds(|facts| {
                facts.reserved = Some(reserved);
                let limits = Some(Limits { max_length: 500, max_rate });
                facts.rooms = (0..rooms)
                    .map(|n| Room { limits, ..room(n, Some(handler("warden", Fallback::Deny))) })
                    .collect();
            })
        };
        assert_eq!(with(2, 10, 1), [""; 0]);
        assert_eq!(with(1, 10, 1), ["concurrency"]);
        assert_eq!(with(200, 100, 50), [""; 0]);
        assert_eq!(with(199, 100, 50), ["concurrency"]);
    }

    #[test]
    fn every_command_that_mends_is_whole() {
        let mut facts = healthy();
        facts.arn.qualifier = Some("live".to_owned());
        facts.policies = vec![(facts.arn.clone(), Some(Policy::default()))];
        let mend = findings(&facts)[0].mend.clone().unwrap();
        assert_eq!(
            mend,
            "aws lambda add-permission --function-name warden --region us-west-2 --qualifier live \
             --statement-id chatwarden-ivschat --action lambda:InvokeFunction --principal \
             ivschat.amazonaws.com --source-account 123456789012 --source-arn \
             'arn:aws:ivschat:us-west-2:123456789012:room/*'"
        );
    }
}
