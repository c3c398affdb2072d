//! The control plane of Amazon IVS Chat: rooms, logging configurations, tags, tokens, and
//! the three operations that speak to a room's clients.
//!
//! Limits, patterns and shapes are those of the service's model (`ivschat`, 2020-07-14).
//! Where the service is silent, the reading is taken that a careful client must expect:
//!
//! - a `messageReviewHandler` replaces the whole of the old one: a member that it leaves
//!   out takes its default (no function; `ALLOW`);
//! - filters of ListRooms must all match, exactly; its pages count from the newest room,
//!   so a room updated between two pages is repeated or skipped;
//! - a logging configuration that a room uses cannot be deleted;
//! - attributes have 1000 bytes as compact JSON in ASCII.
//!
//! Not here: clients of a room. SendEvent, DeleteMessage and DisconnectUser check what
//! they are given, and reach nobody.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chatwarden_engine::contract::{
    MAX_ATTRIBUTES_BYTES, MAX_MESSAGE_CODE_POINTS, MAX_REASON_CODE_POINTS, attributes_len,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::control::caller::Scope;
use crate::control::eventually::Eventually;
use crate::control::fields::{Fields, invalid_member};
use crate::control::lambda::Lambda;
use crate::control::random::Random;
use crate::control::wire::{Answer, Call, Refusal, Reply};

/// Where Amazon IVS Chat is. Source: the endpoints of botocore 1.44.
pub const REGIONS: [&str; 7] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-west-2",
];

/// How long a chat token can be used. Source: the User Guide's example.
const TOKEN_LIFE: Duration = Duration::from_secs(60);

const MAX_PAGE: u32 = 50;
const MAX_TAGS: usize = 50;
const MAX_LOGGING_CONFIGURATIONS_OF_A_ROOM: usize = 3;

/// How much an account may have in a region. Source: User Guide, "Service Quotas".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Rooms.
    pub rooms: usize,
    /// Logging configurations.
    pub logging_configurations: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { rooms: 50_000, logging_configurations: 10 }
    }
}

/// A room that is there from the start. Nothing of it is checked against the service's
/// rules: it may name a handler that the room may not invoke.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomSeed {
    /// The last part of its ARN; made up if left out.
    pub id: Option<String>,
    /// Its name; with `count`, `-1`, `-2` and so on is added.
    pub name: Option<String>,
    /// So many rooms like this; 1 if left out.
    pub count: Option<u32>,
    /// The ARN of its message review handler.
    pub handler: Option<String>,
    /// `ALLOW` or `DENY`; `ALLOW` if left out.
    pub fallback: Option<String>,
    /// Code points a message may have; 500 if left out.
    pub maximum_message_length: Option<u32>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Handler {
    uri: String,
    fallback: &'static str,
}

#[derive(Debug, Clone)]
struct Room {
    arn: String,
    id: String,
    name: Option<String>,
    created: SystemTime,
    updated: SystemTime,
    /// Orders changes that fall into the same millisecond.
    change: u64,
    max_rate: u32,
    max_length: u32,
    /// Once a room has had a handler, there always is one, if with an empty `uri`.
    handler: Option<Handler>,
    tags: BTreeMap<String, String>,
    logging: Vec<String>,
}

#[derive(Debug, Clone)]
struct LoggingConfiguration {
    arn: String,
    id: String,
    name: Option<String>,
    created: SystemTime,
    updated: SystemTime,
    destination: Value,
    tags: BTreeMap<String, String>,
}

/// What is in one account and region, by id.
#[derive(Debug, Default)]
struct Region {
    rooms: BTreeMap<String, Eventually<Room>>,
    logging: BTreeMap<String, LoggingConfiguration>,
    changes: u64,
}

/// All rooms and logging configurations.
#[derive(Debug)]
pub(crate) struct Rooms {
    regions: HashMap<Scope, Region>,
    quotas: Quotas,
    read_delay: Duration,
}

/// What an operation may look at and use besides its request.
pub(crate) struct World<'a> {
    pub(crate) now: SystemTime,
    pub(crate) random: &'a mut Random,
    pub(crate) lambda: &'a Lambda,
}

