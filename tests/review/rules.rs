//! What all rules together come to: order, actions, circles, reasons, and what is looked
//! for beside terms.

use crate::{Message, answer, masking, outcome, policy, policy_of, table, tags_left_out, verdict};

const LOBBY: &str = "arn:aws:ivschat:us-west-2:123456789012:room/lobby-1";
const KIDS: &str = "arn:aws:ivschat:eu-west-1:123456789012:room/kids42";

#[test]
fn a_denial_wins_over_every_rewrite() {
    for order in [["mask", "deny"], ["deny", "mask"]] {
        let rules: String = order
            .iter()
            .map(|action| {
                let term = if *action == "deny" { "darn" } else { "heck" };
                format!("[[rule]]\nid = '{action}'\nterms = '{term}'\naction = '{action}'\n")
            })
            .collect();
        let policy = policy_of(&rules);
        table(
            &policy,
            &[
                ("mask", "heck", "rewrite: ****"),
                ("deny", "darn", "deny: Your message was not sent."),
                ("both", "heck and darn", "deny: Your message was not sent."),
                ("neither", "gosh", "allow"),
            ],
        );
    }
}

#[test]
fn the_first_denial_gives_the_reason() {
    let policy = policy_of(
        "[[rule]]\nid = 'a'\nterms = ['heck', 'gosh']\naction = 'deny'\nreason = 'First.'\n\
         [[rule]]\nid = 'b'\nterms = ['darn', 'gosh']\naction = 'deny'\nreason = 'Second.'\n",
    );
    table(
        &policy,
        &[
            ("first", "heck", "deny: First."),
            ("second", "darn", "deny: Second."),
            ("second before first in the text", "darn heck", "deny: First."),
            ("one term of both", "gosh", "deny: First."),
        ],
    );
    let (review, _) = answer(&policy, Message { content: "darn heck", ..Message::default() });
    let found: Vec<_> = review.matches.iter().map(|m| (m.rule, m.span.clone())).collect();
    assert_eq!(found, [("a", 5..9), ("b", 0..4)], "by rule, then by place");
}

#[test]
fn an_allow_rule_spares_what_it_covers_from_rules_below_it() {
    let policy = policy_of(
        "[[rule]]\nid = 'above'\nterms = 'darn'\naction = 'mask'\n\
         [[rule]]\nid = 'allow'\nterms = ['heck of a day', 'darn good', 'shock*']\naction = 'allow'\n\
         [[rule]]\nid = 'below'\nterms = ['heck', 'shock']\naction = 'mask'\n",
    );
    table(
        &policy,
        &[
            ("covered", "a heck of a day", "allow"),
            ("beside", "heck, a heck of a day", "rewrite: ****, a heck of a day"),
            ("not covered", "heck of a week", "rewrite: **** of a week"),
            ("a rule above it acts", "darn good", "rewrite: **** good"),
            ("the same term, in its own words", "shock", "allow"),
        ],
    );
}

#[test]
fn rewrites_combine_and_the_first_rule_settles_an_overlap() {
    let policy = policy_of(
        "[[rule]]\nid = 'a'\nterms = 'heck no'\naction = 'replace'\nwith = 'no'\n\
         [[rule]]\nid = 'b'\nterms = 'heck'\naction = 'mask'\n\
         [[rule]]\nid = 'c'\nterms = 'no way'\naction = 'mask'\n",
    );
    table(
        &policy,
        &[
            ("both", "heck yes, heck no", "rewrite: **** yes, no"),
            ("overlap", "oh heck no way!", "rewrite: oh no!"),
            ("other order", "no way heck", "rewrite: ****** ****"),
        ],
    );
}

