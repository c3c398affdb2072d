//! `parse` and `check`: good policies become values, bad ones faults, all at once.

use chatwarden_policy::policy::{
    Action, Category, Contact, Extent, OnFault, Policy, Shape, TermPattern,
};
use chatwarden_policy::{Level, check, parse};
use proptest::prelude::*;

use crate::{source, told};

/// What a text's faults and warnings are.
fn faults(text: &str) -> String {
    let source = source(text);
    let (policy, faults) = check(&source);
    let errors = faults.iter().any(|fault| fault.level() == Level::Error);
    assert_eq!(policy.is_none(), errors, "a policy, or else an error: {text}");
    assert!(faults.is_sorted_by_key(|fault| fault.at.start), "sorted by place: {text}");
    for fault in &faults {
        let words = fault.to_string();
        assert!(!words.ends_with('.') && !words.contains('\n'), "{words}");
        assert!(!fault.kind.help().is_empty(), "{words}");
    }
    told(&source, &faults)
}

fn good(text: &str) -> Policy {
    parse(&source(text)).unwrap_or_else(|faults| panic!("{}", told(&source(text), &faults)))
}

fn term(text: &str, open_start: bool, open_end: bool) -> TermPattern {
    TermPattern { text: text.to_owned(), open_start, open_end }
}

/// A rule that is good, to stand below what is tested.
const RULE: &str = "[[rule]]\nid = 'last'\nterms = ['heck']\naction = 'deny'\n";

#[test]
fn the_shortest_policy_has_the_documented_defaults() {
    let policy = good(RULE);
    assert_eq!(policy.on_fault, OnFault::Error);
    assert_eq!(policy.max_content, None);
    assert_eq!(policy.mask, '*');
    assert_eq!(policy.language_attribute, None);
    assert_eq!(policy.reason.default.as_str(), "Your message was not sent.");
    assert!(policy.profiles.is_empty());
    let [rule] = &policy.rules[..] else { panic!("one rule") };
    assert_eq!(rule.id.0, "last");
    assert_eq!(rule.finds.terms, [term("heck", false, false)]);
    assert_eq!(rule.action, Action::Deny(None));
    assert!(!rule.shadow);
}

