//! `chatwarden create`: a room that has the handler from its first message on.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Serialize;

use crate::aws::rooms::{NewRoom, PERMISSION_TIMEOUT};
use crate::aws::{Aws, AwsArgs};
use crate::change::in_short;
use crate::command::attach::{permit, usable};
use crate::command::{Output, wait_for};
use crate::exit::Exit;
use crate::render;
use crate::rooms::{Fallback, FunctionName, Handler, Limits, RoomArn};
use crate::streams::Streams;

/// Create a room that has the handler from the start
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden create lobby --handler chatwarden --fallback deny
  chatwarden create lobby --handler chatwarden --fallback deny --max-length 200 --tag env=prod

The room's ARN is printed. Names need not be unique: run twice, this makes two rooms.

Needs: ivschat:CreateRoom, TagResource with tags; lambda:GetFunctionConfiguration,
GetPolicy, AddPermission.")]
pub(crate) struct Args {
    /// The room's name: up to 128 letters, digits, `-` and `_`
    #[arg(value_parser = room_name)]
    name: Option<String>,
    /// Function that reviews the messages: its name or ARN, perhaps with a version or alias
    #[arg(long, value_name = "FUNCTION")]
    handler: FunctionName,
    /// What IVS Chat does with a message when the handler fails or is late
    #[arg(long, value_enum, ignore_case = true)]
    fallback: Fallback,
    /// Longest message, in characters: 1 to 500 [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=500))]
    max_length: Option<i32>,
    /// Most messages a second, over all clients: 1 to 100 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100))]
    max_rate: Option<i32>,
    /// Tag for the room; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    tag: Vec<(String, String)>,
    /// Logging configuration for the room; may be given three times
    #[arg(long, value_name = "ARN")]
    logging: Vec<String>,
    /// How to say what was made
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    aws: AwsArgs,
}

fn room_name(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match text.chars().all(good) && text.len() <= 128 {
        true => Ok(text.to_owned()),
        false => Err("a room's name has up to 128 letters, digits, `-` and `_`".to_owned()),
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write a tag as `key=value`".to_owned()),
    }
}

/// What `--output json` prints.
#[derive(Serialize)]
struct Line<'a> {
    room: &'a RoomArn,
    name: &'a str,
    handler: Option<&'a Handler>,
    #[serde(flatten)]
    limits: Option<Limits>,
    tags: &'a BTreeMap<String, String>,
    logging: &'a [String],
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    wait_for(create(args, streams))
}

async fn create(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { name, handler, fallback, max_length, max_rate, tag, logging, output, aws } = args;
    let aws = Aws::connect(&aws).await?;
    let function = usable(&aws, &handler, streams).await?;
    let policy = aws.policy(&function.arn).await?;
    if !policy.allows_new_room(&function.arn.account, &function.arn.region) {
        permit(&aws, &function, &policy).await?;
    }
    let handler = Handler { uri: function.arn.to_string(), fallback };
    let tags = tag.into_iter().collect();
    let new = NewRoom { name, handler, max_length, max_rate, tags, logging };
    let patience = aws.clock.now() + PERMISSION_TIMEOUT;
    let made = aws.create(&new, patience).await.map_err(|fault| {
        let maybe = fault.maybe_done;
        let error = anyhow::Error::new(fault);
        match maybe {
            true => error.context("nobody knows whether the room was made; see `chatwarden rooms`"),
            false => error,
        }
    });
    let made = made.context("could not create the room")?;
    match output {
        Output::Text => {
            writeln!(streams.out, "{}", made.arn)?;
            writeln!(streams.talk, "{}: {}", made.title(), in_short(made.handler.as_ref()))?;
        }
        Output::Json => {
            let (handler, limits) = (made.handler.as_ref(), made.limits);
            let (room, name, tags) = (&made.arn, made.name.as_str(), &made.tags);
            let logging = &made.logging;
            render::json_line(&Line { room, name, handler, limits, tags, logging }, streams)?;
        }
    }
    Ok(Exit::Success)
}
