//! Terms behind the usual disguises, and innocent text behind the same.

use crate::{masking, policy, table, verdict};

/// The word letter by letter in another alphabet of 26.
fn styled(word: &str, a: char) -> String {
    let letter = |c: char| char::from_u32(u32::from(a) + u32::from(c) - u32::from('a'));
    word.chars().map(|c| letter(c).unwrap()).collect()
}

fn joined(word: &str, separator: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(separator)
}

/// Every disguise of a word, with the number of masks that cover it.
fn disguises(word: &str) -> Vec<(&'static str, String, usize)> {
    let letters = word.chars().count();
    let mut found = Vec::new();
    let mut same = |name, text: String| found.push((name, text, letters));
    same("plain", word.to_owned());
    same("capitals", word.to_uppercase());
    same("full-width", styled(word, 'ａ'));
    same("full-width capitals", styled(word, 'Ａ'));
    same("mathematical bold", styled(word, '𝐚'));
    same("mathematical script", styled(word, '𝓪'));
    same("mathematical fraktur", styled(word, '𝖆'));
    same("mathematical double-struck", styled(word, '𝕒'));
    same("mathematical monospace", styled(word, '𝚊'));
    same("circled", styled(word, 'ⓐ'));
    same("circled capitals", styled(word, 'Ⓐ'));
    same("negative circled", styled(word, '🅐'));
    same("parenthesised", styled(word, '⒜'));
    same("squared", styled(word, '🄰'));
    same("negative squared", styled(word, '🅰'));
    same("one combining mark", joined(word, "\u{301}"));
    same("combining flood", joined(word, "\u{301}\u{316}\u{334}\u{489}\u{35c}\u{363}"));
    same("zero-width space", joined(word, "\u{200b}"));
    same("zero-width non-joiner", joined(word, "\u{200c}"));
    same("word joiner", joined(word, "\u{2060}"));
    same("byte order mark", joined(word, "\u{feff}"));
    same("soft hyphen", joined(word, "\u{ad}"));
    same("variation selector", joined(word, "\u{fe0f}"));
    same("combining grapheme joiner", joined(word, "\u{34f}"));
    for (name, separator, width) in [
        ("spaced", " ", 1),
        ("dotted", ".", 1),
        ("underscored", "_", 1),
        ("hyphenated", "-", 1),
        ("starred", "*", 1),
        ("newline between", "\n", 1),
        ("ideographic space between", "\u{3000}", 1),
        ("no-break space between", "\u{a0}", 1),
        ("middle dot between", "·", 1),
        ("Hangul filler", "\u{3164}", 1),
        ("emoji between", "🔥", 1),
        ("emoji with skin tone between", "👍🏽", 1),
        ("spaces and dots", " . ", 3),
    ] {
        found.push((name, joined(word, separator), letters + (letters - 1) * width));
    }
    found
}

/// A term is masked behind every disguise, and nothing else of the line is.
#[test]
fn every_disguise_of_a_term_is_masked() {
    let policy = policy("mild.toml");
    let rows: Vec<_> = ["heck", "darn", "frelling", "blockhead", "nincompoop"]
        .into_iter()
        .flat_map(disguises)
        .map(|(name, text, masks)| {
            let expected = format!("rewrite: oh, {} then", "*".repeat(masks));
            (name.to_owned(), format!("oh, {text} then"), expected)
        })
        .collect();
    table(&policy, &rows);
}

/// Bidirectional controls are invisible, and belong to the text around the letters.
#[test]
fn invisible_controls_hide_nothing() {
    let policy = policy("mild.toml");
    table(
        &policy,
        &[
            ("right-to-left mark", "oh h\u{200f}e\u{200f}c\u{200f}k", "rewrite: oh ****"),
            ("override inside", "oh h\u{202e}ec\u{202c}k", "rewrite: oh ****"),
            ("isolates inside", "oh h\u{2067}e\u{2069}ck", "rewrite: oh ****"),
            ("override around", "oh \u{202d}heck\u{202c}!", "rewrite: oh \u{202d}****\u{202c}!"),
            ("control characters", "oh h\u{1}e\u{7f}ck", "rewrite: oh ******"),
            (
                "zero-width around",
                "oh\u{200b} \u{200b}heck\u{200b}.",
                "rewrite: oh\u{200b} \u{200b}****\u{200b}.",
            ),
        ],
    );
}

