//! The part of AWS Lambda that an operator of a message review handler uses: what a
//! function is, who may invoke it, and invoking it.
//!
//! Functions, versions and aliases are there from the start ([`FunctionSeed`]); nothing
//! here makes or changes them. A function with a binary is run by it, in one execution
//! environment: invocations wait for one another.
//!
//! Sources: the service's model (`lambda`, 2015-03-31); Lambda Developer Guide, "Viewing
//! resource-based IAM policies in Lambda"; IAM User Guide, "Condition operators".

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::HeaderValue;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::control::caller::Scope;
use crate::control::eventually::Eventually;
use crate::control::faults::throttled;
use crate::control::random::Random;
use crate::control::wire::{Answer, Call, Refusal, Reply, response, rest_json};
use crate::function::{Config, Function, Outcome};

/// Who invokes message review handlers.
const IVS_CHAT: &str = "ivschat.amazonaws.com";

/// The most bytes that a function's policy may have. Source: Lambda quotas.
const MAX_POLICY_BYTES: usize = 20 * 1024;

/// The most bytes of a payload. Source: Lambda quotas, synchronous invocation.
const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

/// The end of the log that an invocation returns. Source: the API's `LogType`.
const LOG_TAIL_BYTES: usize = 4096;

/// A function that is there from the start.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionSeed {
    /// Its name.
    pub name: String,
    /// The program that it runs: one that speaks the Runtime API.
    pub binary: Option<PathBuf>,
    /// Its environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What a function without a binary answers; null if left out.
    pub response: Option<Value>,
    /// `provided.al2023` if left out.
    pub runtime: Option<String>,
    /// `x86_64` if left out.
    pub architecture: Option<String>,
    /// In MB; 128 if left out.
    pub memory_mb: Option<u32>,
    /// 3 if left out.
    pub timeout_seconds: Option<u32>,
    /// `Active` if left out.
    pub state: Option<String>,
    /// So many versions are published: 1, 2 and so on.
    #[serde(default)]
    pub versions: u32,
    /// Aliases, each with its version (`$LATEST` or a number).
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// Its reserved concurrency, where it has some.
    pub reserved_concurrency: Option<u32>,
    /// Every room of the account may invoke it, and its versions and aliases.
    #[serde(default)]
    pub allow_rooms: bool,
}

/// What statements stand under one qualifier.
#[derive(Debug, Clone)]
struct Policy {
    revision: String,
    statements: Vec<Value>,
}

#[derive(Debug)]
struct LambdaFunction {
    seed: FunctionSeed,
    arn: String,
    modified: SystemTime,
    sha256: String,
    revision: String,
    /// By qualifier; the function's own under the empty one.
    policies: Eventually<BTreeMap<String, Policy>>,
    environment: Arc<Environment>,
}

/// What runs a function.
#[derive(Debug)]
struct Environment {
    /// None: the canned answer.
    config: Option<Config>,
    canned: Vec<u8>,
    timeout: Duration,
    running: Mutex<Option<Function>>,
}

/// All functions, by name.
#[derive(Debug, Default)]
pub(crate) struct Lambda {
    functions: HashMap<Scope, BTreeMap<String, LambdaFunction>>,
    /// How long IVS Chat does not know of a new permission.
    permission_delay: Duration,
}

/// The operation that a request asks for.
pub(crate) fn operation(call: &Call) -> Option<&'static str> {
    let segments = call.segments();
    let path = match segments.as_slice() {
        ["2015-03-31" | "2019-09-30", "functions", _, rest @ ..] => rest,
        _ => return None,
    };
    match (call.method.as_str(), segments.first()?, path) {
        ("GET", &"2015-03-31", []) => Some("GetFunction"),
        ("GET", &"2015-03-31", ["configuration"]) => Some("GetFunctionConfiguration"),
        ("POST", &"2015-03-31", ["policy"]) => Some("AddPermission"),
        ("GET", &"2015-03-31", ["policy"]) => Some("GetPolicy"),
        ("DELETE", &"2015-03-31", ["policy", _]) => Some("RemovePermission"),
        ("POST", &"2015-03-31", ["invocations"]) => Some("Invoke"),
        ("GET", &"2019-09-30", ["concurrency"]) => Some("GetFunctionConcurrency"),
        _ => None,
    }
}

