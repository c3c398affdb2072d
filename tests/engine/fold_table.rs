//! The fold's character table: it is what its generator writes, and it says what it should.

#[allow(dead_code, reason = "the program's main")]
#[path = "../../engine/examples/fold_table.rs"]
mod generator;
#[path = "../../engine/src/fold/table.rs"]
mod table;

use table::{Entry, How, Kind, Script, entry};

/// The letters as text, then the second reading after a bar.
fn letters(entry: Entry) -> String {
    let letters = entry.letters();
    let mut text: String = letters.iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect();
    if entry.second_letter() != 0 {
        text.push('|');
        text.push(char::from(entry.second_letter()));
    }
    text
}

#[test]
fn the_committed_table_is_what_the_generator_writes() {
    let committed = include_str!("../../engine/src/fold/table.rs");
    assert!(generator::table() == committed, "run the command in the header of table.rs");
}

#[test]
fn every_ascii_character_means_what_it_says() {
    for c in '\0'..='\x7F' {
        let e = entry(c);
        let byte = u8::try_from(c).unwrap();
        match c {
            'a'..='z' => {
                assert_eq!(
                    (e.kind(), e.how(), e.letters()),
                    (Kind::Latin, How::Plain, [byte, 0, 0])
                );
                assert_eq!(e.script(), Script::Latin);
            }
            'A'..='Z' => {
                assert_eq!((e.kind(), e.how()), (Kind::Latin, How::Case));
                assert_eq!(e.letters(), [byte.to_ascii_lowercase(), 0, 0]);
            }
            '0'..='9' => {
                assert_eq!((e.kind(), e.how()), (Kind::Digit, How::Plain));
                assert_eq!(Some(e.value()), c.to_digit(10));
            }
            '\t'..='\r' | ' ' => assert_eq!(e.kind(), Kind::Space, "{c:?}"),
            c if c.is_control() => assert_eq!(e.kind(), Kind::Ignorable, "{c:?}"),
            c => assert_eq!((e.kind(), e.value()), (Kind::Punct, u32::from(c)), "{c:?}"),
        }
    }
}

#[test]
fn every_character_has_a_meaning_that_holds_together() {
    for c in '\0'..=char::MAX {
        let e = entry(c);
        let [first, rest @ ..] = e.letters();
        assert_eq!(first != 0, e.kind() == Kind::Latin, "{c:?}");
        assert!(rest[0] != 0 || rest[1] == 0, "{c:?}");
        for letter in e.letters().into_iter().chain([e.second_letter()]) {
            assert!(letter == 0 || letter.is_ascii_lowercase(), "{c:?}");
        }
        match e.kind() {
            Kind::Digit => assert!(e.value() <= 9, "{c:?}"),
            Kind::Punct => {
                let ascii = u8::try_from(e.value()).unwrap();
                assert!(ascii == 0 || ascii.is_ascii_punctuation(), "{c:?}");
            }
            Kind::Letter => {
                // Folding is done once and for all: what a letter folds to folds to itself.
                let folded = entry(char::from_u32(e.value()).unwrap());
                let same = folded.kind() == Kind::Letter && folded.value() == e.value();
                // Circled Hangul stands for Hangul.
                assert!(same || folded.kind() == Kind::Hangul, "{c:?}");
                assert_eq!(e.how() == How::Plain, e.value() == u32::from(c), "{c:?}");
            }
            _ => {}
        }
        if c.is_whitespace() {
            assert_eq!(e.kind(), Kind::Space, "{c:?}");
        }
    }
}

#[test]
fn both_cases_of_a_cyrillic_letter_are_read_alike() {
    for c in '\u{400}'..='\u{52F}' {
        let lower = c.to_lowercase().next().unwrap();
        assert_eq!(entry(c).letters(), entry(lower).letters(), "{c}");
        assert_eq!(entry(c).kind(), entry(lower).kind(), "{c}");
    }
}