#[test]
fn every_key_is_read() {
    let text = r#"
on_fault = "deny"
max_content = 200
mask = "♥"
language_attribute = "lang"
reason = { default = "Not sent.", KO = "보내지 않았습니다.", de = "Nicht gesendet." }

[[profile]]
id = "moderators"
senders = { role = ["moderator", "admin"], team = "red" }
rooms = "arn:aws:ivschat:*:*:room/*"
exempt = true

[[profile]]
id = "kids"
rooms = ["arn:aws:ivschat:us-west-2:123456789012:room/abc?"]

[[rule]]
id = "everything"
lexicon = [{ packs = ["ko", "en"], categories = ["slur", "self-harm"], severity = 2 }, { packs = "all", max_severity = 1 }]
terms = ["heck", "darn*", " *what   the heck* "]
regex = ['\bfoo\d+\b']
links = { allow = ["YouTube.com"] }
contact = ["email", "phone", "card"]
shape = { max_capitals = 70, max_repeats = 6, max_symbols = 50, max_combining = 4, max_length = 300, max_mentions = 5 }
except = "heckler*"
action = "deny"
reason = "No."
mode = "shadow"
profiles = "kids"

[[rule]]
id = "mask"
terms = "heck"
action = "mask"
extent = "word"
except_profiles = ["kids"]

[[rule]]
id = "replace"
links = true
action = "replace"
with = "[link]"

[[rule]]
id = "run"
shape.max_repeats = 0x10
action = "collapse"
run = 2

[[rule]]
id = "tag"
contact = "card"
action = "tag"
attribute = { key = "flag", value = "links" }
"#;
    assert_eq!(faults(text), "");
    let policy = good(text);
    assert_eq!((policy.on_fault, policy.max_content, policy.mask), (OnFault::Deny, Some(200), '♥'));
    let languages = policy.reason.by_language.iter().map(|(language, _)| language.as_str());
    assert!(languages.eq(["de", "ko"]), "lower case, sorted");
    let [moderators, kids] = &policy.profiles[..] else { panic!("two profiles") };
    assert!(moderators.exempt && !kids.exempt);
    let role = ("role".to_owned(), vec!["moderator".to_owned(), "admin".to_owned()]);
    assert_eq!(moderators.senders, [role, ("team".to_owned(), vec!["red".to_owned()])]);
    assert_eq!(moderators.rooms, ["arn:aws:ivschat:*:*:room/*"]);

    let [everything, mask, replace, run, tag] = &policy.rules[..] else { panic!("five rules") };
    let finds = &everything.finds;
    let [some, all] = &finds.lexicons[..] else { panic!("two selections") };
    assert_eq!(
        (&some.packs[..], some.min_severity, some.max_severity),
        (&["en".to_owned(), "ko".to_owned()][..], 2, 3)
    );
    assert_eq!(some.categories, [Category::Slur, Category::SelfHarm]);
    assert!(["en", "ko", "test"].iter().all(|name| all.packs.iter().any(|pack| pack == name)));
    assert_eq!((all.min_severity, all.max_severity), (1, 1));
    let terms =
        [term("heck", false, false), term("darn", false, true), term("what the heck", true, true)];
    assert_eq!(finds.terms, terms);
    assert_eq!(finds.regex, [r"\bfoo\d+\b"]);
    assert_eq!(finds.links.as_ref().unwrap().allow, ["youtube.com"]);
    assert_eq!(finds.contact, [Contact::Email, Contact::Phone, Contact::Card]);
    let shape = Shape {
        max_capitals_percent: Some(70),
        max_repeats: Some(6),
        max_symbols_percent: Some(50),
        max_combining: Some(4),
        max_length: Some(300),
        max_mentions: Some(5),
    };
    assert_eq!(finds.shape, shape);
    assert_eq!(everything.except, [term("heckler", false, true)]);
    assert!(everything.shadow);
    assert_eq!((&everything.only_profiles[..], &everything.not_profiles[..]), (&[1][..], &[][..]));
    assert_eq!(mask.action, Action::Mask(Extent::Word));
    assert_eq!(mask.not_profiles, [1]);
    assert_eq!(replace.action, Action::Replace("[link]".to_owned(), Extent::Match));
    assert_eq!(replace.finds.links.as_ref().map(|links| links.allow.len()), Some(0));
    assert_eq!((run.finds.shape.max_repeats, &run.action), (Some(16), &Action::Collapse(2)));
    assert_eq!(tag.action, Action::Tag("flag".to_owned(), "links".to_owned()));
}