pub(crate) fn unknown_operation() -> Refusal {
    let message = "this operation of Lambda is not here";
    Refusal::new(404, "UnknownOperationException", message)
}

/// REST-JSON with Lambda's two spellings of the message.
pub(crate) fn respond(answer: Answer) -> Response {
    let upper = ["ResourceNotFoundException", "ServiceException", "AccessDeniedException"];
    let is_upper = answer.as_ref().is_err_and(|refusal| upper.contains(&refusal.code.as_str()));
    rest_json(answer, if is_upper { "Message" } else { "message" })
}

fn refuse(status: u16, code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(status, code, message).with("Type", "User")
}

fn invalid(message: impl Into<String>) -> Refusal {
    refuse(400, "InvalidParameterValueException", message)
}

fn not_found(message: impl Into<String>) -> Refusal {
    refuse(404, "ResourceNotFoundException", message)
}

/// A function as a request names it: by name, partial ARN or ARN, each with or without a
/// qualifier.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Named<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, rest) = match parts.as_slice() {
            ["arn", "aws", "lambda", region, account, "function", rest @ ..] => {
                (Some(*region), Some(*account), rest)
            }
            [account, "function", rest @ ..] => (None, Some(*account), rest),
            ["function", rest @ ..] | rest => (None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let good = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.$".contains(&b))
        };
        (good(name) && qualifier.is_none_or(good)).then_some(Self {
            region,
            account,
            name,
            qualifier,
        })
    }
}

impl Lambda {
    pub(crate) fn new(permission_delay: Duration) -> Self {
        Self { functions: HashMap::new(), permission_delay }
    }

    /// Puts a function in, in place of one of the same name, and returns its ARN.
    pub(crate) fn seed(
        &mut self,
        scope: &Scope,
        seed: &FunctionSeed,
        now: SystemTime,
        random: &mut Random,
    ) -> String {
        let function = LambdaFunction::new(scope, seed.clone(), now, random);
        let arn = function.arn.clone();
        self.functions.entry(scope.clone()).or_default().insert(seed.name.clone(), function);
        arn
    }

    /// May IVS Chat invoke this function for this room, as far as it knows by now? It may
    /// not if the function is not there, or in another account or region.
    pub(crate) fn lets_room_invoke(
        &self,
        scope: &Scope,
        uri: &str,
        room_arn: &str,
        now: SystemTime,
    ) -> bool {
        let Some(named) = Named::read(uri) else { return false };
        let here = (Some(scope.region.as_str()), Some(scope.account.as_str()));
        if (named.region, named.account) != here {
            return false;
        }
        let functions = self.functions.get(scope);
        let Some(function) = functions.and_then(|functions| functions.get(named.name)) else {
            return false;
        };
        let qualifier = named.qualifier.unwrap_or_default();
        let policies = function.policies.seen(now);
        let policy = policies.and_then(|policies| policies.get(qualifier));
        function.has_qualifier(qualifier)
            && policy.is_some_and(|policy| {
                let statements = &policy.statements;
                statements.iter().any(|statement| allows(statement, &scope.account, room_arn))
            })
    }

