//! A local WebSocket API of Amazon API Gateway.
//!
//! Clients connect to `ws://127.0.0.1:PORT/STAGE`; for each of their messages, and for their
//! coming and going, a Lambda function is invoked by the route that the message takes. It
//! answers by the route's response, or calls `@connections` below `http://127.0.0.1:PORT/STAGE`,
//! as any backend may. Messages are served at the same time, and so in no certain order.
//!
//! Not here: IAM, API keys and usage plans, models and templates, throttling, TLS. It knows
//! how functions are invoked, and neither what they do nor what a chat is.
//!
//! Sources: API Gateway Developer Guide, "Work with WebSocket APIs", and its quotas; the
//! service model `apigatewaymanagementapi`. Where they are silent, what the service was seen
//! to do; such places say so.

mod connection;
mod event;
mod management;
mod pool;
pub mod selection;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::control::random::Random;
use crate::control::wire::{path, response};
use crate::control::{Clock, DEFAULT_ACCOUNT, DEFAULT_REGION};
use crate::function::Config;

use connection::Connection;
use pool::Pool;
use selection::RouteSelectionExpression;

/// What a client may send in one frame; a larger one closes its connection with 1009.
pub const MAX_FRAME_BYTES: usize = 32 * 1024;
/// What a message may have, sent or received.
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// How long a connection may carry no message.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// How long a connection may last.
pub const MAX_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// How long API Gateway waits for a function at most, and unless it is told less.
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// A body is read up to here, and refused beyond [`MAX_MESSAGE_BYTES`].
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// A route of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `$connect`, `$disconnect`, `$default`, or what the selection expression evaluates to.
    pub key: String,
    /// It has a route response: what the function answers with goes to the client.
    pub two_way: bool,
}

impl Route {
    /// A route whose answers go to nobody.
    pub fn one_way(key: impl Into<String>) -> Self {
        Self { key: key.into(), two_way: false }
    }

    /// A route with a route response.
    pub fn two_way(key: impl Into<String>) -> Self {
        Self { key: key.into(), two_way: true }
    }
}

/// Who may connect, and as whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Authorizer {
    /// Everybody, as nobody.
    #[default]
    None,
    /// As the query of the connection's URL says, whatever that is: its parameters are the
    /// authorizer's context. Without `principalId` the connection is refused with 401. For
    /// tests; a Lambda authorizer would look at a token.
    Query,
}

/// What an API is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 is a free one.
    pub port: u16,
    /// The API's id.
    pub api_id: String,
    /// Its only stage.
    pub stage: String,
    /// The account that it is in.
    pub account: String,
    /// The region that it is in.
    pub region: String,
    /// Which route a message takes.
    pub selection: RouteSelectionExpression,
    /// The routes that there are, all of them with the function behind.
    pub routes: Vec<Route>,
    /// Who may connect.
    pub authorizer: Authorizer,
    /// The stage's variables.
    pub stage_variables: BTreeMap<String, String>,
    /// How long a function may take, its start and waiting for it included; wall clock.
    pub integration_timeout: Duration,
    /// So many invocations run at the same time; others wait.
    pub concurrency: usize,
    /// Ids follow from it.
    pub random_seed: u64,
}

impl Options {
    /// An API on a free port, stage `local`, that everybody may connect to, with
    /// `$connect`, `$disconnect` and a two-way `$default`.
    pub fn new(selection: RouteSelectionExpression) -> Self {
        Self {
            port: 0,
            api_id: "local12345".to_owned(),
            stage: "local".to_owned(),
            account: DEFAULT_ACCOUNT.to_owned(),
            region: DEFAULT_REGION.to_owned(),
            selection,
            routes: vec![
                Route::one_way("$connect"),
                Route::one_way("$disconnect"),
                Route::two_way(selection::DEFAULT_ROUTE),
            ],
            authorizer: Authorizer::None,
            stage_variables: BTreeMap::new(),
            integration_timeout: INTEGRATION_TIMEOUT,
            concurrency: 4,
            random_seed: 0,
        }
    }