/// The operation that a request asks for.
pub(crate) fn operation(call: &Call) -> Option<&'static str> {
    const POSTED: [&str; 14] = [
        "CreateChatToken",
        "CreateLoggingConfiguration",
        "CreateRoom",
        "DeleteLoggingConfiguration",
        "DeleteMessage",
        "DeleteRoom",
        "DisconnectUser",
        "GetLoggingConfiguration",
        "GetRoom",
        "ListLoggingConfigurations",
        "ListRooms",
        "SendEvent",
        "UpdateLoggingConfiguration",
        "UpdateRoom",
    ];
    match (call.method.as_str(), call.segments().as_slice()) {
        ("GET", ["tags", _]) => Some("ListTagsForResource"),
        ("POST", ["tags", _]) => Some("TagResource"),
        ("DELETE", ["tags", _]) => Some("UntagResource"),
        ("POST", [name]) => POSTED.into_iter().find(|operation| operation == name),
        _ => None,
    }
}

/// The refusal of a request that no operation fits.
pub(crate) fn unknown_operation() -> Refusal {
    Refusal::new(400, "ValidationException", "Unknown operation")
        .with("reason", "UNKNOWN_OPERATION")
}

/// What a request is about, as throttling errors name it: the id of the room, else the
/// account.
pub(crate) fn resource_id(call: &Call) -> String {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let member = body.get("identifier").or_else(|| body.get("roomIdentifier"));
    member.and_then(Value::as_str).map_or_else(|| call.caller.scope.account.clone(), id_of_arn)
}

impl Rooms {
    pub(crate) fn new(quotas: Quotas, read_delay: Duration) -> Self {
        Self { regions: HashMap::new(), quotas, read_delay }
    }

    /// Puts rooms in, and returns their ARNs.
    pub(crate) fn seed(
        &mut self,
        scope: &Scope,
        seed: &RoomSeed,
        now: SystemTime,
        random: &mut Random,
    ) -> Vec<String> {
        let region = self.regions.entry(scope.clone()).or_default();
        let count = seed.count.unwrap_or(1);
        let numbered = |n| match &seed.name {
            Some(name) if seed.count.is_some() => Some(format!("{name}-{n}")),
            name => name.clone(),
        };
        let add = |n| {
            let id = seed.id.clone().filter(|_| count == 1).unwrap_or_else(|| random.id());
            let fallback = if seed.fallback.as_deref() == Some("DENY") { "DENY" } else { "ALLOW" };
            let mut room = region.new_room(scope, id, now);
            room.name = numbered(n);
            room.max_length = seed.maximum_message_length.unwrap_or(room.max_length);
            room.handler = seed.handler.clone().map(|uri| Handler { uri, fallback });
            room.tags = seed.tags.clone();
            let arn = room.arn.clone();
            region.rooms.insert(room.id.clone(), Eventually::new(room, now));
            arn
        };
        (1..=count).map(add).collect()
    }

    /// Does what a request asks for.
    pub(crate) fn call(&mut self, operation: &str, call: &Call, world: World<'_>) -> Answer {
        let scope = &call.caller.scope;
        if !REGIONS.contains(&scope.region.as_str()) {
            let message = format!(
                "Amazon IVS Chat is not in the region `{}`; it is in {}",
                scope.region,
                REGIONS.join(", ")
            );
            return Err(Refusal::new(404, "UnknownEndpoint", message));
        }
        let region = self.regions.entry(scope.clone()).or_default();
        let mut request = Request {
            scope,
            region,
            quotas: self.quotas,
            read_delay: self.read_delay,
            now: world.now,
            random: world.random,
            lambda: world.lambda,
        };
        if let ["tags", arn] = call.segments().as_slice() {
            return request.tags(operation, arn, call);
        }
        let body = members(&call.body)?;
        request.posted(operation, &body)
    }
}

/// The body of a request; an empty one has no members.
fn members(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the body is no JSON object: {error}");
        Refusal::new(400, "ValidationException", message).with("reason", "OTHER")
    })
}

/// One request, with what it works on.
struct Request<'a> {
    scope: &'a Scope,
    region: &'a mut Region,
    quotas: Quotas,
    read_delay: Duration,
    now: SystemTime,
    random: &'a mut Random,
    lambda: &'a Lambda,
}