    /// Does what a request asks for. Invoke is another matter: [`Lambda::invocation`].
    pub(crate) fn call(
        &mut self,
        operation: &str,
        call: &Call,
        now: SystemTime,
        random: &mut Random,
    ) -> Answer {
        let delay = self.permission_delay;
        let (function, qualifier) = self.function(call)?;
        match operation {
            "GetFunction" => {
                let mut answer = json!({
                    "Configuration": function.configuration(&qualifier),
                    "Code": { "RepositoryType": "S3" },
                });
                if let (Some(concurrency), Some(members)) =
                    (function.concurrency(), answer.as_object_mut())
                {
                    members.insert("Concurrency".to_owned(), concurrency);
                }
                Ok(Reply::ok(answer))
            }
            "GetFunctionConfiguration" => Ok(Reply::ok(function.configuration(&qualifier))),
            "GetFunctionConcurrency" => {
                Ok(Reply::ok(function.concurrency().unwrap_or_else(|| json!({}))))
            }
            "GetPolicy" => function.policy(&qualifier),
            "AddPermission" => {
                let request = PermissionRequest::read(&call.body)?;
                let statement = function.add_permission(request, &qualifier, now, delay, random)?;
                Ok(Reply { status: 201, body: Some(json!({ "Statement": statement.to_string() })) })
            }
            "RemovePermission" => {
                let segments = call.segments();
                let sid = segments.last().copied().unwrap_or_default();
                let revision = call.parameter("RevisionId");
                function.remove_permission(sid, revision, &qualifier, now, delay, random)?;
                Ok(Reply::empty(204))
            }
            _ => Err(unknown_operation()),
        }
    }

    /// The function that a request names, and under which qualifier (empty for none).
    fn function(&mut self, call: &Call) -> Result<(&mut LambdaFunction, String), Refusal> {
        let scope = &call.caller.scope;
        let segments = call.segments();
        let text = segments.get(2).copied().unwrap_or_default();
        let Some(named) = Named::read(text) else {
            return Err(invalid(format!("`{text}` is no name or ARN of a function")));
        };
        let asked = call.parameter("Qualifier");
        if let (Some(derived), Some(asked)) = (named.qualifier, asked)
            && derived != asked
        {
            let message = "The derived qualifier from the function name does not match the \
                           specified qualifier.";
            return Err(invalid(message));
        }
        let qualifier = named.qualifier.or(asked).unwrap_or_default();
        let Scope { account, region } = scope;
        if named.account.is_some_and(|named| named != account) {
            let arn = call.caller.arn();
            let message = format!("User: {arn} is not authorized to perform this on {text}");
            return Err(Refusal::new(403, "AccessDeniedException", message));
        }
        if let Some(named) = named.region.filter(|named| named != region) {
            return Err(not_found(format!(
                "Functions from '{named}' are not reachable in this region ('{region}')"
            )));
        }
        let suffix = if qualifier.is_empty() { String::new() } else { format!(":{qualifier}") };
        let missing = || {
            let name = named.name;
            let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}{suffix}");
            not_found(format!("Function not found: {arn}"))
        };
        let functions = self.functions.get_mut(scope);
        let function = functions.and_then(|all| all.get_mut(named.name)).ok_or_else(missing)?;
        if !function.has_qualifier(qualifier) {
            return Err(missing());
        }
        Ok((function, qualifier.to_owned()))
    }

    /// Reads a request for Invoke. What comes of it is run without the state of the
    /// service, which others want meanwhile.
    pub(crate) fn invocation(&mut self, call: &Call) -> Result<Invocation, Refusal> {
        let (function, qualifier) = self.function(call)?;
        if call.body.len() > MAX_PAYLOAD_BYTES {
            let message = format!("Request must be smaller than {MAX_PAYLOAD_BYTES} bytes");
            return Err(refuse(413, "RequestTooLargeException", message));
        }
        let payload = if call.body.is_empty() { b"{}".to_vec() } else { call.body.to_vec() };
        if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
            let message = format!("Could not parse request body into json: {error}");
            return Err(refuse(400, "InvalidRequestContentException", message));
        }
        let how = match call.header("x-amz-invocation-type").unwrap_or("RequestResponse") {
            "RequestResponse" => How::Wait,
            "Event" => How::Later,
            "DryRun" => How::NotAtAll,
            other => return Err(invalid(format!("`{other}` is no invocation type"))),
        };
        if function.seed.reserved_concurrency == Some(0) {
            let reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
            return Err(throttled(call.caller.service, "", 0).with("Reason", reason));
        }
        Ok(Invocation {
            environment: Arc::clone(&function.environment),
            payload,
            how,
            wants_log: call.header("x-amz-log-type") == Some("Tail"),
            version: function.version(&qualifier),
        })
    }
}

