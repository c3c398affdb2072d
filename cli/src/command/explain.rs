//! `chatwarden explain`: what the policy makes of a message, and why.
//!
//! For the moderator who edits a word list and must see what it does: the message with
//! a line below each thing that was found, the term and the disguise, what spared it,
//! and the exact response that IVS Chat would get.

use std::io;

use anyhow::{Context, bail};
use chatwarden_engine::contract::{Attributes, ReviewRequest, Sender};
use chatwarden_engine::explain::{Explanation, Finding};
use chatwarden_engine::review::{Scratch, Verdict};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::command::Output;
use crate::exit::Exit;
use crate::policy_file::PolicyArg;
use crate::render::{self, Colour, Mark, paint, visible};
use crate::streams::Streams;

/// Show what a policy makes of a message, and why
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden explain 'what a ch4tw@rdenm4sk'
  chatwarden explain --policy kids.toml 'what a ch4tw@rdenm4sk'
  chatwarden explain --sender-attribute role=moderator 'what a ch4tw@rdenm4sk'
  chatwarden explain - < lines.txt        each line is a message

Below the message, ^^^ is what a rule acts on, ~~~ what one in shadow mode finds,
and --- what was spared, by an exception or because the rule does not apply here.")]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArg,
    /// Attribute of the sender's chat token; profiles look at these
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    sender_attribute: Vec<(String, String)>,
    /// ARN of the room; profiles look at it
    #[arg(long, value_name = "ARN", default_value = "")]
    room: String,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// The message; `-` reads messages from stdin, one per line
    #[arg(required = true)]
    text: Vec<String>,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as key=value, e.g. role=moderator".to_owned()),
    }
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { policy, sender_attribute, room, output, text } = args;
    let messages: Vec<String> = if text == ["-"] {
        let stdin = io::read_to_string(io::stdin()).context("could not read stdin")?;
        stdin.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    } else {
        vec![text.join(" ")]
    };
    if messages.iter().any(String::is_empty) {
        bail!("the message is empty; IVS Chat sends at least one character");
    }
    let loaded = policy.load()?;
    let policy = loaded.policy()?;
    let attributes: Attributes<'_> =
        sender_attribute.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    let mut scratch = Scratch::default();
    for (number, message) in messages.iter().enumerate() {
        let request = ReviewRequest {
            content: message.into(),
            room_arn: room.as_str().into(),
            sender: Sender { attributes: attributes.clone(), ..Sender::default() },
            ..ReviewRequest::default()
        };
        let explanation = policy.explain(&request, &mut scratch);
        match output {
            Output::Json => json(request, explanation, streams)?,
            Output::Text => {
                if number > 0 {
                    writeln!(streams.out)?;
                }
                text_for_people(request, explanation, streams)?;
            }
        }
    }
    Ok(Exit::Success)
}

/// Columns of the words on the left.
const INDENT: usize = 10;

/// Columns that a message may take beside them.
const COLUMNS: usize = 90;

fn text_for_people(
    request: ReviewRequest<'_>,
    explanation: Explanation<'_>,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let coloured = streams.out_colour;
    let out = &mut streams.out;
    let Explanation { folded, mut findings, exempt_by, review } = explanation;
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.rule_index));

    let marks = marks(&findings);
    section(out, "message", &render::underlined(&request.content, &marks, COLUMNS, coloured))?;
    section(out, "folded", &render::underlined(&folded, &[], COLUMNS, coloured))?;
    for (finding, number) in findings.iter().zip(1..) {
        section(out, &number.to_string(), &described(finding, &request.content, exempt_by))?;
    }

    let tags = render::tags(&review.tags);
    let mut verdict = match &review.verdict {
        Verdict::Allow => {
            let why = exempt_by.map(|profile| format!(": the profile `{profile}` is exempt"));
            let why = why.unwrap_or_default();
            vec![format!("{}{why}", paint("allow", Colour::Green, coloured))]
        }
        Verdict::Rewrite(text) => vec![
            paint("rewrite", Colour::Yellow, coloured),
            format!("deliver: {}", visible(text.as_str())),
        ],
        Verdict::Deny(denial) => {
            let by = format!("by the rule `{}`", denial.rule);
            let reason = visible(denial.reason.as_str());
            vec![
                format!("{}, {by}", paint("deny", Colour::Red, coloured)),
                format!("tell the sender: {reason}"),
            ]
        }
    };
    if !tags.is_empty() {
        verdict.push(format!("attach: {tags}"));
    }
    section(out, "verdict", &verdict)?;

    let mut response = Vec::new();
    review.answer(request).write_json(&mut response);
    section(out, "response", &[String::from_utf8_lossy(&response).into_owned()])
}

