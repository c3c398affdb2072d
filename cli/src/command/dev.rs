//! `chatwarden dev`: a local Amazon IVS Chat, with the Lambda, STS and CloudWatch that its
//! clients need, until it is told to end.
//!
//! So far the control plane: what the AWS CLI and the SDKs call. Clients of a room can't
//! connect yet. What is served, and how it fails on request, is the emulator's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use chatwarden_emulator::ControlPlane;
use chatwarden_emulator::control::{
    DEFAULT_ACCOUNT, DEFAULT_REGION, FunctionSeed, Options, REGIONS, RoomSeed, Seed,
};
use serde::Serialize;

use crate::command::Output;
use crate::exit::Exit;
use crate::file;
use crate::render;
use crate::streams::Streams;

/// Serve a local Amazon IVS Chat and Lambda to the AWS CLI, SDKs and chatwarden itself
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 4600)]
    port: u16,
    /// TOML or JSON file with the rooms, functions and faults to start with
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Start with so many rooms, named room-1, room-2 and so on
    #[arg(long, value_name = "COUNT")]
    rooms: Option<u32>,
    /// Start with this Lambda function, run by this program if one is given
    #[arg(long = "function", value_name = "NAME[=BINARY]")]
    functions: Vec<String>,
    /// Let every room invoke the functions of --function
    #[arg(long)]
    allow_rooms: bool,
    /// Region of what the service starts with
    #[arg(long, default_value = DEFAULT_REGION, value_parser = REGIONS)]
    region: String,
    /// Account of access keys that are not themselves twelve digits, which name their own
    #[arg(long, default_value = DEFAULT_ACCOUNT, value_parser = account)]
    account: String,
    /// Seconds that pass on the service's clock in a second, quotas and expiries included
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Refuse nothing for its rate
    #[arg(long)]
    no_throttle: bool,
    /// Seconds until GetRoom and ListRooms show a change
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    read_delay: u32,
    /// Seconds until IVS Chat knows that it may invoke a function
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    permission_delay: u32,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

const EXAMPLES: &str = "\
A seed file:
  [[room]]
  name = \"main\"                # also: id, count, handler, fallback, tags,
                               # maximum_message_length

  [[function]]
  name = \"chatwarden\"          # also: environment, response, versions, aliases,
  binary = \"target/release/chatwarden-handler\"      # memory_mb, timeout_seconds, …
  allow_rooms = true

  [[fault]]
  operation = \"UpdateRoom\"     # or \"*\"
  kind = \"throttle\"            # error, deny, hang, { slow = 250 } (milliseconds)
  when = { every = 10 }        # { nth = 3 }, { first = 5 }, { rate = 0.1 }; else always
  after_applying = false       # true: it takes effect, and fails all the same

Tell other programs where it is, in another shell:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4600 AWS_REGION=us-west-2 \\
         AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws ivschat list-rooms";

fn account(text: &str) -> Result<String, &'static str> {
    let good = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(text.to_owned()) } else { Err("an account has twelve digits") }
}

fn speed(text: &str) -> Result<f64, &'static str> {
    let speed = text.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
    speed.ok_or("a speed is a number over 0")
}

/// What scripts read: one line, as soon as calls are answered.
#[derive(Serialize)]
struct Started<'a> {
    environment: &'a BTreeMap<&'static str, String>,
    rooms: &'a [String],
    functions: &'a [String],
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(args, streams))
}

async fn serve(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let seed = seed(&args)?;
    let options = Options {
        port: args.port,
        account: args.account,
        region: args.region,
        speed: args.speed,
        throttle: !args.no_throttle,
        read_delay: Duration::from_secs(u64::from(args.read_delay)),
        permission_delay: Duration::from_secs(u64::from(args.permission_delay)),
        ..Options::default()
    };
    let plane = ControlPlane::start(options).await.with_context(|| {
        format!("could not listen on port {}; to take a free one: --port 0", args.port)
    })?;
    let seeded = plane.seed(&seed);
    let environment: BTreeMap<&str, String> = plane.environment().into_iter().collect();
    match args.output {
        Output::Json => {
            let (rooms, functions) = (&*seeded.rooms, &*seeded.functions);
            render::json_line(&Started { environment: &environment, rooms, functions }, streams)?;
        }
        Output::Text => {
            for (name, value) in &environment {
                writeln!(streams.out, "export {name}={value}")?;
            }
            for arn in seeded.functions.iter().chain(&seeded.rooms) {
                writeln!(streams.talk, "{arn}")?;
            }
            writeln!(streams.talk, "listening; Ctrl-C ends it, and all that it holds")?;
        }
    }
    streams.out.flush()?;
    // The service ends with the process.
    std::future::pending().await
}

/// What the file and the options ask for.
fn seed(args: &Args) -> anyhow::Result<Seed> {
    let mut seed = match &args.seed {
        Some(path) => read_seed(path)?,
        None => Seed::default(),
    };
    for function in &args.functions {
        let (name, binary) = match function.split_once('=') {
            Some((name, binary)) => (name, Some(PathBuf::from(binary))),
            None => (function.as_str(), None),
        };
        let allow_rooms = args.allow_rooms;
        seed.functions.push(FunctionSeed {
            name: name.to_owned(),
            binary,
            allow_rooms,
            ..FunctionSeed::default()
        });
    }
    if args.rooms.is_some() {
        let name = Some("room".to_owned());
        seed.rooms.push(RoomSeed { name, count: args.rooms, ..RoomSeed::default() });
    }
    for binary in seed.functions.iter().filter_map(|function| function.binary.as_deref()) {
        if !binary.is_file() {
            bail!("there is no handler `{}`", binary.display());
        }
    }
    Ok(seed)
}

fn read_seed(path: &Path) -> anyhow::Result<Seed> {
    let text = file::read(path)?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let seed = if is_json {
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    } else {
        toml::from_slice(&text).map_err(|error| error.to_string())
    };
    seed.map_err(|error| anyhow!("`{}` is no seed: {}", path.display(), error.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_of_the_help_is_one() {
        let (_, rest) = EXAMPLES.split_once('\n').unwrap();
        let (text, _) = rest.split_once("Tell other").unwrap();
        let seed: Seed = toml::from_str(text).unwrap();
        assert_eq!((seed.rooms.len(), seed.functions.len(), seed.faults.len()), (1, 1, 1));
    }
}
