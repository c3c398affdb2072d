//! `chatwarden invoke`: send events to the real function, as Lambda would.
//!
//! What runs is the binary that is deployed, started by the emulator and spoken to
//! over Lambda's own protocol; so what is seen here is what the policy it carries does
//! in a room, and how long that takes on this machine. What each [`Chat`] sends and makes of
//! an answer stands there.

mod chat;

use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use chatwarden_emulator::{Callbacks, Config, Function, FunctionError, Invocation, Outcome};
use serde::Serialize;

use self::chat::{Answer, Chat};
use crate::command::Output;
use crate::command::dev::named_value;
use crate::exit::Exit;
use crate::file;
use crate::policy_file::{BUILT_IN, FILE_NAME, Loaded};
use crate::render::{self, Colour, paint, visible};
use crate::streams::Streams;

/// How long an answer is waited for: Lambda's default timeout. IVS Chat has long given
/// up by then, and that is said; but the answer is shown. The others wait longer.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(3);

/// Characters of a message that are shown at its beginning, and at its end.
const SHOWN_CHARACTERS: usize = 45;

/// A review request that every handler answers.
pub(crate) fn sample() -> &'static str {
    Chat::Ivs.samples().first().map_or("{}", |(_, allowed)| allowed)
}

/// Why IVS Chat would not take this for an answer; none if it would.
pub(crate) fn fault_of_answer(answer: &[u8]) -> Option<String> {
    let fault = Chat::Ivs.answer(&serde_json::Value::Null, answer).err()?;
    Some(invalid_response(fault).to_string())
}

/// Send events to the function, as IVS Chat and Lambda would
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden invoke                       every sample event, one after another
  chatwarden invoke masked leetspeak      two of them
  chatwarden invoke event.json            a review request of your own
  chatwarden invoke --cold --times 10     ten cold starts for each event
  chatwarden invoke --policy kids.toml    with another policy than it carries
  chatwarden invoke --function gateway    the function for API Gateway WebSocket APIs
  chatwarden invoke --function gateway --env CHATWARDEN_MESSAGE_PATH=data.text event.json
  chatwarden invoke --function chime      the function for Amazon Chime SDK messaging, and
                                          what it calls back

The same events work with `cargo lambda invoke --data-file events/masked.json`.")]
pub(crate) struct Args {
    /// Events: names of samples, JSON files, or `-` for stdin [default: every sample]
    #[arg(value_name = "EVENT")]
    events: Vec<String>,
    /// Which function, by its chat
    #[arg(long, value_enum, default_value_t = Chat::Ivs, value_name = "CHAT")]
    function: Chat,
    /// Binary to start [default: the function's, beside this program]
    #[arg(long, value_name = "PATH")]
    handler_binary: Option<PathBuf>,
    /// Policy for the handler to follow, a text (.toml) or compiled (.cwp) [default: the
    /// one it was built with]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Environment variable of the function, which has none of this shell's
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = named_value)]
    environment: Vec<(String, String)>,
    /// Folder of events to take in place of the samples
    #[arg(long, value_name = "DIR")]
    events_dir: Option<PathBuf>,
    /// Start the handler afresh for each event
    #[arg(long)]
    cold: bool,
    /// How often to send each event
    #[arg(long, value_name = "N", default_value = "1")]
    times: NonZeroUsize,
    /// Show on stderr what the handler logs
    #[arg(long)]
    log: bool,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args {
        events,
        function: chat,
        handler_binary,
        policy,
        environment,
        events_dir,
        cold,
        times,
        log,
        output,
    } = args;
    let handler = handler_to_start(handler_binary, chat)?;
    let events = events_to_send(&events, events_dir.as_deref(), chat)?;
    let mut config = Config::new(&handler);
    for (name, value) in environment {
        config = config.env(name, value);
    }
    let policy = policy.map(|path| PolicyFile::new(&path)).transpose()?;
    if let Some(policy) = &policy {
        config = config.env("CHATWARDEN_POLICY_FILE", &policy.path);
    } else if fs::read_to_string(FILE_NAME).is_ok_and(|text| text != BUILT_IN) {
        writeln!(
            streams.talk,
            "note: the handler follows the policy that it was built with, not `./{FILE_NAME}`; \
             to try that one, add `--policy {FILE_NAME}`"
        )?;
    }
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("could not start waiting for the handler")?;
    tokio.block_on(async {
        let mut callbacks = None;
        if chat == Chat::Chime {
            let listening = Callbacks::start().await.context("could not listen for callbacks")?;
            config = config
                .env("AWS_ENDPOINT_URL_CHIME_SDK_MESSAGING", listening.url())
                .env("AWS_ACCESS_KEY_ID", "local")
                .env("AWS_SECRET_ACCESS_KEY", "local");
            callbacks = Some(listening);
        }
        let mut environment = Environment { config, running: None, log };
        // What the handler itself goes by: a file beside it comes before what it carries.
        let beside = handler.with_file_name("policy.cwp");
        let name = match &policy {
            Some(policy) => policy.name.clone(),
            None if beside.is_file() => format!("`{}`", beside.display()),
            None => "the policy it was built with".to_owned(),
        };
        let mut report = Report::new(&events, chat, &name, output, cold);
        for event in &events {
            let mut trials = Vec::with_capacity(times.get());
            for _ in 0..times.get() {
                if cold {
                    environment.stop(streams).await;
                }
                let function = environment.running().await?;
                report.started(&handler, function, streams)?;
                let mut invocation = function.invoke(event.json.as_slice(), FUNCTION_TIMEOUT).await;
                if let Some(callbacks) = &callbacks
                    && let Outcome::Response(answer) = &mut invocation.outcome
                {
                    // What it returns is read by nobody.
                    *answer = callbacks.take().pop().unwrap_or_default();
                }
                if matches!(invocation.outcome, Outcome::Exited(_)) {
                    environment.stop(streams).await;
                }
                trials.push(Trial::new(invocation, cold, chat));
            }
            report.event(event, &trials, streams)?;
        }
        environment.stop(streams).await;
        report.finish(streams)
    })
}