/// Faults above the first rule: each text stands on top of a policy that is good.
#[test]
fn faults_of_the_policy() {
    for (text, expected) in [
        ("", ""),
        ("on_fault = 'fail'", "1:12 unknown-word unknown value of `on_fault` `fail`"),
        ("on_fualt = 'deny'", "1:1 unknown-key unknown key `on_fualt` in the policy"),
        ("max_content = 0", "1:15 out-of-range `max_content` is 0, not 1 to 500"),
        ("max_content = 501", "1:15 out-of-range `max_content` is 501, not 1 to 500"),
        ("max_content = -1", "1:15 out-of-range `max_content` is -1, not 1 to 500"),
        (
            "max_content = 99999999999999999999",
            "1:15 out-of-range `max_content` is 99999999999999999999, not 1 to 500",
        ),
        ("max_content = '9'", "1:15 wrong-type `max_content` is a string, not an integer"),
        ("max_content = 1.5", "1:15 wrong-type `max_content` is a float, not an integer"),
        ("mask = '♥'", ""),
        ("mask = '█'", ""),
        ("mask = '**'", "1:8 bad-mask `**` cannot be a mask"),
        ("mask = ''", "1:8 bad-mask `` cannot be a mask"),
        ("mask = 'x'", "1:8 bad-mask `x` cannot be a mask"),
        ("mask = '7'", "1:8 bad-mask `7` cannot be a mask"),
        ("mask = '가'", "1:8 bad-mask `가` cannot be a mask"),
        ("mask = ' '", "1:8 bad-mask ` ` cannot be a mask"),
        ("mask = \"\\u200b\"", "1:8 bad-mask `\u{200b}` cannot be a mask"),
        ("mask = \"\\u0007\"", "1:8 bad-mask `\\u{7}` cannot be a mask"),
        ("mask = \"\\u0301\"", "1:8 bad-mask `\u{301}` cannot be a mask"),
        ("language_attribute = ''", "1:22 empty `language_attribute` is empty"),
        ("reason = ' '", "1:10 bad-reason the reason is empty"),
        ("reason = \"a\\nb\"", "1:10 bad-reason the reason holds a control character"),
        ("reason = { default = 'No', code = 'No!' }", "1:35 bad-id `No!` is no reason code"),
        ("reason = 7", "1:10 wrong-type `reason` is an integer, not a string"),
        (
            "reason = {}",
            "1:10 empty `reason` is empty\n1:10 missing-key `default` is missing in the reason",
        ),
        (
            "language_attribute = 'l'\nreason = { ko = '안 됨' }",
            "2:10 missing-key `default` is missing in the reason",
        ),
        (
            "language_attribute = 'l'\nreason = { default = 'No', korean = '안 됨' }",
            "2:28 bad-language `korean` is no language tag",
        ),
        (
            "language_attribute = 'l'\nreason = { default = 'No', pt-br = 'Não', PT-BR = 'Não' }",
            "2:28 duplicate the language `pt-br` is there already, on line 2",
        ),
        (
            "reason = { default = 'No', ko = '안 됨' }",
            "1:28 languages-unused reasons by language are never told without `language_attribute`",
        ),
        ("profile = 7", "1:11 wrong-type `profile` is an integer, not a list of tables"),
        ("[profile]\nid = 'kids'", "1:1 wrong-type `profile` is a table, not a list of tables"),
    ] {
        let found = faults(&format!("{text}\n{RULE}"));
        assert_eq!(found.trim_end(), expected, "{text}");
    }
}

#[test]
fn a_reason_is_held_to_both_limits() {
    let long = |letter: &str, count| format!("reason = '{}'\n{RULE}", letter.repeat(count));
    assert_eq!(faults(&long("x", 256)), "");
    assert_eq!(faults(&long("x", 257)), "1:10 bad-reason the reason is over 256 characters\n");
    assert_eq!(faults(&long("가", 164)), "");
    assert_eq!(
        faults(&long("가", 165)),
        "1:10 bad-reason the reason is over 1000 bytes as ASCII-escaped JSON (164 Hangul)\n"
    );
}

#[test]
fn a_policy_without_rules_is_a_fault() {
    let none = "1:1 no-rules the policy has no rules: every message would be delivered\n";
    assert_eq!(faults(""), none);
    assert_eq!(faults("# nothing\n"), none);
    assert_eq!(faults("rule = []"), "1:8 empty `rule` is empty\n");
    assert_eq!(
        faults("[rule]\nid = 'x'"),
        "1:1 wrong-type `rule` is a table, not a list of tables\n"
    );
}