impl LambdaFunction {
    fn new(scope: &Scope, seed: FunctionSeed, now: SystemTime, random: &mut Random) -> Self {
        let Scope { account, region } = scope;
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{}", seed.name);
        let timeout = Duration::from_secs(u64::from(seed.timeout_seconds.unwrap_or(3)));
        let config = seed.binary.clone().map(|binary| Config {
            binary,
            name: seed.name.clone(),
            memory_mb: seed.memory_mb.unwrap_or(128),
            account: account.clone(),
            region: region.clone(),
            environment: seed
                .environment
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value)))
                .collect(),
        });
        let canned = seed.response.clone().unwrap_or_default().to_string().into_bytes();
        let environment = Environment { config, canned, timeout, running: Mutex::default() };
        let sha256: Vec<u8> = (0..4).flat_map(|_| random.next().to_le_bytes()).collect();
        let mut function = Self {
            policies: Eventually::new(BTreeMap::new(), now),
            modified: now,
            sha256: STANDARD.encode(sha256),
            revision: random.uuid(),
            environment: Arc::new(environment),
            seed,
            arn,
        };
        if function.seed.allow_rooms {
            let policies = function.policies_for_rooms(scope, random);
            function.policies = Eventually::new(policies, now);
        }
        function
    }

    /// The statement that the Chat User Guide asks for, under every qualifier.
    fn policies_for_rooms(&self, scope: &Scope, random: &mut Random) -> BTreeMap<String, Policy> {
        let Scope { account, region } = scope;
        let request = PermissionRequest {
            sid: "ivschat".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: json!({ "Service": IVS_CHAT }),
            source_arn: Some(format!("arn:aws:ivschat:{region}:{account}:room/*")),
            source_account: Some(account.clone()),
            revision: None,
        };
        let versions = (1..=self.seed.versions).map(|version| version.to_string());
        let qualifiers = versions.chain(self.seed.aliases.keys().cloned());
        std::iter::once(String::new())
            .chain(qualifiers)
            .map(|qualifier| {
                let statements = vec![request.statement(&self.qualified(&qualifier))];
                (qualifier, Policy { revision: random.uuid(), statements })
            })
            .collect()
    }

    fn has_qualifier(&self, qualifier: &str) -> bool {
        let is_version = |text: &str| {
            text.parse().is_ok_and(|version| (1..=self.seed.versions).contains(&version))
        };
        qualifier.is_empty()
            || qualifier == "$LATEST"
            || self.seed.aliases.contains_key(qualifier)
            || is_version(qualifier)
    }

    /// The version that a qualifier leads to.
    fn version(&self, qualifier: &str) -> String {
        match self.seed.aliases.get(qualifier) {
            Some(version) => version.clone(),
            None if qualifier.is_empty() => "$LATEST".to_owned(),
            None => qualifier.to_owned(),
        }
    }

    fn qualified(&self, qualifier: &str) -> String {
        if qualifier.is_empty() { self.arn.clone() } else { format!("{}:{qualifier}", self.arn) }
    }

    fn concurrency(&self) -> Option<Value> {
        self.seed.reserved_concurrency.map(|n| json!({ "ReservedConcurrentExecutions": n }))
    }

    fn configuration(&self, qualifier: &str) -> Value {
        let seed = &self.seed;
        let mut configuration = json!({
            "FunctionName": seed.name,
            "FunctionArn": self.qualified(qualifier),
            "Runtime": seed.runtime.as_deref().unwrap_or("provided.al2023"),
            "Handler": "bootstrap",
            "Role": format!("{}role/{}", self.arn_of_iam(), seed.name),
            "CodeSize": 1_048_576,
            "Description": "",
            "Timeout": self.environment.timeout.as_secs(),
            "MemorySize": seed.memory_mb.unwrap_or(128),
            "LastModified": last_modified(self.modified),
            "CodeSha256": self.sha256,
            "Version": self.version(qualifier),
            "TracingConfig": { "Mode": "PassThrough" },
            "RevisionId": self.revision,
            "State": seed.state.as_deref().unwrap_or("Active"),
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": [seed.architecture.as_deref().unwrap_or("x86_64")],
            "EphemeralStorage": { "Size": 512 },
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "LoggingConfig": {
                "LogFormat": "Text",
                "LogGroup": format!("/aws/lambda/{}", seed.name),
            },
        });
        if let (false, Some(members)) = (seed.environment.is_empty(), configuration.as_object_mut())
        {
            members.insert("Environment".to_owned(), json!({ "Variables": seed.environment }));
        }
        configuration
    }

    fn arn_of_iam(&self) -> String {
        let account = self.arn.split(':').nth(4).unwrap_or_default();
        format!("arn:aws:iam::{account}:")
    }

    /// What stands written under a qualifier. Lambda's own readers see it at once; it is
    /// IVS Chat that does not.
    fn written(&self, qualifier: &str) -> Option<&Policy> {
        self.policies.newest().and_then(|policies| policies.get(qualifier))
    }

    fn write(
        &mut self,
        qualifier: &str,
        statements: Vec<Value>,
        now: SystemTime,
        delay: Duration,
        random: &mut Random,
    ) {
        let mut policies = self.policies.newest().cloned().unwrap_or_default();
        if statements.is_empty() {
            policies.remove(qualifier);
        } else {
            let policy = Policy { revision: random.uuid(), statements };
            policies.insert(qualifier.to_owned(), policy);
        }
        self.policies.write(Some(policies), now, delay);
    }

    fn policy(&self, qualifier: &str) -> Answer {
        let Some(policy) = self.written(qualifier) else {
            return Err(not_found("The resource you requested does not exist."));
        };
        let text = policy_text(&policy.statements);
        Ok(Reply::ok(json!({ "Policy": text, "RevisionId": policy.revision })))
    }

    fn add_permission(
        &mut self,
        request: PermissionRequest,
        qualifier: &str,
        now: SystemTime,
        delay: Duration,
        random: &mut Random,
    ) -> Result<Value, Refusal> {
        if qualifier == "$LATEST" {
            return Err(invalid("We currently do not support adding policies for $LATEST."));
        }
        let written = self.written(qualifier);
        check_revision(request.revision.as_deref(), written)?;
        let mut statements = written.map(|policy| policy.statements.clone()).unwrap_or_default();
        if statements.iter().any(|statement| statement["Sid"] == request.sid.as_str()) {
            let message = format!(
                "The statement id ({}) provided already exists. Please provide a new statement \
                 id, or remove the existing statement.",
                request.sid
            );
            return Err(refuse(409, "ResourceConflictException", message));
        }
        let statement = request.statement(&self.qualified(qualifier));
        statements.push(statement.clone());
        let size = policy_text(&statements).len();
        if size > MAX_POLICY_BYTES {
            let message = format!(
                "The final policy size ({size}) is bigger than the limit ({MAX_POLICY_BYTES})."
            );
            return Err(refuse(400, "PolicyLengthExceededException", message));
        }
        self.write(qualifier, statements, now, delay, random);
        Ok(statement)
    }

    fn remove_permission(
        &mut self,
        sid: &str,
        revision: Option<&str>,
        qualifier: &str,
        now: SystemTime,
        delay: Duration,
        random: &mut Random,
    ) -> Result<(), Refusal> {
        let Some(policy) = self.written(qualifier) else {
            return Err(not_found("No policy is associated with the given resource."));
        };
        check_revision(revision, Some(policy))?;
        let mut statements = policy.statements.clone();
        statements.retain(|statement| statement["Sid"] != sid);
        if statements.len() == policy.statements.len() {
            let message = format!("Statement {sid} is not found in resource policy.");
            return Err(not_found(message));
        }
        self.write(qualifier, statements, now, delay, random);
        Ok(())
    }
}