/// A compiled policy in a file for the handler to load, removed afterwards.
struct PolicyFile {
    name: String,
    path: PathBuf,
}

impl PolicyFile {
    fn new(policy: &Path) -> anyhow::Result<Self> {
        let loaded = Loaded::from_file(policy)?;
        loaded.policy()?;
        let path = std::env::temp_dir().join(format!("chatwarden-{}.cwp", std::process::id()));
        file::write_whole(&path, loaded.bytes())?;
        Ok(Self { name: format!("`{}`", loaded.name()), path })
    }
}

impl Drop for PolicyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Where the handler is that was built together with this program.
pub(crate) fn handler_beside_us() -> anyhow::Result<PathBuf> {
    beside_us(Chat::Ivs)
}

fn beside_us(chat: Chat) -> anyhow::Result<PathBuf> {
    let us = std::env::current_exe().context("could not find out where this program is")?;
    Ok(us.with_file_name(format!("{}{}", chat.binary(), std::env::consts::EXE_SUFFIX)))
}

/// The handler to send events to.
fn handler_to_start(named: Option<PathBuf>, chat: Chat) -> anyhow::Result<PathBuf> {
    let handler = match named {
        Some(handler) => return Ok(handler),
        None => beside_us(chat)?,
    };
    if !handler.is_file() {
        bail!(
            "there is no handler `{}`; build it with `{}`, or name one with `--handler-binary`",
            handler.display(),
            chat.build()
        );
    }
    Ok(handler)
}

/// The handler's process, started when it is needed.
struct Environment {
    config: Config,
    running: Option<Function>,
    log: bool,
}

impl Environment {
    async fn running(&mut self) -> anyhow::Result<&mut Function> {
        let function = match self.running.take() {
            Some(function) => function,
            None => Function::start(&self.config).await?,
        };
        Ok(self.running.insert(function))
    }

    async fn stop(&mut self, streams: &mut Streams) {
        let Some(function) = self.running.take() else { return };
        for line in function.stop().await {
            // What it says on stderr is no log of a review: something is wrong.
            if self.log || line.is_stderr {
                let _ = writeln!(streams.talk, "{}: {}", self.config.name, visible(&line.text));
            }
        }
    }
}

/// An event to send.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    name: String,
    json: Vec<u8>,
}

impl Event {
    fn of_file(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, json: file::read(path)? })
    }

    fn request(&self) -> serde_json::Value {
        serde_json::from_slice(&self.json).unwrap_or_default()
    }
}

/// Finds the events that the operator names; all there are, if none is named.
fn events_to_send(
    named: &[String],
    folder: Option<&Path>,
    chat: Chat,
) -> anyhow::Result<Vec<Event>> {
    let known = match folder {
        Some(folder) => events_in(folder)?,
        None => chat
            .samples()
            .iter()
            .map(|(name, json)| Event { name: (*name).to_owned(), json: json.as_bytes().to_vec() })
            .collect(),
    };
    if named.is_empty() {
        return Ok(known);
    }
    named.iter().map(|name| find_event(name, &known)).collect()
}

