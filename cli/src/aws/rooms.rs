//! Calls for rooms: paced, repeated where that is safe, and told in the words of
//! `rooms.rs`.
//!
//! ListRooms shows 50 rooms a call, the one changed last first, and without their limits.
//! UpdateRoom changes what it is given; of a handler it is always given both members,
//! since nobody says what becomes of the one that is left out. What it changed may take
//! a while to be seen.

use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::time::Duration;

use aws_sdk_ivschat::config::http::HttpResponse;
use aws_sdk_ivschat::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ivschat::types::{FallbackResult, MessageReviewHandler};

use crate::aws::fault::{Call, Fault, Kind};
use crate::aws::{Aws, Gate};
use crate::rooms::select::Wanted;
use crate::rooms::{Fallback, Handler, Limits, Room, RoomArn};

/// Rooms in one answer of ListRooms: the most there can be.
pub(crate) const PAGE: usize = 50;

/// Up to here, rooms that are named by ARN are asked for one by one.
const READ_ONE_BY_ONE: usize = 50;

/// Attempts of a call that is refused for speed.
const FAST_ATTEMPTS: u32 = 12;

/// Attempts of a call that meets faults that pass.
const PASSING_ATTEMPTS: u32 = 5;

/// First wait after a fault that passes; it doubles with each that follows.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// Wait between two attempts to name a function that IVS Chat may not invoke yet.
const PERMISSION_WAIT: Duration = Duration::from_secs(3);

/// How long a new permission takes to be seen, at most.
pub(crate) const PERMISSION_TIMEOUT: Duration = Duration::from_secs(30);

/// May a call be made again when nobody knows whether the first one was obeyed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Yes,
    /// Only when it was certainly not obeyed.
    IfNotObeyed,
}

/// A room to be made.
#[derive(Debug)]
pub(crate) struct NewRoom {
    pub(crate) name: Option<String>,
    pub(crate) handler: Handler,
    pub(crate) max_length: Option<i32>,
    pub(crate) max_rate: Option<i32>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) logging: Vec<String>,
}

impl Aws {
    /// The rooms that are meant, each once, and the ARNs at which there is none.
    pub(crate) async fn find(&self, wanted: &Wanted) -> Result<(Vec<Room>, Vec<RoomArn>), Fault> {
        let mut rooms = Vec::new();
        let mut unseen = wanted.arns.clone();
        let mut take = |room: Room| {
            unseen.remove(&room.arn);
            if wanted.takes(&room) {
                rooms.push(room);
            }
            !(wanted.is_arns_only() && unseen.is_empty())
        };
        if wanted.is_arns_only() && wanted.arns.len() <= READ_ONE_BY_ONE {
            for arn in &wanted.arns {
                if let Some(room) = self.room(arn).await? {
                    take(room);
                }
            }
        } else {
            self.list(take).await?;
        }
        rooms.sort_by(|a, b| (&a.name, &a.arn).cmp(&(&b.name, &b.arn)));
        Ok((rooms, unseen.into_iter().collect()))
    }

