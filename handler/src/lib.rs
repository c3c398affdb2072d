//! Answers one review request: from the event's bytes to the response's.
//!
//! [`Handler::answer`] is what IVS Chat asks for. The functions for other chats make a
//! review request of what they are sent, and ask [`Handler::review`]: the same review,
//! counted, logged and guarded in the same way, with an answer that is not yet in
//! anybody's words. [`process`] is what all of them run in.
//!
//! What the handler does when a request makes no sense or a review fails, and what it
//! logs about a message, is decided here and nowhere else. Which policy is followed is
//! [`load`]'s concern; what is counted, [`metrics`]'; how a message is reviewed, the
//! engine's; where events come from, [`process`]'.
//!
//! A log line holds ids and sizes, never content, attributes, user id or address; and
//! no error quotes the event.

pub mod load;
pub mod metrics;
pub mod process;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::{
    Reason, RequestError, ReviewRequest, ReviewResponse, ReviewResult,
};
use chatwarden_engine::review::{Denial, Match, Review, Scratch, Verdict};
use chatwarden_engine::settings::OnFault;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::metrics::{Metrics, Outcome};

/// The most characters of a message id in the log; IVS Chat's have 12.
const MAX_LOGGED_MESSAGE_ID: usize = 64;

/// The most characters of a room's ARN in the log; the API's limit is 128.
const MAX_LOGGED_ROOM_ARN: usize = 160;

/// Answers review requests by one policy, and logs into `log` what it does.
pub struct Handler<'p, Log> {
    policy: &'p CompiledPolicy<'p>,
    /// The policy's hash as it is logged.
    hash: String,
    scratch: Scratch,
    metrics: Metrics<'p>,
    log: Log,
}

/// Why a request gets no response. IVS Chat then applies the room's fallback result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The event is no review request.
    InvalidRequest(RequestError),
    /// The review failed, and the policy leaves the message to the room.
    Review,
}

impl Fault {
    /// The function error's type, by which alarms and tests tell faults apart.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::Review => "ReviewFault",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest(error) => error.fmt(f),
            Self::Review => f.write_str("the review failed; the log names the place"),
        }
    }
}

impl std::error::Error for Fault {}

/// What becomes of a message, for a service that has words of its own for it.
#[derive(Clone, PartialEq, Eq)]
pub enum Reviewed {
    /// It is delivered.
    Deliver {
        /// The text to deliver in its place; none to leave it as it was written.
        text: Option<String>,
        /// The request's attributes, and the tags that had room among them.
        attributes: BTreeMap<String, String>,
    },
    /// It is not delivered.
    Deny {
        /// For the sender, in the policy's words.
        reason: String,
    },
}

impl Reviewed {
    fn new(request: &ReviewRequest<'_>, response: &ReviewResponse<'_>) -> Self {
        let attributes = response.attributes().into_iter().flatten();
        let mut attributes: BTreeMap<String, String> =
            attributes.map(|(key, value)| (key.to_string(), value.to_string())).collect();
        match response.result() {
            ReviewResult::Deny => {
                Self::Deny { reason: attributes.remove("Reason").unwrap_or_default() }
            }
            ReviewResult::Allow => {
                let changed = response.content() != request.content;
                Self::Deliver { text: changed.then(|| response.content().to_owned()), attributes }
            }
        }
    }
}

/// No texts: they are a person's.
impl fmt::Debug for Reviewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deliver { text: None, .. } => "Deliver(as written)",
            Self::Deliver { text: Some(_), .. } => "Deliver(rewritten)",
            Self::Deny { .. } => "Deny",
        })
    }
}

/// One line of the log. Every string of it comes from the policy or is an id, capped.
#[derive(Serialize)]
#[serde(untagged)]
enum LogLine<'a> {
    /// A message that was denied or rewritten.
    Review {
        message_id: &'a str,
        room_arn: &'a str,
        verdict: &'static str,
        rule: &'a str,
        matches: usize,
        code_points: usize,
        elapsed_us: u128,
        policy: &'a str,
    },
    /// A message whose review failed, and what was answered in its place.
    ReviewFault {
        event: &'static str,
        message_id: &'a str,
        room_arn: &'a str,
        answer: &'static str,
        policy: &'a str,
    },
    /// An event that is no review request, or another fault that quotes nothing.
    Fault { event: &'static str, error: &'a str, policy: &'a str },
}

impl<'p, Log: Write> Handler<'p, Log> {
    /// A handler that follows `policy`, of the function of this name.
    pub fn new(policy: &'p CompiledPolicy<'p>, function: &str, log: Log) -> Self {
        let metrics = Metrics::new(function.to_owned(), Instant::now());
        let hash = policy.hash().to_string();
        Self { policy, hash, scratch: Scratch::default(), metrics, log }
    }