impl Request<'_> {
    fn posted(&mut self, operation: &str, body: &Map<String, Value>) -> Answer {
        match operation {
            "CreateRoom" => self.create_room(body),
            "GetRoom" => self.get_room(body),
            "UpdateRoom" => self.update_room(body),
            "DeleteRoom" => self.delete_room(body),
            "ListRooms" => self.list_rooms(body),
            "CreateLoggingConfiguration" => self.create_logging(body),
            "GetLoggingConfiguration" => self.get_logging(body),
            "UpdateLoggingConfiguration" => self.update_logging(body),
            "DeleteLoggingConfiguration" => self.delete_logging(body),
            "ListLoggingConfigurations" => self.list_logging(body),
            "CreateChatToken" => self.create_token(body),
            "SendEvent" => self.send_event(body),
            "DeleteMessage" => self.delete_message(body),
            "DisconnectUser" => self.disconnect_user(body),
            _ => Err(unknown_operation()),
        }
    }

    // Rooms.

    fn create_room(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let wish = RoomWish::read(&mut fields);
        let tags = read_tags(&mut fields);
        fields.finish()?;
        let rooms = self.region.rooms.values().filter(|room| room.newest().is_some()).count();
        if rooms >= self.quotas.rooms {
            return Err(self.over_quota("rooms", self.quotas.rooms));
        }
        let mut room = self.region.new_room(self.scope, self.random.id(), self.now);
        room.tags = tags.unwrap_or_default();
        wish.fulfil(&mut room, self)?;
        let answer = Reply::ok(room.json());
        let room = Eventually::new(room, self.now + self.read_delay);
        if let Some(id) = room.newest().map(|room| room.id.clone()) {
            self.region.rooms.insert(id, room);
        }
        Ok(answer)
    }

    fn get_room(&mut self, body: &Map<String, Value>) -> Answer {
        let arn = read_room_arn(body, "identifier")?;
        let id = self.own(&arn)?;
        let room = self.region.rooms.get(&id).and_then(|room| room.seen(self.now));
        Ok(Reply::ok(room.ok_or_else(|| not_found(&arn))?.json()))
    }

    fn update_room(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let arn = room_arn(&mut fields, "identifier");
        let wish = RoomWish::read(&mut fields);
        fields.finish()?;
        let mut room = self.newest_room(&arn)?.clone();
        wish.fulfil(&mut room, self)?;
        room.updated = self.now;
        room.change = self.region.next_change();
        let answer = Reply::ok(room.json());
        self.write_room(room);
        Ok(answer)
    }

    fn delete_room(&mut self, body: &Map<String, Value>) -> Answer {
        let arn = read_room_arn(body, "identifier")?;
        let id = self.newest_room(&arn)?.id.clone();
        if let Some(room) = self.region.rooms.get_mut(&id) {
            room.write(None, self.now, self.read_delay);
        }
        let now = self.now;
        self.region.rooms.retain(|_, room| !room.is_gone(now));
        Ok(Reply::empty(204))
    }

    fn list_rooms(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let name = fields.text("name", 0..=128, is_name);
        let uri = fields.text("messageReviewHandlerUri", 0..=170, is_handler_uri);
        let logging = fields.text("loggingConfigurationIdentifier", 1..=128, is_logging_arn);
        let page = Page::read(&mut fields, "ListRooms", &json!([name, uri, logging]));
        fields.finish()?;
        let mut rooms: Vec<&Room> = self
            .region
            .rooms
            .values()
            .filter_map(|room| room.seen(self.now))
            .filter(|room| name.is_none() || room.name == name)
            .filter(|room| uri.as_deref().is_none_or(|uri| room.handler_uri() == uri))
            .filter(|room| logging.as_ref().is_none_or(|arn| room.logging.contains(arn)))
            .collect();
        rooms.sort_unstable_by_key(|room| std::cmp::Reverse(room.change));
        Ok(page.answer("rooms", &rooms, |room| room.summary()))
    }

    /// The room's id, if the ARN is one of this account and region. (What the service says
    /// of others' ARNs is not documented.)
    fn own(&self, arn: &str) -> Result<String, Refusal> {
        let mut parts = arn.split(':').skip(3);
        let (region, account) = (parts.next(), parts.next());
        if account != Some(self.scope.account.as_str()) {
            let message = format!("User is not authorized to access the resource {arn}");
            return Err(Refusal::new(403, "AccessDeniedException", message));
        }
        if region != Some(self.scope.region.as_str()) {
            return Err(not_found(arn));
        }
        Ok(id_part(arn).to_owned())
    }

    fn newest_room(&self, arn: &str) -> Result<&Room, Refusal> {
        let id = self.own(arn)?;
        let room = self.region.rooms.get(&id).and_then(Eventually::newest);
        room.ok_or_else(|| not_found(arn))
    }

    fn write_room(&mut self, room: Room) {
        if let Some(written) = self.region.rooms.get_mut(&room.id) {
            written.write(Some(room), self.now, self.read_delay);
        }
    }

    fn over_quota(&self, what: &str, limit: usize) -> Refusal {
        let message = format!("the account may have {limit} {what} in this region");
        Refusal::new(402, "ServiceQuotaExceededException", message)
            .with("resourceId", self.scope.account.as_str())
            .with("resourceType", "ROOM")
            .with("limit", limit)
    }

    // Logging configurations.

    fn create_logging(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        fields.require("destinationConfiguration");
        let name = fields.text("name", 0..=128, is_name);
        let destination = read_destination(&mut fields);
        let tags = read_tags(&mut fields).unwrap_or_default();
        fields.finish()?;
        if self.region.logging.len() >= self.quotas.logging_configurations {
            let limit = self.quotas.logging_configurations;
            return Err(self.over_quota("logging configurations", limit));
        }
        let id = self.random.id();
        let Scope { account, region } = self.scope;
        let configuration = LoggingConfiguration {
            arn: format!("arn:aws:ivschat:{region}:{account}:logging-configuration/{id}"),
            id: id.clone(),
            name,
            created: self.now,
            updated: self.now,
            destination: destination.unwrap_or_default(),
            tags,
        };
        let answer = Reply::ok(configuration.json());
        self.region.logging.insert(id, configuration);
        Ok(answer)
    }

    fn logging(&mut self, arn: &str) -> Result<&mut LoggingConfiguration, Refusal> {
        let id = self.own(arn)?;
        self.region.logging.get_mut(&id).ok_or_else(|| not_found(arn))
    }

    fn get_logging(&mut self, body: &Map<String, Value>) -> Answer {
        let arn = read_logging_arn(body)?;
        Ok(Reply::ok(self.logging(&arn)?.json()))
    }

    fn update_logging(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let arn = logging_arn(&mut fields);
        let name = fields.text("name", 0..=128, is_name);
        let destination = read_destination(&mut fields);
        fields.finish()?;
        let now = self.now;
        let configuration = self.logging(&arn)?;
        configuration.name = name.or(configuration.name.take());
        if let Some(destination) = destination {
            configuration.destination = destination;
        }
        configuration.updated = now;
        Ok(Reply::ok(configuration.json()))
    }

    fn delete_logging(&mut self, body: &Map<String, Value>) -> Answer {
        let arn = read_logging_arn(body)?;
        let id = self.logging(&arn)?.id.clone();
        let uses =
            |room: &Eventually<Room>| room.newest().is_some_and(|room| room.logging.contains(&arn));
        if self.region.rooms.values().any(uses) {
            let message = "the logging configuration is attached to a room";
            return Err(Refusal::new(409, "ConflictException", message)
                .with("resourceId", id)
                .with("resourceType", "ROOM"));
        }
        self.region.logging.remove(&id);
        Ok(Reply::empty(204))
    }

    fn list_logging(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let page = Page::read(&mut fields, "ListLoggingConfigurations", &Value::Null);
        fields.finish()?;
        let all: Vec<&LoggingConfiguration> = self.region.logging.values().collect();
        Ok(page.answer("loggingConfigurations", &all, |configuration| configuration.json()))
    }

    // Tags.

    fn tags(&mut self, operation: &str, arn: &str, call: &Call) -> Answer {
        // The model's pattern for these ARNs fits none, so it is not the service's.
        if !is_room_arn(arn) && !is_logging_arn(arn) {
            return Err(invalid_member("resourceArn", "must be the ARN of a resource"));
        }
        let mut tags = if is_room_arn(arn) {
            self.newest_room(arn)?.tags.clone()
        } else {
            self.logging(arn)?.tags.clone()
        };
        match operation {
            "ListTagsForResource" => return Ok(Reply::ok(json!({ "tags": tags }))),
            "TagResource" => {
                let body = members(&call.body)?;
                let mut fields = Fields::new(&body);
                fields.require("tags");
                tags.extend(read_tags(&mut fields).unwrap_or_default());
                if tags.len() > MAX_TAGS {
                    fields.fault("tags", format!("a resource has at most {MAX_TAGS} tags"));
                }
                fields.finish()?;
            }
            _ => {
                let keys: Vec<&str> = call
                    .query
                    .iter()
                    .filter(|(n, _)| n == "tagKeys")
                    .map(|(_, v)| v.as_str())
                    .collect();
                let good = |key: &&str| (1..=128).contains(&key.chars().count());
                if keys.is_empty() || keys.len() > MAX_TAGS || !keys.iter().all(good) {
                    let why = "must be 1 to 50 keys of 1 to 128 characters";
                    return Err(invalid_member("tagKeys", why));
                }
                tags.retain(|key, _| !keys.contains(&key.as_str()));
            }
        }
        if is_room_arn(arn) {
            let room = Room { tags, ..self.newest_room(arn)?.clone() };
            self.write_room(room);
        } else {
            self.logging(arn)?.tags = tags;
        }
        Ok(Reply::ok(json!({})))
    }

    // What speaks to a room's clients.

    fn create_token(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let arn = room_arn(&mut fields, "roomIdentifier");
        fields.require("userId");
        let user = fields.text("userId", 1..=128, |_| true);
        let capabilities = fields.texts("capabilities", usize::MAX, 0..=usize::MAX, is_capability);
        let minutes = fields.integer("sessionDurationInMinutes", 1..=180).unwrap_or(60);
        let attributes = read_attributes(&mut fields);
        fields.finish()?;
        self.newest_room(&arn)?;
        let token_end = self.now + TOKEN_LIFE;
        let session_end = self.now + Duration::from_secs(60 * u64::from(minutes));
        // The service encrypts what is in a token; here it is only out of sight. It must
        // be fit for a header: it is sent as a WebSocket sub-protocol.
        let claims = json!({
            "RoomArn": arn,
            "UserId": user,
            "Capabilities": capabilities.unwrap_or_default(),
            "Attributes": attributes.unwrap_or_default(),
            "TokenExpirationTime": iso(token_end),
            "SessionExpirationTime": iso(session_end),
        });
        let token = [claims.to_string(), self.random.id()].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(Reply::ok(json!({
            "token": token.join("."),
            "tokenExpirationTime": iso(token_end),
            "sessionExpirationTime": iso(session_end),
        })))
    }

    fn send_event(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let arn = room_arn(&mut fields, "roomIdentifier");
        fields.require("eventName");
        fields.text("eventName", 1..=100, |_| true);
        read_attributes(&mut fields);
        fields.finish()?;
        self.newest_room(&arn)?;
        Ok(Reply::ok(json!({ "id": self.random.id() })))
    }

    fn delete_message(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let arn = room_arn(&mut fields, "roomIdentifier");
        fields.require("id");
        fields.text("id", 12..=12, |id| id.bytes().all(|b| b.is_ascii_alphanumeric()));
        fields.text("reason", 1..=MAX_REASON_CODE_POINTS, |_| true);
        fields.finish()?;
        self.newest_room(&arn)?;
        Ok(Reply::ok(json!({ "id": self.random.id() })))
    }

    fn disconnect_user(&mut self, body: &Map<String, Value>) -> Answer {
        let mut fields = Fields::new(body);
        let arn = room_arn(&mut fields, "roomIdentifier");
        fields.require("userId");
        fields.text("userId", 1..=128, |_| true);
        fields.text("reason", 1..=MAX_REASON_CODE_POINTS, |_| true);
        fields.finish()?;
        self.newest_room(&arn)?;
        Ok(Reply::empty(200))
    }
}