fn check_revision(asked: Option<&str>, policy: Option<&Policy>) -> Result<(), Refusal> {
    let stands = policy.map(|policy| policy.revision.as_str());
    if asked.is_none() || asked == stands {
        return Ok(());
    }
    let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                   GetPolicy API to retrieve the latest Revision Id";
    Err(refuse(412, "PreconditionFailedException", message))
}

fn policy_text(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string()
}

/// What AddPermission is asked for.
struct PermissionRequest {
    sid: String,
    action: String,
    principal: Value,
    source_arn: Option<String>,
    source_account: Option<String>,
    revision: Option<String>,
}

impl PermissionRequest {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let members: Map<String, Value> = serde_json::from_slice(body).map_err(|error| {
            let message = format!("Could not parse request body into json: {error}");
            refuse(400, "InvalidRequestContentException", message)
        })?;
        let text = |name: &str| members.get(name)?.as_str().map(str::to_owned);
        let required = |name: &str, is_good: fn(&str) -> bool| {
            text(name).filter(|text| is_good(text)).ok_or_else(|| {
                let value = members.get(name).unwrap_or(&Value::Null);
                invalid(format!(
                    "1 validation error detected: Value {value} at '{name}' failed to satisfy \
                     constraint: Member must satisfy its pattern"
                ))
            })
        };
        let sid = required("StatementId", |sid| {
            (1..=100).contains(&sid.len())
                && sid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })?;
        let action = required("Action", |action| {
            let name = action.strip_prefix("lambda:").unwrap_or_default();
            action == "*"
                || name == "*"
                || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic()))
        })?;
        let principal = principal(&required("Principal", |text| !text.is_empty())?)?;
        let source_account = text("SourceAccount");
        if source_account.as_ref().is_some_and(|account| !is_account(account)) {
            return Err(invalid("SourceAccount must have 12 digits"));
        }
        let source_arn = text("SourceArn");
        if source_arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            return Err(invalid("SourceArn must be an ARN"));
        }
        let revision = text("RevisionId");
        Ok(Self { sid, action, principal, source_arn, source_account, revision })
    }

    fn statement(&self, resource: &str) -> Value {
        let mut statement = json!({
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": self.principal,
            "Action": self.action,
            "Resource": resource,
        });
        let mut condition = Map::new();
        if let Some(account) = &self.source_account {
            condition.insert("StringEquals".to_owned(), json!({ "AWS:SourceAccount": account }));
        }
        if let Some(arn) = &self.source_arn {
            condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
        }
        if let (false, Some(members)) = (condition.is_empty(), statement.as_object_mut()) {
            members.insert("Condition".to_owned(), condition.into());
        }
        statement
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A principal as a policy writes it.
fn principal(text: &str) -> Result<Value, Refusal> {
    if text == "*" {
        Ok(json!("*"))
    } else if is_account(text) {
        Ok(json!({ "AWS": format!("arn:aws:iam::{text}:root") }))
    } else if text.starts_with("arn:aws:iam::") {
        Ok(json!({ "AWS": text }))
    } else if text.ends_with(".amazonaws.com") {
        Ok(json!({ "Service": text }))
    } else {
        let message =
            "The provided principal was invalid. Please check the principal and try again.";
        Err(invalid(message))
    }
}

/// Does a statement let IVS Chat invoke for this room?
fn allows(statement: &Value, account: &str, room_arn: &str) -> bool {
    let principal = &statement["Principal"];
    let action = statement["Action"].as_str().unwrap_or_default();
    let conditions = statement["Condition"].as_object();
    (principal == "*" || principal["Service"] == IVS_CHAT)
        && ["*", "lambda:*", "lambda:InvokeFunction"].contains(&action)
        && conditions.into_iter().flatten().all(|(operator, keys)| {
            keys.as_object().into_iter().flatten().all(|(key, wanted)| {
                let wanted = wanted.as_str().unwrap_or_default();
                // Keys are the same in any case.
                let value = match key.to_ascii_lowercase().as_str() {
                    "aws:sourceaccount" => account,
                    "aws:sourcearn" => room_arn,
                    _ => return false,
                };
                match operator.as_str() {
                    "StringEquals" => wanted == value,
                    "StringLike" => is_like(wanted, value),
                    "ArnLike" | "ArnEquals" => is_arn_like(wanted, value),
                    _ => false,
                }
            })
        })
}

/// Each of the six parts of an ARN for itself.
fn is_arn_like(pattern: &str, arn: &str) -> bool {
    let (patterns, parts) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    patterns.clone().count() == 6
        && patterns.zip(parts).all(|(pattern, part)| is_like(pattern, part))
}

/// `*` is any text, `?` any character.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let mut tail = text;
            loop {
                if is_like(rest.as_str(), tail) {
                    return true;
                }
                let mut chars = tail.chars();
                if chars.next().is_none() {
                    return false;
                }
                tail = chars.as_str();
            }
        }
        Some(sign) => {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| sign == '?' || sign == c)
                && is_like(rest.as_str(), chars.as_str())
        }
    }
}