    /// Answers one event: the response as JSON. Logs one line if the message is denied
    /// or rewritten, or there is a fault; nothing for one that is allowed. What was counted
    /// is logged ten seconds or more after the last time, and with every fault.
    ///
    /// # Errors
    /// When the event is no review request; when the review panicked and the policy's
    /// `on_fault` is `error`.
    pub fn answer(&mut self, event: &[u8]) -> Result<Box<RawValue>, Fault> {
        let policy = self.policy;
        self.answer_by(
            || ReviewRequest::from_json(event).map_err(Fault::InvalidRequest),
            json,
            |request, scratch| policy.review(request, scratch),
        )
    }

    /// Reviews one message of a service that is not IVS Chat. Logs and counts as
    /// [`answer`](Self::answer) does. The content may have any length; one that is rewritten
    /// to more than `max_bytes` of UTF-8 is denied, for the service would not take it.
    ///
    /// # Errors
    /// When the review panicked and the policy's `on_fault` is `error`.
    pub fn review(
        &mut self,
        request: &ReviewRequest<'_>,
        max_bytes: usize,
    ) -> Result<Reviewed, Fault> {
        let policy = self.policy;
        self.answer_by(
            || Ok(request.clone()),
            |response| Ok(Reviewed::new(request, response)),
            |request, scratch| {
                let mut review = policy.review(request, scratch);
                if let Verdict::Rewrite(rewrite) = &review.verdict
                    && rewrite.as_str().len() > max_bytes
                {
                    let (rule, reason) = (rewrite.rule, policy.default_reason());
                    review.verdict = Verdict::Deny(Denial { rule, reason });
                }
                review
            },
        )
    }

    /// Counts tags of a reviewed message for which its service has no place.
    pub fn tags_left_out(&mut self, tags: usize) {
        self.metrics.tags_left_out(tags);
    }

    /// Counts and logs a fault that is none of a review. `error` must quote nothing.
    pub fn fault(&mut self, event: &'static str, error: &str) {
        write_line(&mut self.log, &LogLine::Fault { event, error, policy: &self.hash });
        self.metrics.fault();
        self.flush(Instant::now());
    }