/// Lines with a word on the left of the first.
fn section(out: &mut dyn io::Write, word: &str, lines: &[String]) -> anyhow::Result<()> {
    for (at, line) in lines.iter().enumerate() {
        let word = if at == 0 { word } else { "" };
        writeln!(out, "{}", format!("{word:INDENT$}{line}").trim_end())?;
    }
    Ok(())
}

/// A line for each place: several findings at one place share it.
fn marks(findings: &[Finding<'_>]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (finding, number) in findings.iter().zip(1..) {
        let (stroke, colour) = if finding.spared_by.is_some() || !finding.applies {
            ('-', Colour::Dim)
        } else if finding.shadow {
            ('~', Colour::Yellow)
        } else {
            ('^', Colour::Red)
        };
        let span = finding.span.clone();
        match marks.iter_mut().find(|mark| mark.span == span && mark.stroke == stroke) {
            Some(mark) => mark.label.push_str(&format!(",{number}")),
            None => marks.push(Mark { span, stroke, colour, label: number.to_string() }),
        }
    }
    marks
}

/// What was found, how it was disguised, and why nothing may come of it.
fn described(finding: &Finding<'_>, content: &str, exempt_by: Option<&str>) -> Vec<String> {
    let found = visible(content.get(finding.span.clone()).unwrap_or_default());
    let mut lines = vec![format!("`{found}`: {}, rule `{}`", finding.what, finding.rule)];
    lines.extend(finding.how.iter().map(|how| visible(how)));
    if let Some(spared_by) = &finding.spared_by {
        lines.push(format!("spared by {}", visible(spared_by)));
    }
    if !finding.applies && exempt_by.is_none() {
        lines.push("the rule does not apply to this room and sender".to_owned());
    }
    if finding.shadow {
        lines.push("the rule is in shadow mode: found, not enforced".to_owned());
    }
    lines
}

/// What `--output json` prints for one message.
#[derive(Serialize)]
struct Explained<'a> {
    message: &'a str,
    folded: &'a str,
    findings: Vec<Found<'a>>,
    /// The profile for whose sake nothing was reviewed.
    exempt_by: Option<&'a str>,
    verdict: &'static str,
    /// The rule that denied.
    rule: Option<&'a str>,
    response: &'a RawValue,
}

#[derive(Serialize)]
struct Found<'a> {
    rule: &'a str,
    /// Bytes of the message.
    start: usize,
    end: usize,
    text: &'a str,
    what: &'a str,
    how: &'a [String],
    spared_by: Option<&'a str>,
    shadow: bool,
    applies: bool,
}

fn json(
    request: ReviewRequest<'_>,
    explanation: Explanation<'_>,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let Explanation { folded, findings, exempt_by, review } = explanation;
    let message = request.content.clone();
    let findings = findings
        .iter()
        .map(|finding| Found {
            rule: finding.rule,
            start: finding.span.start,
            end: finding.span.end,
            text: message.get(finding.span.clone()).unwrap_or_default(),
            what: &finding.what,
            how: &finding.how,
            spared_by: finding.spared_by.as_deref(),
            shadow: finding.shadow,
            applies: finding.applies,
        })
        .collect();
    let (verdict, rule) = match &review.verdict {
        Verdict::Allow => ("allow", None),
        Verdict::Rewrite(rewrite) => ("rewrite", Some(rewrite.rule)),
        Verdict::Deny(denial) => ("deny", Some(denial.rule)),
    };
    let mut response = Vec::new();
    review.answer(request).write_json(&mut response);
    let response = serde_json::from_slice(&response)?;
    let explained = Explained {
        message: &message,
        folded: &folded,
        findings,
        exempt_by,
        verdict,
        rule,
        response,
    };
    render::json_line(&explained, streams)
}
