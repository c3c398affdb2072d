//! Carrying out a plan: shown, agreed to, done room by room, seen to be done, told.
//!
//! What `attach` and `detach` have in common. What each room had is on the disk before
//! the first call (`rooms/state.rs`); what each room has in the end is read, not
//! believed; and the same command, run again, plans what is left.

use std::collections::HashMap;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::aws::Aws;
use crate::aws::fault::{Fault, Kind};
use crate::aws::rooms::PERMISSION_TIMEOUT;
use crate::command::Output;
use crate::exit::Exit;
use crate::render::{self, Colour, paint, visible};
use crate::rooms::plan::{Planned, Step};
use crate::rooms::state::{Event, State};
use crate::rooms::{Handler, Room, RoomArn};
use crate::streams::Streams;

/// The options of every verb that changes rooms.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArgs {
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it without asking
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Where what each room had before is kept [default: a file for each account and
    /// region in your state directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// How to say what was done
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Rooms of a plan that are shown before a question.
const SHOWN: usize = 20;

/// How long a change takes to be seen, at most.
const SIGHT_TIMEOUT: Duration = Duration::from_secs(30);

/// Looks that are taken however long they take.
const FEWEST_LOOKS: u32 = 3;

/// Wait between two looks for changes that are not to be seen yet.
const SIGHT_WAIT: Duration = Duration::from_secs(1);

/// Up to here, rooms are looked at one by one, and not page by page.
const LOOK_ONE_BY_ONE: usize = 5;

/// What became of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Done {
    Attached,
    Detached,
    Restored,
    /// Nothing was to be done.
    Unchanged,
    /// Nothing was done; a word more on the command line would do it.
    Refused,
    Failed,
    /// It may have been changed or not: it could not be read again.
    Unknown,
    /// The run ended before it was its turn.
    NotTried,
}

impl Done {
    const ALL: [Self; 8] = [
        Self::Attached,
        Self::Detached,
        Self::Restored,
        Self::Unchanged,
        Self::Refused,
        Self::Failed,
        Self::Unknown,
        Self::NotTried,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Attached => "attached",
            Self::Detached => "detached",
            Self::Restored => "restored",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotTried => "not tried",
        }
    }

    fn is_well(self) -> bool {
        matches!(self, Self::Attached | Self::Detached | Self::Restored | Self::Unchanged)
    }
}

/// A room, and what became of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As it was.
    pub(crate) room: Room,
    pub(crate) done: Done,
    /// The handler it has now; none where that is not known.
    pub(crate) has: Option<Option<Handler>>,
    /// Why, in words.
    pub(crate) why: Option<String>,
}

impl Outcome {
    /// What becomes of a room to which nothing is done.
    pub(crate) fn untouched(Planned { room, step }: Planned) -> Self {
        let has = Some(room.handler.clone());
        let (done, why) = match step {
            Step::Refuse(why) => (Done::Refused, Some(why)),
            Step::Keep(why) => (Done::Unchanged, Some(why.to_owned())),
            Step::Give(_) => (Done::NotTried, None),
        };
        Self { room, done, has, why }
    }
}

/// A room that was named and is not there, in a plan.
pub(crate) fn absent(arn: RoomArn, region: &str) -> Planned {
    let elsewhere = match arn.region() {
        there if there != region => format!("; its ARN says `{there}`, so add `--region {there}`"),
        _ => String::new(),
    };
    let step = Step::Refuse(format!("there is no such room in {region}{elsewhere}"));
    let room = Room {
        arn,
        name: String::new(),
        handler: None,
        tags: Default::default(),
        limits: None,
        logging: Vec::new(),
    };
    Planned { room, step }
}

/// How many rooms a plan changes.
pub(crate) fn changes(plan: &[Planned]) -> usize {
    plan.iter().filter(|planned| matches!(planned.step, Step::Give(_))).count()
}

/// What `--dry-run --output json` prints for a room.
#[derive(Serialize)]
struct PlanLine<'a> {
    room: &'a RoomArn,
    name: &'a str,
    step: &'static str,
    has: Option<&'a Handler>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gets: Option<Option<&'a Handler>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// Shows a plan as the answer that was asked for.