    /// Answers by `review`, which may panic. After a panic, the request is read anew.
    fn answer_by<'e, Answer>(
        &mut self,
        read: impl Fn() -> Result<ReviewRequest<'e>, Fault>,
        write: impl Fn(&ReviewResponse<'_>) -> Result<Answer, Fault>,
        review: impl FnOnce(&ReviewRequest<'_>, &mut Scratch) -> Review<'p>,
    ) -> Result<Answer, Fault> {
        // Reading and writing are inside as well: the runtime would catch a panic there
        // too, but report its text, which may quote the message.
        let answered = catch_unwind(AssertUnwindSafe(|| self.respond(&read, &write, review)));
        let failed = !matches!(answered, Ok(Ok(_)));
        let answer = answered.unwrap_or_else(|_| {
            // The only state that a panic can have left half written.
            self.scratch = Scratch::default();
            let policy = self.policy;
            let fallback =
                || self.after_panic(read, write, policy.on_fault(), || policy.default_reason());
            catch_unwind(AssertUnwindSafe(fallback)).unwrap_or(Err(Fault::Review))
        });
        if let Err(Fault::InvalidRequest(error)) = &answer {
            let (event, error) = ("invalid_request", error.to_string());
            let line = LogLine::Fault { event, error: &error, policy: &self.hash };
            write_line(&mut self.log, &line);
        }
        if failed {
            self.metrics.fault();
            self.flush(Instant::now());
        }
        answer
    }

    fn respond<'e, Answer>(
        &mut self,
        read: impl Fn() -> Result<ReviewRequest<'e>, Fault>,
        write: impl Fn(&ReviewResponse<'_>) -> Result<Answer, Fault>,
        review: impl FnOnce(&ReviewRequest<'_>, &mut Scratch) -> Review<'p>,
    ) -> Result<Answer, Fault> {
        let started = Instant::now();
        let request = read()?;
        let mut review = review(&request, &mut self.scratch);
        let matches = std::mem::take(&mut review.matches);
        let (outcome, verdict, rule) = match &review.verdict {
            Verdict::Allow => {
                let (response, tags_left_out) = review.answer_and_left_out(request);
                let answer = write(&response)?;
                self.count(Outcome::Allowed, &matches, tags_left_out, started);
                return Ok(answer);
            }
            Verdict::Rewrite(rewrite) => (Outcome::Rewritten, "rewrite", rewrite.rule),
            Verdict::Deny(denial) => (Outcome::Denied, "deny", denial.rule),
        };
        let code_points = request.content.chars().count();
        let (message_id, room_arn) = (request.message_id.clone(), request.room_arn.clone());
        let (response, tags_left_out) = review.answer_and_left_out(request);
        let answer = write(&response)?;
        let elapsed = self.count(outcome, &matches, tags_left_out, started);
        let line = LogLine::Review {
            message_id: capped(&message_id, MAX_LOGGED_MESSAGE_ID),
            room_arn: capped(&room_arn, MAX_LOGGED_ROOM_ARN),
            verdict,
            rule,
            matches: matches.iter().filter(|found| !found.shadow).count(),
            code_points,
            elapsed_us: elapsed.as_micros(),
            policy: &self.hash,
        };
        write_line(&mut self.log, &line);
        Ok(answer)
    }

    /// Counts a message that was reviewed, and says how long that took.
    fn count(
        &mut self,
        outcome: Outcome,
        matches: &[Match<'p>],
        tags_left_out: usize,
        started: Instant,
    ) -> Duration {
        let now = Instant::now();
        let elapsed = now - started;
        self.metrics.review(outcome, matches, tags_left_out, elapsed);
        if self.metrics.is_due(now) {
            self.flush(now);
        }
        elapsed
    }

    fn flush(&mut self, now: Instant) {
        self.metrics.flush(now, SystemTime::now(), &self.hash, &mut self.log);
    }

    /// Answers an event whose review panicked, as the policy wants it.
    fn after_panic<'e, Answer>(
        &mut self,
        read: impl Fn() -> Result<ReviewRequest<'e>, Fault>,
        write: impl Fn(&ReviewResponse<'_>) -> Result<Answer, Fault>,
        on_fault: OnFault,
        reason: impl FnOnce() -> Reason<'p>,
    ) -> Result<Answer, Fault> {
        let request = read()?;
        let answer = match on_fault {
            OnFault::Error => "error",
            OnFault::Allow => "allow",
            OnFault::Deny => "deny",
        };
        let line = LogLine::ReviewFault {
            event: "review_fault",
            message_id: capped(&request.message_id, MAX_LOGGED_MESSAGE_ID),
            room_arn: capped(&request.room_arn, MAX_LOGGED_ROOM_ARN),
            answer,
            policy: &self.hash,
        };
        write_line(&mut self.log, &line);
        match on_fault {
            OnFault::Error => Err(Fault::Review),
            OnFault::Allow => write(&ReviewResponse::allow(request.content, request.attributes)),
            OnFault::Deny => write(&ReviewResponse::deny(request.content, reason())),
        }
    }
}

/// The response as it will go out: the runtime copies raw JSON, it does not read it.
fn json(response: &ReviewResponse<'_>) -> Result<Box<RawValue>, Fault> {
    let mut json = Vec::with_capacity(2 * response.content().len() + 64);
    response.write_json(&mut json);
    // It is JSON, so neither of these fails.
    let json = String::from_utf8(json).map_err(|_| Fault::Review)?;
    RawValue::from_string(json).map_err(|_| Fault::Review)
}

/// The first `most` characters of a text that comes from outside.
fn capped(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// Writes a line in one piece, so that no other writer can break it up. A log that
/// takes no lines is no reason to lose a message.
pub fn write_line(log: &mut impl Write, line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        drop(log.write_all(&text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = r#"{
        "Content": "what the heck, 민지",
        "MessageId": "AYk6xKitV4On",
        "RoomArn": "arn:aws:ivschat:us-west-2:123456789012:room/BLDLEkYuk31m",
        "Attributes": {"color": "teal"},
        "Sender": {"Attributes": {"displayName": "Robin"}, "UserId": "user-1", "Ip": "192.0.2.1"}
    }"#
    .as_bytes();

    /// What must not stand in any log line or error.
    const PRIVATE: [&str; 7] = ["heck", "민지", "color", "teal", "Robin", "user-1", "192.0.2.1"];

    fn policy() -> CompiledPolicy<'static> {
        CompiledPolicy::embedded(load::embedded()).unwrap()
    }

    fn assert_private(text: &str) {
        for word in PRIVATE {
            assert!(!text.contains(word), "`{word}` in {text}");
        }
    }

    fn read() -> Result<ReviewRequest<'static>, Fault> {
        ReviewRequest::from_json(EVENT).map_err(Fault::InvalidRequest)
    }

    fn panics<'p>(request: &ReviewRequest<'_>, _: &mut Scratch) -> Review<'p> {
        panic!("at `{}`", request.content)
    }

    #[test]
    fn an_allowed_message_is_answered_and_not_logged() {
        let policy = policy();
        let mut log = Vec::new();
        let review = |_: &ReviewRequest<'_>, _: &mut Scratch| Review {
            verdict: Verdict::Allow,
            matches: Vec::new(),
            tags: Vec::new(),
        };
        let answer = Handler::new(&policy, "chat", &mut log).answer_by(read, json, review).unwrap();
        assert_eq!(
            answer.get(),
            r#"{"ReviewResult":"ALLOW","Content":"what the heck, 민지","Attributes":{"color":"teal"}}"#
        );
        assert!(log.is_empty());
    }

