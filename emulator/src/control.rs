//! The control plane of a local Amazon IVS Chat, and what its clients need beside it: a
//! Lambda that runs the handler, the STS that says who calls, the CloudWatch that `doctor`
//! reads. And what a channel-flow processor of Amazon Chime SDK messaging calls back. All on
//! one port, told apart by the service that a request is signed for.
//!
//! Unmodified clients use it: the AWS CLI and the SDKs, with `AWS_ENDPOINT_URL`. State is
//! in memory and ends with the server. What it knows of the service stands with each
//! service's file; it does not know how a message is reviewed, nor what a policy is.
//!
//! Its own knobs ([`Fault`]s, the clock, what is there, what was called) are methods of
//! [`ControlPlane`], and paths below `/_chatwarden/` for clients in other languages.

mod admin;
pub(crate) mod caller;
mod cbor;
mod chime;
mod clock;
mod cloudwatch;
mod eventually;
mod faults;
mod fields;
mod lambda;
pub(crate) mod random;
mod rooms;
mod sts;
mod throttle;
pub(crate) mod wire;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::Response;
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

pub use chime::Callback;
pub use clock::Clock;
pub use cloudwatch::{AlarmSeed, MetricSeed};
pub use faults::{Fault, FaultKind, When};
pub use lambda::FunctionSeed;
pub use rooms::{Quotas, REGIONS, RoomSeed};

use caller::{Caller, Scope, Service};
use chime::Chime;
use cloudwatch::CloudWatch;
use faults::{Faults, throttled};
use lambda::Lambda;
use random::Random;
use rooms::{Rooms, World};
use throttle::{Throttle, quota};
use wire::{Answer, Call, Refusal};

/// A body is read up to here; the largest that a service takes is Lambda's payload.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Calls that are remembered; older ones are dropped.
const KEPT_CALLS: usize = 100_000;

/// The account of AWS's own examples.
pub const DEFAULT_ACCOUNT: &str = "123456789012";

/// Where things are put that name no region.
pub const DEFAULT_REGION: &str = "us-west-2";

/// How to start a [`ControlPlane`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 is a free one.
    pub port: u16,
    /// The account of access keys that name none: keys of other than twelve digits.
    pub account: String,
    /// The region of what is seeded.
    pub region: String,
    /// Seconds that pass in one second of the wall; see [`Clock`].
    pub speed: f64,
    /// Refuse calls over the documented rates.
    pub throttle: bool,
    /// What an account may have.
    pub quotas: Quotas,
    /// How long a change of a room is not seen by GetRoom and ListRooms, on the clock.
    pub read_delay: Duration,
    /// How long IVS Chat does not know of a change of a function's policy, on the clock.
    pub permission_delay: Duration,
    /// Ids and chances follow from it.
    pub random_seed: u64,
    /// What is there from the start.
    pub seed: Seed,
}

impl Default for Options {
    /// A free port, the wall's time, documented rates, nothing there, nothing wrong, and
    /// every change seen at once.
    fn default() -> Self {
        Self {
            port: 0,
            account: DEFAULT_ACCOUNT.to_owned(),
            region: DEFAULT_REGION.to_owned(),
            speed: 1.0,
            throttle: true,
            quotas: Quotas::default(),
            read_delay: Duration::ZERO,
            permission_delay: Duration::ZERO,
            random_seed: 0,
            seed: Seed::default(),
        }
    }
}

/// What is put into the default account and region; as TOML, `[[room]]`, `[[function]]`,
/// `[[metric]]`, `[[alarm]]` and `[[fault]]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Rooms.
    #[serde(default, rename = "room")]
    pub rooms: Vec<RoomSeed>,
    /// Lambda functions.
    #[serde(default, rename = "function")]
    pub functions: Vec<FunctionSeed>,
    /// Metrics that CloudWatch has.
    #[serde(default, rename = "metric")]
    pub metrics: Vec<MetricSeed>,
    /// Alarms that CloudWatch has; one takes the place of one of the same name.
    #[serde(default, rename = "alarm")]
    pub alarms: Vec<AlarmSeed>,
    /// What goes wrong, after what goes wrong already.
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
}

/// The ARNs of what was put in, in the order of the seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// Of the rooms.
    pub rooms: Vec<String>,
    /// Of the functions.
    pub functions: Vec<String>,
}

/// A call that was answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallRecord {
    /// When it came, in milliseconds on the clock since the start.
    pub at_ms: u64,
    /// The service, by its signing name.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// The room's id, the function's name, the channel's ARN, or the account.
    pub resource: String,
    /// The HTTP status of the answer; 0 for one that is never given.
    pub status: u16,
}