#[test]
fn latin_letters_in_other_forms() {
    use How::{Accent, Compat, Lookalike};
    use Script::{Armenian, Cherokee, Common, Cyrillic, Greek, Han, Latin, Other};
    for (c, read, how, script) in [
        ('é', "e", Accent, Latin),
        ('ế', "e", Accent, Latin),
        ('Ş', "s", Accent, Latin),
        ('ø', "o", Accent, Latin),
        ('ł', "l|i", Accent, Latin),
        ('đ', "d", Accent, Latin),
        ('ħ', "h", Accent, Latin),
        ('ƀ', "b", Accent, Latin),
        ('ı', "i|l", Accent, Latin),
        ('ß', "ss|b", Accent, Latin),
        ('æ', "ae|a", Accent, Latin),
        ('Ð', "d", Accent, Latin),
        ('ŋ', "n", Accent, Latin),
        ('Ａ', "a", Compat, Latin),
        ('𝔤', "g", Compat, Common),
        ('𝚣', "z", Compat, Common),
        ('ⓑ', "b", Compat, Common),
        ('🅐', "a", Compat, Common),
        ('🄰', "a", Compat, Common),
        ('🆎', "ab", Lookalike, Common),
        ('🅾', "o", Compat, Common),
        ('🇿', "z", Compat, Common),
        ('⒵', "z", Compat, Common),
        ('🄐', "a", Compat, Common),
        ('ᵃ', "a", Compat, Latin),
        ('ₓ', "x", Compat, Latin),
        ('ℓ', "l", Compat, Common),
        ('™', "tm", Compat, Common),
        ('ﬃ', "ffi", Compat, Latin),
        ('Ⅻ', "xii", Compat, Latin),
        ('ꜰ', "f", Compat, Latin),
        ('ɢ', "g", Compat, Latin),
        ('\u{E0067}', "g", Compat, Common),
        ('þ', "p", Lookalike, Latin),
        ('ɑ', "a", Lookalike, Latin),
        ('ʇ', "t", Lookalike, Latin),
        ('ɯ', "w|m", Lookalike, Latin),
        ('а', "a", Lookalike, Cyrillic),
        ('В', "b", Lookalike, Cyrillic),
        ('и', "n|u", Lookalike, Cyrillic),
        ('й', "n|u", Lookalike, Cyrillic),
        ('Я', "r", Lookalike, Cyrillic),
        ('ӏ', "l|i", Lookalike, Cyrillic),
        ('ҝ', "k", Lookalike, Cyrillic),
        ('Ν', "n|v", Lookalike, Greek),
        ('ν', "v", Lookalike, Greek),
        ('ά', "a", Lookalike, Greek),
        ('𝛂', "a", Lookalike, Common),
        ('ս', "u", Lookalike, Armenian),
        ('Ꭺ', "a", Lookalike, Cherokee),
        ('ꮪ', "s", Lookalike, Cherokee),
        ('ꓯ', "a", Lookalike, Other),
        ('ᗡ', "d", Lookalike, Other),
        ('ⲥ', "c", Lookalike, Other),
        ('𐐬', "o", Lookalike, Other),
        ('卂', "a", Lookalike, Han),
        ('€', "e|c", Lookalike, Common),
        ('₿', "b", Lookalike, Common),
        ('∀', "a", Lookalike, Common),
        ('©', "c", Lookalike, Common),
    ] {
        let e = entry(c);
        assert_eq!(e.kind(), Kind::Latin, "{c}");
        assert_eq!((letters(e).as_str(), e.how(), e.script()), (read, how, script), "{c}");
    }
}

#[test]
fn whole_words_in_disguise() {
    for disguised in [
        "ɢɑяԁеи",
        "gагԁеп",
        "ｇａｒｄｅｎ",
        "𝓰𝓪𝓻𝓭𝓮𝓷",
        "ⓖⓐⓡⓓⓔⓝ",
        "🅖🅐🅡🅓🅔🅝",
        "🄶🄰🅁🄳🄴🄽",
        "🅶🅰🆁🅳🅴🅽",
        "🇬🇦🇷🇩🇪🇳",
        "⒢⒜⒭⒟⒠⒩",
        "ġäŗďéñ",
        "g\u{301}a\u{336}r\u{35F}d\u{489}e\u{20DD}n",
        "g\u{200B}a\u{AD}r\u{FE0F}d\u{2060}e\u{180E}n",
        "ɢᴀʀᴅᴇɴ",
        "ᵍᵃʳᵈᵉⁿ",
        "gαгδεη",
        "₲₳ⱤĐɆ₦",
        "ցąɾժҽղ",
        "Ꮆ卂ᖇᗪ乇ᑎ",
        "ᎶᏗᏒᎴᏋᏁ",
        "ƓƛƦƊЄƝ",
        "ꓖꓮꓣꓓꓰꓠ",
        "\u{E0067}\u{E0061}\u{E0072}\u{E0064}\u{E0065}\u{E006E}",
    ] {
        let read: String = disguised
            .chars()
            .map(entry)
            .filter(|e| !matches!(e.kind(), Kind::Mark | Kind::Ignorable))
            .map(|e| char::from(e.letters()[0]))
            .collect();
        assert_eq!(read, "garden", "{disguised}");
    }
}