pub(crate) fn show_as_answer(
    plan: &[Planned],
    output: Output,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    match output {
        Output::Text => {
            let text = in_words(plan, usize::MAX, streams.out_colour);
            writeln!(streams.out, "{}", text.trim_end())?;
        }
        Output::Json => {
            for Planned { room, step } in plan {
                let (step, gets, why) = match step {
                    Step::Give(gets) => ("give", Some(gets.as_ref()), None),
                    Step::Keep(why) => ("keep", None, Some(*why)),
                    Step::Refuse(why) => ("refuse", None, Some(why.as_str())),
                };
                let Room { arn: room, name, handler: has, .. } = room;
                let has = has.as_ref();
                render::json_line(&PlanLine { room, name, step, has, gets, why }, streams)?;
            }
        }
    }
    Ok(())
}

/// Shows a plan and asks whether it is to be carried out. Without a terminal there is
/// nobody to ask.
pub(crate) fn agree(
    plan: &[Planned],
    args: &ChangeArgs,
    streams: &mut Streams,
) -> anyhow::Result<bool> {
    let rooms = render::count(changes(plan), "room");
    if args.yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        bail!("this would change {rooms}; see which with `--dry-run`, do it with `--yes`");
    }
    let _ = write!(streams.talk, "{}", in_words(plan, SHOWN, streams.talk_colour));
    ask(&format!("Change {rooms}?"), streams)
}