/// Faults of profiles: each is the body of the one profile, which the rule uses.
#[test]
fn faults_of_profiles() {
    for (body, expected) in [
        ("rooms = '*'", ""),
        ("rooms = ['arn:aws:ivschat:*:*:room/*', '*/abc', 'ar?:*']", ""),
        ("rooms = []", "3:9 empty `rooms` is empty"),
        ("rooms = ['']", "3:10 bad-glob the room glob `` matches no room ARN"),
        ("rooms = ['room/abc']", "3:10 bad-glob the room glob `room/abc` matches no room ARN"),
        ("rooms = ['arn:a b']", "3:10 bad-glob the room glob `arn:a b` matches no room ARN"),
        ("rooms = [7]", "3:10 wrong-type `rooms` is an integer, not a list of strings"),
        ("rooms = '*'\nroom = 'x'", "4:1 unknown-key unknown key `room` in a profile"),
        ("senders = 'kid'", "3:11 wrong-type `senders` is a string, not a table"),
        ("senders = {}", "3:11 empty `senders` is empty"),
        ("senders = { role = [] }", "3:20 empty `role` is empty"),
        ("senders = { role = true }", "3:20 wrong-type `role` is a boolean, not a list of strings"),
        (
            "exempt = false",
            "1:1 everybodys-profile the profile `kids` names neither rooms nor senders",
        ),
        (
            "rooms = '*'\nexempt = 'yes'",
            "4:10 wrong-type `exempt` is a string, not `true` or `false`",
        ),
        ("rooms = ['*', '*']", "3:15 repeated `*` is in `rooms` twice"),
        (
            "rooms = '*'\n[[profile]]\nid = 'kids'\nrooms = '*'",
            "5:6 duplicate the profile id `kids` is there already, on line 2\n5:6 unused-profile the profile `kids` is never used",
        ),
        ("rooms = '*'\n[[profile]]\nrooms = '*'", "4:1 missing-key `id` is missing in a profile"),
        (
            "rooms = '*'\n[[profile]]\nid = 'Kids'\nrooms = '*'\nexempt = true",
            "5:6 bad-id `Kids` is no profile id",
        ),
        (
            "rooms = '*'\n[[profile]]\nid = 'new'\nrooms = '*'",
            "5:6 unused-profile the profile `new` is never used",
        ),
    ] {
        let text = format!("[[profile]]\nid = 'kids'\n{body}\n{RULE}profiles = 'kids'\n");
        assert_eq!(faults(&text).trim_end(), expected, "{body}");
    }
}