/// What CreateRoom and UpdateRoom may say of a room; None leaves it as it is.
struct RoomWish {
    name: Option<String>,
    max_rate: Option<u32>,
    max_length: Option<u32>,
    handler: Option<Handler>,
    logging: Option<Vec<String>>,
}

impl RoomWish {
    fn read(fields: &mut Fields<'_>) -> Self {
        let longest = u32::try_from(MAX_MESSAGE_CODE_POINTS).unwrap_or(u32::MAX);
        Self {
            name: fields.text("name", 0..=128, is_name),
            max_rate: fields.integer("maximumMessageRatePerSecond", 1..=100),
            max_length: fields.integer("maximumMessageLength", 1..=longest),
            handler: fields.object("messageReviewHandler").map(|members| {
                let mut inner = Fields::new(members);
                let uri = inner.text("uri", 0..=170, is_handler_uri).unwrap_or_default();
                let fallback = inner.word("fallbackResult", &["ALLOW", "DENY"]);
                fields.absorb(inner);
                Handler { uri, fallback: fallback.unwrap_or("ALLOW") }
            }),
            logging: fields.texts(
                "loggingConfigurationIdentifiers",
                MAX_LOGGING_CONFIGURATIONS_OF_A_ROOM,
                1..=128,
                is_logging_arn,
            ),
        }
    }