/// What an override to the left turns around is read as it is shown.
#[test]
fn text_under_an_override_is_read_backwards() {
    let policy = policy("mild.toml");
    table(
        &policy,
        &[
            ("to its end", "oh \u{202e}kceh\u{202c}!", "rewrite: oh \u{202e}****\u{202c}!"),
            ("to the line's end", "oh \u{202e}kceh\nkceh", "rewrite: oh \u{202e}****\nkceh"),
            ("among other words", "\u{202e}neht kceh ,ho", "rewrite: \u{202e}neht **** ,ho"),
            (
                "two",
                "\u{202e}kceh\u{202c} \u{202e}nrad",
                "rewrite: \u{202e}****\u{202c} \u{202e}****",
            ),
            ("disguised", "\u{202e}ｋ c 3 h", "rewrite: \u{202e}*******"),
            ("marks", "\u{202e}kce\u{301}h", "rewrite: \u{202e}****"),
            ("half of it", "he\u{202e}kc", "rewrite: ****"),
            ("an innocent word", "\u{202e}kcehc", "allow"),
            ("after an end of nothing", "\u{202e}\u{2069}kceh", "rewrite: \u{202e}\u{2069}****"),
            (
                "after another direction with nothing in it",
                "\u{202e}\u{2066}\u{202a}\u{202c}\u{2069}kceh",
                "rewrite: \u{202e}\u{2066}\u{202a}\u{202c}\u{2069}****",
            ),
            ("not in another direction", "\u{202e}\u{2066}kceh", "allow"),
            ("forwards too", "\u{202e}heck", "rewrite: \u{202e}****"),
            ("no override", "kceh \u{202d}kceh\u{202c} \u{2067}kceh", "allow"),
        ],
    );
}