#[test]
fn a_replacement_fits_or_gives_way_to_the_mask() {
    let short = policy_of(
        "[[rule]]\nid = 'a'\nterms = ['heck', 'darnation']\naction = 'replace'\nwith = '[oops]'\n",
    );
    table(
        &short,
        &[
            ("shorter", "darnation!", "rewrite: [oops]!"),
            ("longer than the word", "oh heck!", "rewrite: oh ****!"),
            ("no room is saved up from before", "heck darnation", "rewrite: **** [oops]"),
        ],
    );
    // max_content = 40; [good heavens] is 14.
    let long = policy("replace.toml");
    let filler = "x".repeat(30);
    let rows = [
        ("grows", "oh heck".to_owned(), "rewrite: oh [good heavens]".to_owned()),
        ("twice", "heck heck".to_owned(), "rewrite: [good heavens] [good heavens]".to_owned()),
        (
            "no room for the fourth",
            "heck heck heck heck".to_owned(),
            "rewrite: [good heavens] [good heavens] ♥♥♥♥ ♥♥♥♥".to_owned(),
        ),
        ("no room", format!("{filler} heck"), format!("rewrite: {filler} ♥♥♥♥")),
        (
            "over the limit already",
            format!("{filler}{filler} heck"),
            format!("rewrite: {filler}{filler} ♥♥♥♥"),
        ),
    ];
    let rows = rows.map(|(name, content, expected)| (name.to_owned(), content, expected));
    table(&long, &rows);
}

/// An empty `Content` would make the response invalid, and the message delivered as it was.
#[test]
fn a_rewrite_that_leaves_nothing_to_see_is_a_denial() {
    let policy = policy("replace.toml");
    table(
        &policy,
        &[
            ("alone", "gosh", "deny: Your message was not sent."),
            ("with blanks", " gosh \u{3000}\n", "deny: Your message was not sent."),
            ("with marks", "gosh \u{200d}\u{fe0f}", "deny: Your message was not sent."),
            ("with a word", "gosh a", "rewrite: \u{200b} a"),
            ("with a mask", "gosh darn", "rewrite: \u{200b} ♥♥♥♥"),
        ],
    );
    let (review, _) = answer(&policy, Message { content: "gosh", ..Message::default() });
    assert!(format!("{:?}", review.verdict).contains("vanish"), "the rule is named");
}

#[test]
fn a_tag_is_attached_where_it_fits() {
    let policy = policy_of(
        "[[rule]]\nid = 'a'\nterms = 'gosh'\naction = 'tag'\nattribute = { key = 'mood', value = 'mild' }\n\
         [[rule]]\nid = 'b'\nterms = 'heck'\naction = 'tag'\nattribute = { key = 'mood', value = 'spicy' }\n\
         [[rule]]\nid = 'c'\nterms = 'darn'\naction = 'mask'\n",
    );
    let tagged = |content: &str, attributes: &[(&str, &str)]| {
        let (_, valid) = answer(&policy, Message { content, attributes, ..Message::default() });
        let map = valid.attributes.unwrap_or_default();
        let told: Vec<_> = map.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!("{} {}", valid.content, told.join(","))
    };
    assert_eq!(tagged("hi", &[]), "hi ");
    assert_eq!(tagged("gosh", &[]), "gosh mood=mild");
    assert_eq!(tagged("gosh", &[("a", "b")]), "gosh a=b,mood=mild");
    assert_eq!(tagged("gosh darn", &[]), "gosh **** mood=mild", "beside a rewrite");
    assert_eq!(
        tagged("gosh", &[("mood", "forged")]),
        "gosh mood=mild",
        "the sender's is overwritten"
    );
    assert_eq!(tagged("hi", &[("mood", "forged")]), "hi mood=forged");
    assert_eq!(tagged("heck gosh", &[]), "heck gosh mood=spicy", "the last rule has the last word");
    // {"a":"…"} is 8 bytes around the value; ,"mood":"mild" is 14 more.
    let fits = "x".repeat(1000 - 8 - 14);
    assert_eq!(tagged("gosh", &[("a", &fits)]), format!("gosh a={fits},mood=mild"));
    let full = "x".repeat(1000 - 8 - 13);
    assert_eq!(tagged("gosh", &[("a", &full)]), format!("gosh a={full}"), "it is left out");
    let over = "x".repeat(1000);
    assert_eq!(tagged("gosh", &[("a", &over)]), "gosh ", "null leaves them as they are");
    // Its own shorter value fits in exactly, and stays.
    let full = "x".repeat(1000 - 8 - 11);
    let expected = format!("gosh a={full},mood=m");
    assert_eq!(tagged("gosh", &[("a", &full), ("mood", "m")]), expected);
}

