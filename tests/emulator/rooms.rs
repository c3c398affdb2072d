//! Rooms, and what belongs to them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_ivschat::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_ivschat::operation::create_room::CreateRoomError;
use aws_sdk_ivschat::operation::get_room::GetRoomError;
use aws_sdk_ivschat::operation::update_room::UpdateRoomError;
use aws_sdk_ivschat::types::{
    DestinationConfiguration, FallbackResult, MessageReviewHandler, S3DestinationConfiguration,
    ValidationExceptionReason,
};
use chatwarden_emulator::control::{Options, Quotas, Seed};

use super::*;

fn handler(uri: &str, fallback: Option<FallbackResult>) -> MessageReviewHandler {
    MessageReviewHandler::builder().uri(uri).set_fallback_result(fallback).build()
}

#[tokio::test]
async fn an_update_leaves_alone_what_it_does_not_name() {
    let plane = start(Options { seed: rooms(0), ..Options::default() }).await;
    let chat = chat(&plane);
    let room = chat
        .create_room()
        .name("main")
        .maximum_message_length(200)
        .message_review_handler(handler(FUNCTION, Some(FallbackResult::Deny)))
        .tags("team", "live")
        .send()
        .await
        .unwrap();
    let arn = room.arn().unwrap();
    assert_eq!(arn, format!("arn:aws:ivschat:us-west-2:123456789012:room/{}", room.id().unwrap()));
    let limits = (room.maximum_message_rate_per_second(), room.maximum_message_length());
    assert_eq!(limits, (Some(10), Some(200)));

    plane.clock().advance(Duration::from_secs(1));
    chat.update_room().identifier(arn).maximum_message_rate_per_second(20).send().await.unwrap();
    let after = chat.get_room().identifier(arn).send().await.unwrap();
    let limits = (after.maximum_message_rate_per_second(), after.maximum_message_length());
    assert_eq!(limits, (Some(20), Some(200)));
    assert_eq!(after.name(), Some("main"));
    assert_eq!(after.tags().unwrap()["team"], "live");
    assert_eq!(after.create_time(), room.create_time());
    let handler = after.message_review_handler().unwrap();
    assert_eq!(handler.uri(), Some(FUNCTION));
    assert_eq!(handler.fallback_result(), Some(&FallbackResult::Deny));
    assert!(after.update_time() > room.update_time());

    chat.delete_room().identifier(arn).send().await.unwrap();
    match chat.get_room().identifier(arn).send().await.unwrap_err().into_service_error() {
        GetRoomError::ResourceNotFoundException(gone) => {
            assert_eq!(gone.resource_id(), room.id().unwrap());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_detached_room_shows_an_empty_handler_and_the_default_fallback() {
    let plane = start(Options { seed: rooms(1), ..Options::default() }).await;
    let chat = chat(&plane);
    let never = chat.list_rooms().send().await.unwrap().rooms[0].clone();
    assert!(never.message_review_handler().is_none());
    let update = |handler| {
        chat.update_room().identifier(never.arn().unwrap()).message_review_handler(handler).send()
    };
    update(handler(FUNCTION, Some(FallbackResult::Deny))).await.unwrap();
    for wish in [handler("", None), MessageReviewHandler::builder().build()] {
        update(wish).await.unwrap();
        let room = chat.get_room().identifier(never.arn().unwrap()).send().await.unwrap();
        let shown = room.message_review_handler().unwrap();
        assert_eq!(shown.uri(), Some(""));
        assert_eq!(shown.fallback_result(), Some(&FallbackResult::Allow));
    }
    // A member that is left out is not kept.
    update(handler(FUNCTION, Some(FallbackResult::Deny))).await.unwrap();
    let room = update(handler(FUNCTION, None)).await.unwrap();
    let shown = room.message_review_handler().unwrap();
    assert_eq!(shown.fallback_result(), Some(&FallbackResult::Allow));
}

#[tokio::test]
async fn a_handler_needs_the_permission_on_the_same_qualifier() {
    let mut seed = rooms(1);
    seed.functions = vec![FunctionSeed {
        aliases: [("live".to_owned(), "1".to_owned())].into(),
        versions: 1,
        ..hook(false)
    }];
    let plane = start(Options { seed, ..Options::default() }).await;
    let (chat, lambda) = (chat(&plane), lambda(&plane));
    let room = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let live = format!("{FUNCTION}:live");
    let attach = |uri: &str| {
        let handler = handler(uri, Some(FallbackResult::Allow));
        chat.update_room().identifier(&room).message_review_handler(handler).send()
    };
    let grant = |sid: &str, qualifier: Option<&str>, source: String| {
        lambda
            .add_permission()
            .function_name("hook")
            .set_qualifier(qualifier.map(str::to_owned))
            .statement_id(sid)
            .action("lambda:InvokeFunction")
            .principal("ivschat.amazonaws.com")
            .source_account("123456789012")
            .source_arn(source)
            .send()
    };
    let refused = async |uri: &str| match attach(uri).await.unwrap_err().into_service_error() {
        UpdateRoomError::ValidationException(error) => {
            assert_eq!(error.reason(), &ValidationExceptionReason::FieldValidationFailed);
            assert_eq!(error.field_list()[0].name(), "uri");
            let text = "Request member: uri failed to satisfy the constraints: \
                        invalid lambda permission";
            assert_eq!(error.message(), text);
        }
        other => panic!("{other:?}"),
    };
    refused(FUNCTION).await;
    grant("other", None, "arn:aws:ivschat:us-west-2:123456789012:room/Other".to_owned())
        .await
        .unwrap();
    refused(FUNCTION).await;
    grant("this", None, room.clone()).await.unwrap();
    attach(FUNCTION).await.unwrap();
    refused(&live).await;
    grant("live", Some("live"), ROOMS.to_owned()).await.unwrap();
    attach(&live).await.unwrap();

    for elsewhere in [
        "arn:aws:lambda:us-west-2:123456789012:function:none",
        "arn:aws:lambda:us-west-2:123456789012:function:hook:none",
        "arn:aws:lambda:eu-west-1:123456789012:function:hook",
        "arn:aws:lambda:us-west-2:210987654321:function:hook",
    ] {
        refused(elsewhere).await;
    }
    // The room is as it was; and taking the permission away does not change it.
    lambda.remove_permission().function_name(&live).statement_id("live").send().await.unwrap();
    let shown = chat.get_room().identifier(&room).send().await.unwrap();
    assert_eq!(shown.message_review_handler().unwrap().uri(), Some(&*live));
    refused(&live).await;
}

#[tokio::test]
async fn changes_and_permissions_take_their_time_if_asked_to() {
    let seed = Seed { functions: vec![hook(false)], ..rooms(1) };
    let (read_delay, permission_delay) = (Duration::from_secs(60), Duration::from_secs(600));
    let options = Options { seed, read_delay, permission_delay, ..Options::default() };
    let plane = start(options).await;
    let (chat, lambda) = (chat(&plane), lambda(&plane));
    let room = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    lambda
        .add_permission()
        .function_name("hook")
        .statement_id("s")
        .action("lambda:InvokeFunction")
        .principal("ivschat.amazonaws.com")
        .send()
        .await
        .unwrap();
    // Lambda itself knows at once.
    lambda.get_policy().function_name("hook").send().await.unwrap();
    let attach = || {
        let handler = handler(FUNCTION, Some(FallbackResult::Allow));
        chat.update_room().identifier(&room).message_review_handler(handler).send()
    };
    assert_eq!(code(attach().await), is(400, "ValidationException"));
    plane.clock().advance(permission_delay);
    let told = attach().await.unwrap();
    assert_eq!(told.message_review_handler().unwrap().uri(), Some(FUNCTION));
    let shown = || chat.get_room().identifier(&room).send();
    assert!(shown().await.unwrap().message_review_handler().is_none());
    plane.clock().advance(read_delay);
    assert!(shown().await.unwrap().message_review_handler().is_some());

    let new = chat.create_room().send().await.unwrap().arn.unwrap();
    let get = || chat.get_room().identifier(&new).send();
    assert_eq!(code(get().await), is(404, "ResourceNotFoundException"));
    assert_eq!(chat.list_rooms().send().await.unwrap().rooms().len(), 1);
    plane.clock().advance(read_delay);
    get().await.unwrap();
    chat.delete_room().identifier(&new).send().await.unwrap();
    get().await.unwrap();
    assert_eq!(code(chat.delete_room().identifier(&new).send().await).0, 404);
    plane.clock().advance(read_delay);
    assert_eq!(code(get().await).0, 404);
}

#[tokio::test]
async fn pages_hold_every_room_newest_change_first() {
    let plane = start(Options { seed: rooms(120), ..Options::default() }).await;
    let chat = chat(&plane);
    let mut pages = chat.list_rooms().into_paginator().send();
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.rooms().len());
        names.extend(page.rooms.into_iter().map(|room| room.name.unwrap()));
    }
    assert_eq!(sizes, [50, 50, 20]);
    let newest_first: Vec<String> = (1..=120).rev().map(|n| format!("r-{n}")).collect();
    assert_eq!(names, newest_first);
}

#[tokio::test]
async fn who_updates_between_pages_sees_rooms_twice_or_not_at_all() {
    let plane = start(Options { seed: rooms(6), ..Options::default() }).await;
    let chat = chat(&plane);
    let first = chat.list_rooms().max_results(3).send().await.unwrap();
    let last = chat.list_rooms().send().await.unwrap().rooms.pop().unwrap();
    chat.update_room().identifier(last.arn().unwrap()).name("moved").send().await.unwrap();
    let token = first.next_token().unwrap();
    let second = chat.list_rooms().max_results(3).next_token(token).send().await.unwrap();
    let names = |rooms: &[aws_sdk_ivschat::types::RoomSummary]| -> BTreeSet<String> {
        rooms.iter().map(|room| room.name().unwrap().to_owned()).collect()
    };
    let (first, second) = (names(first.rooms()), names(second.rooms()));
    assert_eq!(first.intersection(&second).collect::<Vec<_>>(), ["r-4"]);
    assert!(!first.contains("r-1") && !second.contains("moved"));
}

#[tokio::test]
async fn a_page_token_is_good_for_its_own_request_only() {
    let plane = start(Options { seed: rooms(3), ..Options::default() }).await;
    let chat = chat(&plane);
    let token = chat.list_rooms().max_results(1).send().await.unwrap().next_token.unwrap();
    for request in [
        chat.list_rooms().next_token("x"),
        chat.list_rooms().next_token(&token).name("r-1"),
        chat.list_rooms().next_token(&token).max_results(0),
        chat.list_rooms().max_results(51),
    ] {
        assert_eq!(code(request.send().await), is(400, "ValidationException"));
    }
    let other = chat.list_logging_configurations().next_token(&token).send().await;
    assert_eq!(code(other), is(400, "ValidationException"));
}

#[tokio::test]
async fn filters_match_exactly() {
    let mut seed = rooms(3);
    seed.rooms.push(RoomSeed {
        name: Some("r".to_owned()),
        handler: Some(FUNCTION.to_owned()),
        fallback: Some("DENY".to_owned()),
        ..RoomSeed::default()
    });
    let plane = start(Options { seed, ..Options::default() }).await;
    let chat = chat(&plane);
    for (name, uri, found) in [
        (Some("r"), None, 1),
        (Some("r-1"), None, 1),
        (Some("R"), None, 0),
        (None, Some(FUNCTION), 1),
        (None, Some("arn:aws:lambda:us-west-2:123456789012:function:hoo"), 0),
        (Some("r-1"), Some(FUNCTION), 0),
        (None, None, 4),
    ] {
        let request = chat.list_rooms().set_name(name.map(str::to_owned));
        let request = request.set_message_review_handler_uri(uri.map(str::to_owned));
        let rooms = request.send().await.unwrap().rooms;
        assert_eq!(rooms.len(), found, "{name:?} {uri:?}");
    }
}

#[tokio::test]
async fn every_fault_of_a_request_is_named() {
    let plane = start(Options::default()).await;
    let long = "x".repeat(129);
    let request = chat(&plane)
        .create_room()
        .name(long)
        .maximum_message_length(501)
        .maximum_message_rate_per_second(0)
        .message_review_handler(handler("arn:aws:s3:::x", Some(FallbackResult::from("MAYBE"))))
        .tags("aws:x", "reserved");
    let error = request.send().await.unwrap_err().into_service_error();
    let CreateRoomError::ValidationException(error) = error else { panic!("{error:?}") };
    let names: Vec<&str> = error.field_list().iter().map(|field| field.name()).collect();
    assert_eq!(
        names,
        [
            "name",
            "maximumMessageRatePerSecond",
            "maximumMessageLength",
            "uri",
            "fallbackResult",
            "tags"
        ]
    );
}

#[tokio::test]
async fn accounts_and_regions_see_their_own() {
    let plane = start(Options { seed: rooms(1), ..Options::default() }).await;
    let ours = chat(&plane);
    let arn = ours.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let other_account = client!(aws_sdk_ivschat, plane, "210987654321", "us-west-2");
    let other_region = client!(aws_sdk_ivschat, plane, "local", "eu-west-1");
    for (client, expected) in [
        (&other_account, is(403, "AccessDeniedException")),
        (&other_region, is(404, "ResourceNotFoundException")),
    ] {
        assert!(client.list_rooms().send().await.unwrap().rooms().is_empty());
        assert_eq!(code(client.get_room().identifier(&arn).send().await), expected);
    }
    let theirs = other_account.create_room().send().await.unwrap().arn.unwrap();
    assert!(theirs.contains(":210987654321:room/"), "{theirs}");
    let nowhere = client!(aws_sdk_ivschat, plane, "local", "eu-north-1");
    let (status, _, message) = refusal(nowhere.list_rooms().send().await);
    assert_eq!(status, 404);
    assert!(message.contains("eu-north-1"), "{message}");
}

#[tokio::test]
async fn an_account_has_room_for_so_many() {
    let quotas = Quotas { rooms: 2, logging_configurations: 1 };
    let plane = start(Options { quotas, seed: rooms(1), ..Options::default() }).await;
    let chat = chat(&plane);
    let second = chat.create_room().send().await.unwrap().arn.unwrap();
    let error = chat.create_room().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 402);
    let error = error.into_service_error();
    let CreateRoomError::ServiceQuotaExceededException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.limit(), 2);
    chat.delete_room().identifier(second).send().await.unwrap();
    chat.create_room().send().await.unwrap();
}