    /// Shows each room once, the one changed last first, for as long as `more` says so.
    pub(crate) async fn list(&self, mut more: impl FnMut(Room) -> bool) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        let mut token: Option<String> = None;
        loop {
            let call = Call::new("ivschat", "ListRooms", "");
            let page = self
                .paced(&self.lists, call, Again::Yes, || {
                    let request = self.ivschat.list_rooms().max_results(PAGE as i32);
                    request.set_next_token(token.clone()).send()
                })
                .await?;
            for summary in page.rooms {
                let room = room(
                    summary.arn,
                    summary.name,
                    summary.message_review_handler,
                    summary.tags,
                    summary.logging_configuration_identifiers,
                    None,
                );
                // A room that is changed meanwhile moves to the front, and others back.
                if let Some(room) = room
                    && seen.insert(room.arn.clone())
                    && !more(room)
                {
                    return Ok(());
                }
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// A room with its limits; none if there is none.
    pub(crate) async fn room(&self, arn: &RoomArn) -> Result<Option<Room>, Fault> {
        let call = Call::new("ivschat", "GetRoom", format!("room `{arn}`"));
        let read = self
            .paced(&self.reads, call, Again::Yes, || {
                self.ivschat.get_room().identifier(arn.as_str()).send()
            })
            .await;
        match read {
            Ok(read) => {
                let limits =
                    limits(read.maximum_message_length, read.maximum_message_rate_per_second);
                Ok(room(
                    read.arn,
                    read.name,
                    read.message_review_handler,
                    read.tags,
                    read.logging_configuration_identifiers,
                    Some(limits),
                ))
            }
            Err(fault) if fault.kind == Kind::Missing => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Gives a room a handler, or takes away the one that it `has`. A function that IVS
    /// Chat may not invoke is tried again until `patience`, on our clock: permissions
    /// take a while to be seen.
    pub(crate) async fn give(
        &self,
        room: &Room,
        handler: Option<&Handler>,
        patience: Duration,
    ) -> Result<(), Fault> {
        // The fallback result says nothing where there is no handler, but is never left out.
        let fallback = handler.or(room.handler.as_ref()).map_or(Fallback::Allow, |h| h.fallback);
        let uri = handler.map_or("", |handler| &handler.uri);
        let both = both_members(uri, fallback);
        loop {
            let call = Call::new("ivschat", "UpdateRoom", format!("room `{}`", room.arn));
            let updated = self
                .paced(&self.updates, call, Again::Yes, || {
                    let request = self.ivschat.update_room().identifier(room.arn.as_str());
                    request.message_review_handler(both.clone()).send()
                })
                .await;
            match updated {
                Ok(_) => return Ok(()),
                Err(fault) if self.is_worth_waiting(&fault, patience) => {
                    self.clock.sleep(PERMISSION_WAIT).await;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Makes a room. When nobody knows whether it was made, it is not made again: names
    /// are not unique, and there would be two.
    pub(crate) async fn create(&self, new: &NewRoom, patience: Duration) -> Result<Room, Fault> {
        let NewRoom { name, handler, max_length, max_rate, tags, logging } = new;
        loop {
            let call = Call::new("ivschat", "CreateRoom", "");
            let created = self
                .paced(&self.updates, call.clone(), Again::IfNotObeyed, || {
                    self.ivschat
                        .create_room()
                        .set_name(name.clone())
                        .set_maximum_message_length(*max_length)
                        .set_maximum_message_rate_per_second(*max_rate)
                        .set_tags((!tags.is_empty()).then(|| tags.clone().into_iter().collect()))
                        .set_logging_configuration_identifiers(
                            (!logging.is_empty()).then(|| logging.clone()),
                        )
                        .message_review_handler(both_members(&handler.uri, handler.fallback))
                        .send()
                })
                .await;
            match created {
                Ok(made) => {
                    let limits =
                        limits(made.maximum_message_length, made.maximum_message_rate_per_second);
                    let made = room(
                        made.arn,
                        made.name,
                        made.message_review_handler,
                        made.tags,
                        made.logging_configuration_identifiers,
                        Some(limits),
                    );
                    return made.ok_or_else(|| Fault::odd(call, "the answer names no room"));
                }
                Err(fault) if self.is_worth_waiting(&fault, patience) => {
                    self.clock.sleep(PERMISSION_WAIT).await;
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    fn is_worth_waiting(&self, fault: &Fault, patience: Duration) -> bool {
        fault.kind == Kind::HandlerNotAllowed && self.clock.now() + PERMISSION_WAIT <= patience
    }

    /// Makes a call when it is its turn, and again after faults that pass.
    async fn paced<T, E, F>(
        &self,
        gate: &Gate,
        call: Call,
        again: Again,
        mut send: impl FnMut() -> F,
    ) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (mut fast, mut passing) = (0, 0);
        let mut maybe_done = false;
        loop {
            gate.turn().await;
            let mut fault = match send().await {
                Ok(answer) => {
                    gate.pace().accepted();
                    return Ok(answer);
                }
                Err(error) => Fault::new(call.clone(), &error),
            };
            maybe_done |= fault.maybe_done;
            match fault.kind {
                Kind::TooFast(retry_after) => {
                    gate.pace().refused(self.clock.now(), retry_after);
                    fast += 1;
                    if fast < FAST_ATTEMPTS {
                        continue;
                    }
                }
                Kind::Passing if again == Again::Yes => {
                    passing += 1;
                    if passing < PASSING_ATTEMPTS {
                        self.clock.sleep(FIRST_WAIT.saturating_mul(1 << (passing - 1))).await;
                        continue;
                    }
                }
                _ => gate.pace().accepted(),
            }
            fault.maybe_done = maybe_done;
            return Err(fault);
        }
    }
}

fn both_members(uri: &str, fallback: Fallback) -> MessageReviewHandler {
    let fallback = match fallback {
        Fallback::Allow => FallbackResult::Allow,
        Fallback::Deny => FallbackResult::Deny,
    };
    MessageReviewHandler::builder().uri(uri).fallback_result(fallback).build()
}

fn limits(length: Option<i32>, rate: Option<i32>) -> Limits {
    // What the service does not say is its default.
    Limits { max_length: length.unwrap_or(500), max_rate: rate.unwrap_or(10) }
}

/// A room in our words; none where its ARN is not one.
fn room(
    arn: Option<String>,
    name: Option<String>,
    handler: Option<MessageReviewHandler>,
    tags: Option<std::collections::HashMap<String, String>>,
    logging: Option<Vec<String>>,
    limits: Option<Limits>,
) -> Option<Room> {
    let handler = handler.and_then(|handler| {
        let fallback = match handler.fallback_result {
            Some(FallbackResult::Deny) => Fallback::Deny,
            _ => Fallback::Allow,
        };
        let uri = handler.uri.filter(|uri| !uri.is_empty())?;
        Some(Handler { uri, fallback })
    });
    Some(Room {
        arn: arn?.parse().ok()?,
        name: name.unwrap_or_default(),
        handler,
        tags: tags.unwrap_or_default().into_iter().collect(),
        limits,
        logging: logging.unwrap_or_default(),
    })
}