#[test]
fn digits_of_all_scripts() {
    for (c, value) in [
        ('０', 0),
        ('𝟗', 9),
        ('𝟘', 0),
        ('²', 2),
        ('₇', 7),
        ('①', 1),
        ('⓪', 0),
        ('❼', 7),
        ('➂', 3),
        ('⑴', 1),
        ('⒈', 1),
        ('🄂', 1),
        ('٣', 3),
        ('۵', 5),
        ('५', 5),
        ('๒', 2),
        ('\u{E0034}', 4),
    ] {
        let e = entry(c);
        assert_eq!((e.kind(), e.how(), e.value()), (Kind::Digit, How::Compat, value), "{c}");
    }
}

#[test]
fn punctuation_that_stands_for_ascii() {
    for (c, ascii) in [
        ('！', '!'),
        ('＠', '@'),
        ('＄', '$'),
        ('﹩', '$'),
        ('＊', '*'),
        ('∗', '*'),
        ('✱', '*'),
        ('○', '*'),
        ('—', '-'),
        ('‐', '-'),
        ('−', '-'),
        ('’', '\''),
        ('“', '"'),
        ('。', '.'),
        ('·', '.'),
        ('•', '.'),
        ('․', '.'),
        ('¡', '!'),
        ('ǃ', '!'),
        ('｜', '|'),
        ('│', '|'),
        ('／', '/'),
        ('№', '#'),
        ('（', '('),
        ('、', ','),
    ] {
        let e = entry(c);
        assert_eq!((e.kind(), e.value()), (Kind::Punct, u32::from(ascii)), "{c}");
    }
    for c in ['°', '÷', '±', '¤', '๏'] {
        assert_eq!((entry(c).kind(), entry(c).value()), (Kind::Punct, 0), "{c}");
    }
}

#[test]
fn characters_that_are_no_letters() {
    for (kind, characters) in [
        (
            Kind::Space,
            "\u{A0}\u{2003}\u{202F}\u{3000}\u{2028}\u{3164}\u{FFA0}\u{115F}\u{1160}\u{2800}\u{85}",
        ),
        (
            Kind::Ignorable,
            "\u{AD}\u{200B}\u{200D}\u{202E}\u{2060}\u{2066}\u{FE0F}\u{FEFF}\u{34F}\u{180E}\u{61C}\u{E0020}\u{E007F}\
             \u{E01EF}\u{9F}",
        ),
        (
            Kind::Mark,
            "\u{300}\u{36F}\u{1AB0}\u{1DC0}\u{20D0}\u{20DD}\u{FE20}\u{483}\u{489}\u{64B}\u{5B0}\u{3099}\u{309A}゛ﾞﾟ",
        ),
        (Kind::Emoji, "😂❤💀🔥⭐★♡→✔\u{20E3}\u{1F3FB}🆒㊙🀄⚔"),
        (Kind::Hangul, "각ㄱㅎㆎ가힣ﾡￜꥠힰ"),
        (Kind::Other, "\u{378}\u{E000}\u{F0000}\u{10FFFF}\u{FFFF}"),
    ] {
        for c in characters.chars() {
            assert_eq!(entry(c).kind(), kind, "{c:?}");
        }
    }
}

#[test]
fn other_letters_fold_among_themselves() {
    use How::{Accent, Case, Compat, Plain};
    for (c, folded, how) in [
        ('З', 'з', Case),
        ('ѯ', 'ѯ', Plain),
        ('カ', 'か', Case),
        ('ガ', 'が', Case),
        ('が', 'が', Plain),
        ('っ', 'つ', Case),
        ('ッ', 'つ', Case),
        ('ｯ', 'つ', Compat),
        ('ｶ', 'か', Compat),
        ('ㇰ', 'く', Case),
        ('ー', 'ー', Plain),
        ('ｰ', 'ー', Compat),
        ('漢', '漢', Plain),
        ('山', '山', Plain),
        ('\u{F900}', '豈', Compat),
        ('\u{2F00}', '一', Compat),
        ('㋐', 'あ', Compat),
        ('㉮', '가', Compat),
        ('ﺏ', 'ب', Compat),
        ('أ', 'ا', Accent),
        ('क', 'क', Plain),
        ('ा', 'ा', Plain),
        ('่', '่', Plain),
        ('ש', 'ש', Plain),
        ('½', '½', Plain),
    ] {
        let e = entry(c);
        assert_eq!((e.kind(), e.value(), e.how()), (Kind::Letter, u32::from(folded), how), "{c}");
    }
    assert_eq!(entry('ー').script(), Script::Kana);
    assert_eq!(entry('ｶ').script(), Script::Kana);
    assert_eq!(entry('漢').script(), Script::Han);
}