/// Faults of rules: each is the body of a rule that denies terms.
#[test]
fn faults_of_rules() {
    for (body, expected) in [
        // Keys.
        ("term = 'x'", "4:1 unknown-key unknown key `term` in a rule"),
        ("mode = 'shadw'", "4:8 unknown-word unknown mode `shadw`"),
        ("mode = true", "4:8 wrong-type `mode` is a boolean, not a string"),
        // Terms.
        ("except = ['heckler*']", ""),
        ("except = []", "4:10 empty `except` is empty"),
        ("except = ['***']", "4:11 bad-term the term `***` has no letter and no digit"),
        ("except = ['he*ck']", "4:11 bad-term the term `he*ck` has a star inside"),
        ("except = ['heck **']", "4:11 bad-term the term `heck **` has a star inside"),
        ("except = ['heck *']", "4:11 bad-term the term `heck *` has a star inside"),
        (
            "except = ['🖕', '']",
            "4:11 bad-term the term `🖕` has no letter and no digit\n4:16 bad-term the term `` has no letter and no digit",
        ),
        ("except = \"\\u3164\"", "4:10 bad-term the term `\u{3164}` has no letter and no digit"),
        ("except = ['a', 'b', 'a']", "4:21 repeated `a` is in `except` twice"),
        ("except = 7", "4:10 wrong-type `except` is an integer, not a list of strings"),
        // Lexicons.
        ("lexicon = { packs = 'en' }", ""),
        ("lexicon = 'en'", "4:11 wrong-type `lexicon` is a string, not a table"),
        ("lexicon = []", "4:11 empty `lexicon` is empty"),
        ("lexicon = { packs = [] }", "4:21 empty `packs` is empty"),
        ("lexicon = { severity = 2 }", "4:11 missing-key `packs` is missing in the lexicon"),
        ("lexicon = { packs = 'english' }", "4:21 unknown-word unknown pack `english`"),
        (
            "lexicon = { packs = 'en', pack = 'ko' }",
            "4:27 unknown-key unknown key `pack` in the lexicon",
        ),
        (
            "lexicon = { packs = 'en', categories = ['slurs'] }",
            "4:41 unknown-word unknown category `slurs`",
        ),
        (
            "lexicon = { packs = 'en', severity = 4 }",
            "4:38 out-of-range `severity` is 4, not 1 to 3",
        ),
        (
            "lexicon = { packs = 'en', severity = 3, max_severity = 2 }",
            "4:11 no-severity-left `severity` 3 is over `max_severity` 2",
        ),
        (
            "lexicon = { packs = 'en', categories = 'test' }",
            "4:11 selects-nothing no term of these packs is of these categories and severities",
        ),
        // Regular expressions.
        (r"regex = '\bfoo\d+\b'", ""),
        (r"regex = '[가-힣]{2}\p{Hangul}|[\w.]+@\W|\Bx\b{end}|(?i)k\s[^\S\d]'", ""),
        (
            r#"regex = "\bfoo\b""#,
            r"4:9 regex-holds-backspace the regular expression holds a backspace, which is what `\b` is in double quotes",
        ),
        (r"regex = ['ok', '가(']", "4:18 bad-regex bad regular expression: unclosed group"),
        (
            r#"regex = "a{5,2}""#,
            "4:11 bad-regex bad regular expression: invalid repetition count range, the start must be <= the end",
        ),
        (
            r#"regex = "\\d{5,2}""#,
            "4:9 bad-regex bad regular expression: invalid repetition count range, the start must be <= the end",
        ),
        (
            r"regex = 'a(?=b)'",
            "4:11 bad-regex bad regular expression: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            r"regex = '(a)\1'",
            "4:13 bad-regex bad regular expression: backreferences are not supported",
        ),
        (
            r"regex = '\p{Korean}'",
            "4:10 bad-regex bad regular expression: Unicode property not found",
        ),
        (r"regex = 'a*'", "4:10 regex-matches-empty the regular expression matches the empty text"),
        (r"regex = '\b'", "4:10 regex-matches-empty the regular expression matches the empty text"),
        (r"regex = ''", "4:10 regex-matches-empty the regular expression matches the empty text"),
        (
            r"regex = '\p{L}{9}x'",
            "4:10 regex-too-big the regular expression is over 64 KiB when compiled",
        ),
        (
            r"regex = '.*a.{40}b'",
            "4:10 regex-too-big the regular expression is over 64 KiB when compiled",
        ),
        // Links.
        ("links = false", ""),
        ("links = { deny = ['bad.example', 'xn--huser-gra.de'] }", ""),
        ("links = 'x.org'", "4:9 wrong-type `links` is a string, not `true` or a table"),
        ("links = {}", "4:9 empty `links` is empty"),
        ("links = { alow = ['x.org'] }", "4:11 unknown-key unknown key `alow` in the links"),
        ("links = { allow = ['https://x.org'] }", "4:20 bad-domain `https://x.org` is no domain"),
        (
            "links = { allow = ['*.x.org', 'org', '1.2.3.4', 'a..b', '-a.org'] }",
            "4:20 bad-domain `*.x.org` is no domain\n4:31 bad-domain `org` is no domain\n4:38 bad-domain `1.2.3.4` is no domain\n4:49 bad-domain `a..b` is no domain\n4:57 bad-domain `-a.org` is no domain",
        ),
        (
            "links = { allow = 'x.org', deny = 'X.org' }",
            "4:35 both-ways the domain `X.org` is both in `allow` and in `deny`",
        ),
        // Contact, shape.
        ("contact = ['mail']", "4:12 unknown-word unknown contact `mail`"),
        ("shape = {}", "4:9 empty `shape` is empty"),
        ("shape = 5", "4:9 wrong-type `shape` is an integer, not a table"),
        ("shape = { max_caps = 5 }", "4:11 unknown-key unknown key `max_caps` in the shape"),
        ("shape = { max_capitals = 100 }", "4:26 out-of-range `max_capitals` is 100, not 0 to 99"),
        ("shape = { max_repeats = 0 }", "4:25 out-of-range `max_repeats` is 0, not 1 to 499"),
        // Profiles.
        ("profiles = ['kids']", "4:13 unknown-word unknown profile `kids`"),
        ("except_profiles = []", "4:19 empty `except_profiles` is empty"),
        // Reasons.
        ("reason = ''", "4:10 bad-reason the reason is empty"),
        (
            "reason = { default = 'No', ko = '안 됨' }",
            "4:28 languages-unused reasons by language are never told without `language_attribute`",
        ),
        // Keys of other actions.
        ("extent = 'word'", "4:1 no-use `extent` has no use with the action `deny`"),
        ("with = '*'", "4:1 no-use `with` has no use with the action `deny`"),
        ("run = 3", "4:1 no-use `run` has no use with the action `deny`"),
        (
            "attribute = { key = 'a', value = 'b' }",
            "4:1 no-use `attribute` has no use with the action `deny`",
        ),
        (
            "extent = 'all'",
            "4:1 no-use `extent` has no use with the action `deny`\n4:10 unknown-word unknown extent `all`",
        ),
    ] {
        let text = format!("[[rule]]\nid = 'x'\nterms = ['heck', 'x']\n{body}\naction = 'deny'\n");
        assert_eq!(faults(&text).trim_end(), expected, "{body}");
    }
}