/// Letters one by one: digits, symbols, look-alikes, forms that take no alphabet.
#[test]
fn disguised_letters_are_read() {
    let policy = policy("mild.toml");
    table(
        &policy,
        &[
            ("digit for e", "what the h3ck", "rewrite: what the ****"),
            ("digit for a", "d4rn", "rewrite: ****"),
            ("digits for t and i", "7w1t", "rewrite: ****"),
            ("digits for o", "b0o nincomp00p", "rewrite: *** **********"),
            ("digit for b", "8lockhead", "rewrite: *********"),
            ("six for b", "6lockhead", "rewrite: *********"),
            ("digit for l", "b1ockhead", "rewrite: *********"),
            ("stroke for l", "b|ockhead", "rewrite: *********"),
            ("capital i for l", "bIockhead", "rewrite: *********"),
            ("at sign", "d@rn it", "rewrite: **** it"),
            ("exclamation mark for i", "tw!t", "rewrite: ****"),
            ("plus for t, in another word", "twi+ts", "allow"),
            ("plus for t", "a twi+", "rewrite: a ****"),
            ("parenthesis for c", "he(k", "rewrite: ****"),
            ("signs in a row", "h 3 ( k and 7 w ! +", "rewrite: ******* and *******"),
            ("less-than for c", "he<k", "rewrite: ****"),
            ("hash for h", "block#ead", "rewrite: *********"),
            ("digit and symbol", "d@rn h3(k", "rewrite: **** ****"),
            ("v for u", "bvffoon", "rewrite: *******"),
            ("ph for f", "buphoon", "rewrite: *******"),
            ("q for g", "qosh darn it", "rewrite: ************"),
            ("Cyrillic", "he\u{441}k", "rewrite: ****"),
            ("Cyrillic, three of four", "\u{4bb}\u{435}\u{441}k", "rewrite: ****"),
            ("Greek", "h\u{3b5}ck", "rewrite: ****"),
            ("Greek kappa", "hec\u{3ba}", "rewrite: ****"),
            ("Armenian", "\u{570}eck", "rewrite: ****"),
            ("Cherokee", "\u{13bb}eck", "rewrite: ****"),
            ("small capitals", "ʜᴇᴄᴋ", "rewrite: ****"),
            ("superscript", "ʰᵉᶜᵏ", "rewrite: ****"),
            ("subscript", "hₑck", "rewrite: ****"),
            ("turned", "hǝck", "rewrite: ****"),
            ("IPA", "ɦɛck", "rewrite: ****"),
            ("precomposed accents", "ĥéčk", "rewrite: ****"),
            ("with a stroke", "ħeȼꝁ", "rewrite: ****"),
            ("regional, apart", "🇭\u{200b}🇪\u{200b}🇨\u{200b}🇰", "rewrite: ****"),
            ("regional, spaced", "🇭 🇪 🇨 🇰", "rewrite: *******"),
            ("mixed", "𝐡ℯ©𝕜 ⒽＥʗᴋ", "rewrite: **** ****"),
            ("mixed with gaps", "oh 𝐡.3.©.𝕜!", "rewrite: oh *******!"),
            ("ligature", "bu\u{fb00}oon", "rewrite: ******"),
            ("repeats", "heeeeck", "rewrite: *******"),
            ("repeats everywhere", "hhheeccckkk", "rewrite: ***********"),
            ("repeats in mixed case", "hHeEcCkK", "rewrite: ********"),
            ("repeats of several kinds", "h3eeck", "rewrite: ******"),
            ("too few repeats", "bufoon", "allow"),
            ("repeats and gaps", "h e e e c k", "rewrite: ***********"),
            ("hidden vowel", "h*ck", "rewrite: ****"),
            ("hidden vowel, dash", "d-rn", "rewrite: ****"),
            ("hidden vowel, dot", "d.rn", "rewrite: ****"),
            ("hidden consonant", "he*k", "rewrite: ****"),
            ("two hidden by stars", "h**k", "rewrite: ****"),
            ("all vowels hidden", "bl*ckh**d", "rewrite: *********"),
            ("hidden between like letters", "n*nc*mp**p", "rewrite: **********"),
            (
                "hidden beside repeats",
                "hhh*ckk oh f*rr*llliing",
                "rewrite: ******* oh f*rr*llliing",
            ),
            ("hidden vowels and repeats", "fr*lll*ng", "rewrite: *********"),
            ("hidden, words before", "what is he on? h*ck", "rewrite: what is he on? ****"),
            ("hidden in a phrase", "g*sh darn it", "rewrite: ************"),
            ("hidden in a phrase, further on", "gosh d**n it", "rewrite: ************"),
            ("hidden beside another gap", "fr*l ling", "allow"),
            ("hidden in another word", "d*rned, ch*ck", "allow"),
            ("hidden twice", "h*ck d**n", "rewrite: **** ****"),
            ("half of a double letter hidden", "buf*oon, bu*foon", "rewrite: *******, *******"),
            ("half of it hidden behind another sign", "buf.oon, bu-foon", "allow"),
            ("a double letter hidden", "bu**oon buff**n", "rewrite: ******* *******"),
            ("not behind a row of signs", "h***k h---k", "allow"),
            ("not behind two dashes", "h--k", "allow"),
            ("hidden by an apostrophe", "h'ck, d’rn", "rewrite: ****, ****"),
            (
                "hidden far behind",
                &format!("h{}*k", "e".repeat(90)),
                &format!("rewrite: {}", "*".repeat(93)),
            ),
            ("hidden at the end", "hec*", "allow"),
            ("cut", "he ck", "rewrite: *****"),
            ("cut by a hyphen", "oh h-eck no", "rewrite: oh ***** no"),
            ("cut, long", "frel ling", "rewrite: *********"),
            ("in quotes", "\"heck\"", "rewrite: \"****\""),
            ("in brackets", "(heck)", "rewrite: (****)"),
            ("markdown", "**heck** _heck_ ~~heck~~", "rewrite: ******** _****_ ~~****~~"),
            ("after an emoji", "🔥heck🔥", "rewrite: 🔥****🔥"),
            ("after Hangul", "아heck야", "rewrite: 아****야"),
            ("hashtag", "#heck", "rewrite: #****"),
            ("mention", "@heck", "rewrite: @****"),
            ("many", "heck heck, heck", "rewrite: **** ****, ****"),
        ],
    );
}