/// Lambda's own form of a time.
fn last_modified(time: SystemTime) -> String {
    let utc = time::UtcDateTime::from(time);
    let (hour, minute, second, ms) = utc.time().as_hms_milli();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{ms:03}+0000", utc.date())
}

/// One invocation that was asked for.
#[derive(Debug)]
pub(crate) struct Invocation {
    environment: Arc<Environment>,
    payload: Vec<u8>,
    how: How,
    wants_log: bool,
    version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Wait,
    Later,
    NotAtAll,
}

impl Invocation {
    /// Runs the function, and makes the response.
    pub(crate) async fn run(self) -> Response {
        match self.how {
            How::NotAtAll => response(204, "", Vec::new()),
            How::Later => {
                tokio::spawn(async move { self.environment.invoke(self.payload).await });
                response(202, "", Vec::new())
            }
            How::Wait => {
                let Invoked { payload, is_error, log } =
                    self.environment.invoke(self.payload).await;
                let mut response = response(200, "application/json", payload);
                let headers = response.headers_mut();
                let mut set = |name, value: &str| {
                    if let Ok(value) = HeaderValue::from_str(value) {
                        headers.insert(name, value);
                    }
                };
                set("x-amz-executed-version", &self.version);
                if is_error {
                    set("x-amz-function-error", "Unhandled");
                }
                if self.wants_log {
                    set("x-amz-log-result", &STANDARD.encode(log));
                }
                response
            }
        }
    }
}

