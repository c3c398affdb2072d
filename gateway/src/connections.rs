//! Who is connected, and in which room.
//!
//! API Gateway names the connection that speaks and no other, so somebody has to remember
//! them: a DynamoDB table with the key `connectionId`, an index by `room`, and `expiresAt`
//! as its time to live. `template.yaml` makes it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;

use crate::aws;

/// The index of the table by room.
const BY_ROOM: &str = "byRoom";

/// How long a connection is remembered: API Gateway ends every one after two hours, and
/// says so best effort.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60 + 10 * 60);

/// Why the connections could not be read or written. Names no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionsFailed {
    /// The call that failed.
    pub call: &'static str,
    /// What the service says, e.g. `ResourceNotFoundException`; none if it said nothing.
    pub code: Option<String>,
}

impl fmt::Display for ConnectionsFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_deref().unwrap_or("no answer");
        write!(f, "the connections could not be had: {} ({code})", self.call)
    }
}

impl std::error::Error for ConnectionsFailed {}

/// A registry of connections.
pub trait Connections {
    /// Remembers a connection in a room; again means the same.
    fn put(
        &self,
        connection: &str,
        room: &str,
    ) -> impl Future<Output = Result<(), ConnectionsFailed>>;
    /// Forgets a connection, if it was known.
    fn remove(&self, connection: &str) -> impl Future<Output = Result<(), ConnectionsFailed>>;
    /// The room of a connection.
    fn room_of(
        &self,
        connection: &str,
    ) -> impl Future<Output = Result<Option<String>, ConnectionsFailed>>;
    /// The connections in a room. One of the last second may be missing.
    fn in_room(&self, room: &str) -> impl Future<Output = Result<Vec<String>, ConnectionsFailed>>;
}

/// Connections in a table of DynamoDB.
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table of this name.
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        let mut config = Builder::from(config).behavior_version_latest();
        config.set_endpoint_url(aws::endpoint("DYNAMODB"));
        Self { client: Client::from_conf(config.build()), name }
    }
}

impl Connections for Table {
    async fn put(&self, connection: &str, room: &str) -> Result<(), ConnectionsFailed> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expires = (now + REMEMBERED).as_secs().to_string();
        let put =
            self.client.put_item().table_name(&self.name).item("connectionId", text(connection));
        let put = put.item("room", text(room)).item("expiresAt", AttributeValue::N(expires));
        put.send().await.map_err(|error| failed("PutItem", &error))?;
        Ok(())
    }

    async fn remove(&self, connection: &str) -> Result<(), ConnectionsFailed> {
        let delete = self.client.delete_item().table_name(&self.name);
        let delete = delete.key("connectionId", text(connection));
        delete.send().await.map_err(|error| failed("DeleteItem", &error))?;
        Ok(())
    }

    async fn room_of(&self, connection: &str) -> Result<Option<String>, ConnectionsFailed> {
        let get = self.client.get_item().table_name(&self.name);
        let get = get.key("connectionId", text(connection));
        let got = get.send().await.map_err(|error| failed("GetItem", &error))?;
        let room = got.item().and_then(|item| item.get("room")?.as_s().ok());
        Ok(room.cloned())
    }

    async fn in_room(&self, room: &str) -> Result<Vec<String>, ConnectionsFailed> {
        let query = self.client.query().table_name(&self.name).index_name(BY_ROOM);
        let query = query.key_condition_expression("room = :room");
        let mut items = query
            .expression_attribute_values(":room", text(room))
            .projection_expression("connectionId")
            .into_paginator()
            .items()
            .send();
        let mut connections = Vec::new();
        while let Some(item) = items.next().await {
            let mut item = item.map_err(|error| failed("Query", &error))?;
            if let Some(AttributeValue::S(connection)) = item.remove("connectionId") {
                connections.push(connection);
            }
        }
        Ok(connections)
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn failed<E: ProvideErrorMetadata>(call: &'static str, error: &SdkError<E>) -> ConnectionsFailed {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    ConnectionsFailed { call, code: code.map(str::to_owned) }
}