/// What only looks like a disguise.
#[test]
fn innocent_text_is_left_alone() {
    let policy = policy("mild.toml");
    let innocent = [
        "check this",
        "Checkers and hecklers",
        "checking, rechecked",
        "heckle",
        "the cheek",
        "darning",
        "darns",
        "twitter",
        "twitch",
        "digital",
        "legitimate",
        "github",
        "book",
        "boots",
        "taboo",
        "bamboo",
        "block head over",
        "the ck",
        "the ck junction",
        "ache ck",
        "she cks",
        "tea ch eck",
        "wet wit",
        "what wits",
        "both eck",
        "eight wit-ness",
        "142,460 and 7/10",
        "a 3-2 win",
        "10:45 am",
        "600 or 800",
        "617",
        "g17",
        "617 617",
        "800",
        "b00",
        "8oo0",
        "1337 h4x0r",
        "48",
        "100%",
        "$17 and 17$",
        "1 2 3 4 5",
        "v1.2.3",
        "2026-11-22T13:57:09Z",
        "192.0.2.17",
        "d41d8cd98f00b204e9800998ecf8427e",
        "e3b0c44298fc1c149afbf4c8996fb924",
        "550e8400-e29b-41d4-a716-446655440000",
        "0x6170",
        "A1B2C3",
        "B-52",
        "C-3PO",
        "R2-D2",
        "g-1-7",
        "1.7.2",
        "3:17-4:17",
        "6'1\" tall",
        "61'7",
        "he checked",
        "c h e c k",
        "c.h.e.c.k",
        "c h e c k e r",
        "c-h-e-c-k-s",
        "t w i t c h",
        "d a r n i n g",
        "ch3ck",
        "ch3cked",
        "с ней",
        "привет",
        "через неск дней",
        "ησυχία",
        "한국어 문장",
        "ひらがな",
        "العربية",
        "🔥🔥",
        "...",
        "<3",
        ":-)",
        "h",
        "k",
        "he",
        "ck",
        "h e",
        "c k",
        "h e l l o",
        "e c k",
        "hec",
        "h.e.c",
    ];
    let wrong: Vec<_> = innocent.iter().filter(|text| verdict(&policy, text) != "allow").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Harmless words that hold a term, behind every disguise that the term is found behind.
#[test]
fn innocent_words_in_disguise_are_left_alone() {
    let policy = policy("mild.toml");
    let rows: Vec<_> =
        ["check", "heckler", "twitch", "digital", "darning", "goshawks", "blockheads"]
            .into_iter()
            .flat_map(disguises)
            .map(|(name, text, _)| {
                (name.to_owned(), format!("oh, {text} then"), "allow".to_owned())
            })
            .collect();
    table(&policy, &rows);
}

/// An exception holds behind the disguise that its term is found behind.
#[test]
fn exceptions_hold_in_disguise() {
    let policy = masking(&["*heck*"], "except = ['check*', '*checker*']");
    let rows: Vec<_> = ["check", "checks", "checker", "spellchecker"]
        .into_iter()
        .flat_map(disguises)
        .filter(|(name, ..)| *name != "spaces and dots")
        .map(|(name, text, _)| (name.to_owned(), format!("oh, {text} then"), "allow".to_owned()))
        .collect();
    table(&policy, &rows);
    table(
        &policy,
        &[
            ("no exception", "oheck", "rewrite: o****"),
            ("inside", "pshecky", "rewrite: ps****y"),
            ("leet", "ch3ck ch3cker", "allow"),
            ("leet, no exception", "oh3ck", "rewrite: o****"),
            ("look-alike", "\u{441}heck", "allow"),
            ("beside an exception", "check heck", "rewrite: check ****"),
            ("glued to an exception", "checkheck", "rewrite: check****"),
        ],
    );
}

/// `heck`, `heck*`, `*heck`, `*heck*`.
#[test]
fn a_term_stands_as_it_is_written() {
    for (term, expected) in [
        ("heck", "allow allow allow whole"),
        ("heck*", "allow after allow whole"),
        ("*heck", "before allow allow whole"),
        ("*heck*", "before after both whole"),
    ] {
        let policy = masking(&[term], "");
        let row = |content: &str, name: &'static str| match verdict(&policy, content).as_str() {
            "allow" => "allow",
            masked => {
                assert_eq!(masked, format!("rewrite: {}", content.replace("heck", "****")));
                name
            }
        };
        let found = [
            row("an oheck x", "before"),
            row("a hecky x", "after"),
            row("a ohecky x", "both"),
            row("a heck x", "whole"),
        ];
        assert_eq!(found.join(" "), expected, "{term}");
    }
}