#[test]
fn tags_that_are_left_out_are_counted() {
    let policy = policy_of(
        "[[rule]]\nid = 'a'\nterms = 'gosh'\naction = 'tag'\nattribute = { key = 'mood', value = 'mild' }\n\
         [[rule]]\nid = 'b'\nterms = 'heck'\naction = 'tag'\nattribute = { key = 'tone', value = 'spicy' }\n\
         [[rule]]\nid = 'c'\nterms = 'darn'\naction = 'deny'\n",
    );
    let left_out = |content: &str, length: usize| {
        let value = "x".repeat(length);
        let attributes = [("a", value.as_str())];
        tags_left_out(&policy, Message { content, attributes: &attributes, ..Message::default() })
    };
    assert_eq!(left_out("gosh, heck", 1), 0);
    assert_eq!(left_out("gosh, heck", 1000 - 8 - 14), 1, "there is room for one");
    assert_eq!(left_out("gosh, heck", 990), 2);
    assert_eq!(left_out("gosh, heck, darn", 990), 0, "a denial has no tags");
}

#[test]
fn whole_messages_are_mended() {
    let policy = policy("whole.toml");
    table(
        &policy,
        &[
            ("shouting", "WHAT A GOAL THAT WAS", "rewrite: what a goal that was"),
            ("not shouting", "GG WP", "allow"),
            ("few capitals", "What a Goal", "allow"),
            ("a flood", "goooooal", "rewrite: gooal"),
            ("no flood", "gooal", "allow"),
            ("both", "WHAT A GOOOOOOAL", "rewrite: what a gooal"),
            (
                "a capital that would grow",
                "İİİİ LOUDLY ABOVE ALL",
                "rewrite: İİİİ loudly above all",
            ),
            (
                "shouting around a link",
                "LOOK HERE EVERYBODY NOW AT THIS SITE https://evil.example/X ALL OF YOU GUYS",
                "rewrite: look here everybody now at this site [link] all of you guys",
            ),
            (
                "marks",
                "o\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}h",
                "deny: Too many marks.",
            ),
            ("six marks", "o\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}h", "allow"),
            (
                "marks and shouting",
                "WHAT A GOAL O\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
                "deny: Too many marks.",
            ),
        ],
    );
}

#[test]
fn links_and_contact_details_are_found() {
    let policy = policy("whole.toml");
    table(
        &policy,
        &[
            ("link", "see https://evil.example/path?q=1 now", "rewrite: see [link] now"),
            ("no scheme", "see some-site.com now", "rewrite: see [link] now"),
            ("allowed", "see https://example.org/x now", "allow"),
            ("allowed, below", "see www.example.org now", "allow"),
            ("only looks allowed", "see notexample.org now", "rewrite: see [link] now"),
            ("allowed in front only", "see example.org.evil.com now", "rewrite: see [link] now"),
            (
                "e-mail",
                "write to jo.doe@mail.example.com please",
                "rewrite: write to *********************** please",
            ),
            ("phone", "call +1 212-555-0147 now", "rewrite: call *************** now"),
            ("Korean phone", "전화 010-1234-5678", "rewrite: 전화 *************"),
            ("card", "4111 1111 1111 1111", "rewrite: *******************"),
            ("no card: wrong check digit", "4111 1111 1111 1112", "allow"),
            ("score", "21-19, 19-21, 15-13", "allow"),
            ("date", "2026-11-22 13:57", "allow"),
            ("sentence end", "I saw it.Then i left", "allow"),
        ],
    );
    let denied = policy_of(
        "[[rule]]\nid = 'a'\nlinks = { deny = ['evil.example'] }\naction = 'deny'\nreason = 'No.'\n",
    );
    table(
        &denied,
        &[
            ("denied", "https://evil.example", "deny: No."),
            ("below", "https://a.b.EVIL.example/x", "deny: No."),
            ("another", "https://example.com", "allow"),
            ("longer name", "https://notevil.example", "allow"),
        ],
    );
}