/// Asks on the terminal; anything but yes is no.
pub(crate) fn ask(question: &str, streams: &mut Streams) -> anyhow::Result<bool> {
    write!(streams.talk, "{question} [y/N] ")?;
    streams.talk.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("could not read the answer")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// A plan for people: what each room has and gets, those with nothing to do last.
fn in_words(plan: &[Planned], most: usize, coloured: bool) -> String {
    let mut rows: Vec<(usize, &Planned)> = plan
        .iter()
        .map(|planned| match planned.step {
            Step::Give(_) => (0, planned),
            Step::Refuse(_) => (1, planned),
            Step::Keep(_) => (2, planned),
        })
        .collect();
    rows.sort_by_key(|(order, _)| *order);
    let title = |planned: &Planned| visible(&planned.room.title());
    let shown = rows.iter().take(most);
    let columns = shown.clone().map(|(_, planned)| title(planned).len()).max().unwrap_or_default();
    let mut text = String::new();
    for (_, planned) in shown {
        let (word, colour, what) = match &planned.step {
            Step::Give(gets) => {
                let (has, gets) =
                    (in_short(planned.room.handler.as_ref()), in_short(gets.as_ref()));
                ("change", Colour::Yellow, format!("{has} -> {gets}"))
            }
            Step::Refuse(why) => ("refuse", Colour::Red, visible(why)),
            Step::Keep(why) => ("keep", Colour::Green, (*why).to_owned()),
        };
        let word = paint(&format!("{word:<6}"), colour, coloured);
        text.push_str(&format!("{word}  {:columns$}  {what}\n", title(planned)));
    }
    if rows.len() > most {
        text.push_str(&format!("… and {} more\n", render::count(rows.len() - most, "room")));
    }
    let of = |order| rows.iter().filter(|(o, _)| *o == order).count();
    text.push_str(&format!(
        "{} to change, {} refused, {} as wished\n",
        render::count(of(0), "room"),
        of(1),
        of(2)
    ));
    text
}

/// `chatwarden:live, else DENY`.
pub(crate) fn in_short(handler: Option<&Handler>) -> String {
    let Some(handler) = handler else { return "no handler".to_owned() };
    let function = match handler.function() {
        Some(function) => function
            .qualifier
            .map_or(function.name.clone(), |qualifier| format!("{}:{qualifier}", function.name)),
        None => visible(&handler.uri),
    };
    format!("{function}, else {}", handler.fallback)
}

/// Carries a plan out. `done` is what a room is told to be that was changed.
pub(crate) async fn carry_out(
    aws: &Arc<Aws>,
    plan: Vec<Planned>,
    done: Done,
    state: &mut State,
    streams: &mut Streams,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(plan.len());
    let mut changes = Vec::new();
    for planned in plan {
        match planned {
            Planned { room, step: Step::Give(gets) } => {
                changes.push(Change { room, gets, fault: None, tried: false });
            }
            planned => outcomes.push(Outcome::untouched(planned)),
        }
    }
    let events = changes.iter().map(|change| {
        Event::change(change.room.arn.clone(), change.room.handler.clone(), change.gets.clone())
    });
    state.write(events.collect())?;
    let changes = make_changes(aws, changes, streams).await;
    let seen = look(aws, &changes).await;
    for Change { room, gets, fault, tried } in changes {
        let has = if tried { seen.get(&room.arn).cloned() } else { Some(room.handler.clone()) };
        let why = fault.as_ref().map(ToString::to_string);
        let (done, why) = match &has {
            _ if !tried => (Done::NotTried, Some("the run ended before".to_owned())),
            Some(has) if *has == gets => (done, None),
            Some(_) => {
                let unseen = || "UpdateRoom was accepted, and cannot be seen yet".to_owned();
                (Done::Failed, Some(why.unwrap_or_else(unseen)))
            }
            None => {
                let unread = || "it could not be read again".to_owned();
                (Done::Unknown, Some(why.unwrap_or_else(unread)))
            }
        };
        outcomes.push(Outcome { room, done, has, why });
    }
    if done == Done::Restored {
        let back = |outcome: &&Outcome| {
            outcome.done == Done::Restored
                || state
                    .memory()
                    .of(&outcome.room.arn)
                    .is_some_and(|remembered| Some(&remembered.had) == outcome.has.as_ref())
        };
        let restored = outcomes.iter().filter(back);
        state.write(restored.map(|o| Event::restored(o.room.arn.clone())).collect())?;
    }
    outcomes.sort_by(|a, b| (&a.room.name, &a.room.arn).cmp(&(&b.room.name, &b.room.arn)));
    Ok(outcomes)
}

/// A room that is being changed.
struct Change {
    room: Room,
    gets: Option<Handler>,
    /// Why the call came to nothing.
    fault: Option<Fault>,
    tried: bool,
}

/// Makes the calls: one first, to see whether any will do, then several at a time, as
/// the rate allows. Ends early on Ctrl-C, or where no further call can do better.
async fn make_changes(aws: &Arc<Aws>, changes: Vec<Change>, streams: &mut Streams) -> Vec<Change> {
    let total = changes.len();
    let alike = changes.windows(2).all(|two| matches!(two, [a, b] if a.gets == b.gets));
    let patience = aws.clock.now() + PERMISSION_TIMEOUT;
    // Enough to keep the rate where an answer takes two seconds.
    let lanes = ((aws.rate * 2.0).ceil() as usize).clamp(2, 64);
    let mut progress = Progress::new(aws, total, streams);
    let mut waiting = changes.into_iter();
    let mut running: JoinSet<Change> = JoinSet::new();
    let mut made: Vec<Change> = Vec::with_capacity(total);
    let mut stop = false;
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let free = if made.is_empty() { 1 } else { lanes };
        while !stop && running.len() < free {
            let Some(mut change) = waiting.next() else { break };
            let aws = Arc::clone(aws);
            running.spawn(async move {
                let given = aws.give(&change.room, change.gets.as_ref(), patience).await;
                change.tried = true;
                change.fault = given.err();
                change
            });
        }
        tokio::select! {
            ended = running.join_next() => match ended {
                None => break,
                Some(Ok(change)) => {
                    stop |= change.fault.as_ref().is_some_and(|fault| match fault.kind {
                        Kind::LoggedOut => true,
                        Kind::NotAllowed | Kind::HandlerNotAllowed => alike && made.is_empty(),
                        _ => false,
                    });
                    made.push(change);
                    progress.show(made.len());
                }
                Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
            },
            _ = &mut interrupted, if !stop => {
                stop = true;
                progress.say("stopping when the calls under way have ended");
                // Whoever asks twice does not want to wait.
                tokio::spawn(async {
                    let _ = tokio::signal::ctrl_c().await;
                    std::process::exit(130);
                });
            }
        }
    }
    progress.end();
    made.extend(waiting);
    made
}

/// Reads what the rooms have now that calls were made for, until all is as it was asked
/// for or no longer to be expected.
async fn look(aws: &Aws, changes: &[Change]) -> HashMap<RoomArn, Option<Handler>> {
    let deadline = aws.clock.now() + SIGHT_TIMEOUT;
    let mut seen: HashMap<RoomArn, Option<Handler>> = HashMap::new();
    let mut open: Vec<&Change> = changes.iter().filter(|change| change.tried).collect();
    let mut looks = 0;
    while !open.is_empty() {
        looks += 1;
        let read = read(aws, &open, &mut seen).await;
        // What was refused for good will not be seen; what had no answer may still be.
        open.retain(|change| {
            let expected = change.fault.as_ref().is_none_or(|fault| fault.maybe_done);
            let as_asked = seen.get(&change.room.arn) == Some(&change.gets);
            !as_asked && (expected || !seen.contains_key(&change.room.arn))
        });
        let hopeless =
            read.is_err_and(|fault| matches!(fault.kind, Kind::LoggedOut | Kind::NotAllowed));
        // Pages that shift while they are turned hide a room now and then.
        if hopeless || (looks >= FEWEST_LOOKS && aws.clock.now() >= deadline) {
            break;
        }
        if !open.is_empty() {
            aws.clock.sleep(SIGHT_WAIT).await;
        }
    }
    seen
}