    /// Makes the room so, if all that it names is there and may be used.
    fn fulfil(self, room: &mut Room, request: &mut Request<'_>) -> Result<(), Refusal> {
        for arn in self.logging.iter().flatten() {
            request.logging(arn)?;
        }
        let handler = self.handler.as_ref().filter(|handler| !handler.uri.is_empty());
        if let Some(handler) = handler {
            let Request { scope, lambda, now, .. } = request;
            if !lambda.lets_room_invoke(scope, &handler.uri, &room.arn, *now) {
                return Err(invalid_member("uri", "invalid lambda permission"));
            }
        }
        room.name = self.name.or(room.name.take());
        room.max_rate = self.max_rate.unwrap_or(room.max_rate);
        room.max_length = self.max_length.unwrap_or(room.max_length);
        room.handler = self.handler.or(room.handler.take());
        room.logging = self.logging.unwrap_or(std::mem::take(&mut room.logging));
        Ok(())
    }
}

impl Region {
    fn next_change(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }

    fn new_room(&mut self, scope: &Scope, id: String, now: SystemTime) -> Room {
        let Scope { account, region } = scope;
        Room {
            arn: format!("arn:aws:ivschat:{region}:{account}:room/{id}"),
            id,
            name: None,
            created: now,
            updated: now,
            change: self.next_change(),
            max_rate: 10,
            max_length: u32::try_from(MAX_MESSAGE_CODE_POINTS).unwrap_or(u32::MAX),
            handler: None,
            tags: BTreeMap::new(),
            logging: Vec::new(),
        }
    }
}