/// What came of an invocation.
struct Invoked {
    payload: Vec<u8>,
    is_error: bool,
    /// The end of what the function printed.
    log: Vec<u8>,
}

impl Invoked {
    fn error(kind: &str, message: &str, log: Vec<u8>) -> Self {
        let payload = json!({ "errorType": kind, "errorMessage": message });
        Self { payload: payload.to_string().into_bytes(), is_error: true, log }
    }
}

impl Environment {
    async fn invoke(&self, payload: Vec<u8>) -> Invoked {
        let Some(config) = &self.config else {
            return Invoked { payload: self.canned.clone(), is_error: false, log: Vec::new() };
        };
        let mut running = self.running.lock().await;
        let mut function = match running.take() {
            Some(function) => function,
            None => match Function::start(config).await {
                Ok(function) => function,
                Err(error) => {
                    return Invoked::error("Runtime.ExitError", &error.to_string(), Vec::new());
                }
            },
        };
        let outcome = function.invoke(payload, self.timeout).await.outcome;
        let log = log_tail(&function);
        // An environment that ended or ran out of time is not used again.
        match outcome {
            Outcome::Response(payload) => {
                *running = Some(function);
                Invoked { payload, is_error: false, log }
            }
            Outcome::FunctionError(error) => {
                *running = Some(function);
                Invoked::error(&error.error_type, &error.message, log)
            }
            Outcome::TimedOut => {
                let seconds = self.timeout.as_secs_f64();
                let message = format!("Task timed out after {seconds:.2} seconds");
                Invoked::error("Sandbox.Timedout", &message, log)
            }
            Outcome::Exited(status) => {
                let status = status.map_or("unknown".to_owned(), |status| status.to_string());
                let message = format!("Runtime exited with error: {status}");
                Invoked::error("Runtime.ExitError", &message, log)
            }
        }
    }
}

