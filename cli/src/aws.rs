//! AWS as the verbs use it. What stands in this module and below it names the AWS SDK,
//! and nothing else does.
//!
//! Credentials, profiles, regions and endpoints are found as the SDK finds them. Calls
//! for rooms go through a gate that keeps the rate, and are repeated here rather than by
//! the SDK, so that a repeated call, too, waits its turn.

pub(crate) mod fault;
pub(crate) mod function;
pub(crate) mod metrics;
pub(crate) mod rooms;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_ivschat::config::ProvideCredentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls;

use crate::rooms::REGIONS;
use crate::rooms::pace::Pace;

/// How long one attempt of a call may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Attempts shorter than this fail for a busy machine's sake, however fast the clock.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(500);

/// How late timers are on a machine that is not idle.
const TIMER_SLACK: Duration = Duration::from_millis(5);

/// The options of every verb that talks to AWS.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsArgs {
    /// Profile of your AWS configuration
    #[arg(long)]
    profile: Option<String>,
    /// Region of the rooms [default: AWS_REGION, or the profile's]
    #[arg(long)]
    region: Option<String>,
    /// Send all calls here, e.g. to an emulator [default: AWS_ENDPOINT_URL, or AWS's own]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Most calls a second of each kind; your account's quota is 5
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = rate)]
    rate: f64,
    /// How much faster than the wall our clock runs: for tests against an emulator
    #[arg(long, hide = true, default_value_t = 1.0, value_parser = rate)]
    speed: f64,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.01..=1000.0).contains(&rate) => Ok(rate),
        _ => Err("write a number of calls a second, e.g. `4` or `0.5`".to_owned()),
    }
}

/// A connection to one account and region.
#[derive(Debug)]
pub(crate) struct Aws {
    ivschat: aws_sdk_ivschat::Client,
    lambda: aws_sdk_lambda::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    /// The region of the rooms.
    pub(crate) region: String,
    /// Most calls a second of each kind.
    pub(crate) rate: f64,
    /// What waiting goes by.
    pub(crate) clock: Clock,
    lists: Gate,
    reads: Gate,
    updates: Gate,
}

impl Aws {
    /// Finds out who we are and where, without asking IVS Chat anything yet.
    pub(crate) async fn connect(args: &AwsArgs) -> anyhow::Result<Self> {
        let AwsArgs { profile, region, endpoint_url, rate, speed } = args;
        let clock = Clock { started: Instant::now(), speed: *speed };
        let timeout = clock.wall(ATTEMPT_TIMEOUT).max(SHORTEST_ATTEMPT);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(timeout)
            .operation_attempt_timeout(timeout)
            .build();
        let http = aws_smithy_http_client::Builder::new().build_with_connector_fn(
            |settings, _components| {
                let mut connector = aws_smithy_http_client::Connector::builder()
                    .proxy_config(ProxyConfig::from_env());
                connector.set_connector_settings(settings.cloned());
                connector
                    .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
                    .build()
            },
        );
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .timeout_config(timeouts);
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            bail!(
                "no region is set; add `--region us-west-2`, or set AWS_REGION, \
                 or `region` in your profile"
            );
        };
        if endpoint_url.is_none() && config.endpoint_url().is_none() && !has_ivs_chat(&region) {
            bail!("there is no IVS Chat in the region `{region}`; it is in {}", REGIONS.join(", "));
        }
        let Some(credentials) = config.credentials_provider() else {
            return Err(anyhow!("no AWS credentials were found")).context(HOW_TO_LOG_IN);
        };
        credentials.provide_credentials().await.map_err(|error| {
            let mut causes = Vec::new();
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                causes.push(error.to_string());
                cause = error.source();
            }
            anyhow!("{}; {HOW_TO_LOG_IN}", causes.join(": "))
                .context("could not get AWS credentials")
        })?;
        // A repeated call must wait its turn, which the SDK knows nothing of.
        let once = aws_sdk_ivschat::config::Builder::from(&config)
            .retry_config(RetryConfig::disabled())
            .build();
        let gate = || Gate::new(*rate, clock);
        Ok(Self {
            ivschat: aws_sdk_ivschat::Client::from_conf(once),
            lambda: aws_sdk_lambda::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            region,
            rate: *rate,
            clock,
            lists: gate(),
            reads: gate(),
            updates: gate(),
        })
    }
}

const HOW_TO_LOG_IN: &str = "log in (`aws sso login`, `aws configure`), or name a profile with \
                             `--profile`";

/// Does a region have IVS Chat?
pub(crate) fn has_ivs_chat(region: &str) -> bool {
    REGIONS.contains(&region)
}

/// What waits the verbs' waits: the wall's clock, which tests run faster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    speed: f64,
}

impl Clock {
    /// Time since the start.
    pub(crate) fn now(self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    /// Waits.
    pub(crate) async fn sleep(self, time: Duration) {
        tokio::time::sleep(self.wall(time)).await;
    }

    fn wall(self, time: Duration) -> Duration {
        time.div_f64(self.speed)
    }
}

/// Where calls of one kind wait their turn.
#[derive(Debug)]
struct Gate {
    /// One waits for a token, the others for that one: when the machine has slept, nobody
    /// holds a token of old.
    queue: tokio::sync::Mutex<()>,
    pace: Mutex<Pace>,
    clock: Clock,
}

impl Gate {
    fn new(rate: f64, clock: Clock) -> Self {
        let pace = Mutex::new(Pace::new(rate, TIMER_SLACK.mul_f64(clock.speed)));
        Self { queue: tokio::sync::Mutex::default(), pace, clock }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a call may be made.
    async fn turn(&self) {
        let _first = self.queue.lock().await;
        loop {
            let now = self.clock.now();
            let Some(due) = self.pace().take(now) else { return };
            self.clock.sleep(due.saturating_sub(now)).await;
        }
    }
}