#[test]
fn standing_and_exceptions_of_one_rule() {
    let policy = policy("standing.toml");
    table(
        &policy,
        &[
            ("whole", "heck", "rewrite: ****"),
            ("inside a word", "a check", "allow"),
            ("goes on", "darnation", "rewrite: ****ation"),
            ("goes on in an exception", "darning", "allow"),
            ("begins before", "ohgosh", "rewrite: oh****"),
            ("does not go on", "goshing", "allow"),
            ("anywhere", "overfudged", "rewrite: over*****d"),
            ("an exception is whole", "fudgecakes", "rewrite: *****cakes"),
            ("exception", "fudgecake", "allow"),
            ("exception of two words", "vanilla fudge", "allow"),
            (
                "exception of two words and the term",
                "vanilla fudge fudge",
                "rewrite: vanilla fudge *****",
            ),
            ("exception that begins with the term", "a heck of a day", "allow"),
            ("the other one is found", "heck of a heck", "rewrite: heck of a ****"),
            ("phrase", "what the blazes", "rewrite: ***************"),
            ("phrase, capitals", "What The BLAZES!", "rewrite: ***************!"),
            ("phrase over lines", "what\nthe blazes", "rewrite: ***************"),
            ("phrase with hyphens", "what-the-blazes", "rewrite: ***************"),
            ("phrase with more spaces", "what  the   blazes", "rewrite: ******************"),
            ("phrase in another order", "the what blazes", "allow"),
            ("phrase with a word between", "what the big blazes", "allow"),
            ("phrase in a word", "somewhat the blazes", "allow"),
            ("phrase that goes on", "what the blazesque", "allow"),
            ("phrase in leet", "wh4t the bl4zes", "rewrite: ***************"),
        ],
    );
}

/// A term that stands across a space between two words of one language is no disguise,
/// one that is cut otherwise is. Diacritics and doubled letters change neither.
#[test]
fn a_cut_between_two_words_of_one_language_is_none() {
    let loaded = masking(&["zumal", "partout", "mesoleil", "dané", "undrue"], "");
    table(
        &loaded,
        &[
            ("German", "komm zu mal", "allow"),
            ("French", "par tout", "allow"),
            ("a letter at the end of one word and the start of the next", "mes soleil", "allow"),
            ("with a diacritic", "dà né", "allow"),
            ("doubled", "parr tout", "allow"),
            ("a German word and a French one", "und rue", "rewrite: *******"),
            ("no words", "pa rtout", "rewrite: ********"),
            ("spelled out", "p a r t o u t", "rewrite: *************"),
            ("in one", "partout", "rewrite: *******"),
        ],
    );
}