impl Room {
    fn handler_uri(&self) -> &str {
        self.handler.as_ref().map_or("", |handler| &handler.uri)
    }

    /// A room as ListRooms shows it: without its limits.
    fn summary(&self) -> Value {
        let mut room = json!({
            "arn": self.arn,
            "id": self.id,
            "createTime": iso(self.created),
            "updateTime": iso(self.updated),
            "tags": self.tags,
            "loggingConfigurationIdentifiers": self.logging,
        });
        if let Some(name) = &self.name {
            set(&mut room, "name", name.as_str());
        }
        if let Some(Handler { uri, fallback }) = &self.handler {
            let handler = json!({ "uri": uri, "fallbackResult": fallback });
            set(&mut room, "messageReviewHandler", handler);
        }
        room
    }

    fn json(&self) -> Value {
        let mut room = self.summary();
        set(&mut room, "maximumMessageRatePerSecond", self.max_rate);
        set(&mut room, "maximumMessageLength", self.max_length);
        room
    }
}

impl LoggingConfiguration {
    fn json(&self) -> Value {
        let mut configuration = json!({
            "arn": self.arn,
            "id": self.id,
            "createTime": iso(self.created),
            "updateTime": iso(self.updated),
            "destinationConfiguration": self.destination,
            "state": "ACTIVE",
            "tags": self.tags,
        });
        if let Some(name) = &self.name {
            set(&mut configuration, "name", name.as_str());
        }
        configuration
    }
}