/// Faults of rules, about what they look for and do together.
#[test]
fn faults_of_actions() {
    for (body, expected) in [
        ("terms = 'heck'\naction = 'deny'", ""),
        ("terms = 'heck'", "1:1 missing-key `action` is missing in a rule"),
        ("terms = 'heck'\naction = 'blok'", "4:10 unknown-word unknown action `blok`"),
        ("terms = 'heck'\naction = ['deny']", "4:10 wrong-type `action` is a list, not a string"),
        ("action = 'deny'", "1:1 finds-nothing the rule `x` looks for nothing"),
        (
            "links = true\nexcept = 'heck'\naction = 'deny'",
            "4:1 except-without-terms `except` has no use without terms",
        ),
        (
            "terms = 'heck'\naction = 'mask'\nreason = 'No'",
            "5:1 no-use `reason` has no use with the action `mask`",
        ),
        ("terms = 'heck'\naction = 'replace'", "1:1 missing-key `with` is missing in a rule"),
        (
            "terms = 'heck'\naction = 'replace'\nwith = ' '",
            "5:8 bad-replacement the replacement is empty",
        ),
        (
            "terms = 'heck'\naction = 'replace'\nwith = \"a\\tb\"",
            "5:8 bad-replacement the replacement holds a control character",
        ),
        ("terms = 'heck'\naction = 'tag'", "1:1 missing-key `attribute` is missing in a rule"),
        (
            "terms = 'heck'\naction = 'tag'\nattribute = 'x'",
            "5:13 wrong-type `attribute` is a string, not a table",
        ),
        (
            "terms = 'heck'\naction = 'tag'\nattribute = { key = 'x' }",
            "5:13 missing-key `value` is missing in the attribute",
        ),
        (
            "terms = 'heck'\naction = 'tag'\nattribute = { key = '', value = 'x' }",
            "5:13 bad-attribute the attribute has an empty key",
        ),
        (
            "terms = 'heck'\naction = 'tag'\nattribute = { key = 'Reason', value = 'x' }",
            "5:13 bad-attribute the attribute has the key `Reason`, which belongs to denials",
        ),
        ("shape.max_capitals = 70\naction = 'lowercase'", ""),
        (
            "terms = 'heck'\naction = 'lowercase'",
            "3:1 no-use `terms` has no use with the action `lowercase`",
        ),
        (
            "shape.max_repeats = 3\nlinks = true\naction = 'collapse'",
            "4:1 no-use `links` has no use with the action `collapse`",
        ),
        (
            "shape.max_repeats = 3\naction = 'collapse'\nrun = 0",
            "5:7 out-of-range `run` is 0, not 1 to 100",
        ),
        ("shape.max_repeats = 3\naction = 'mask'", ""),
        (
            "shape.max_length = 99\naction = 'mask'",
            "3:7 no-use `max_length` has no use with the action `mask`",
        ),
        ("terms = 'heck'\naction = 'allow'", ""),
        (
            "terms = 'heck'\naction = 'allow'\nmode = 'shadow'",
            "5:8 no-use `mode` has no use with the action `allow`",
        ),
        (
            "shape.max_length = 99\naction = 'allow'",
            "3:1 no-use `shape` has no use with the action `allow`",
        ),
    ] {
        let text = format!("[[rule]]\nid = 'x'\n{body}\n");
        assert_eq!(faults(&text).trim_end(), expected, "{body}");
    }
    let long = format!("terms = 'heck'\naction = 'replace'\nwith = '{}'", "x".repeat(101));
    let text = format!("[[rule]]\nid = 'x'\n{long}\n");
    assert_eq!(faults(&text), "5:8 bad-replacement the replacement is over 100 characters\n");
    let long = format!("attribute = {{ key = 'x', value = '{}' }}", "x".repeat(999));
    let text = format!("[[rule]]\nid = 'x'\nterms = 'heck'\naction = 'tag'\n{long}\n");
    let expected = "5:13 bad-attribute the attribute is over 1000 bytes as ASCII-escaped JSON\n";
    assert_eq!(faults(&text), expected);
    let long = "x".repeat(51);
    let text = format!("[[rule]]\nid = 'x'\nterms = '{long}'\naction = 'deny'\n");
    assert_eq!(faults(&text), format!("3:9 bad-term the term `{long}` is over 50 characters\n"));
}

