//! `chatwarden attach`: make rooms send their messages to the handler.
//!
//! In this order: what is there is read, all of it; what would be done is shown; the
//! function lets IVS Chat invoke it; each room is given the handler, and read again.
//! IVS Chat keeps no memory of the handler it replaces, so we do.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use serde::Serialize;

use crate::aws::{Aws, AwsArgs};
use crate::change::{self, ChangeArgs, Done, absent};
use crate::command::{Output, wait_for};
use crate::exit::Exit;
use crate::render;
use crate::rooms::permission::{PRINCIPAL, Policy, all_rooms};
use crate::rooms::plan::{Planned, Step, Wish, plan};
use crate::rooms::select::Selection;
use crate::rooms::state::{self, Memory, State};
use crate::rooms::{Fallback, Function, FunctionName, Handler, MAX_URI_CHARACTERS};
use crate::streams::Streams;

/// Make rooms send their messages to the handler
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden attach 'stream-*' --handler chatwarden --fallback deny --dry-run
  chatwarden attach 'stream-*' --handler chatwarden --fallback deny
  chatwarden attach --all --handler chatwarden:live --fallback allow --yes
  chatwarden attach --file rooms.txt --tag env=prod --handler chatwarden --fallback deny

Rooms that have the handler already are left alone, so the same command goes on where
it stopped. `chatwarden detach --restore` gives rooms back what they had.

Needs: ivschat:ListRooms, GetRoom, UpdateRoom; lambda:GetFunctionConfiguration,
GetPolicy, AddPermission.

Exit codes: 0 done, 2 not done, 3 done for some rooms.")]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Function that reviews the messages: its name or ARN, perhaps with a version or alias
    #[arg(long, value_name = "FUNCTION")]
    handler: FunctionName,
    /// What IVS Chat does with a message when the handler fails or is late
    #[arg(long, value_enum, ignore_case = true)]
    fallback: Fallback,
    /// Take the place of another function that a room has
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    wait_for(attach(args, streams))
}

async fn attach(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { selection, handler, fallback, replace, change, aws } = args;
    let wanted = selection.wanted()?;
    let aws = Arc::new(Aws::connect(&aws).await?);
    let function = usable(&aws, &handler, streams).await?;
    let (rooms, missing) = aws.find(&wanted).await?;
    wanted.each_name_is_among(&rooms)?;
    let path = match &change.state {
        Some(path) => path.clone(),
        None => state::default_path(&function.arn.account, &function.arn.region)?,
    };
    let memory = Memory::read(&path)?;
    let wish =
        Wish::Attach { handler: Handler { uri: function.arn.to_string(), fallback }, replace };
    let mut plan = plan(rooms, &wish, &memory);
    plan.extend(missing.into_iter().map(|arn| absent(arn, &aws.region)));
    let policy = aws.policy(&function.arn).await?;
    let uncovered = plan.iter().any(|Planned { room, step }| {
        !matches!(step, Step::Refuse(_)) && !policy.allows(&room.arn)
    });
    if change.dry_run {
        if uncovered {
            show_permission(&function, change.output, streams)?;
        }
        change::show_as_answer(&plan, change.output, streams)?;
        return Ok(Exit::Success);
    }
    if change::changes(&plan) > 0 || uncovered {
        if uncovered {
            writeln!(streams.talk, "{}", permission_in_words(&function))?;
        }
        if !change::agree(&plan, &change, streams)? {
            writeln!(streams.talk, "nothing was changed")?;
            return Ok(Exit::No);
        }
    }
    if uncovered {
        permit(&aws, &function, &policy).await?;
    }
    let mut state = State::open(&path)?;
    let outcomes = change::carry_out(&aws, plan, Done::Attached, &mut state, streams).await?;
    change::report(&outcomes, change.output, streams)
}

/// Looks up the function that is to review messages, and what would keep rooms from
/// naming it.
pub(crate) async fn usable(
    aws: &Aws,
    name: &FunctionName,
    streams: &mut Streams,
) -> anyhow::Result<Function> {
    if let Some(region) = name.region()
        && region != aws.region
    {
        bail!(
            "the function `{name}` is in {region}, the rooms are in {}; a room and its handler \
             must be in one region",
            aws.region
        );
    }
    let Some(function) = aws.function(name).await? else {
        bail!("there is no function `{name}` in {}", aws.region);
    };
    let length = function.arn.to_string().len();
    if length > MAX_URI_CHARACTERS {
        bail!(
            "the ARN of `{name}` has {length} characters; a room takes {MAX_URI_CHARACTERS}: \
             give the version or alias a shorter name"
        );
    }
    if !matches!(function.state.as_str(), "" | "Active") {
        writeln!(
            streams.talk,
            "warning: the function is {}, and reviews nothing until it is Active; \
             see `chatwarden doctor {name}`",
            function.state
        )?;
    }
    Ok(function)
}

/// What `--dry-run --output json` prints for the permission.
#[derive(Serialize)]
struct PermissionLine {
    step: &'static str,
    function: String,
    principal: &'static str,
    source_account: String,
    source_arn: String,
}

fn show_permission(
    function: &Function,
    output: Output,
    streams: &mut Streams,
) -> anyhow::Result<()> {
    match output {
        Output::Text => writeln!(streams.out, "{}", permission_in_words(function))?,
        Output::Json => {
            let arn = &function.arn;
            let line = PermissionLine {
                step: "permit",
                function: arn.to_string(),
                principal: PRINCIPAL,
                source_account: arn.account.clone(),
                source_arn: all_rooms(&arn.account, &arn.region),
            };
            render::json_line(&line, streams)?;
        }
    }
    Ok(())
}

fn permission_in_words(function: &Function) -> String {
    let arn = &function.arn;
    format!(
        "to be added: {PRINCIPAL} may invoke {arn} for {}",
        all_rooms(&arn.account, &arn.region)
    )
}

/// Lets IVS Chat invoke the function.
pub(crate) async fn permit(aws: &Aws, function: &Function, policy: &Policy) -> anyhow::Result<()> {
    let added = aws.allow(&function.arn, &policy.free_statement_id()).await;
    let Err(fault) = added else { return Ok(()) };
    // The first attempt may have been obeyed and not answered; then the next one is in
    // conflict with it.
    let arn = &function.arn;
    if aws.policy(arn).await?.allows_new_room(&arn.account, &arn.region) {
        return Ok(());
    }
    Err(anyhow!(fault).context("no room was changed"))
}
