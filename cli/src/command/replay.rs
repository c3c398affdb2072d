//! `chatwarden replay`: what a policy would have made of a recorded session.
//!
//! The messages of the recording are reviewed as `review` does it, one answer for each. What
//! else was recorded is no message to review; it is counted, and told at the end. The frames
//! themselves are `recording`'s matter.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::{MAX_CONTENT_BYTES, ReviewRequest};
use chatwarden_engine::review::{Scratch, Verdict};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::command::Output;
use crate::command::review::write_answer;
use crate::exit::Exit;
use crate::file;
use crate::policy_file::PolicyArg;
use crate::recording::{Close, Entry, Frame};
use crate::render::{self, Colour, paint, visible};
use crate::streams::Streams;

/// Review what was said in recorded chat sessions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A recording has a frame of an Amazon Chime SDK messaging WebSocket on each line, as it came:
  {\"Headers\": {\"x-amz-chime-event-type\": \"CREATE_CHANNEL_MESSAGE\", …}, \"Payload\": \"{…}\"}
How the connection ended may stand on a line too:
  {\"Close\": {\"Code\": 1006, \"Reason\": \"\"}}
So may review requests, as `chatwarden review` takes them.

What is reviewed are messages that were created or updated for everybody, of type STANDARD.
stdout has one answer for each, with its file and line, as JSON `{\"at\": …, \"response\": {…}}`;
what else there was is told on stderr.

Exit codes: 0 done, 1 done and some lines could not be read, 2 could not be done.")]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArg,
    /// How to answer
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Recordings to read; `-` is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let loaded = args.policy.load()?;
    let policy = loaded.policy()?;
    let mut replay = Replay {
        policy: &policy,
        scratch: Scratch::default(),
        output: args.output,
        streams,
        summary: Summary::default(),
    };
    for path in &args.files {
        let (name, recording) = if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).context("could not read stdin")?;
            ("stdin".to_owned(), bytes)
        } else {
            (path.display().to_string(), file::read(path)?)
        };
        replay.file(&name, &recording)?;
    }
    replay.finish()
}

struct Replay<'p, 's> {
    policy: &'p CompiledPolicy<'p>,
    scratch: Scratch,
    output: Output,
    streams: &'s mut Streams,
    summary: Summary,
}

/// What `--output json` prints for one message.
#[derive(Serialize)]
struct Answered<'a> {
    /// File and line.
    at: &'a str,
    response: &'a RawValue,
}

/// What is told at the end.
#[derive(Default)]
struct Summary {
    allowed: usize,
    rewritten: usize,
    denied: usize,
    /// By what they are.
    others: BTreeMap<String, usize>,
    /// Lines that could not be read.
    faults: usize,
}

impl Replay<'_, '_> {
    fn file(&mut self, name: &str, recording: &[u8]) -> anyhow::Result<()> {
        for (index, line) in recording.split(|byte| *byte == b'\n').enumerate() {
            let place = format!("{name}:{}", index + 1);
            match Entry::read(line) {
                _ if line.trim_ascii().is_empty() => {}
                Ok(Entry::Frame(frame)) => match frame.to_review() {
                    Some(request) if request.content.len() > MAX_CONTENT_BYTES => {
                        let fault = format!("`Content` is over {MAX_CONTENT_BYTES} bytes");
                        self.fault(&place, &fault)?;
                    }
                    Some(request) => self.review(&place, request)?,
                    None => *self.summary.others.entry(described(&frame)).or_default() += 1,
                },
                Ok(Entry::Request(request)) => self.review(&place, request)?,
                Ok(Entry::Close(close)) => {
                    writeln!(self.streams.talk, "{place}: {}", advice(close))?;
                }
                Err(error) => self.fault(&place, &error.to_string())?,
            }
        }
        Ok(())
    }

    fn review(&mut self, place: &str, request: ReviewRequest<'_>) -> anyhow::Result<()> {
        let review = self.policy.review(&request, &mut self.scratch);
        *match review.verdict {
            Verdict::Allow => &mut self.summary.allowed,
            Verdict::Rewrite(_) => &mut self.summary.rewritten,
            Verdict::Deny(_) => &mut self.summary.denied,
        } += 1;
        let mut answer = Vec::new();
        write_answer(review, request, self.output, self.streams.out_colour, &mut answer);
        match self.output {
            Output::Text => {
                write!(self.streams.out, "{place}: ")?;
                answer.push(b'\n');
                Ok(self.streams.out.write_all(&answer)?)
            }
            Output::Json => {
                let response: &RawValue = serde_json::from_slice(&answer)?;
                render::json_line(&Answered { at: place, response }, self.streams)
            }
        }
    }

    fn fault(&mut self, place: &str, fault: &str) -> io::Result<()> {
        self.summary.faults += 1;
        let word = paint("error:", Colour::Red, self.streams.talk_colour);
        writeln!(self.streams.talk, "{word} {place}: {fault}")
    }

    fn finish(self) -> anyhow::Result<Exit> {
        let Self { streams, summary, .. } = self;
        streams.out.flush()?;
        let Summary { allowed, rewritten, denied, others, faults } = summary;
        let messages = render::count(allowed + rewritten + denied, "message");
        writeln!(
            streams.talk,
            "{messages}: {allowed} allowed, {rewritten} rewritten, {denied} denied"
        )?;
        for (what, number) in others {
            writeln!(streams.talk, "not reviewed: {number} {}", visible(&what))?;
        }
        Ok(if faults == 0 { Exit::Success } else { Exit::No })
    }
}

/// A frame that is not reviewed: its event, and what else is told of it.
fn described(frame: &Frame) -> String {
    let mut what = frame.event.to_string();
    let kind = frame.message_type.as_ref().map(ToString::to_string);
    let reason = frame.reason.as_ref().map(ToString::to_string);
    let more: Vec<String> = kind.into_iter().chain(reason).collect();
    if !more.is_empty() {
        what.push_str(&format!(" ({})", more.join(", ")));
    }
    what
}

fn advice(close: Close) -> String {
    let meaning = close.meaning().map_or(String::new(), |meaning| format!(" ({meaning})"));
    let advice = if close.reconnects() {
        "a client fetches the endpoint again and reconnects"
    } else {
        "a client does not reconnect"
    };
    format!("closed with {}{meaning}: {advice}", close.code)
}