/// Faults between rules: ids, profiles, and rules that can never act.
#[test]
fn faults_between_rules() {
    let profiles = "[[profile]]\nid = 'mods'\nrooms = '*'\nexempt = true\n[[profile]]\nid = 'kids'\nrooms = '*'\n[[rule]]\nid = 'k'\nprofiles = 'kids'\nlinks = true\naction = 'deny'\n";
    for (first, second, expected) in [
        ("terms = 'heck'\naction = 'deny'", "terms = 'darn'\naction = 'mask'", ""),
        ("terms = 'heck'\naction = 'deny'", "terms = 'heck'\naction = 'mask'", "can never act"),
        ("terms = 'heck'\naction = 'allow'", "terms = 'heck'\naction = 'deny'", "can never act"),
        ("terms = 'heck'\naction = 'mask'", "terms = 'heck'\naction = 'deny'", ""),
        ("terms = 'heck'\naction = 'deny'\nmode = 'shadow'", "terms = 'heck'\naction = 'deny'", ""),
        ("terms = 'heck'\naction = 'deny'", "terms = 'heck'\naction = 'deny'\nmode = 'shadow'", ""),
        (
            "terms = 'heck'\naction = 'deny'",
            "terms = 'heck'\naction = 'deny'\nprofiles = 'kids'",
            "can never act",
        ),
        (
            "terms = 'heck'\naction = 'deny'\nprofiles = 'kids'",
            "terms = 'heck'\naction = 'deny'",
            "",
        ),
        ("terms = 'heck'\naction = 'deny'\nexcept = 'a'", "terms = 'heck'\naction = 'deny'", ""),
        (
            "links = true\naction = 'deny'",
            "links = true\naction = 'tag'\nattribute = { key = 'a', value = 'b' }",
            "can never act",
        ),
        (
            "terms = 'heck'\naction = 'deny'",
            "terms = 'darn'\naction = 'mask'\nprofiles = 'mods'",
            "all its profiles are exempt",
        ),
        (
            "terms = 'heck'\naction = 'deny'",
            "terms = 'darn'\naction = 'mask'\nprofiles = ['mods', 'kids']",
            "",
        ),
        (
            "terms = 'heck'\naction = 'deny'",
            "terms = 'darn'\naction = 'mask'\nprofiles = 'kids'\nexcept_profiles = 'kids'",
            "both-ways",
        ),
    ] {
        let text = format!("{profiles}[[rule]]\nid = 'a'\n{first}\n[[rule]]\nid = 'b'\n{second}\n");
        let found = faults(&text);
        assert_eq!(found.is_empty(), expected.is_empty(), "{text}\n{found}");
        assert!(found.contains(expected) && found.lines().count() < 2, "{text}\n{found}");
    }
    let twice = format!("{RULE}{}", RULE.replace("heck", "darn"));
    assert_eq!(faults(&twice), "6:6 duplicate the rule id `last` is there already, on line 2\n");
    let ids = ["", "1a", "A", "a_b", "가", &"a".repeat(65)];
    for id in ids {
        let found = faults(&RULE.replace("last", id));
        assert!(found.starts_with("2:6 bad-id `"), "{id}: {found}");
    }
    let named = faults(&RULE.replace("id = 'last'\n", ""));
    assert_eq!(named, "1:1 missing-key `id` is missing in a rule\n");
}

