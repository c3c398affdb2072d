//! Kana: one symbol for each letter of the syllabary, however it is written, what its
//! voicing marks make of it, and what stretches it. The table has already made hiragana
//! of katakana, and large kana of small and half-width ones.

/// Of the hiragana block: the code point before that of symbol 1.
const BEFORE_FIRST: u32 = 0x3040;
/// Symbols of kana end before those of Latin letters begin.
pub(crate) const LAST_KANA: u8 = 0x56;

/// The prolonged sound mark, `ー`.
pub(super) const LONG: u32 = 0x30FC;

/// Voiceless letters, and below them the same with either mark.
const PLAIN: &str = "かきくけこさしすせそたちつてとはひふへほう";
const VOICED: &str = "がぎぐげござじずぜぞだぢづでどばびぶべぼゔ";
const HALF_VOICED: &str = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0ぱぴぷぺぽ\0";

/// The symbol of a hiragana letter.
pub(super) fn symbol(code_point: u32) -> Option<u8> {
    let symbol = u8::try_from(code_point.checked_sub(BEFORE_FIRST)?).ok()?;
    (1..=LAST_KANA).contains(&symbol).then_some(symbol)
}

/// The hiragana letter of a symbol.
pub(super) fn letter(symbol: u8) -> char {
    char::from_u32(BEFORE_FIRST + u32::from(symbol)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Is it katakana as written? Half-width and circled ones are.
pub(super) fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{32D0}'..='\u{32FE}'
        | '\u{FF66}'..='\u{FF9F}')
}

/// What a voicing mark after a letter makes of it. None where the mark adorns nothing.
pub(super) fn with_mark(symbol: u8, mark: char) -> Option<u8> {
    let with = match mark {
        '\u{3099}' | '゛' | 'ﾞ' => VOICED,
        '\u{309A}' | '゜' | 'ﾟ' => HALF_VOICED,
        _ => return None,
    };
    let at = PLAIN.chars().position(|plain| plain == letter(symbol))?;
    with.chars().nth(at).and_then(|voiced| self::symbol(voiced.into()))
}

/// The letter without its voicing mark.
pub(super) fn without_mark(symbol: u8) -> u8 {
    let at = |row: &str| row.chars().position(|voiced| voiced == letter(symbol));
    let plain = at(VOICED).or_else(|| at(HALF_VOICED)).and_then(|at| PLAIN.chars().nth(at));
    plain.and_then(|plain| self::symbol(plain.into())).unwrap_or(symbol)
}

/// Does this vowel only draw out the letter before it (`ねえ`)?
pub(super) fn lengthens(vowel: u8, before: u8) -> bool {
    let row = match letter(vowel) {
        'あ' => "あかがさざただなはばぱまやらわ",
        'い' => "いきぎしじちぢにひびぴみり",
        'う' => "うくぐすずつづぬふぶぷむゆるゔ",
        'え' => "えけげせぜてでねへべぺめれ",
        'お' => "おこごそぞとどのほぼぽもよろを",
        _ => return false,
    };
    row.contains(letter(before))
}

/// Is it a small vowel as written? `ねぇ` is `ねえ`.
pub(super) fn is_small_vowel(c: char) -> bool {
    matches!(c, 'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ')
        || matches!(c, 'ｧ'..='ｫ')
}