/// An exception belongs to what it covers, never to the message.
#[test]
fn an_exception_spares_its_span_only() {
    let policy = masking(&["*word"], "except = ['goodword']");
    table(
        &policy,
        &[
            ("good", "goodword", "allow"),
            ("bad", "badword", "rewrite: bad****"),
            ("good and bad", "goodword badword", "rewrite: goodword bad****"),
            ("bad and good", "badword goodword", "rewrite: bad**** goodword"),
            ("glued", "goodwordbadword", "rewrite: goodwordbad****"),
            ("good in disguise, bad", "g00dw0rd badword", "rewrite: g00dw0rd bad****"),
            (
                "full-width",
                "ｇｏｏｄｗｏｒｄ ｂａｄｗｏｒｄ",
                "rewrite: ｇｏｏｄｗｏｒｄ ｂａｄ****",
            ),
        ],
    );
}

/// A doubled letter makes a term of three letters no shorter: `boo` is no word of its own
/// in a row of single letters that goes on.
#[test]
fn a_spelled_row_of_letters_is_one_word() {
    let policy = masking(&["boo", "egg", "add"], "");
    for innocent in
        ["b a m b o o s", "t a b o o", "b.o.o.k", "v e g g i e", "e-g-g-s", "l a d d e r"]
    {
        assert_eq!(verdict(&policy, innocent), "allow", "{innocent}");
    }
    assert_eq!(verdict(&policy, "oh b o o then"), "rewrite: oh ***** then");
}

/// An apostrophe hides a letter, but for that of a possessive or a contraction.
#[test]
fn an_apostrophe_before_an_ending_hides_nothing() {
    let policy = masking(&["whops", "dont", "wared"], "");
    for innocent in ["who's there? WHO'S", "who’s", "don't", "we're, who're", "wa'd"] {
        assert_eq!(verdict(&policy, innocent), "allow", "{innocent}");
    }
    assert_eq!(verdict(&policy, "who*s wh'ps"), "rewrite: ***** *****");
}

/// A look-alike spelling of a term that is a common word is that word.
#[test]
fn a_common_word_is_no_other_one_with_a_stroke() {
    let policy = masking(&["fiash", "ciean"], "");
    assert_eq!(verdict(&policy, "a flash, to clean"), "allow");
    assert_eq!(verdict(&policy, "f1ash c1ean"), "rewrite: ***** *****");
}

/// The row goes on whatever the signs between its letters are.
#[test]
fn a_row_of_letters_ends_before_the_next_word() {
    let policy = masking(&["heck*", "heckt", "heckth*", "oh my heck"], "extent = 'word'");
    table(
        &policy,
        &[
            ("a word that begins like an ending", "h e c k today", "rewrite: ******* today"),
            ("an ending", "h e c king", "rewrite: **********"),
            ("signs, then a space", "h,e,c,k today", "rewrite: ******* today"),
            ("laughter after a phrase", "oh my heck kkkk", "rewrite: ********** kkkk"),
        ],
    );
}

#[test]
fn signs_of_several_kinds_make_one_row() {
    let policy = masking(&["boo", "add"], "");
    for innocent in ["b.a-m_b~o.o-s", "t.a-b o_o", "l-a_d d.e~r", "h·b·o·o·k"] {
        assert_eq!(verdict(&policy, innocent), "allow", "{innocent}");
    }
    assert_eq!(verdict(&policy, "oh b.o-o then"), "rewrite: oh ***** then");
}

/// A cut leaves two words, or a disguise; several cuts leave neither word.
#[test]
fn several_cuts_are_no_seam_of_words() {
    let policy = masking(&["hothead"], "");
    assert_eq!(verdict(&policy, "a hot head"), "allow");
    assert_eq!(verdict(&policy, "a h.ot-he.ad"), "rewrite: a **********");
}

/// Where a piece is a term itself, it is no innocent word.
#[test]
fn a_term_beside_the_rest_of_a_longer_one() {
    let policy = masking(&["hot", "hothead"], "");
    assert_eq!(verdict(&policy, "a hot head"), "rewrite: a ********");
}