#[test]
fn regular_expressions_read_the_message_as_written() {
    let policy = policy("whole.toml");
    table(
        &policy,
        &[
            ("match", "my code-1234!", "rewrite: my *********!"),
            ("longest", "code-12345678", "rewrite: *************"),
            ("too short", "code-12", "allow"),
            ("other case", "Code-1234", "allow"),
            ("no folding", "c0de-1234", "allow"),
            ("word boundary", "mycode-1234", "allow"),
            ("ASCII digits only", "code-१२३४", "allow"),
            ("ASCII word boundary: Hangul is none", "가code-123나", "rewrite: 가********나"),
            ("Hangul", "아 가가가나 야", "rewrite: 아 **** 야"),
            ("two", "code-111 code-222", "rewrite: ******** ********"),
            ("spared", "RFC 2119", "allow"),
        ],
    );
    let classes =
        policy_of("[[rule]]\nid = 'a'\nregex = ['<\\w+>', '\\bx\\sy\\b']\naction = 'mask'\n");
    table(
        &classes,
        &[
            ("word", "<abc_9>", "rewrite: *******"),
            ("no ASCII word", "<é>", "allow"),
            ("space", "x\ty", "rewrite: ***"),
            ("no ASCII space", "x\u{a0}y", "allow"),
        ],
    );
    let spans = answer(&classes, Message { content: "é<a>é<b>", ..Message::default() }).0;
    let spans: Vec<_> = spans.matches.iter().map(|m| m.span.clone()).collect();
    assert_eq!(spans, [2..5, 7..10], "bytes of the original");
}

#[test]
fn a_shadow_rule_is_counted_and_never_enforced() {
    let policy = policy("circles.toml");
    let (review, valid) = answer(&policy, Message { content: "oh blazes", ..Message::default() });
    assert_eq!(valid.content, "oh blazes");
    let [found] = &review.matches[..] else { panic!("one match") };
    assert_eq!((found.rule, found.shadow, found.span.clone()), ("trial", true, 3..9));
    assert_eq!(verdict(&policy, "blazes, heck"), "rewrite: blazes, ****");
}

#[test]
fn rules_apply_by_room_and_by_the_senders_token() {
    let policy = policy("circles.toml");
    let new: &[_] = &[("age", "new"), ("verified", "no")];
    let other_region = LOBBY.replace("us-west-2", "us-east-1");
    for (name, content, room, sender, expected) in [
        ("everywhere", "heck", LOBBY, &[][..], "rewrite: ****"),
        ("no room at all", "heck darn", "", &[], "rewrite: **** darn"),
        ("kids", "darn", KIDS, &[], "deny: Not in this room."),
        ("not kids", "darn", LOBBY, &[], "allow"),
        ("newcomer in the lobby", "fudge", LOBBY, new, "deny: Not yet."),
        (
            "one value of two",
            "fudge",
            LOBBY,
            &[("age", "new"), ("verified", "pending")],
            "deny: Not yet.",
        ),
        ("newcomer elsewhere", "fudge", KIDS, new, "allow"),
        ("another region", "fudge", &other_region, new, "allow"),
        ("one character more", "fudge", &format!("{LOBBY}2"), new, "allow"),
        ("one attribute of two", "fudge", LOBBY, &[("age", "new")], "allow"),
        ("another value", "fudge", LOBBY, &[("age", "old"), ("verified", "no")], "allow"),
        ("other case", "fudge", LOBBY, &[("age", "New"), ("verified", "no")], "allow"),
        ("exempt", "heck darn fudge", KIDS, &[("role", "admin")], "allow"),
        ("not exempt", "heck", KIDS, &[("role", "viewer")], "rewrite: ****"),
    ] {
        // What a sender writes into a message decides nothing.
        for attributes in [&[][..], &[("role", "admin")], new] {
            let message = Message { content, room, attributes, sender };
            assert_eq!(outcome(&policy, message), expected, "{name}");
        }
    }
    let tagged = |room| {
        let message = Message { content: "gosh", room, ..Message::default() };
        answer(&policy, message).1.attributes.is_some()
    };
    assert!(tagged(LOBBY) && !tagged(KIDS), "everywhere but in rooms of a profile");
}