/// A running control plane; it ends when dropped.
#[derive(Debug)]
pub struct ControlPlane {
    address: SocketAddr,
    plane: Arc<Plane>,
    server: JoinHandle<()>,
}

/// What requests share.
#[derive(Debug)]
struct Plane {
    home: Scope,
    throttles: bool,
    clock: Arc<Clock>,
    state: Mutex<Services>,
}

#[derive(Debug)]
struct Services {
    random: Random,
    throttle: Throttle,
    faults: Faults,
    calls: VecDeque<CallRecord>,
    rooms: Rooms,
    lambda: Lambda,
    cloudwatch: CloudWatch,
    chime: Chime,
}

impl ControlPlane {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(options: Options) -> io::Result<Self> {
        let plane = Arc::new(Plane {
            home: Scope { account: options.account, region: options.region },
            throttles: options.throttle,
            clock: Arc::new(Clock::new(options.speed)),
            state: Mutex::new(Services {
                random: Random::new(options.random_seed),
                throttle: Throttle::default(),
                faults: Faults::default(),
                calls: VecDeque::new(),
                rooms: Rooms::new(options.quotas, options.read_delay),
                lambda: Lambda::new(options.permission_delay),
                cloudwatch: CloudWatch::default(),
                chime: Chime::default(),
            }),
        });
        plane.seed(&options.seed);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        // A small answer must not wait for the acknowledgement of the packet before it.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let routes = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(Arc::clone(&plane));
        let server = tokio::spawn(async move {
            // `serve` never returns: it waits and accepts again when accepting fails.
            drop(axum::serve(listener, routes).await);
        });
        Ok(Self { address, plane, server })
    }

    /// The URL of all services: the value of `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The environment that an unmodified client needs.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let region = &self.plane.home.region;
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region.clone()),
        ]
    }

    /// Puts more in; a function takes the place of one of the same name.
    pub fn seed(&self, seed: &Seed) -> Seeded {
        self.plane.seed(seed)
    }

    /// Replaces the faults, and counts calls anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.plane.state().faults.set(faults);
    }

    /// What was called so far, in the order of the answers; the admin paths do not count.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.plane.state().calls.iter().cloned().collect()
    }

    /// Forgets what was called.
    pub fn forget_calls(&self) {
        self.plane.state().calls.clear();
    }

    /// What was called back to Chime so far, in its order.
    pub fn callbacks(&self) -> Vec<Callback> {
        self.plane.state().chime.callbacks.iter().cloned().collect()
    }

    /// The clock that all services go by.
    pub fn clock(&self) -> &Arc<Clock> {
        &self.plane.clock
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Plane {
    fn state(&self) -> MutexGuard<'_, Services> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seed(&self, seed: &Seed) -> Seeded {
        let now = self.clock.now();
        let Services { random, rooms, lambda, cloudwatch, faults, .. } = &mut *self.state();
        faults.add(seed.faults.clone());
        seed.metrics.iter().for_each(|seed| cloudwatch.seed_metric(&self.home, seed, now));
        seed.alarms.iter().for_each(|seed| cloudwatch.seed_alarm(&self.home, seed, now));
        let functions = seed.functions.iter();
        let functions = functions.map(|seed| lambda.seed(&self.home, seed, now, random)).collect();
        let rooms = seed.rooms.iter().flat_map(|seed| rooms.seed(&self.home, seed, now, random));
        Seeded { rooms: rooms.collect(), functions }
    }

    /// The refusal of a call over its quota.
    fn throttle(&self, call: &Call, operation: &'static str) -> Option<Refusal> {
        let Caller { scope, service } = &call.caller;
        let quota = quota(*service, operation).filter(|_| self.throttles)?;
        let now = self.clock.uptime();
        let taken = self.state().throttle.take(scope, *service, quota, now);
        (!taken).then(|| throttled(*service, &resource(call), quota.per_second))
    }

    /// Does what a call asks for.
    async fn apply(&self, call: &Call, operation: &'static str) -> Response {
        let now = self.clock.now();
        let answer = match call.caller.service {
            Service::Lambda if operation == "Invoke" => {
                let invocation = self.state().lambda.invocation(call);
                match invocation {
                    Ok(invocation) => {
                        let id = self.state().random.uuid();
                        return with_request_id(invocation.run().await, &id);
                    }
                    Err(refusal) => Err(refusal),
                }
            }
            service => {
                let at_ms = self.clock.uptime_ms();
                let Services { random, rooms, lambda, cloudwatch, chime, .. } = &mut *self.state();
                match service {
                    Service::IvsChat => rooms.call(operation, call, World { now, random, lambda }),
                    Service::Lambda => lambda.call(operation, call, now, random),
                    Service::Sts => sts::get_caller_identity(call),
                    Service::CloudWatch => cloudwatch.call(operation, call),
                    Service::Chime => chime.callback(call, at_ms),
                }
            }
        };
        self.respond(call, operation, answer)
    }

    /// Says an answer in the service's protocol.
    fn respond(&self, call: &Call, operation: &str, answer: Answer) -> Response {
        let id = self.state().random.uuid();
        let response = match call.caller.service {
            Service::IvsChat => wire::rest_json(answer, "message"),
            Service::Lambda => lambda::respond(answer),
            Service::Sts => sts::respond(operation, answer, &id),
            Service::CloudWatch => cloudwatch::respond(call, operation, answer, &id),
            Service::Chime => chime::respond(answer),
        };
        with_request_id(response, &id)
    }

    /// A call with whatever goes wrong with it; None is no answer at all.
    async fn with_faults(&self, call: &Call, operation: &'static str) -> Option<Response> {
        if let Some(refusal) = self.throttle(call, operation) {
            return Some(self.respond(call, operation, Err(refusal)));
        }
        let fault = {
            let Services { faults, random, .. } = &mut *self.state();
            faults.meet(operation, random)
        };
        let Some(Fault { kind, after_applying, .. }) = fault else {
            return Some(self.apply(call, operation).await);
        };
        let refusal = kind.refusal(&call.caller, operation);
        let spares = matches!(kind, FaultKind::Slow(_));
        let applied = if after_applying { Some(self.apply(call, operation).await) } else { None };
        sleep(kind.delay()).await;
        match (refusal, applied) {
            (Some(refusal), _) => Some(self.respond(call, operation, Err(refusal))),
            (None, Some(response)) if spares => Some(response),
            (None, None) if spares => Some(self.apply(call, operation).await),
            (None, _) => None,
        }
    }

    fn record(&self, record: CallRecord) {
        let calls = &mut self.state().calls;
        if calls.len() == KEPT_CALLS {
            calls.pop_front();
        }
        calls.push_back(record);
    }
}

