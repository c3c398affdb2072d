//! `chatwarden rooms`: which rooms there are, who reviews their messages, and where
//! nobody does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use crate::aws::fault::Kind;
use crate::aws::{Aws, AwsArgs};
use crate::command::{Output, wait_for};
use crate::exit::Exit;
use crate::render::{self, Colour, paint, visible};
use crate::rooms::select::Selection;
use crate::rooms::state::{self, Memory};
use crate::rooms::{Fallback, FunctionArn, FunctionName, Handler, Limits, Room, RoomArn};
use crate::streams::Streams;

/// List rooms, and who reviews their messages
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden rooms                            every room of the region
  chatwarden rooms 'stream-*' --tag env=prod
  chatwarden rooms --handler chatwarden       rooms that have this function
  chatwarden rooms --without-handler          rooms that nobody reviews
  chatwarden rooms --details                  longest message and message rate, too
  chatwarden rooms --output json | jq -r 'select(.notes[] == \"foreign\").room'

A note says what to look at: `no handler`, `foreign` (a function that no room was given
from here; with `--ours`, another one than that), `function missing`, `fallback ALLOW`,
`stack` (CloudFormation owns the room).

Needs: ivschat:ListRooms; GetRoom for `--details`; lambda:GetFunctionConfiguration.")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Only rooms that have this function: its name or ARN, perhaps with a version or alias
    #[arg(long, value_name = "FUNCTION")]
    handler: Option<FunctionName>,
    /// Only rooms that have no handler
    #[arg(long, conflicts_with = "handler")]
    without_handler: bool,
    /// The function that is yours: rooms with another one are noted as foreign
    #[arg(long, value_name = "FUNCTION")]
    ours: Option<FunctionName>,
    /// Show the longest message and the message rate: one more call for each room
    #[arg(long)]
    details: bool,
    /// Where `attach` kept what rooms had [default: a file for each account and region in
    /// your state directory]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How to list them
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    aws: AwsArgs,
}

/// What is worth a look about a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Note {
    NoHandler,
    Foreign,
    FunctionMissing,
    FallbackAllow,
    Stack,
}

impl Note {
    fn words(self) -> &'static str {
        match self {
            Self::NoHandler => "no handler",
            Self::Foreign => "foreign",
            Self::FunctionMissing => "function missing",
            Self::FallbackAllow => "fallback ALLOW",
            Self::Stack => "stack",
        }
    }
}

/// What `--output json` prints for a room.
#[derive(Serialize)]
struct Line<'a> {
    room: &'a RoomArn,
    name: &'a str,
    handler: Option<&'a Handler>,
    #[serde(flatten)]
    limits: Option<Limits>,
    tags: &'a BTreeMap<String, String>,
    logging: &'a [String],
    notes: &'a [Note],
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    wait_for(rooms(args, streams))
}

async fn rooms(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { selection, handler, without_handler, ours, details, state, output, aws } = args;
    let wanted = selection.or_all()?;
    let aws = Aws::connect(&aws).await?;
    let (mut rooms, absent) = aws.find(&wanted).await?;
    rooms.retain(|room| match (&handler, room.handler.as_ref().map(Handler::function)) {
        (Some(name), has) => has.flatten().is_some_and(|function| name.is(&function)),
        (None, has) => !without_handler || has.is_none(),
    });
    if details {
        for room in &mut rooms {
            if room.limits.is_none()
                && let Some(read) = aws.room(&room.arn).await?
            {
                *room = read;
            }
        }
    }
    let known = Known::new(&aws, &rooms, ours, state, streams).await?;
    let noted: Vec<(Room, Vec<Note>)> =
        rooms.into_iter().map(|room| (known.notes(&room), room)).map(|(n, r)| (r, n)).collect();
    match output {
        Output::Text => table(&noted, streams)?,
        Output::Json => {
            for (room, notes) in &noted {
                let Room { arn: room, name, handler, tags, limits, logging } = room;
                let (handler, limits) = (handler.as_ref(), *limits);
                let line = Line { room, name, handler, limits, tags, logging, notes };
                render::json_line(&line, streams)?;
            }
        }
    }
    for arn in &absent {
        let word = paint("error:", Colour::Red, streams.talk_colour);
        writeln!(streams.talk, "{word} there is no such room in {}: {arn}", aws.region)?;
    }
    Ok(match (absent.is_empty(), noted.is_empty()) {
        (true, _) => Exit::Success,
        (false, false) => Exit::Partial,
        (false, true) => Exit::No,
    })
}