fn bucket(name: &str) -> DestinationConfiguration {
    let s3 = S3DestinationConfiguration::builder().bucket_name(name).build().unwrap();
    DestinationConfiguration::S3(s3)
}

#[tokio::test]
async fn a_logging_configuration_that_a_room_uses_stays() {
    let plane = start(Options { seed: rooms(1), ..Options::default() }).await;
    let chat = chat(&plane);
    let create = || chat.create_logging_configuration().destination_configuration(bucket("logs"));
    let created = create().name("main").send().await.unwrap();
    let arn = created.arn().unwrap();
    let room = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let set = |arns: Option<Vec<String>>| {
        chat.update_room().identifier(&room).set_logging_configuration_identifiers(arns).send()
    };
    let none = "arn:aws:ivschat:us-west-2:123456789012:logging-configuration/NoSuchThing1";
    assert_eq!(code(set(Some(vec![none.to_owned()])).await).0, 404);
    set(Some(vec![arn.to_owned()])).await.unwrap();
    set(None).await.unwrap();
    let delete = || chat.delete_logging_configuration().identifier(arn).send();
    assert_eq!(code(delete().await), is(409, "ConflictException"));
    let four = vec![arn.to_owned(); 4];
    assert_eq!(code(set(Some(four)).await), is(400, "ValidationException"));
    set(Some(Vec::new())).await.unwrap();

    chat.update_logging_configuration()
        .identifier(arn)
        .destination_configuration(bucket("others"))
        .send()
        .await
        .unwrap();
    let shown = chat.get_logging_configuration().identifier(arn).send().await.unwrap();
    assert_eq!(shown.name(), Some("main"));
    assert_eq!(shown.destination_configuration(), Some(&bucket("others")));
    delete().await.unwrap();
    assert_eq!(code(delete().await), is(404, "ResourceNotFoundException"));
    for _ in 0..10 {
        create().send().await.unwrap();
    }
    assert_eq!(code(create().send().await), is(402, "ServiceQuotaExceededException"));
}

