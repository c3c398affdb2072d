//! `chatwarden detach`: take the handler away from rooms, or give back what they had.
//!
//! The permission goes last, and only when no room needs it any more: a room that names
//! a function IVS Chat may not invoke delivers or denies everything by its fallback.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::aws::{Aws, AwsArgs};
use crate::change::{self, ChangeArgs, Done, Outcome, absent, ask};
use crate::command::wait_for;
use crate::exit::Exit;
use crate::rooms::plan::{Wish, plan};
use crate::rooms::select::Selection;
use crate::rooms::state::{self, Memory, State};
use crate::rooms::{FunctionArn, FunctionName, Handler};
use crate::streams::Streams;

/// Take the handler away from rooms, or give them back what they had
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden detach --all --handler chatwarden --dry-run
  chatwarden detach 'stream-*' --handler chatwarden
  chatwarden detach --all --restore           give every room back what it had
  chatwarden detach lobby --any-handler       whichever handler it is

Needs: ivschat:ListRooms, GetRoom, UpdateRoom; for the permission lambda:GetPolicy,
RemovePermission.

Exit codes: 0 done, 2 not done, 3 done for some rooms.")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Only from rooms that have this function: its name or ARN, perhaps with a version
    /// or alias
    #[arg(long, value_name = "FUNCTION", required_unless_present_any = ["restore", "any_handler"])]
    handler: Option<FunctionName>,
    /// Whichever handler they have
    #[arg(long, conflicts_with_all = ["handler", "restore"])]
    any_handler: bool,
    /// Give rooms back the handler that they had before `attach`, if they had one
    #[arg(long)]
    restore: bool,
    /// With `--restore`: undo also what somebody else changed since
    #[arg(long, requires = "restore")]
    replace: bool,
    /// Take the function's permission back without asking, if no room needs it any more
    #[arg(long)]
    remove_permission: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    wait_for(detach(args, streams))
}

async fn detach(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { selection, handler, restore, replace, remove_permission, change, aws, .. } = args;
    let wanted = selection.wanted()?;
    let aws = Arc::new(Aws::connect(&aws).await?);
    let (rooms, missing) = aws.find(&wanted).await?;
    wanted.each_name_is_among(&rooms)?;
    let path = match (&change.state, rooms.first()) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(room)) => Some(state::default_path(room.arn.account(), &aws.region)?),
        (None, None) => None,
    };
    let memory = match &path {
        Some(path) => Memory::read(path)?,
        None => Memory::default(),
    };
    let (wish, done) = if restore {
        (Wish::Restore { handler: handler.clone(), replace }, Done::Restored)
    } else {
        (Wish::Detach { handler: handler.clone() }, Done::Detached)
    };
    let mut plan = plan(rooms, &wish, &memory);
    plan.extend(missing.into_iter().map(|arn| absent(arn, &aws.region)));
    if change.dry_run {
        change::show_as_answer(&plan, change.output, streams)?;
        return Ok(Exit::Success);
    }
    let changes = change::changes(&plan) > 0;
    if changes && !change::agree(&plan, &change, streams)? {
        writeln!(streams.talk, "nothing was changed")?;
        return Ok(Exit::No);
    }
    let outcomes = match path {
        Some(path) => {
            let mut state = State::open(&path)?;
            change::carry_out(&aws, plan, done, &mut state, streams).await?
        }
        // There is no room at all; those that were named are not there.
        None => plan.into_iter().map(Outcome::untouched).collect(),
    };
    let exit = change::report(&outcomes, change.output, streams)?;
    if remove_permission || (changes && streams.talk_is_terminal && !change.yes) {
        let functions = taken_away(&aws, &outcomes, handler.as_ref()).await?;
        take_back(&aws, functions, remove_permission, streams).await?;
    }
    Ok(exit)
}

/// The functions that rooms no longer have, and the one that was named.
async fn taken_away(
    aws: &Aws,
    outcomes: &[Outcome],
    named: Option<&FunctionName>,
) -> anyhow::Result<BTreeSet<FunctionArn>> {
    let had =
        outcomes.iter().filter(|outcome| matches!(outcome.done, Done::Detached | Done::Restored));
    let mut functions: BTreeSet<FunctionArn> =
        had.filter_map(|outcome| outcome.room.handler.as_ref()?.function()).collect();
    if let Some(named) = named
        && let Some(function) = aws.function(named).await?
    {
        functions.insert(function.arn);
    }
    Ok(functions)
}

/// Takes back the permissions that were added from here, of functions that no room has.
async fn take_back(
    aws: &Aws,
    mut functions: BTreeSet<FunctionArn>,
    unasked: bool,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    let mut still = BTreeSet::new();
    aws.list(|room| {
        still.extend(room.handler.as_ref().and_then(Handler::function));
        true
    })
    .await?;
    for function in &functions {
        if still.contains(function) {
            writeln!(streams.talk, "rooms still have {function}: its permission stays")?;
        }
    }
    functions.retain(|function| !still.contains(function));
    for function in functions {
        let statements = aws.policy(&function).await?.added_from_here();
        if statements.is_empty() {
            continue;
        }
        let question = format!("No room has {function} any more. Take its permission back?");
        if !unasked && !ask(&question, streams)? {
            continue;
        }
        for statement in statements {
            aws.disallow(&function, &statement).await?;
            writeln!(streams.talk, "removed the permission `{statement}` of {function}")?;
        }
    }
    Ok(())
}