    #[test]
    fn a_denied_message_is_logged_by_ids_and_sizes_alone() {
        let policy = policy();
        let mut log = Vec::new();
        let review = |_: &ReviewRequest<'_>, _: &mut Scratch| Review {
            verdict: Verdict::Deny(chatwarden_engine::review::Denial {
                rule: "no-bad-manners",
                reason: Reason::new("Please be kind.").unwrap(),
            }),
            matches: Vec::new(),
            tags: Vec::new(),
        };
        let answer = Handler::new(&policy, "chat", &mut log).answer_by(read, json, review).unwrap();
        assert!(answer.get().contains(r#""Attributes":{"Reason":"Please be kind."}"#));
        let log = String::from_utf8(log).unwrap();
        assert_private(&log);
        let expected = "{\"message_id\":\"AYk6xKitV4On\",\
            \"room_arn\":\"arn:aws:ivschat:us-west-2:123456789012:room/BLDLEkYuk31m\",\
            \"verdict\":\"deny\",\"rule\":\"no-bad-manners\",\"matches\":0,\"code_points\":17,\
            \"elapsed_us\":";
        assert!(log.starts_with(expected), "{log}");
        assert!(log.ends_with(&format!(",\"policy\":\"{}\"}}\n", policy.hash())), "{log}");
    }

    #[test]
    fn ids_from_outside_are_escaped_and_capped() {
        let policy = policy();
        let event = serde_json::json!({
            "Content": "x",
            "MessageId": "\"}\n".repeat(1000),
            "RoomArn": "방".repeat(1000),
        });
        let mut log = Vec::new();
        let mut handler = Handler::new(&policy, "chat", &mut log);
        let event = event.to_string();
        let read = || ReviewRequest::from_json(event.as_bytes()).map_err(Fault::InvalidRequest);
        handler.after_panic(read, json, OnFault::Error, || unreachable!()).ok();
        let log = String::from_utf8(log).unwrap();
        assert_eq!(log.matches('\n').count(), 1, "{log}");
        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["message_id"].as_str().unwrap().chars().count(), 64);
        assert_eq!(line["room_arn"], "방".repeat(160));
    }

    #[test]
    fn what_is_no_request_is_a_fault_that_quotes_nothing() {
        let policy = policy();
        for event in [
            "",
            "heck",
            "\"heck\"",
            "[\"heck\"]",
            "{\"Content\": \"heck",
            "{\"Content\": [\"heck\"], \"Attributes\": {\"color\": \"teal\"}}",
            "{\"Content\": \"\", \"Sender\": {\"UserId\": \"user-1\"}}",
            "{\"Content\": \"x\", \"Sender\": \"user-1\"}",
            "{\"Content\": \"heck\"} trailing",
        ] {
            let mut log = Vec::new();
            let fault =
                Handler::new(&policy, "chat", &mut log).answer(event.as_bytes()).unwrap_err();
            assert_eq!(fault.error_type(), "InvalidRequest", "{event}");
            assert_private(&fault.to_string());
            let log = String::from_utf8(log).unwrap();
            assert!(log.starts_with("{\"event\":\"invalid_request\",\"error\":\""), "{log}");
            assert_private(&log);
        }
    }

    #[test]
    fn a_review_that_panics_costs_one_answer() {
        let policy = policy();
        let mut log = Vec::new();
        let mut handler = Handler::new(&policy, "chat", &mut log);
        if policy.on_fault() == OnFault::Error {
            let fault = handler.answer_by(read, json, panics).unwrap_err();
            assert_eq!(fault.error_type(), "ReviewFault");
            assert_private(&fault.to_string());
        }
        handler.answer(EVENT).unwrap();
        assert_private(&String::from_utf8(log).unwrap());
    }

    /// Metrics of that name in the lines of a log, one for each line that has it.
    fn logged(log: &[u8], metric: &str) -> Vec<serde_json::Value> {
        let lines = std::str::from_utf8(log).unwrap().lines();
        let lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.filter_map(|line| line.get(metric).cloned()).collect()
    }