#[test]
fn a_question_mark_in_a_room_is_one_character() {
    let policy = policy_of(
        "[[profile]]\nid = 'p'\nrooms = 'arn:aws:ivschat:*:*:room/?'\n\
         [[rule]]\nid = 'a'\nterms = 'heck'\naction = 'mask'\nprofiles = 'p'\n",
    );
    for (id, expected) in [("1", "rewrite: ****"), ("", "allow"), ("12", "allow")] {
        let room = &format!("arn:aws:ivschat:us-west-2:123456789012:room/{id}");
        let message = Message { content: "heck", room, ..Message::default() };
        assert_eq!(outcome(&policy, message), expected, "{id}");
    }
}

#[test]
fn reasons_are_told_in_the_senders_language() {
    let policy = policy("test-pack.toml");
    for (lang, denied, worded) in [
        ("ko", "시험 거부.", "보내지 않았습니다."),
        ("ko-KR", "시험 거부.", "보내지 않았습니다."),
        ("pt", "Negada.", "Não enviada."),
        ("pt-BR", "Negada.", "Não enviada."),
        ("pt_BR", "Negada.", "Não enviada."),
        ("PT-pt", "Negada.", "Não foi enviada."),
        ("fr", "Denied by the test.", "Not sent."),
        ("kor", "Denied by the test.", "Not sent."),
        ("", "Denied by the test.", "Not sent."),
        ("-", "Denied by the test.", "Not sent."),
    ] {
        let sender = &[("lang", lang)];
        for (content, expected) in [("chatwardendeny", denied), ("darn", worded)] {
            let message = Message { content, sender, ..Message::default() };
            assert_eq!(outcome(&policy, message), format!("deny: {expected}"), "{lang}");
        }
    }
    let own =
        Message { content: "chatwardendeny", attributes: &[("lang", "ko")], ..Message::default() };
    assert_eq!(outcome(&policy, own), "deny: Denied by the test.", "the token's language counts");
    assert_eq!(policy.policy.default_reason().as_str(), "Not sent.");
}

#[test]
fn the_test_pack_shows_that_moderation_is_on() {
    let policy = policy("test-pack.toml");
    table(
        &policy,
        &[
            ("masked", "say chatwardenmask now", "rewrite: say ************** now"),
            ("masked in disguise", "ch4tw4rd3nm4sk", "rewrite: **************"),
            ("denied", "chatwardendeny", "deny: Denied by the test."),
            ("denied in disguise", "c h a t w a r d e n d e n y", "deny: Denied by the test."),
            ("neither", "chatwarden", "allow"),
            ("both", "chatwardenmask chatwardendeny", "deny: Denied by the test."),
        ],
    );
}

/// Two rules that look for one term both match; an exception of one is none of the other.
#[test]
fn an_exception_belongs_to_its_rule() {
    let policy = policy_of(
        "[[rule]]\nid = 'a'\nterms = '*heck*'\nexcept = 'checkers'\naction = 'deny'\n\
         [[rule]]\nid = 'b'\nterms = '*heck*'\naction = 'mask'\n",
    );
    table(
        &policy,
        &[
            ("exception of the first", "checkers", "rewrite: c****ers"),
            ("no exception", "check", "deny: Your message was not sent."),
        ],
    );
}

#[test]
fn a_policy_compiles_to_the_same_bytes_every_time() {
    for name in crate::properties::POLICIES {
        let text = crate::policy_text(name);
        let (one, two) = (crate::compiled(name, &text), crate::compiled(name, &text));
        assert!(one.bytes == two.bytes && one.hash == two.hash, "{name}");
        one.with_policy(|policy| assert_eq!(policy.hash(), one.hash)).unwrap();
    }
    let masked = masking(&["heck"], "").policy.hash();
    assert_ne!(masked, masking(&["heckle"], "").policy.hash());
}