/// Reads rooms: a few by themselves, many by the pages on which they are, which are the
/// first ones, since they were changed last.
async fn read(
    aws: &Aws,
    open: &[&Change],
    seen: &mut HashMap<RoomArn, Option<Handler>>,
) -> Result<(), Fault> {
    if open.len() <= LOOK_ONE_BY_ONE {
        for change in open {
            if let Some(room) = aws.room(&change.room.arn).await? {
                seen.insert(room.arn, room.handler);
            }
        }
        return Ok(());
    }
    let mut unseen: std::collections::HashSet<&RoomArn> =
        open.iter().map(|change| &change.room.arn).collect();
    aws.list(|room| {
        if unseen.remove(&room.arn) {
            seen.insert(room.arn, room.handler);
        }
        !unseen.is_empty()
    })
    .await
}

/// What `--output json` prints for a room.
#[derive(Serialize)]
struct Line<'a> {
    room: &'a RoomArn,
    name: &'a str,
    outcome: Done,
    /// Left out where it is not known; null for no handler.
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<Option<&'a Handler>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// Tells what became of the rooms, and what scripts are to see.
pub(crate) fn report(
    outcomes: &[Outcome],
    output: Output,
    streams: &mut Streams,
) -> anyhow::Result<Exit> {
    if output == Output::Json {
        for Outcome { room, done, has, why } in outcomes {
            let (handler, why) = (has.as_ref().map(Option::as_ref), why.as_deref());
            let Room { arn: room, name, .. } = room;
            render::json_line(&Line { room, name, outcome: *done, handler, why }, streams)?;
        }
    }
    for Outcome { room, done, why, .. } in outcomes {
        if !done.is_well() && *done != Done::NotTried {
            let word = paint("error:", Colour::Red, streams.talk_colour);
            let why = visible(why.as_deref().unwrap_or_default());
            writeln!(streams.talk, "{word} {} {}: {why}", visible(&room.title()), done.word())?;
        }
    }
    if output == Output::Text {
        for done in Done::ALL {
            let number = outcomes.iter().filter(|outcome| outcome.done == done).count();
            if number > 0 {
                writeln!(streams.out, "{:<9}  {}", done.word(), render::count(number, "room"))?;
            }
        }
        if outcomes.is_empty() {
            writeln!(streams.out, "no room is meant by that")?;
        }
    }
    let well = outcomes.iter().filter(|outcome| outcome.done.is_well()).count();
    let changed_later = outcomes
        .iter()
        .any(|outcome| matches!(outcome.done, Done::Failed | Done::Unknown | Done::NotTried));
    if changed_later {
        writeln!(streams.talk, "the same command goes on from there")?;
    }
    Ok(match (well, outcomes.len()) {
        (_, 0) => Exit::No,
        (well, all) if well == all => Exit::Success,
        (0, _) => Exit::Failed,
        _ => Exit::Partial,
    })
}

/// How far it is, on a terminal.
struct Progress<'a> {
    aws: &'a Aws,
    streams: &'a mut Streams,
    total: usize,
    started: Duration,
    shown: bool,
}

impl<'a> Progress<'a> {
    fn new(aws: &'a Aws, total: usize, streams: &'a mut Streams) -> Self {
        Self { aws, streams, total, started: aws.clock.now(), shown: false }
    }

    fn show(&mut self, made: usize) {
        if !self.streams.talk_is_terminal || made == 0 {
            return;
        }
        let spent = self.aws.clock.now().saturating_sub(self.started);
        let left = spent.mul_f64((self.total - made) as f64 / made as f64).as_secs();
        let rooms = render::count(self.total, "room");
        let (minutes, seconds) = (left / 60, left % 60);
        let _ =
            write!(self.streams.talk, "\r\x1b[K{made} of {rooms}, {minutes}:{seconds:02} min left");
        let _ = self.streams.talk.flush();
        self.shown = true;
    }

    fn say(&mut self, text: &str) {
        self.end();
        let _ = writeln!(self.streams.talk, "{text}");
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(self.streams.talk, "\r\x1b[K");
        }
    }
}