/// What the notes go by.
struct Known {
    ours: Option<FunctionName>,
    /// Functions that rooms were given from here.
    given: BTreeSet<FunctionArn>,
    missing: BTreeSet<FunctionArn>,
}

impl Known {
    async fn new(
        aws: &Aws,
        rooms: &[Room],
        ours: Option<FunctionName>,
        state: Option<PathBuf>,
        streams: &mut Streams,
    ) -> anyhow::Result<Self> {
        let state = match (state, rooms.first()) {
            (Some(path), _) => Some(path),
            (None, Some(room)) => state::default_path(room.arn.account(), &aws.region).ok(),
            (None, None) => None,
        };
        let memory = state.map(|path| Memory::read(&path)).transpose()?.unwrap_or_default();
        let given = memory.given().filter_map(Handler::function).map(|f| f.unqualified()).collect();
        let functions: BTreeSet<FunctionArn> =
            rooms.iter().filter_map(|room| room.handler.as_ref()?.function()).collect();
        let mut missing = BTreeSet::new();
        for function in functions {
            let Ok(name) = function.to_string().parse() else { continue };
            match aws.function(&name).await {
                Ok(Some(_)) => {}
                Ok(None) => drop(missing.insert(function)),
                Err(fault) => {
                    writeln!(streams.talk, "note: not known whether functions are there: {fault}")?;
                    if matches!(fault.kind, Kind::NotAllowed | Kind::LoggedOut) {
                        break;
                    }
                }
            }
        }
        Ok(Self { ours, given, missing })
    }

    fn notes(&self, room: &Room) -> Vec<Note> {
        let mut notes = Vec::new();
        let Some(handler) = &room.handler else { return vec![Note::NoHandler] };
        let function = handler.function();
        let is_ours = match (&self.ours, &function) {
            (Some(name), Some(function)) => name.is(function),
            (Some(_), None) => false,
            (None, Some(function)) => {
                self.given.is_empty() || self.given.contains(&function.unqualified())
            }
            (None, None) => self.given.is_empty(),
        };
        if !is_ours {
            notes.push(Note::Foreign);
        }
        if function.is_some_and(|function| self.missing.contains(&function)) {
            notes.push(Note::FunctionMissing);
        }
        if handler.fallback == Fallback::Allow {
            notes.push(Note::FallbackAllow);
        }
        if room.stack().is_some() {
            notes.push(Note::Stack);
        }
        notes
    }
}

/// The rooms as a table, then how many of each note there are.
fn table(rooms: &[(Room, Vec<Note>)], streams: &mut Streams) -> anyhow::Result<()> {
    let details = rooms.iter().any(|(room, _)| room.limits.is_some());
    let mut header = vec!["NAME", "ID", "HANDLER", "FALLBACK"];
    if details {
        header.extend(["LENGTH", "RATE"]);
    }
    header.extend(["TAGS", "NOTES"]);
    let mut rows = vec![header.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for (room, notes) in rooms {
        let dash = || "-".to_owned();
        let handler = room.handler.as_ref();
        let function = handler.map(|handler| match handler.function() {
            Some(FunctionArn { name, qualifier, .. }) => match qualifier {
                Some(qualifier) => format!("{name}:{qualifier}"),
                None => name,
            },
            None => visible(&handler.uri),
        });
        let mut row = vec![
            if room.name.is_empty() { dash() } else { visible(&room.name) },
            room.arn.id().to_owned(),
            function.unwrap_or_else(dash),
            handler.map_or_else(dash, |handler| handler.fallback.to_string()),
        ];
        if details {
            let limits = room.limits;
            row.push(limits.map_or_else(dash, |limits| limits.max_length.to_string()));
            row.push(limits.map_or_else(dash, |limits| limits.max_rate.to_string()));
        }
        let tags: Vec<String> =
            room.tags.iter().map(|(key, value)| visible(&format!("{key}={value}"))).collect();
        row.push(if tags.is_empty() { dash() } else { tags.join(",") });
        row.push(notes.iter().map(|note| note.words()).collect::<Vec<_>>().join(", "));
        rows.push(row);
    }
    for line in render::columns(&rows) {
        writeln!(streams.out, "{line}")?;
    }
    let mut summary = render::count(rooms.len(), "room");
    for note in
        [Note::NoHandler, Note::Foreign, Note::FunctionMissing, Note::FallbackAllow, Note::Stack]
    {
        let number = rooms.iter().filter(|(_, notes)| notes.contains(&note)).count();
        if number > 0 {
            summary.push_str(&format!(", {number} {}", note.words()));
        }
    }
    writeln!(streams.talk, "{summary}")?;
    Ok(())
}