#[tokio::test]
async fn tags_are_merged_and_at_most_fifty() {
    let plane = start(Options { seed: rooms(1), ..Options::default() }).await;
    let chat = chat(&plane);
    let room = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let tag = |range: std::ops::Range<u32>| {
        let tags: HashMap<_, _> = range.map(|n| (format!("k{n}"), "v".to_owned())).collect();
        chat.tag_resource().resource_arn(&room).set_tags(Some(tags)).send()
    };
    tag(0..30).await.unwrap();
    tag(20..50).await.unwrap();
    assert_eq!(code(tag(50..51).await), is(400, "ValidationException"));
    let untag = chat.untag_resource().resource_arn(&room).tag_keys("k1").tag_keys("k&=2");
    untag.clone().send().await.unwrap();
    untag.send().await.unwrap();
    let listed = chat.list_tags_for_resource().resource_arn(&room).send().await.unwrap();
    assert_eq!(listed.tags().len(), 49);
    assert_eq!(chat.list_rooms().send().await.unwrap().rooms[0].tags().unwrap().len(), 49);
    let none = format!("{room}x");
    let answer = chat.list_tags_for_resource().resource_arn(none).send().await;
    assert_eq!(code(answer), is(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn a_token_lasts_a_minute_and_can_be_a_subprotocol() {
    let plane = start(Options { seed: rooms(1), ..Options::default() }).await;
    let chat = chat(&plane);
    let room = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let request = || chat.create_chat_token().room_identifier(&room).user_id("ü-1");
    let token = request().session_duration_in_minutes(180).send().await.unwrap();
    let text = token.token().unwrap();
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{text}");
    let (token_end, session_end) =
        (token.token_expiration_time().unwrap(), token.session_expiration_time().unwrap());
    assert_eq!(session_end.secs() - token_end.secs(), 179 * 60);
    assert_ne!(request().send().await.unwrap().token().unwrap(), text);
    for request in [
        request().session_duration_in_minutes(181),
        request().user_id("x".repeat(129)),
        request().attributes("k", "x".repeat(1000)),
        request().capabilities("FLY".into()),
    ] {
        assert_eq!(code(request.send().await), is(400, "ValidationException"));
    }
}

#[tokio::test]
async fn what_speaks_to_clients_checks_what_it_is_given() {
    let plane = start(Options { seed: rooms(1), ..Options::default() }).await;
    let chat = chat(&plane);
    let room = chat.list_rooms().send().await.unwrap().rooms[0].arn.clone().unwrap();
    let event = chat.send_event().room_identifier(&room).event_name("goal").send().await.unwrap();
    let deleted = chat.delete_message().room_identifier(&room).id("AbCdEfGhIjKl").send().await;
    let deleted = deleted.unwrap();
    assert_ne!(event.id(), deleted.id());
    assert_eq!(event.id().unwrap().len(), 12);
    let disconnect = || chat.disconnect_user().room_identifier(&room).user_id("u");
    disconnect().reason("x".repeat(256)).send().await.unwrap();
    let invalid = is(400, "ValidationException");
    assert_eq!(code(disconnect().reason("x".repeat(257)).send().await), invalid);
    assert_eq!(code(disconnect().reason("").send().await), invalid);
    let long = chat.send_event().room_identifier(&room).event_name("x".repeat(101));
    assert_eq!(code(long.send().await), invalid);
    let short = chat.delete_message().room_identifier(&room).id("short").send().await;
    assert_eq!(code(short), invalid);
    let gone = format!("{room}x");
    assert_eq!(code(disconnect().room_identifier(gone).send().await).0, 404);
}