fn set(object: &mut Value, member: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value.into());
    }
}

/// Where in a list a request wants to read, and how much.
struct Page {
    operation: &'static str,
    filters: Value,
    from: usize,
    size: usize,
}

/// What a token says; base64 hides it from clients, to whom it is opaque.
#[derive(Serialize, Deserialize)]
struct PageToken<'a> {
    operation: Cow<'a, str>,
    filters: Cow<'a, Value>,
    from: usize,
}

impl Page {
    /// A token is good for the operation and the filters that it was given for.
    fn read(fields: &mut Fields<'_>, operation: &'static str, filters: &Value) -> Self {
        let size = fields.integer("maxResults", 1..=MAX_PAGE).unwrap_or(MAX_PAGE);
        let token = fields.text("nextToken", 0..=1024, |_| true).filter(|token| !token.is_empty());
        let from = token.map(|token| {
            let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
            let token: Option<PageToken<'_>> = serde_json::from_slice(&bytes).ok();
            token.filter(|t| t.operation == operation && *t.filters == *filters).map(|t| t.from)
        });
        if from == Some(None) {
            fields.fault("nextToken", "must be a token of the same request");
        }
        Self {
            operation,
            filters: filters.clone(),
            from: from.flatten().unwrap_or_default(),
            size: usize::try_from(size).unwrap_or_default(),
        }
    }

    fn answer<T>(self, member: &str, all: &[&T], told: impl Fn(&T) -> Value) -> Reply {
        let page: Vec<Value> =
            all.iter().skip(self.from).take(self.size).map(|entry| told(entry)).collect();
        let from = self.from + page.len();
        let mut answer = json!({ member: page });
        if from < all.len() {
            let token = PageToken {
                operation: self.operation.into(),
                filters: Cow::Owned(self.filters),
                from,
            };
            let token = serde_json::to_vec(&token).unwrap_or_default();
            set(&mut answer, "nextToken", URL_SAFE_NO_PAD.encode(token));
        }
        Reply::ok(answer)
    }
}

// Members that several operations read.

fn room_arn(fields: &mut Fields<'_>, name: &str) -> String {
    fields.require(name);
    fields.text(name, 1..=128, is_room_arn).unwrap_or_default()
}

fn read_room_arn(body: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    let mut fields = Fields::new(body);
    let arn = room_arn(&mut fields, name);
    fields.finish()?;
    Ok(arn)
}

fn logging_arn(fields: &mut Fields<'_>) -> String {
    fields.require("identifier");
    fields.text("identifier", 1..=128, is_logging_arn).unwrap_or_default()
}

fn read_logging_arn(body: &Map<String, Value>) -> Result<String, Refusal> {
    let mut fields = Fields::new(body);
    let arn = logging_arn(&mut fields);
    fields.finish()?;
    Ok(arn)
}

fn read_tags(fields: &mut Fields<'_>) -> Option<BTreeMap<String, String>> {
    let tags = fields.map("tags")?;
    if tags.len() > MAX_TAGS {
        fields.fault("tags", format!("a resource has at most {MAX_TAGS} tags"));
    }
    for (key, value) in &tags {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            fields.fault("tags", "a key has 1 to 128 characters, a value up to 256");
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            fields.fault("tags", "keys that begin with `aws:` are reserved");
        }
    }
    Some(tags)
}

fn read_attributes(fields: &mut Fields<'_>) -> Option<BTreeMap<String, String>> {
    let attributes = fields.map("attributes")?;
    let borrowed =
        attributes.iter().map(|(k, v)| (Cow::from(k.as_str()), Cow::from(v.as_str()))).collect();
    if attributes_len(&borrowed) > MAX_ATTRIBUTES_BYTES {
        fields.fault("attributes", "must have 1 KB at most");
    }
    Some(attributes)
}

