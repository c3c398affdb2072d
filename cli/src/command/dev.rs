//! `chatwarden dev`: a local Amazon IVS Chat, with the Lambda, STS and CloudWatch that its
//! clients need, until it is told to end.
//!
//! What is served of IVS Chat is its control plane, which the AWS CLI and the SDKs call; clients
//! of a room can't connect. With `--websocket`, those of an API Gateway WebSocket API can. What
//! is served, and how it fails on request, is the emulator's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use chatwarden_emulator::control::{
    DEFAULT_ACCOUNT, DEFAULT_REGION, FunctionSeed, Options, REGIONS, RoomSeed, Seed,
};
use chatwarden_emulator::websocket::selection::RouteSelectionExpression;
use chatwarden_emulator::websocket::{self, Authorizer, Route, WebSocketApi};
use chatwarden_emulator::{Config, ControlPlane};
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
    /// Start with this Lambda function, run by this program if one is given; a path alone is
    /// a program, and its name the function's
    #[arg(long = "function", value_name = "NAME[=BINARY]")]
    functions: Vec<String>,
    /// Environment variable of the functions of --function
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = named_value)]
    environment: Vec<(String, String)>,
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
    #[command(flatten)]
    websocket: WebSocketArgs,
}

/// An API Gateway WebSocket API beside the rest.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "WebSocket API")]
struct WebSocketArgs {
    /// Serve a WebSocket API of API Gateway too, whose routes invoke the function of --function
    #[arg(long)]
    websocket: bool,
    /// Its port on 127.0.0.1, for clients and for @connections; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4601, requires = "websocket")]
    websocket_port: u16,
    /// Which route a message takes
    #[arg(long, value_name = "EXPRESSION", default_value = "$request.body.action")]
    #[arg(requires = "websocket")]
    route_selection_expression: RouteSelectionExpression,
    /// A route beside $connect, $disconnect and $default
    #[arg(long = "route", value_name = "KEY", value_parser = route_key, requires = "websocket")]
    routes: Vec<String>,
    /// Have no $default route: what takes no other is answered with an error
    #[arg(long, requires = "websocket")]
    no_default_route: bool,
    /// Have no route responses: what the function answers goes to nobody
    #[arg(long, requires = "websocket")]
    one_way: bool,
    /// The API's stage, which clients name in the URL
    #[arg(long, value_name = "NAME", default_value = "local", value_parser = stage_name)]
    #[arg(requires = "websocket")]
    stage: String,
    /// A variable of the stage
    #[arg(long = "stage-variable", value_name = "NAME=VALUE", value_parser = named_value)]
    #[arg(requires = "websocket")]
    stage_variables: Vec<(String, String)>,
    /// Take the authorizer's context from the URL's query (?principalId=u1&name=Ann), and
    /// refuse those without principalId; for tests alone
    #[arg(long, requires = "websocket")]
    authorizer_from_query: bool,
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
  kind = \"throttle\"            # error, conflict, deny, hang, { slow = 250 } (milliseconds)
  when = { every = 10 }        # { nth = 3 }, { first = 5 }, { rate = 0.1 }; else always
  after_applying = false       # true: it takes effect, and fails all the same

Tell other programs where it is, in another shell:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4600 AWS_REGION=us-west-2 \\
         AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws ivschat list-rooms

A chat of API Gateway, for any WebSocket client:
  chatwarden dev --websocket --route message --function target/release/chatwarden-gateway
  wscat -c ws://127.0.0.1:4601/local";

fn account(text: &str) -> Result<String, &'static str> {
    let good = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(text.to_owned()) } else { Err("an account has twelve digits") }
}

/// A variable, as `--env` names it.
pub(super) fn named_value(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE"),
    }
}

fn route_key(text: &str) -> Result<String, &'static str> {
    if text.starts_with('$') {
        Err("`$` begins the predefined routes only")
    } else {
        Ok(text.to_owned())
    }
}

/// Source: the API reference of API Gateway, `StageName`.
fn stage_name(text: &str) -> Result<String, &'static str> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let is_good = (1..=128).contains(&text.len()) && text.bytes().all(good);
    if is_good { Ok(text.to_owned()) } else { Err("a stage has letters, digits, `_` and `-`") }
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
    #[serde(skip_serializing_if = "Option::is_none")]
    websocket: Option<StartedApi>,
}

#[derive(Serialize)]
struct StartedApi {
    url: String,
    management_endpoint: String,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(args, streams))
}