    /// The ARN that permissions name.
    pub fn arn(&self) -> String {
        let Self { region, account, api_id, stage, .. } = self;
        format!("arn:aws:execute-api:{region}:{account}:{api_id}/{stage}")
    }

    /// The host that a client would know it by.
    fn domain_name(&self) -> String {
        format!("{}.execute-api.{}.amazonaws.com", self.api_id, self.region)
    }

    fn route(&self, key: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.key == key)
    }
}

/// A running API; it ends when dropped, and its connections and function with it.
#[derive(Debug)]
pub struct WebSocketApi {
    address: SocketAddr,
    api: Arc<Api>,
    faults: mpsc::UnboundedReceiver<String>,
    server: JoinHandle<()>,
}

/// What connections share.
#[derive(Debug)]
struct Api {
    options: Options,
    clock: Arc<Clock>,
    functions: Pool,
    random: Mutex<Random>,
    /// By id: those that can be posted to.
    connections: Mutex<HashMap<String, Arc<Connection>>>,
    faults: mpsc::UnboundedSender<String>,
}

impl WebSocketApi {
    /// Starts to listen. The function is told of this API's `@connections` by the variable
    /// that the AWS SDKs go by, over which its own environment stands.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(
        options: Options,
        mut function: Config,
        clock: Arc<Clock>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let endpoint = format!("http://{address}/{}", options.stage);
        let variable = ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI".into(), endpoint.into());
        function.environment.insert(0, variable);
        let (tell, faults) = mpsc::unbounded_channel();
        let api = Arc::new(Api {
            functions: Pool::new(function, options.concurrency, options.integration_timeout),
            random: Mutex::new(Random::new(options.random_seed)),
            connections: Mutex::default(),
            faults: tell,
            clock,
            options,
        });
        // A small answer must not wait for the acknowledgement of the packet before it.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let routes = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(Arc::clone(&api));
        let server = tokio::spawn(async move {
            // `serve` never returns: it waits and accepts again when accepting fails.
            drop(axum::serve(listener, routes).await);
        });
        Ok(Self { address, api, faults, server })
    }

    /// Where clients connect to.
    pub fn url(&self) -> String {
        format!("ws://{}/{}", self.address, self.api.options.stage)
    }

    /// Where `@connections` is: the endpoint of the management API.
    pub fn management_endpoint(&self) -> String {
        format!("http://{}/{}", self.address, self.api.options.stage)
    }

    /// The ids of the connections that there are, in no order.
    pub fn connections(&self) -> Vec<String> {
        self.api.connections().keys().cloned().collect()
    }

    /// Waits for the next thing that a client was only told of as an internal error: a
    /// function that failed, ended, or ran out of time.
    pub async fn next_fault(&mut self) -> String {
        match self.faults.recv().await {
            Some(fault) => fault,
            // The sender lives in `self.api`.
            None => std::future::pending().await,
        }
    }
}

impl Drop for WebSocketApi {
    fn drop(&mut self) {
        self.server.abort();
        self.api.connections().drain().for_each(|(_, connection)| connection.abandon());
    }
}

impl Api {
    fn connections(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new id, of a request, a connection or a message.
    fn id(&self) -> String {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).token()
    }

    fn tell(&self, fault: String) {
        // Nobody need listen.
        drop(self.faults.send(fault));
    }
}

/// Every request: `/STAGE` is for clients, `/STAGE/@connections/ID` for backends.
async fn answer(
    State(api): State<Arc<Api>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = path(&uri);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match *path {
        [stage, "@connections", id] if stage == api.options.stage => {
            management::answer(&api, &method, id, &headers, body)
        }
        [stage] | [stage, ""] if stage == api.options.stage => match upgrade {
            Ok(upgrade) => connection::connect(api, upgrade, &uri, &headers).await,
            Err(rejection) => rejection.into_response(),
        },
        _ => refused(403, "Forbidden"),
    }
}

/// The answer to a request that is no connection.
fn refused(status: u16, message: &str) -> Response {
    let body = serde_json::json!({ "message": message }).to_string();
    response(status, "application/json", body.into_bytes())
}