fn read_destination(fields: &mut Fields<'_>) -> Option<Value> {
    let members = fields.object("destinationConfiguration")?;
    let mut inner = Fields::new(members);
    let mut found = Vec::new();
    let mut read = |kind: &str, member: &str, length, is_good| {
        let Some(members) = inner.object(kind) else { return };
        let mut destination = Fields::new(members);
        destination.require(member);
        let name = destination.text(member, length, is_good);
        inner.absorb(destination);
        found.push(json!({ kind: { member: name } }));
    };
    read("s3", "bucketName", 3..=63, |name| {
        name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b))
    });
    read("cloudWatchLogs", "logGroupName", 1..=512, |name| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/#".contains(&b))
    });
    read("firehose", "deliveryStreamName", 1..=64, |name| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    });
    fields.absorb(inner);
    if found.len() != 1 {
        fields.fault("destinationConfiguration", "must have exactly one destination");
    }
    found.pop()
}

// Patterns of the model.

fn is_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_capability(word: &str) -> bool {
    ["SEND_MESSAGE", "DELETE_MESSAGE", "DISCONNECT_USER"].contains(&word)
}

fn is_room_arn(arn: &str) -> bool {
    is_chat_arn(arn, "room/")
}

fn is_logging_arn(arn: &str) -> bool {
    is_chat_arn(arn, "logging-configuration/")
}

/// `arn:aws:ivschat:[a-z0-9-]+:[0-9]+:room/[a-zA-Z0-9-]+`
fn is_chat_arn(arn: &str, kind: &str) -> bool {
    let Some(rest) = arn.strip_prefix("arn:aws:ivschat:") else { return false };
    let [region, account, resource] = rest.split(':').collect::<Vec<_>>()[..] else {
        return false;
    };
    let id = resource.strip_prefix(kind).unwrap_or_default();
    is_region(region)
        && !account.is_empty()
        && account.bytes().all(|b| b.is_ascii_digit())
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_region(region: &str) -> bool {
    !region.is_empty()
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Nothing, or `arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:.+`
fn is_handler_uri(uri: &str) -> bool {
    if uri.is_empty() {
        return true;
    }
    let Some(rest) = uri.strip_prefix("arn:aws:lambda:") else { return false };
    let mut parts = rest.splitn(4, ':');
    let (Some(region), Some(account), Some("function"), Some(name)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_region(region)
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !name.is_empty()
}

fn id_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// The id as errors may hold it: letters and digits.
fn id_of_arn(arn: &str) -> String {
    let id: String = id_part(arn).chars().filter(char::is_ascii_alphanumeric).collect();
    if id.is_empty() { "unknown".to_owned() } else { id }
}

fn not_found(arn: &str) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", "Resource not found")
        .with("resourceId", id_of_arn(arn))
        .with("resourceType", "ROOM")
}

/// UTC in milliseconds, as ISO 8601.
fn iso(time: SystemTime) -> String {
    let utc = time::UtcDateTime::from(time);
    let (date, clock) = (utc.date(), utc.time());
    let (hour, minute, second, ms) = clock.as_hms_milli();
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_the_model_takes() {
        let lambda = "arn:aws:lambda:us-west-2:123456789012:function:";
        for (good, uri) in [
            (true, String::new()),
            (true, format!("{lambda}handler")),
            (true, format!("{lambda}handler:live")),
            (false, lambda.to_owned()),
            (false, "handler".to_owned()),
            (false, "arn:aws:lambda:us-west-2:1234:function:handler".to_owned()),
            (false, "arn:aws-cn:lambda:cn-north-1:123456789012:function:handler".to_owned()),
        ] {
            assert_eq!(is_handler_uri(&uri), good, "{uri}");
        }
        for (good, arn) in [
            (true, "arn:aws:ivschat:us-west-2:123456789012:room/AbCd"),
            (true, "arn:aws:ivschat:us-west-2:1:room/a-b"),
            (false, "AbCdEfGhIjKl"),
            (false, "arn:aws:ivschat:us-west-2:123456789012:room/"),
            (false, "arn:aws:ivschat:us-west-2:123456789012:room/a_b"),
            (false, "arn:aws:ivschat:us-west-2:123456789012:channel/AbCd"),
            (false, "arn:aws:ivschat:us-west-2:123456789012:room/a:b"),
            (false, "arn:aws:ivschat::123456789012:room/AbCd"),
        ] {
            assert_eq!(is_room_arn(arn), good, "{arn}");
        }
    }

    #[test]
    fn times_are_written_in_milliseconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_772_334_245_007);
        assert_eq!(iso(time), "2026-03-01T03:04:05.007Z");
    }
}