/// Some letters look like two: all of a text are tried as the one, then as the other.
#[test]
fn letters_that_look_like_two() {
    let policy = masking(&["moss", "bosh", "gang"], "");
    for content in ["mοσσ", "ßοsh", "ցաոց"] {
        assert_eq!(verdict(&policy, content), "rewrite: ****", "{content}");
    }
    assert_eq!(verdict(&policy, "Gruß aus Maß"), "allow");
}

/// One of a double `l` may be a stroke.
#[test]
fn what_only_another_reading_finds_needs_it() {
    // A final σ may be an s as well, but the exception was there in the first reading.
    let policy = masking(&["*heck*"], "except = ['checko', 'ßheck']");
    table(
        &policy,
        &[
            ("an exception", "checkσ", "allow"),
            ("another", "ßheck", "allow"),
            ("a term", "heckσ", "rewrite: ****σ"),
        ],
    );
}

#[test]
fn readings_that_count_letters_alike_find_each_its_own() {
    let policy = masking(&["heck"], "");
    let is = verdict(&policy, "2222 heck h1e1c1k");
    assert_eq!(is, "rewrite: 2222 **** *******");
}

#[test]
fn half_of_a_double_l_is_a_stroke() {
    let policy = masking(&["ballad"], "");
    for content in ["ba1lad", "bal1ad", "ba11ad", "bal|ad"] {
        assert_eq!(verdict(&policy, content), "rewrite: ******", "{content}");
    }
}

/// A term all in tag letters (U+E0061 and so on) is one, though few see it.
#[test]
fn a_term_in_tag_letters_is_masked() {
    let policy = policy("mild.toml");
    let tagged = styled("heck", '\u{e0061}');
    assert_eq!(verdict(&policy, &format!("oh {tagged} then")), "rewrite: oh **** then");
}

/// Among letters that are seen, tag letters show nothing, hide no letter, and are none.
#[test]
fn invisible_tag_letters_hide_nothing() {
    let policy = policy("mild.toml");
    table(
        &policy,
        &[
            ("one", "oh h\u{e0061}eck then", "rewrite: oh **** then"),
            ("between all", "oh h\u{e0061}e\u{e0062}c\u{e007f}k then", "rewrite: oh **** then"),
            ("before", "oh \u{e0061}heck then", "rewrite: oh \u{e0061}**** then"),
        ],
    );
}

/// Flags and keycaps are emoji like any other.
#[test]
fn flags_between_letters_are_emoji() {
    let policy = policy("mild.toml");
    assert_eq!(verdict(&policy, "oh h🇰🇷e🇰🇷c🇰🇷k then"), "rewrite: oh ******* then");
}

#[test]
fn keycaps_between_letters_are_emoji() {
    let policy = policy("mild.toml");
    let keycap = "1\u{fe0f}\u{20e3}";
    let content = format!("oh {} then", joined("heck", keycap));
    assert_eq!(verdict(&policy, &content), "rewrite: oh ******* then");
}

#[test]
fn digits_between_letters_are_separators() {
    let policy = policy("mild.toml");
    for content in ["oh h1e1c1k then", "oh h7e7c7k then", "oh h0e0c0k then"] {
        assert_eq!(verdict(&policy, content), "rewrite: oh ******* then", "{content}");
    }
}

/// Strokes for `ll` are read where the next letter is an `i` too.
#[test]
fn strokes_before_an_i_are_read() {
    let policy = policy("mild.toml");
    for content in ["fre11ing", "fre||ing", "freIIing"] {
        assert_eq!(verdict(&policy, content), "rewrite: ********", "{content}");
    }
}

/// A sign at the very beginning, or at the end of a row of signs, is a letter too.
#[test]
fn signs_at_the_edges_are_letters() {
    let policy = masking(&["crud", "doofass"], "");
    table(
        &policy,
        &[
            ("first in the message", "(rud", "rewrite: ****"),
            ("first in a word", "oh (rud", "rewrite: oh ****"),
            ("closed again", "(rud) oh", "allow"),
            ("last after signs", "d00f4$$", "rewrite: *******"),
            ("money", "84$$ and 4$$", "allow"),
        ],
    );
}