async fn serve(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let mut seed = seed(&args)?;
    let (account, region) = (args.account, args.region);
    let options = Options {
        port: args.port,
        account: account.clone(),
        region: region.clone(),
        speed: args.speed,
        throttle: !args.no_throttle,
        read_delay: Duration::from_secs(u64::from(args.read_delay)),
        permission_delay: Duration::from_secs(u64::from(args.permission_delay)),
        ..Options::default()
    };
    let plane = ControlPlane::start(options).await.with_context(|| {
        format!("could not listen on port {}; to take a free one: --port 0", args.port)
    })?;
    // What functions find the local services by, where nothing else was given to them.
    for function in &mut seed.functions {
        for (name, value) in plane.environment() {
            function.environment.entry(name.to_owned()).or_insert(value);
        }
    }
    let seeded = plane.seed(&seed);
    let api = match args.websocket.websocket {
        true => Some(websocket_api(&args.websocket, &seed, &plane, account, region).await?),
        false => None,
    };
    let mut environment: BTreeMap<&str, String> = plane.environment().into_iter().collect();
    let started_api = api
        .as_ref()
        .map(|api| StartedApi { url: api.url(), management_endpoint: api.management_endpoint() });
    if let Some(api) = &started_api {
        if args.websocket.route_selection_expression.is_constant() {
            writeln!(
                streams.talk,
                "note: the route selection expression names nothing of a message, so all of them \
                 take one route; in single quotes, the shell leaves its `$` alone"
            )?;
        }
        let endpoint = api.management_endpoint.clone();
        environment.insert("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", endpoint);
    }
    match args.output {
        Output::Json => {
            let (rooms, functions) = (&*seeded.rooms, &*seeded.functions);
            let environment = &environment;
            let started = Started { environment, rooms, functions, websocket: started_api };
            render::json_line(&started, streams)?;
        }
        Output::Text => {
            for (name, value) in &environment {
                writeln!(streams.out, "export {name}={value}")?;
            }
            for arn in seeded.functions.iter().chain(&seeded.rooms) {
                writeln!(streams.talk, "{arn}")?;
            }
            if let Some(StartedApi { url, .. }) = started_api {
                writeln!(streams.talk, "{url}")?;
            }
            writeln!(streams.talk, "listening; Ctrl-C ends it, and all that it holds")?;
        }
    }
    streams.out.flush()?;
    // The service ends with the process.
    match api {
        None => std::future::pending().await,
        Some(mut api) => loop {
            let fault = api.next_fault().await;
            writeln!(streams.talk, "{fault}")?;
        },
    }
}

/// Serves the WebSocket API that the options ask for.
async fn websocket_api(
    args: &WebSocketArgs,
    seed: &Seed,
    plane: &ControlPlane,
    account: String,
    region: String,
) -> anyhow::Result<WebSocketApi> {
    let mut runnable = seed.functions.iter().filter_map(|f| Some((f, f.binary.as_deref()?)));
    let (Some((function, binary)), None) = (runnable.next(), runnable.next()) else {
        bail!("--websocket needs one function to invoke; name its program: --function NAME=BINARY");
    };
    let mut config = Config::new(binary);
    for (name, value) in &function.environment {
        config = config.env(name, value);
    }
    config.name.clone_from(&function.name);
    config.memory_mb = function.memory_mb.unwrap_or(config.memory_mb);
    (config.account, config.region) = (account.clone(), region.clone());

    let mut options = websocket::Options::new(args.route_selection_expression.clone());
    let keys = args.routes.iter().map(String::as_str);
    options.routes.extend(keys.map(Route::two_way));
    options.routes.retain(|route| !(args.no_default_route && route.key == "$default"));
    options.routes.iter_mut().for_each(|route| route.two_way &= !args.one_way);
    options.port = args.websocket_port;
    options.stage.clone_from(&args.stage);
    options.stage_variables = args.stage_variables.iter().cloned().collect();
    (options.account, options.region) = (account, region);
    if args.authorizer_from_query {
        options.authorizer = Authorizer::Query;
    }
    if let Some(seconds) = function.timeout_seconds {
        let timeout = Duration::from_secs(u64::from(seconds));
        options.integration_timeout = timeout.min(websocket::INTEGRATION_TIMEOUT);
    }
    let clock = std::sync::Arc::clone(plane.clock());
    WebSocketApi::start(options, config, clock).await.with_context(|| {
        let port = args.websocket_port;
        format!("could not listen on port {port}; to take a free one: --websocket-port 0")
    })
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
            None if function.contains('/') => {
                let path = Path::new(function);
                let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                (name, Some(path.to_owned()))
            }
            None => (function.as_str(), None),
        };
        seed.functions.push(FunctionSeed {
            name: name.to_owned(),
            binary,
            environment: args.environment.iter().cloned().collect(),
            allow_rooms: args.allow_rooms,
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
