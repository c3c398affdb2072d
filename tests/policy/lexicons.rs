//! Lexicons: the packs that come with chatwarden are good, and faults are all told.

use chatwarden_policy::Source;
use chatwarden_policy::lexicon::{Lexicon, pack, packs, parse_lexicon};
use chatwarden_policy::policy::{Category, TermPattern};
use proptest::prelude::*;
use unicode_normalization::is_nfc;

use crate::told;

const HEADER: &str = "#! pack: mild\n#! language: en\n";

fn lexicon_source(text: &str) -> Source {
    Source { name: "mild.txt".to_owned(), text: text.to_owned() }
}

fn faults(text: &str) -> String {
    let source = lexicon_source(text);
    parse_lexicon(&source).map_or_else(|faults| told(&source, &faults), |_| String::new())
}

fn good(text: &str) -> Lexicon {
    parse_lexicon(&lexicon_source(text)).unwrap_or_else(|_| panic!("{}", faults(text)))
}

fn term(text: &str, open_start: bool, open_end: bool) -> TermPattern {
    TermPattern { text: text.to_owned(), open_start, open_end }
}

#[test]
fn every_pack_is_good() {
    for pack in packs() {
        let source = pack.source();
        let lexicon = parse_lexicon(&source).unwrap_or_else(|faults| {
            panic!("{}", chatwarden_policy::error::render(&source, &faults, false))
        });
        assert_eq!(lexicon.pack, pack.name, "a pack is called as its file");
        assert!(!lexicon.terms.is_empty(), "{}", pack.name);
        let texts: Vec<&str> =
            lexicon.terms.iter().map(|term| term.pattern.text.as_str()).collect();
        assert!(texts.is_sorted_by(|a, b| a < b), "{}: sorted and unique", pack.name);
        assert!(is_nfc(pack.text), "{}: composed (NFC)", pack.name);
    }
    assert!(packs().is_sorted_by_key(|pack| pack.name));
    assert_eq!(pack("test").map(|pack| pack.name), Some("test"));
    assert_eq!(pack("klingon"), None);
}

#[test]
fn a_lexicon_is_read() {
    let lexicon = good(
        "# mild: words of ours. Apache-2.0.\n\
         #! pack: mild\n\
         #! language: en\n\
         \n\
         darn | profanity | 1 | verb, noun\n    \
             ! darnel*, \"darning needle\"\n    \
             ! *darned-if\n\
         # a comment\n\
         *heck* | insult | 2 | scrambled\r\n\
         what the heck* | self-harm | 3 | exact,sound\n\
         젠장 | test | 1 | keyboard, plain, adjective",
    );
    assert_eq!((lexicon.pack.as_str(), lexicon.language.as_deref()), ("mild", Some("en")));
    let [darn, heck, phrase, korean] = &lexicon.terms[..] else { panic!("four terms") };
    assert_eq!(darn.pattern, term("darn", false, false));
    assert_eq!((darn.category, darn.severity), (Category::Profanity, 1));
    assert!(darn.options.verb && darn.options.noun && !darn.options.plain);
    let exceptions = [
        term("darnel", false, true),
        term("darning needle", false, false),
        term("darned-if", true, false),
    ];
    assert_eq!(darn.exceptions, exceptions);
    assert_eq!((&heck.pattern, heck.severity), (&term("heck", true, true), 2));
    assert!(heck.options.scrambled && !darn.options.scrambled);
    assert_eq!(phrase.pattern, term("what the heck", false, true));
    assert!(phrase.options.exact && phrase.options.sound);
    assert_eq!((korean.pattern.text.as_str(), korean.category), ("젠장", Category::Test));
    assert!(korean.options.keyboard && korean.options.plain && korean.options.adjective);
}

#[test]
fn faults_of_terms() {
    for (terms, expected) in [
        ("darn | profanity | 1", ""),
        ("darn | profanity | 1 |", ""),
        (
            "darn",
            "3:1 missing-key `category` is missing in the term\n3:1 missing-key `severity` is missing in the term",
        ),
        ("darn | profanity", "3:1 missing-key `severity` is missing in the term"),
        ("darn | profanty | 1", "3:8 unknown-word unknown category `profanty`"),
        ("darn | profanity | 4", "3:20 unknown-word unknown severity `4`"),
        ("darn | profanity | 1 | verbs", "3:24 unknown-word unknown option `verbs`"),
        ("darn | profanity | 1 | verb,", "3:29 empty `option` is empty"),
        (
            "darn | profanity | 1 | verb, verb",
            "3:30 duplicate the option `verb` is there already, on line 3",
        ),
        ("darn | profanity | 1 | verb | x", "3:31 extra-field a term has four fields at most"),
        ("Darn | profanity | 1", "3:1 bad-term the term `Darn` is not in lower case"),
        ("da*rn | profanity | 1", "3:1 bad-term the term `da*rn` has a star inside"),
        ("** | profanity | 1", "3:1 bad-term the term `**` has no letter and no digit"),
        ("  | profanity | 1", "3:3 bad-term the term `` has no letter and no digit"),
        (
            "heck | insult | 1\ndarn | insult | 1",
            "4:1 unsorted the term `darn` is not in order: it comes before `heck`",
        ),
        (
            "heck | insult | 1\nheck* | insult | 1",
            "4:1 duplicate the term `heck` is there already, on line 3",
        ),
        (
            "darn | insult | 1\n ! Darnel, x*y",
            "4:4 bad-term the term `Darnel` is not in lower case\n4:12 bad-term the term `x*y` has a star inside",
        ),
        (
            "darn | insult | 1\n ! darnel, a,\n ! darnel",
            "4:14 bad-term the term `` has no letter and no digit\n5:4 duplicate the exception `darnel` is there already, on line 4",
        ),
        ("! darnel\ndarn | insult | 1", "3:1 exception-without-term exceptions without a term"),
        ("DARN | insult | 1\n ! darnel", "3:1 bad-term the term `DARN` is not in lower case"),
        (
            "darn | insult | 1\n#! pack: mild",
            "4:4 late-directive the directive `pack` stands after the first term\n4:4 duplicate the directive `pack` is there already, on line 1",
        ),
        ("#! packs: mild", "3:4 unknown-key unknown key `packs` in the header"),
    ] {
        let found = faults(&format!("{HEADER}{terms}\n"));
        assert_eq!(found.trim_end(), expected, "{terms}");
    }
    assert_eq!(faults("darn | insult | 1\n"), "1:1 missing-key `pack` is missing in the header\n");
    assert_eq!(good("#! pack: mild\ndarn | insult | 1").language, None);
    let bad_id = "#! pack: My Pack\n#! language:\ndarn | insult | 1\n";
    assert_eq!(
        faults(bad_id),
        "1:4 bad-id `My Pack` is no pack name\n2:4 bad-id `` is no language tag\n"
    );
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "(#! (pack|language): ?[a-z]{0,3}\n)*([a-cA*|!#, \"\n가\u{301}1-]{0,60})") {
        faults(&text);
    }
}