fn log_tail(function: &Function) -> Vec<u8> {
    let lines = function.output();
    let text: Vec<u8> =
        lines.iter().flat_map(|line| [line.text.as_bytes(), b"\n"].concat()).collect();
    let from = text.len().saturating_sub(LOG_TAIL_BYTES);
    text.get(from..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_in_every_form() {
        let named =
            |region, account, qualifier| Some(Named { region, account, name: "f", qualifier });
        let (region, account) = (Some("us-west-2"), Some("123456789012"));
        for (text, expected) in [
            ("f", named(None, None, None)),
            ("f:live", named(None, None, Some("live"))),
            ("function:f", named(None, None, None)),
            ("123456789012:function:f:1", named(None, account, Some("1"))),
            ("arn:aws:lambda:us-west-2:123456789012:function:f", named(region, account, None)),
            (
                "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST",
                named(region, account, Some("$LATEST")),
            ),
            ("", None),
            ("f:live:x", None),
            ("a b", None),
        ] {
            assert_eq!(Named::read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_statement_allows_whom_it_names() {
        let room = "arn:aws:ivschat:us-west-2:123456789012:room/AbCdEfGhIjKl";
        let statement = |principal: &str, account: Option<&str>, arn: Option<&str>| {
            PermissionRequest {
                sid: "s".to_owned(),
                action: "lambda:InvokeFunction".to_owned(),
                principal: super::principal(principal).unwrap(),
                source_arn: arn.map(str::to_owned),
                source_account: account.map(str::to_owned),
                revision: None,
            }
            .statement("arn:aws:lambda:us-west-2:123456789012:function:f")
        };
        let ours = Some("123456789012");
        for (expected, principal, account, arn) in [
            (true, IVS_CHAT, None, None),
            (true, IVS_CHAT, ours, Some(room)),
            (true, IVS_CHAT, ours, Some("arn:aws:ivschat:us-west-2:123456789012:room/*")),
            (true, IVS_CHAT, None, Some("arn:aws:ivschat:*:*:room/AbCd????IjKl")),
            (true, "*", None, None),
            (false, "s3.amazonaws.com", None, None),
            (false, IVS_CHAT, Some("210987654321"), None),
            (false, IVS_CHAT, ours, Some("arn:aws:ivschat:eu-west-1:123456789012:room/*")),
            (false, IVS_CHAT, ours, Some("arn:aws:ivschat:us-west-2:123456789012:room/Other")),
            (false, IVS_CHAT, ours, Some("arn:*")),
            (false, "210987654321", None, None),
        ] {
            let statement = statement(principal, account, arn);
            assert_eq!(allows(&statement, "123456789012", room), expected, "{statement}");
        }
    }
}