    #[test]
    fn counts_are_logged_when_it_is_time() {
        let policy = policy();
        let mut log = Vec::new();
        let mut handler = Handler::new(&policy, "chat", &mut log);
        handler.answer(EVENT).unwrap();
        let earlier = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        handler.metrics = Metrics::new("chat".to_owned(), earlier);
        for _ in 0..3 {
            handler.answer(EVENT).unwrap();
        }
        // With the first of them; the others wait for the next time.
        assert_eq!(logged(&log, "Reviews"), [1]);
        assert_private(&String::from_utf8(log).unwrap());
    }

    #[test]
    fn a_fault_is_counted_once_and_logged_at_once() {
        let policy = policy();
        let mut log = Vec::new();
        let mut handler = Handler::new(&policy, "chat", &mut log);
        handler.answer(EVENT).unwrap();
        handler.answer_by(read, json, panics).ok();
        handler.answer(b"heck").unwrap_err();
        assert_eq!(logged(&log, "Faults"), [1, 1]);
        assert_eq!(logged(&log, "Reviews"), [1], "a review that failed is none");
        assert_private(&String::from_utf8(log).unwrap());
    }

    #[test]
    fn after_a_panic_the_policy_decides() {
        let policy = policy();
        for (on_fault, expected) in [
            (OnFault::Error, Err(Fault::Review)),
            (
                OnFault::Allow,
                Ok(
                    r#"{"ReviewResult":"ALLOW","Content":"what the heck, 민지","Attributes":{"color":"teal"}}"#,
                ),
            ),
            (
                OnFault::Deny,
                Ok(
                    r#"{"ReviewResult":"DENY","Content":"what the heck, 민지","Attributes":{"Reason":"Try again."}}"#,
                ),
            ),
        ] {
            let mut log = Vec::new();
            let mut handler = Handler::new(&policy, "chat", &mut log);
            let reason = || Reason::new("Try again.").unwrap();
            let answer = handler.after_panic(read, json, on_fault, reason);
            assert_eq!(answer.as_deref().map(RawValue::get).map_err(|fault| *fault), expected);
            let log = String::from_utf8(log).unwrap();
            assert!(log.contains("\"event\":\"review_fault\""), "{log}");
            assert_private(&log);
        }
    }
    #[test]
    fn a_message_of_another_service_is_reviewed_logged_and_counted_alike() {
        let policy = policy();
        let sample = |content: &'static str| ReviewRequest {
            content: content.into(),
            message_id: "0123".into(),
            room_arn: "arn:aws:chime:us-east-1:123456789012:app-instance/a/channel/c".into(),
            ..ReviewRequest::default()
        };
        let mut log = Vec::new();
        let mut handler = Handler::new(&policy, "chat", &mut log);
        let mut review = |content| handler.review(&sample(content), 500).unwrap();
        let none = BTreeMap::new;
        let as_written = Reviewed::Deliver { text: None, attributes: none() };
        assert!(review("good evening") == as_written);
        let masked =
            Reviewed::Deliver { text: Some("a **************".into()), attributes: none() };
        assert!(review("a chatwardenmask") == masked);
        assert!(
            matches!(review("chatwardendeny"), Reviewed::Deny { reason } if !reason.is_empty())
        );
        // Longer than IVS Chat's may be.
        assert!(review(Box::leak("la ".repeat(40_000).into_boxed_str())) == as_written);

        handler.fault("callback_failed", "the service answered 503");
        assert_eq!(logged(&log, "Reviews"), [4]);
        assert_eq!(logged(&log, "Faults"), [1]);
        assert_eq!(logged(&log, "verdict"), ["rewrite", "deny"]);
        assert_eq!(logged(&log, "error"), ["the service answered 503"]);
    }

    #[test]
    fn a_panic_over_a_message_of_another_service_is_a_fault_too() {
        let policy = policy();
        let mut log = Vec::new();
        let mut handler = Handler::new(&policy, "chat", &mut log);
        let request = read().unwrap();
        let write = |response: &ReviewResponse<'_>| Ok(Reviewed::new(&request, response));
        let answer = handler.answer_by(|| Ok(request.clone()), write, panics);
        assert_eq!(answer.is_err(), policy.on_fault() == OnFault::Error);
        let denied =
            handler.after_panic(read, write, OnFault::Deny, || Reason::new("No.").unwrap());
        assert!(denied == Ok(Reviewed::Deny { reason: "No.".into() }));
        assert_private(&format!("{answer:?} {denied:?}"));
        assert_private(&String::from_utf8(log).unwrap());
    }
}