fn find_event(name: &str, known: &[Event]) -> anyhow::Result<Event> {
    if name == "-" {
        let mut json = Vec::new();
        io::stdin().read_to_end(&mut json).context("could not read stdin")?;
        return Ok(Event { name: "stdin".to_owned(), json });
    }
    if let Some(Event { name, json }) = known.iter().find(|event| event.name == name) {
        return Ok(Event { name: name.clone(), json: json.clone() });
    }
    let path = Path::new(name);
    if path.exists() || path.extension().is_some() || path.components().count() > 1 {
        return Event::of_file(path);
    }
    let names: Vec<&str> = known.iter().map(|event| event.name.as_str()).collect();
    bail!("there is no event `{name}`; name a JSON file, or one of: {}", names.join(", "))
}

/// The `*.json` files of a folder, sorted by name.
fn events_in(folder: &Path) -> anyhow::Result<Vec<Event>> {
    let unreadable = || format!("could not read the folder `{}`", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!("there is no `*.json` in the folder `{}`", folder.display());
    }
    paths.sort();
    paths.iter().map(|path| Event::of_file(path)).collect()
}

/// What the chat would do with the message.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// What the function says.
    Answer(Answer),
    /// What it does without an answer that it takes, for this reason.
    Fallback(FunctionError),
}

impl Verdict {
    fn of(outcome: &Outcome, event: &Event, chat: Chat) -> Self {
        let fallback = |error_type: &str, message: String| {
            Self::Fallback(FunctionError { error_type: error_type.to_owned(), message })
        };
        match outcome {
            Outcome::Response(bytes) => match chat.answer(&event.request(), bytes) {
                Ok(answer) => Self::Answer(answer),
                Err(fault) => Self::Fallback(invalid_response(fault)),
            },
            Outcome::FunctionError(error) => Self::Fallback(error.clone()),
            Outcome::Exited(None) => fallback("Exited", "the handler ended".to_owned()),
            Outcome::Exited(Some(status)) => {
                fallback("Exited", format!("the handler ended ({status})"))
            }
            Outcome::TimedOut => {
                let seconds = FUNCTION_TIMEOUT.as_secs();
                fallback("TimedOut", format!("no answer within {seconds} s"))
            }
        }
    }
}

/// An answer that the chat would not take.
fn invalid_response(fault: String) -> FunctionError {
    FunctionError { error_type: "InvalidResponse".to_owned(), message: fault }
}

/// One invocation, and how long the sender would have waited.
struct Trial {
    invocation: Invocation,
    /// The review; with a cold start, the start as well.
    waited: Duration,
    is_over_limit: bool,
}

impl Trial {
    fn new(invocation: Invocation, cold: bool, chat: Chat) -> Self {
        let start = invocation.init_duration.filter(|_| cold).unwrap_or_default();
        let waited = invocation.duration + start;
        let is_over_limit = chat.limit().is_some_and(|(limit, _)| waited > limit);
        Self { waited, invocation, is_over_limit }
    }
}

/// What `--output json` prints for one invocation.
#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorLine<'a>>,
    review_us: u128,
    /// Null where the handler was running already.
    init_us: Option<u128>,
    over_limit: bool,
}

/// Why there is no response that IVS Chat would take.
#[derive(Serialize)]
struct ErrorLine<'a> {
    #[serde(rename = "type")]
    error_type: &'a str,
    message: &'a str,
}

/// Says what came of the events.
struct Report {
    chat: Chat,
    /// What the handler follows, in words.
    policy: String,
    output: Output,
    cold: bool,
    /// Columns that the longest name takes.
    name_columns: usize,
    started: bool,
    events: usize,
    failed: usize,
    slowest: Duration,
}

impl Report {
    fn new(events: &[Event], chat: Chat, policy: &str, output: Output, cold: bool) -> Self {
        let columns = events.iter().map(|event| visible(&event.name).chars().count());
        Self {
            chat,
            policy: policy.to_owned(),
            output,
            cold,
            name_columns: columns.max().unwrap_or_default(),
            started: false,
            events: 0,
            failed: 0,
            slowest: Duration::ZERO,
        }
    }