fn operation(call: &Call) -> Option<&'static str> {
    match call.caller.service {
        Service::IvsChat => rooms::operation(call),
        Service::Lambda => lambda::operation(call),
        Service::Sts => sts::operation(call),
        Service::CloudWatch => cloudwatch::operation(call),
        Service::Chime => chime::operation(call),
    }
}

fn unknown_operation(service: Service) -> Refusal {
    match service {
        Service::IvsChat => rooms::unknown_operation(),
        Service::Lambda => lambda::unknown_operation(),
        Service::Sts => sts::unknown_operation(),
        Service::CloudWatch => cloudwatch::unknown_operation(),
        Service::Chime => chime::unknown_operation(),
    }
}

fn with_request_id(mut response: Response, id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

/// What a call is about.
fn resource(call: &Call) -> String {
    match call.caller.service {
        Service::IvsChat => rooms::resource_id(call),
        Service::Lambda => call.segments().get(2).copied().unwrap_or_default().to_owned(),
        Service::Chime => chime::channel_arn(call),
        Service::Sts | Service::CloudWatch => call.caller.scope.account.clone(),
    }
}

/// Every request.
async fn answer(
    State(plane): State<Arc<Plane>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(knob) = uri.path().strip_prefix("/_chatwarden/") {
        return admin::answer(&plane, &method, knob, &body);
    }
    let caller = match Caller::read(&headers, &plane.home.account) {
        Ok(caller) => caller,
        Err(refusal) => return wire::rest_json(Err(refusal), "message"),
    };
    let call = Call::new(caller, method, &uri, headers, body);
    let service = call.caller.service;
    let Some(operation) = operation(&call) else {
        return plane.respond(&call, "Unknown", Err(unknown_operation(service)));
    };
    let at_ms = plane.clock.uptime_ms();
    let response = plane.with_faults(&call, operation).await;
    let status = response.as_ref().map_or(0, |response| response.status().as_u16());
    let (service, resource) = (service.signing_name(), resource(&call));
    plane.record(CallRecord { at_ms, service, operation, resource, status });
    match response {
        Some(response) => response,
        // Dropped when the client gives up.
        None => std::future::pending().await,
    }
}