#[test]
fn there_may_be_so_many_rules_and_profiles() {
    let rules = |count: usize| {
        (0..count)
            .map(|i| format!("[[rule]]\nid = 'r{i}'\nterms = 't{i}'\naction = 'deny'\n"))
            .collect::<String>()
    };
    assert_eq!(faults(&rules(256)), "");
    assert_eq!(faults(&rules(257)), "1025:1 too-many 257 rules are more than 256\n");
    let profiles = |count: usize| {
        let each = |i| format!("[[profile]]\nid = 'p{i}'\nrooms = '*'\nexempt = true\n");
        (0..count).map(each).collect::<String>() + RULE
    };
    assert_eq!(faults(&profiles(64)), "");
    assert_eq!(faults(&profiles(65)), "257:1 too-many 65 profiles are more than 64\n");
}

/// Faults of the syntax stand beside others, and do not make up more.
#[test]
fn faults_of_the_syntax() {
    for (text, expected) in [
        (
            "on_fault = deny\n[[rule]]\nid = 'x'\nterms = ['heck',, 'darn']\naction = 'blok'\nmode = 'enforce\n",
            "1:12 syntax not valid TOML: string values must be quoted, expected literal string\n\
             4:17 syntax not valid TOML: extra comma in array, expected value\n\
             5:10 unknown-word unknown action `blok`\n\
             6:16 syntax not valid TOML: invalid literal string, expected `'`\n",
        ),
        (
            "mask = '*'\nmask = '#'\n[[rule]]\nid\nterms = 'heck'\naction 'deny'\n",
            "2:1 syntax not valid TOML: duplicate key\n\
             4:3 syntax not valid TOML: key with no value, expected `=`\n\
             6:8 syntax not valid TOML: key with no value, expected `=`\n",
        ),
        (
            "[rule]\nid = 'x'\n[[rule]]\nid = 'y'\n",
            "1:1 wrong-type `rule` is a table, not a list of tables\n\
             3:3 syntax not valid TOML: duplicate key\n",
        ),
    ] {
        assert_eq!(faults(text), expected, "{text}");
    }
}

#[test]
fn windows_lines_and_a_byte_order_mark_are_read() {
    let text = format!("\u{feff}{}", RULE.replace('\n', "\r\n"));
    assert_eq!(faults(&text), "");
    let found = faults(&text.replace("heck", "he*ck"));
    assert_eq!(found, "3:10 bad-term the term `he*ck` has a star inside\n");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,200}") {
        faults(&text);
    }

    #[test]
    fn any_text_like_toml_is_read_without_a_panic(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "[[rule]]", "[[profile]]", "[rule]", "[rule.shape]", "id = 'a'", "id = ", "rooms = '*'",
                "terms = ['heck', 'darn*', '*', 7]", "terms = [", "]", "regex = ['a(', '(?i)k', \"\\\\d\"]",
                "regex = '''\na(\n'''", "lexicon = { packs = 'all' }", "lexicon.packs = 'en'", "action = 'deny'",
                "action = 'mask'", "reason = { default = 'x', ko = 'y' }", "mask = '**'", "profiles = ['a']",
                "shape = { max_length = 3 }", "shape.max_length = 3", "links = true", "\"", "'''", "{", "=", "한글 = 1",
                "mode = 'shadow'", "except = 'a'", "rule = []", "\u{0}", "\r", "attribute = { key = 'a', value = 1979-05-27 }",
            ]),
            0..12,
        ),
    ) {
        faults(&lines.join("\n"));
    }

    #[test]
    fn any_regex_is_read_without_a_panic(pattern in "[a-c(){}\\[\\]\\\\^|*+?.,0-9wdsbBp:<> 가-나\u{301}-]{0,12}") {
        let text = format!("[[rule]]\nid = 'x'\nregex = '{pattern}'\naction = 'deny'\n");
        faults(&text);
    }
}
