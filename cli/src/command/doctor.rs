//! `chatwarden doctor`: what makes reviews fail, of a function and its rooms.
//!
//! Looks and changes nothing, but for one invocation of the function. What may not be
//! looked at is told, and the rest looked at all the same. What is a finding stands in
//! `rooms/health.rs`.

use crate::aws::fault::Fault;
use crate::aws::metrics::{IVS_CHAT, Query, URI};
use crate::aws::{Aws, AwsArgs};
use crate::command::invoke::{fault_of_answer, sample};
use crate::command::{Output, wait_for};
use crate::exit::Exit;
use crate::render::{self, Colour, paint, visible};
use crate::rooms::health::{Counted, Facts, Finding, Level, findings};
use crate::rooms::{FunctionArn, FunctionName, Room};
use crate::streams::Streams;

/// Find what makes reviews fail, and the commands that mend it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden doctor chatwarden
  chatwarden doctor chatwarden:live --region eu-west-1
  chatwarden doctor chatwarden --output json | jq -r .mend

A review that fails is told to nobody: the message is delivered or denied by the room's
fallback result. This looks at the function, its permissions, its rooms, what CloudWatch
counted in the last hour and the alarms on it, and invokes the function once.

Needs: ivschat:ListRooms, GetRoom; lambda:GetFunctionConfiguration, GetPolicy,
GetFunctionConcurrency, InvokeFunction; cloudwatch:ListMetrics, GetMetricData,
DescribeAlarms. What is not allowed is left out and told.

Exit codes: 0 no errors were found, 1 errors, 3 not everything could be looked at.")]
pub(crate) struct Args {
    /// The function: its name or ARN, perhaps with a version or alias
    #[arg(value_name = "FUNCTION")]
    function: FunctionName,
    /// Do not invoke it
    #[arg(long)]
    no_invoke: bool,
    /// How to say what was found
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    aws: AwsArgs,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    wait_for(doctor(args, streams))
}

async fn doctor(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { function, no_invoke, output, aws } = args;
    let aws = Aws::connect(&aws).await?;
    let mut unseen = Unseen(Vec::new());
    let facts = examine(&aws, &function, no_invoke, &mut unseen).await?;
    let findings = findings(&facts);
    for finding in &findings {
        match output {
            Output::Text => tell(finding, streams)?,
            Output::Json => render::json_line(finding, streams)?,
        }
    }
    for fault in &unseen.0 {
        writeln!(streams.talk, "not looked at: {}", visible(fault))?;
    }
    let of = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (errors, warnings) = (of(Level::Error), of(Level::Warning));
    if output == Output::Text {
        writeln!(
            streams.out,
            "{}: {}, {}, {}",
            facts.arn,
            render::count(facts.rooms.len(), "room"),
            render::count(errors, "error"),
            render::count(warnings, "warning")
        )?;
    }
    Ok(match (errors, unseen.0.is_empty()) {
        (0, true) => Exit::Success,
        (0, false) => Exit::Partial,
        _ => Exit::No,
    })
}

fn tell(finding: &Finding, streams: &mut Streams) -> anyhow::Result<()> {
    let (word, colour) = match finding.level {
        Level::Error => ("error", Colour::Red),
        Level::Warning => ("warning", Colour::Yellow),
        Level::Note => ("note", Colour::Dim),
    };
    let word = paint(word, colour, streams.out_colour);
    writeln!(streams.out, "{word}: {}", visible(&finding.what))?;
    if let Some(mend) = &finding.mend {
        writeln!(streams.out, "  {}", visible(mend))?;
    }
    Ok(())
}

/// What could not be looked at, in words.
struct Unseen(Vec<String>);

impl Unseen {
    /// What was found out, or nothing.
    fn or_none<T>(&mut self, looked: Result<T, impl std::fmt::Display>) -> Option<T> {
        looked.map_err(|fault| self.0.push(fault.to_string())).ok()
    }
}