    /// Says once which handler answers; cold starts are told with each event.
    fn started(
        &mut self,
        handler: &Path,
        function: &Function,
        streams: &mut Streams,
    ) -> anyhow::Result<()> {
        if self.output == Output::Text && !std::mem::replace(&mut self.started, true) {
            let (handler, init) = (handler.display(), time(function.init_duration()));
            let how = if self.cold { "started for each event" } else { "started in" };
            let init = if self.cold { String::new() } else { format!(" {init}") };
            writeln!(streams.out, "{handler} {how}{init}, with {}\n", self.policy)?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        event: &Event,
        trials: &[Trial],
        streams: &mut Streams,
    ) -> anyhow::Result<()> {
        self.events += 1;
        let mut failed = false;
        for trial in trials {
            let verdict = Verdict::of(&trial.invocation.outcome, event, self.chat);
            failed |= trial.is_over_limit || matches!(verdict, Verdict::Fallback(_));
            self.slowest = self.slowest.max(trial.waited);
            if self.output == Output::Json {
                render::json_line(&line(&event.name, trial, &verdict), streams)?;
            }
        }
        self.failed += usize::from(failed);
        if self.output == Output::Text {
            self.text(event, trials, streams)?;
        }
        Ok(())
    }

    /// One event for people: name, verdict and time, then the message, and below it
    /// what becomes of it. The answers of several trials are the same; a failed one is
    /// shown rather than another.
    fn text(&self, event: &Event, trials: &[Trial], streams: &mut Streams) -> anyhow::Result<()> {
        let verdicts: Vec<Verdict> =
            trials.iter().map(|t| Verdict::of(&t.invocation.outcome, event, self.chat)).collect();
        let fallback = verdicts.iter().find(|verdict| matches!(verdict, Verdict::Fallback(_)));
        let Some(verdict) = fallback.or(verdicts.first()) else { return Ok(()) };
        let request = event.request();
        let content = self.chat.content(&request);
        let (word, colour, below) = match verdict {
            Verdict::Answer(Answer::Deliver(text, _)) if *text == content => {
                ("allow", Colour::Green, None)
            }
            Verdict::Answer(Answer::Deliver(text, _)) => {
                ("rewrite", Colour::Yellow, Some(shortened(text)))
            }
            Verdict::Answer(Answer::Deny(reason)) => {
                let reason = reason.as_deref().map(|reason| format!("\"{}\"", visible(reason)));
                ("deny", Colour::Red, reason)
            }
            Verdict::Fallback(error) => ("error", Colour::Red, Some(visible(&error.to_string()))),
        };
        let name = visible(&event.name);
        let pad = self.name_columns.saturating_sub(name.chars().count());
        let word = paint(&format!("{word:<7}"), colour, streams.out_colour);
        let waited = self.times(trials);
        let margin = " ".repeat(self.name_columns + 11);
        let content = shortened(&content);
        writeln!(streams.out, "{name}{:pad$}  {word}  {waited}", "")?;
        if !content.is_empty() {
            writeln!(streams.out, "{margin}{content}")?;
        }
        if let Some(below) = below {
            writeln!(streams.out, "{margin}{below}")?;
        }
        if let Verdict::Answer(Answer::Deliver(_, attributes)) = verdict {
            let had = self.chat.attributes(&request);
            let added: Vec<(&str, &str)> = attributes
                .iter()
                .filter(|(key, value)| had.get(*key) != Some(*value))
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            let added = render::tags(&added);
            if !added.is_empty() {
                writeln!(streams.out, "{margin}attributes: {}", visible(&added))?;
            }
        }
        if let Verdict::Fallback(_) = verdict {
            writeln!(streams.out, "{margin}{}", self.chat.fallback())?;
        } else if let Some((limit, _)) = self.chat.limit()
            && trials.iter().any(|trial| trial.is_over_limit)
        {
            writeln!(streams.out, "{margin}over {}: {}", time(limit), self.chat.fallback())?;
        }
        Ok(())
    }

    /// `182 µs`, `start 2.9 ms + 182 µs`, `182 µs, slowest of 10: 310 µs`.
    fn times(&self, trials: &[Trial]) -> String {
        let mut reviews: Vec<Duration> = trials.iter().map(|t| t.invocation.duration).collect();
        let mut starts: Vec<Duration> =
            trials.iter().filter_map(|trial| trial.invocation.init_duration).collect();
        let start = if self.cold { median(&mut starts) } else { None };
        let start = start.map_or(String::new(), |start| format!("start {} + ", time(start)));
        let review = time(median(&mut reviews).unwrap_or_default());
        let slowest = trials.iter().map(|trial| trial.waited).max().unwrap_or_default();
        match trials.len() {
            1 => format!("{start}{review}"),
            times => format!("{start}{review}, slowest of {times}: {}", time(slowest)),
        }
    }

    fn finish(self, streams: &mut Streams) -> anyhow::Result<Exit> {
        if self.output == Output::Text {
            let (events, slowest) = (render::count(self.events, "event"), time(self.slowest));
            let failed = match (self.failed, self.chat) {
                (0, _) => String::new(),
                (failed, Chat::Ivs) => format!(", {failed} left to the room's fallback result"),
                (failed, _) => format!(", {failed} without an answer"),
            };
            let limit = self.chat.limit().map_or(String::new(), |(limit, who)| {
                format!(" of the {} that {who} waits", time(limit))
            });
            writeln!(streams.out, "\n{events}{failed}; slowest {slowest}{limit}")?;
        }
        Ok(if self.failed == 0 { Exit::Success } else { Exit::No })
    }
}

fn line<'a>(event: &'a str, trial: &Trial, verdict: &'a Verdict) -> Line<'a> {
    let error = match verdict {
        Verdict::Fallback(FunctionError { error_type, message }) => {
            Some(ErrorLine { error_type, message })
        }
        _ => None,
    };
    let response = match &trial.invocation.outcome {
        Outcome::Response(bytes) => serde_json::from_slice(bytes).ok(),
        _ => None,
    };
    Line {
        event,
        response,
        error,
        review_us: trial.invocation.duration.as_micros(),
        init_us: trial.invocation.init_duration.map(|init| init.as_micros()),
        over_limit: trial.is_over_limit,
    }
}

/// The middle one; the lower of two.
fn median(durations: &mut [Duration]) -> Option<Duration> {
    durations.sort_unstable();
    durations.get(durations.len().saturating_sub(1) / 2).copied()
}

/// `182 µs`, `2.9 ms`, `250 ms`, `29 s`.
fn time(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match duration.as_micros() {
        us @ 0..1000 => format!("{us} µs"),
        1000..100_000 => format!("{ms:.1} ms"),
        100_000..10_000_000 => format!("{ms:.0} ms"),
        _ => format!("{} s", duration.as_secs()),
    }
}

/// A text on one line; of a long one, its beginning and its end.
fn shortened(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    match (
        characters.first_chunk::<SHOWN_CHARACTERS>(),
        characters.last_chunk::<SHOWN_CHARACTERS>(),
    ) {
        (Some(head), Some(tail)) if characters.len() > 2 * SHOWN_CHARACTERS => {
            let (head, tail) = (head.iter().collect::<String>(), tail.iter().collect::<String>());
            format!("{} … {}", visible(&head), visible(&tail))
        }
        _ => visible(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_the_folder_is_a_sample() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
        for (chat, folder) in [
            (Chat::Ivs, folder.clone()),
            (Chat::Gateway, folder.join("apigateway")),
            (Chat::Chime, folder.join("chime")),
        ] {
            let mut samples = events_to_send(&[], None, chat).unwrap();
            samples.sort_by(|a, b| a.name.cmp(&b.name));
            assert_eq!(events_in(&folder).unwrap(), samples);
        }
    }

    #[test]
    fn an_event_is_a_sample_or_a_file() {
        let known = events_to_send(&[], None, Chat::Ivs).unwrap();
        let found = |name: &str| find_event(name, &known);
        assert_eq!(found("masked").unwrap(), known[1]);
        let error = found("maskd").unwrap_err().to_string();
        assert!(
            error.starts_with("there is no event `maskd`; name a JSON file, or one of: allowed")
        );
        assert_eq!(found("maskd.json").unwrap_err().to_string(), "there is no file `maskd.json`");
    }

    #[test]
    fn times_and_texts_fit_a_line() {
        for (us, expected) in [
            (182, "182 µs"),
            (1500, "1.5 ms"),
            (99_940, "99.9 ms"),
            (250_000, "250 ms"),
            (29_000_000, "29 s"),
        ] {
            assert_eq!(time(Duration::from_micros(us)), expected);
        }
        assert_eq!(shortened("a\u{200b}b"), "a⟨U+200B⟩b");
        let long = format!("{}{}", "a".repeat(50), "b".repeat(50));
        assert_eq!(shortened(&long), format!("{} … {}", "a".repeat(45), "b".repeat(45)));
        let mut three = [3, 1, 2].map(Duration::from_secs);
        assert_eq!(median(&mut three), Some(Duration::from_secs(2)));
    }
}