/// Finds out all there is to know.
async fn examine(
    aws: &Aws,
    name: &FunctionName,
    no_invoke: bool,
    unseen: &mut Unseen,
) -> anyhow::Result<Facts> {
    let function = aws.function(name).await?;
    let mut rooms = Vec::new();
    aws.list(|room| {
        let has = room.handler.as_ref().and_then(|handler| handler.function());
        if has.is_some_and(|has| has.name == name.name()) {
            rooms.push(room);
        }
        true
    })
    .await?;
    let arn = match (&function, rooms.first()) {
        (Some(function), _) => function.arn.clone(),
        (None, Some(room)) => name.at(room.arn.region(), room.arn.account()),
        (None, None) => name.at(&aws.region, "?"),
    };
    let mut facts = Facts {
        arn,
        function,
        rooms,
        policies: Vec::new(),
        reserved: None,
        counted: None,
        alarms: Vec::new(),
        known_uris: None,
        answer: None,
    };
    if facts.function.is_none() {
        return Ok(facts);
    }
    facts.policies = policies(aws, &facts, unseen).await;
    facts.reserved = unseen.or_none(aws.reserved_concurrency(&facts.arn).await).flatten();
    if facts.reserved.is_some_and(|reserved| reserved > 0) {
        // Only then does it matter how much the rooms let through.
        if let Some(read) = unseen.or_none(limits(aws, &facts.rooms).await) {
            facts.rooms = read;
        }
    }
    facts.known_uris = unseen.or_none(aws.counted_uris().await);
    facts.counted = unseen.or_none(counted(aws, &facts).await);
    facts.alarms = unseen.or_none(aws.alarms().await).unwrap_or_default();
    if !no_invoke
        && let Some(answer) = unseen.or_none(aws.invoke(&facts.arn, sample().as_bytes()).await)
    {
        let fault = fault_of_answer(&answer.payload);
        facts.answer = Some((answer, fault));
    }
    Ok(facts)
}

/// The resource policies of what was asked about and of all that rooms name.
async fn policies(
    aws: &Aws,
    facts: &Facts,
    unseen: &mut Unseen,
) -> Vec<(FunctionArn, Option<crate::rooms::permission::Policy>)> {
    let named = facts.rooms.iter().filter_map(|room| room.handler.as_ref()?.function());
    let mut arns: Vec<FunctionArn> = named.filter(|arn| arn.is_same_function(&facts.arn)).collect();
    arns.push(facts.arn.clone());
    arns.sort();
    arns.dedup();
    let mut policies = Vec::new();
    for arn in arns {
        let Ok(name) = arn.to_string().parse() else { continue };
        match aws.function(&name).await {
            Ok(None) => policies.push((arn, None)),
            // Not knowing whether it is there, its policy will tell.
            Ok(Some(_)) | Err(_) => {
                if let Some(policy) = unseen.or_none(aws.policy(&arn).await) {
                    policies.push((arn, Some(policy)));
                }
            }
        }
    }
    policies
}

/// The rooms with their limits.
async fn limits(aws: &Aws, rooms: &[Room]) -> Result<Vec<Room>, Fault> {
    let mut read = Vec::with_capacity(rooms.len());
    for room in rooms {
        read.push(aws.room(&room.arn).await?.unwrap_or_else(|| room.clone()));
    }
    Ok(read)
}

/// What was counted in the last hour of the function, under the names that there are.
async fn counted(aws: &Aws, facts: &Facts) -> Result<Counted, Fault> {
    // How the value is derived from the handler is not documented: it is looked up.
    let name = &facts.arn.name;
    let is_ours = |uri: &&String| match uri.parse::<FunctionArn>() {
        Ok(arn) => arn.is_same_function(&facts.arn),
        Err(()) => uri.split(['/', ':']).any(|part| part == name),
    };
    let uris: Vec<String> = facts.known_uris.iter().flatten().filter(is_ours).cloned().collect();
    let of_lambda = |metric, statistic| Query {
        namespace: "AWS/Lambda",
        metric,
        dimension: ("FunctionName", name.clone()),
        statistic,
    };
    let mut queries = vec![
        of_lambda("Errors", "Sum"),
        of_lambda("Throttles", "Sum"),
        of_lambda("Duration", "Maximum"),
    ];
    for metric in ["InvocationErrors", "ResponseValidationErrors"] {
        for uri in &uris {
            let dimension = (URI, uri.clone());
            queries.push(Query { namespace: IVS_CHAT, metric, dimension, statistic: "Sum" });
        }
    }
    let values = aws.last_hour(&queries).await?;
    let sum = |metric: &str| -> f64 {
        let of_metric = queries.iter().zip(&values).filter(|(query, _)| query.metric == metric);
        of_metric.flat_map(|(_, values)| values).sum()
    };
    let durations = queries.iter().zip(&values).filter(|(query, _)| query.metric == "Duration");
    Ok(Counted {
        invocation_errors: sum("InvocationErrors"),
        invalid_responses: sum("ResponseValidationErrors"),
        errors: sum("Errors"),
        throttles: sum("Throttles"),
        longest_ms: durations.flat_map(|(_, values)| values).copied().reduce(f64::max),
        uris,
    })
}
