//! Writes `engine/src/fold/table.rs`: what each code point means to the fold.
//!
//! Run it as the header of that file says. The facts come from the Unicode Character Database
//! (`icu_properties`, `unicode-normalization`, character names from `unicode_names2`), from the
//! Unicode confusables data (`unicode-security`), and, before the confusables, from the lists in
//! this file: what chat writers mean by a character, judged by its look.
//!
//! It knows nothing of words, of leet digits, or of how much a disguise is worth: that is the
//! fold's and the verifier's business.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::Hash;
use std::io::{self, Write as _};

use icu_properties::props::{
    DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, Script as UnicodeScript, WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, decompose_compatible};
use unicode_security::confusable_detection::skeleton;

/// Letters that are Latin letters of their own, though no decomposition says which plain letters
/// they stand for: transliterations that readers of these languages use themselves. A letter named
/// "X WITH something" needs no row, its name says it.
const ACCENTED: &[(&str, &str)] = &[
    ("ss", "ßẞ"),
    ("ae", "æÆᴭ"),
    ("oe", "œŒ"),
    ("d", "ðÐ"),
    ("n", "ŋŊ"),
    ("k", "ĸ"),
    ("i", "ı"),
    ("j", "ȷ"),
    ("s", "ſ"),
];

/// Characters that are read as a letter because they look like it. One row per letter and family;
/// judged by eye, in the fonts chat clients use, after what chat writers do with them.
const LOOKALIKES: &[(&str, &str)] = &[
    // Old and foreign Latin letters. Thorn is a p to everybody but Icelanders.
    ("p", "þÞƿǷꝥꝧꟼ"),
    ("b", "ƄƅꞵꞴɮ"),
    ("s", "ƧƨꙄꙅʃƩƪꝰꞄꞅ"),
    ("y", "ȜȝɣɤꝩꞲ"),
    ("v", "ƔỼỽɅʌᴧ"),
    ("u", "ƱʊƲ"),
    ("q", "ƢƣɊ"),
    ("w", "ɯƜꟽꟺɷϖꞶꞷʬ"),
    ("m", "ʍꟿꝳ"),
    ("h", "ǶƕⱶꜦꜧ"),
    ("z", "ʒƷᴣꝢꝣʓƺ"),
    ("e", "ɛƐǝƎəƏɘɜɝɚɞȢʚᴲᴟ"),
    ("a", "ɑⱭɐⱯɒⱰᴂƛꞚꞛ"),
    ("c", "ɔƆↃↄʗ"),
    ("d", "ƍꝹꝺẟꝱᴆ"),
    ("g", "ɡꞬƃᵷ"),
    ("f", "ɟℲⅎꟻʄ"),
    ("i", "ɩƖɪᵻ"),
    ("l", "ʆʅꞀꞁǀꝆꝇꝲ"),
    ("o", "ȣɸʘᴑᴔᴖᴗᴕꞜꞝ"),
    ("r", "ɹɺɻɿƦᴚꝚꝛꝵꝶ"),
    ("t", "ʇʈꝽꝷǂ"),
    ("k", "ʞꞰ"),
    ("n", "ꝴᴻ"),
    ("ae", "ᴁꬱ"),
    ("oe", "ɶꭀꭢ"),
    ("tz", "Ꜩꜩ"),
    ("db", "ȸ"),
    ("qp", "ȹ"),
    // Cyrillic, by the look of the letter in either case; a Russian reader would object to all.
    ("a", "аАдДѦѧ"),
    ("b", "вВьЬбБъЪѢѣҌҍꙐ"),
    ("c", "сСҀҁ"),
    ("d", "ԁԀԃԂ"),
    ("e", "еЕєЄэЭёЁҽҼҿҾԐԑәӘ"),
    ("f", "ғҒ"),
    ("g", "ԍԌ"),
    ("h", "нНһҺңҢӈӇђЂћЋԧԦԊԋҤҥ"),
    ("i", "іІїЇꙇ"),
    ("j", "јЈ"),
    ("k", "кКҡҠԟԞ"),
    ("l", "ӏӀԼ"),
    ("m", "мМ"),
    ("n", "иИйЙпПлЛԥԤӥӤӣӢ"),
    ("o", "оОфФѳѲөӨѻѺꙨꙩꙪꙫꙬꙭꙮꚚꚛ"),
    ("p", "рРҎҏ"),
    ("q", "ԛԚҩҨ"),
    ("r", "гГяЯ"),
    ("s", "ѕЅꙂꙃ"),
    ("t", "тТ"),
    ("u", "цЦџЏ"),
    ("v", "ѵѴ"),
    ("w", "шШщЩԝԜѿѾѡѠ"),
    ("x", "хХжЖ"),
    ("y", "уУүҮұҰчЧҷҶӌӋ"),
    ("z", "Ꙁꙁ"),
    // Greek, case by case: capitals and small letters do not look alike.
    ("a", "αΑΛλΔ"),
    ("b", "βΒϐ"),
    ("c", "ςϲϹϾϿͻϽͽ"),
    ("d", "δ"),
    ("e", "εΕΣΞξϵ϶"),
    ("f", "ϝϜ"),
    ("h", "ΗͰͱ"),
    ("i", "ιΙͺ"),
    ("j", "ϳͿ"),
    ("k", "κΚϰϏϗ"),
    ("m", "ΜϺϻ"),
    ("n", "ηΝπΠͷͶ"),
    ("o", "οΟσΩθΘϑϴφΦϕ"),
    ("p", "ρΡϱϸϷϼ"),
    ("q", "ϙϘϟ"),
    ("r", "Γ"),
    ("s", "ϚϛͼϨϩ"),
    ("t", "τΤͲͳ"),
    ("u", "υμµ"),
    ("v", "ν"),
    ("w", "ψΨω"),
    ("x", "χΧ"),
    ("y", "γΥϒ"),
    ("z", "ζΖ"),
    // Armenian.
    ("d", "ժ"),
    ("g", "ցՑ"),
    ("h", "հ"),
    ("i", "ւ"),
    ("j", "յ"),
    ("l", "Լլ"),
    ("m", "ՠ"),
    ("n", "ոՈռՌղդՂ"),
    ("o", "օՕՓփ"),
    ("p", "քՔթԹ"),
    ("q", "զգ"),
    ("s", "ՏֆՖ"),
    ("t", "էԵե"),
    ("u", "սՍմնԱՄ"),
    ("w", "ա"),
    ("y", "վ"),
    ("z", "ՀՁ"),
    // Georgian.
    ("b", "ც"),
    ("x", "ჯ"),
    ("y", "ყ"),
    // Cherokee, capitals; the small letters follow them.
    ("a", "ᎪᏗᏜ"),
    ("b", "ᏴᏏᏰ"),
    ("c", "ᏟᏣ"),
    ("d", "ᎠᏧᎴ"),
    ("e", "ᎬᏋ"),
    ("f", "ᎦᏐ"),
    ("g", "ᏀᏳᎶᏩᏵ"),
    ("h", "ᎻᏂ"),
    ("i", "ᎥᏆ"),
    ("j", "ᎫᏠ"),
    ("k", "ᏦᏥ"),
    ("l", "ᏞᏝ"),
    ("m", "ᎷᎺ"),
    ("n", "ᏁᏅ"),
    ("o", "ᎧᎾᏫᏅᏪ"),
    ("p", "ᏢᎮ"),
    ("q", "ᎤᏄ"),
    ("r", "ᎡᏒᎱ"),
    ("s", "ᏚᏕᏍ"),
    ("t", "ᎢᏖ"),
    ("u", "ᏬᏌ"),
    ("v", "ᏙᏉ"),
    ("w", "ᎳᏔᏇᏊ"),
    ("y", "ᎩᎽ"),
    ("z", "ᏃᏤ"),
    // Coptic: small letters are small capitals.
    ("a", "ⲀⲁⲖⲗ"),
    ("e", "ⲈⲉⲉϵⲴⲵ"),
    ("i", "Ⲓⲓ"),
    ("n", "ⲎⲏⲠⲡ"),
    ("o", "ⲐⲑⲪⲫ"),
    ("w", "ⲰⲱϢϣ"),
    ("q", "ϤϥϭϬ"),
    // Lisu: Latin capitals and the same upside down.
    ("b", "ꓭ"),
    ("c", "ꓛ"),
    ("d", "ꓷꓒ"),
    ("e", "ꓱ"),
    ("f", "ꓞ"),
    ("g", "ꓨ"),
    ("i", "ꓲ"),
    ("j", "ꓩ"),
    ("k", "ꓘ"),
    ("l", "ꓶ"),
    ("n", "ꓵ"),
    ("r", "ꓤ"),
    ("t", "ꓕ"),
    ("a", "ꓯꓥ"),
    // Canadian syllabics.
    ("a", "ᗅᗄᐃᗑ"),
    ("b", "ᗷᗸᗺᒃᑲᖯ"),
    ("c", "ᑕᑢᑖᙅᙄᙃᐸ"),
    ("d", "ᗪᗞᗡᑯ"),
    ("e", "ᗴᗱᘿᙓᗕᗛ"),
    ("f", "ᖴᖵᖷᖶ"),
    ("h", "ᕼᕻᕺᓥ"),
    ("i", "ᓰ"),
    ("j", "ᒍᒎᒚᒛᒝ"),
    ("k", "ᖽᛕ"),
    ("l", "ᒪᒫᒧᒩᒺ"),
    ("m", "ᗰᘻᙏᗶ"),
    ("n", "ᑎᑏᑐᘉᑘᓂᘂ"),
    ("o", "ᓍᓎᗝᗜᐤᓄ"),
    ("p", "ᑭᑮᕵᕈ"),
    ("q", "ᑫᕴᕳ"),
    ("r", "ᖇᖆᖈᖉ"),
    ("s", "ᔕᔖᔢᔣ"),
    ("u", "ᑌᑍᕫᑗ"),
    ("v", "ᐯᐰᐻᐺ"),
    ("w", "ᗯᘺᙎᗐ"),
    ("x", "᙭᙮ᕁᕽ"),
    ("y", "ᖻᖿᎽ"),
    ("z", "ᘔᗇᙆ"),
    // Runes that are Latin capitals to the eye.
    ("b", "ᛒ"),
    ("c", "ᚲ"),
    ("f", "ᚠᚡ"),
    ("h", "ᚺᚻ"),
    ("i", "ᛁ"),
    ("l", "ᛚ"),
    ("m", "ᛗᛖ"),
    ("n", "ᚢᚾ"),
    ("o", "ᛟᛜ"),
    ("p", "ᛈᚹ"),
    ("r", "ᚱ"),
    ("s", "ᛊᛋ"),
    ("t", "ᛏᛐ"),
    ("x", "ᚷ"),
    ("y", "ᛉ"),
    // Radicals, strokes and bopomofo that no sentence needs; characters that one may need stay.
    ("a", "卂"),
    ("c", "匚ㄈ"),
    ("e", "乇"),
    ("h", "卄"),
    ("i", "丨"),
    ("l", "ㄥ"),
    ("o", "ㄖ"),
    ("p", "卩"),
    ("s", "丂"),
    ("t", "ㄒ丅"),
    ("u", "ㄩ"),
    ("x", "乂ㄨ"),
    ("y", "ㄚ"),
    ("z", "ㄗ"),
    // Currency signs.
    ("a", "₳"),
    ("b", "฿₿"),
    ("c", "¢₵₡₢￠"),
    ("d", "₫"),
    ("e", "€₠"),
    ("f", "₣"),
    ("g", "₲"),
    ("k", "₭"),
    ("l", "£₤₺￡"),
    ("m", "₥"),
    ("n", "₦₪"),
    ("p", "₱₽₧"),
    ("r", "₹₨"),
    ("s", "₴"),
    ("t", "₮₸"),
    ("w", "₩￦"),
    ("y", "¥￥"),
    // Mathematical and other signs. Omega, micro and Kelvin signs decompose to letters.
    ("a", "∀∆⍺⟑"),
    ("c", "©⊂⊆⋐ℂ∁⊏"),
    ("d", "∂⫒"),
    ("e", "∈∃∊ℇ℈∑⋿℮"),
    ("f", "∱"),
    ("g", "⅁"),
    ("i", "⍳"),
    ("l", "⅂⅃∟⌊⎿"),
    ("n", "∩⋂∏⊓⋒⌒"),
    ("o", "∅⌀⊙⊚⊖⊘Ꝋꝋ"),
    ("p", "℘⍴¶"),
    ("r", "®℞"),
    ("s", "§∫∬"),
    ("t", "†‡⊤⊥⟂┬⟙"),
    ("u", "∪⋃⊔⋓℧"),
    ("v", "√∨⋁∇"),
    ("w", "⍵⧢"),
    ("x", "×⨯⨉╳✕"),
    ("y", "⅄ℽ"),
    // Squared words that are emoji; the rest have decompositions. (COOL and FREE have four letters.)
    ("ab", "🆎"),
    ("cl", "🆑"),
    ("id", "🆔"),
    ("new", "🆕"),
    ("ng", "🆖"),
    ("ok", "🆗"),
    ("sos", "🆘"),
    ("up", "🆙"),
    ("vs", "🆚"),
];

/// Whole alphabets, a to z, as sites that style text hand them out. A full stop is a gap: a plain
/// letter, several characters, or a character that belongs to a living script's own words
/// (Han, kana, Thai, Hebrew, Arabic, Indic), which must go on meaning what they mean there.
const STYLES: &[&str] = &[
    "ልጌርዕቿቻኗዘጎጋጕረጠክዐየዒዪነፕሁሀሠሸሃጊ",
    "ᏗᏰፈᎴᏋᎦᎶᏂᎥᏠᏦᏝᎷᏁᎧᎮᎤᏒᏕᏖᏬᏉᏇጀᎩፚ",
    "ꍏꌃꉓꀸꍟꎇꁅꃅꀤꀭꀘ꒒ꂵꈤꂦꉣꆰꋪꌗ꓄ꀎᐯꅏꊼꌩꁴ",
    "ꋫꃃꏸꁕꍟꄘꁍꑛꂑꀭꀗ꒒ꁒꁹꆂꉣꁸ꒓ꌚ꓅ꐇꏝꅐꇓꐟꁴ",
    "ꋬꃳꉔ꒯ꏂꊰꍌꁝ꒐꒻ꀘ꒒ꂵꋊꄲꉣꆰꋪꇙ꓄꒤꒦ꅐꉧꌦꁴ",
    "ꍏꌃꉓꀷꏂꎇꁅꀍꀤꀭꀗ꒒ꁒꁹꂦꉣꋠꋪꇘ꓅ꀎꃴꅏꊼꌩꁴ",
    "ᗩᗷᑕᗪ.ᖴ.ᕼ.ᒍ.ᒪᗰᑎ.ᑭᑫᖇᔕ.ᑌᐯᗯ᙭.ᘔ",
    "ᗩᗷᑢᕲᘿᖴᘜᕼᓰᒚ.ᒪᘻᘉᓍᕵᕴᖇ.ᖶᑘᐺᘺ᙭ᖻᗱ",
    "ąҍçժҽƒցհìʝҟӀʍղօքզɾʂէմѵա.վՀ",
    "ǟɮƈɖɛʄɢɦɨʝӄʟʍռօքզʀֆȶʊʋաӼʏʐ",
    "ąცƈɖɛʄɠɧıʝƙƖɱŋơ℘զ.ʂɬų.ῳҳყʑ",
    "ƛƁƇƊЄƑƓӇƖʆƘԼ.ƝƠƤƢƦƧƬƲƔƜҲƳȤ",
    "Ⱥβ.ᎠƐƑƓǶį.ҠꝈⱮ..φҨ.ϚͲԱỼ.ჯӋɀ",
    "Λ.....ԍ...Ҝ...Ө...Ƨ.Ц.Щ.Ч.",
    "ꪖ.ᥴᦔꫀᠻᧁꫝ꠸꠹ᛕꪶꪑꪀꪮρꪇ..ꪻꪊꪜ᭙᥊ꪗɀ",
];

/// What else a character is used for, where the first reading is not the only one: letters that
/// change with the writer, with the side they are turned to, or with their case.
const SECOND: &[(char, &str)] = &[
    ('a', "ʌΛλæɶա"),
    ('b', "ßẞ"),
    ('c', "€"),
    ('d', "ԀԁДд"),
    ('e', "£œꝏ"),
    ('f', "Ŧքſ"),
    ('g', "գγ"),
    ('h', "чЧђЂՀ"),
    ('i', "łŁӏӀǀⅼ"),
    ('j', "ɾɟſʆ"),
    ('l', "ɪᛁƗɨıƖɩ"),
    ('m', "ɯƜɰʍμµ"),
    ('n', "цЦɳՄմ"),
    ('o', "ɔƆ"),
    ('p', "ԁԀ"),
    ('r', "Ԍ"),
    ('s', "ʃσ"),
    ('t', "ГΓɬ"),
    ('u', "иИйЙʋʌѵ"),
    ('v', "ʋΝ"),
    ('w', "ʍшШ"),
    ('x', "χ"),
    ('y', "ɣ"),
    ('z', "ʒзЗ"),
];

/// Marks and signs that stand for an ASCII one, where neither compatibility nor the confusables
/// say so, or where they say something worse (`"` as two apostrophes, `|` as l).
const SIGNS: &[(char, &str)] = &[
    ('-', "‐‑‒–—―−⁃ꟷ﹘﹣－➖─━┄┅┈┉╌╍⸺⸻〰〜﹉﹊⹀゠"),
    ('\'', "‘’‛′‵ʹʻʼʽʾʿˈˊˋ´΄᾽᾿῾´՚՝＇❛❜❟Ꞌꞌ׳"),
    ('"', "“”„‟″‶‴‷⁗«»〃ˮʺ˝＂❝❞❠〝〞〟「」『』｢｣﹁﹂﹃﹄״"),
    ('.', "·•∙․‧・･。｡．﹒︒⋅‥…⋯᛫ꞏ⸱⸰⸳"),
    (',', "‚、､，﹐﹑٫،⸲︐︑"),
    ('!', "¡ǃ！﹗❗❕‼ⵑ︕❢❣"),
    ('?', "¿？﹖❓❔⁇⁈⁉‽⸮؟ʔɁɂ︖"),
    ('*', "＊﹡∗⁎✱⁕⁑⁂✲✳✴✵✶✷✸✹✺✻✼✽✾❃❊❋⋆٭꙳⚹※○◯〇◎◉◌●⬤■□▢▣▇█▓▒░🞲🞳🞴🞵🞶"),
    ('|', "¦│┃┆┇┊┋╎╏║∣∥‖⏐⏽￨｜❘❙❚︱︳।॥׀"),
    ('/', "⁄∕╱⧸⟋⫻⫽／〳"),
    ('\\', "∖╲⧵⟍⧹＼﹨"),
    ('$', "＄﹩💲"),
    ('@', "＠﹫"),
    ('#', "＃﹟♯⋕№"),
    ('%', "％﹪‰‱٪⁒"),
    ('&', "＆﹠⅋ꝸ🙰🙱🙲🙴🙵"),
    ('+', "＋﹢➕⁺₊✚⊕"),
    ('=', "＝﹦⁼₌≡═"),
    ('~', "～∼˜⁓∽"),
    ('^', "＾ˆ˄⌃"),
    ('_', "＿﹍﹎﹏‿⁀‗"),
    ('<', "‹＜﹤〈⟨❮❰≪《⟪˂"),
    ('>', "›＞﹥〉⟩❯❱≫》⟫˃"),
    ('(', "（﹙⁽₍❨❪⦅〖"),
    (')', "）﹚⁾₎❩❫⦆〗"),
    ('[', "［【〔〚⟦❲﹝"),
    (']', "］】〕〛⟧❳﹞"),
    ('{', "｛﹛❴"),
    ('}', "｝﹜❵"),
    (':', "：﹕∶ː˸꞉︓"),
    (';', "；﹔;⁏︔"),
];

/// Small kana and the full size they fold to; the small extensions of katakana included.
const SMALL_KANA: &[(&str, &str)] = &[
    ("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ"),
    ("ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ", "くしすとぬはひふへほむらりるれろ"),
];

/// Scripts of which only the lists above make Latin letters: words are written in them that must
/// not turn into Latin ones, or they run from right to left, or their signs are no letters.
fn is_kept_from_confusables(script: UnicodeScript) -> bool {
    ![
        UnicodeScript::Common,
        UnicodeScript::Latin,
        UnicodeScript::Greek,
        UnicodeScript::Cyrillic,
        UnicodeScript::Armenian,
        UnicodeScript::Georgian,
        UnicodeScript::Cherokee,
        UnicodeScript::Coptic,
        UnicodeScript::CanadianAboriginal,
        UnicodeScript::Runic,
        UnicodeScript::Tifinagh,
        UnicodeScript::Lisu,
        UnicodeScript::Vai,
        UnicodeScript::Bamum,
        UnicodeScript::Lycian,
        UnicodeScript::Lydian,
        UnicodeScript::Carian,
        UnicodeScript::OldItalic,
        UnicodeScript::Gothic,
        UnicodeScript::Deseret,
        UnicodeScript::Osage,
        UnicodeScript::Elbasan,
        UnicodeScript::WarangCiti,
        UnicodeScript::Miao,
        UnicodeScript::PauCinHau,
    ]
    .contains(&script)
}

// The numbers of the generated file's enums.
const OTHER: u32 = 0;
const SPACE: u32 = 1;
const IGNORABLE: u32 = 2;
const MARK: u32 = 3;
const LATIN: u32 = 4;
const DIGIT: u32 = 5;
const PUNCT: u32 = 6;
const EMOJI: u32 = 7;
const LETTER: u32 = 8;
const HANGUL: u32 = 9;

/// How a character came to its meaning; the later, the more of a disguise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Plain,
    Case,
    Accent,
    Compat,
    Lookalike,
}

/// What a character is read as, if it is read as Latin letters.
#[derive(Clone, PartialEq, Eq)]
struct Reading {
    how: How,
    letters: String,
}

/// Everything looked up more than once.
struct Unicode {
    lookalikes: HashMap<char, &'static str>,
    styles: HashMap<char, char>,
    accented: HashMap<char, &'static str>,
    second: HashMap<char, char>,
    signs: HashMap<char, char>,
    small_kana: HashMap<char, char>,
}

impl Unicode {
    fn new() -> Self {
        let mut lookalikes = HashMap::new();
        for (letters, characters) in LOOKALIKES {
            for c in characters.chars() {
                lookalikes.entry(c).or_insert(*letters);
            }
        }
        let mut styles = HashMap::new();
        for style in STYLES {
            for (c, letter) in style.chars().zip('a'..='z') {
                if !c.is_ascii() {
                    styles.entry(c).or_insert(letter);
                }
            }
        }
        let each = |rows: &'static [(&'static str, &'static str)]| {
            rows.iter().flat_map(|(to, from)| from.chars().map(move |c| (c, *to)))
        };
        let each_char = |rows: &'static [(char, &'static str)]| {
            rows.iter().flat_map(|(to, from)| from.chars().map(move |c| (c, *to)))
        };
        Self {
            lookalikes,
            styles,
            accented: each(ACCENTED).collect(),
            second: each_char(SECOND).collect(),
            signs: each_char(SIGNS).collect(),
            small_kana: SMALL_KANA
                .iter()
                .flat_map(|(small, large)| small.chars().zip(large.chars()))
                .collect(),
        }
    }

    /// The entry of one character, as the generated file packs it.
    fn entry(&self, c: char) -> u32 {
        let plain = How::Plain;
        if c.is_ascii() {
            return match c {
                'a'..='z' => self.pack_letters(c, &Reading { how: plain, letters: c.into() }),
                'A'..='Z' => {
                    let letters = c.to_ascii_lowercase().into();
                    self.pack_letters(c, &Reading { how: How::Case, letters })
                }
                '0'..='9' => pack(c, DIGIT, plain, u32::from(c) - u32::from('0')),
                '\t'..='\r' | ' ' => pack(c, SPACE, plain, 0),
                c if c.is_ascii_control() => pack(c, IGNORABLE, plain, 0),
                c => pack(c, PUNCT, plain, c.into()),
            };
        }
        if is_space(c) {
            return pack(c, SPACE, plain, 0);
        }
        if let Some(tagged) = tagged(c) {
            if let Some(digit) = tagged.to_digit(10) {
                return pack(c, DIGIT, How::Compat, digit);
            }
            let letters = tagged.to_ascii_lowercase().into();
            return self.pack_letters(c, &Reading { how: How::Compat, letters });
        }
        let category = category(c);
        if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
            || matches!(category, GeneralCategory::Control | GeneralCategory::Format)
        {
            return pack(c, IGNORABLE, plain, 0);
        }
        if is_hangul(c) {
            return pack(c, HANGUL, plain, 0);
        }
        if GeneralCategoryGroup::Other.contains(category) {
            return pack(c, OTHER, plain, 0);
        }
        if c == '\u{20E3}' {
            return pack(c, EMOJI, plain, 0);
        }
        if is_mark(c) {
            return pack(c, MARK, plain, 0);
        }
        if let Some(digit) = digit(c) {
            return pack(c, DIGIT, How::Compat, digit);
        }
        let same = [Some(c), single(compatible(c))];
        if let Some(sign) = same.into_iter().flatten().find_map(|c| self.signs.get(&c).copied()) {
            let how = if compatible(c) == sign.to_string() { How::Compat } else { How::Lookalike };
            return pack(c, PUNCT, how, sign.into());
        }
        if let Some(reading) = self.reading(c, 0) {
            return self.pack_letters(c, &reading);
        }
        if CodePointSetData::new::<ExtendedPictographic>().contains(c)
            || CodePointSetData::new::<EmojiModifier>().contains(c)
        {
            return pack(c, EMOJI, plain, 0);
        }
        if GeneralCategoryGroup::Letter
            .union(GeneralCategoryGroup::Number)
            .union(GeneralCategoryGroup::Mark)
            // A circled kana or a radical is a symbol that stands for a letter.
            .contains(self::category(single(compatible(c)).unwrap_or(c)))
        {
            let (how, value) = self.folded(c);
            // Told as a distance, so that one entry serves a whole alphabet.
            return pack(c, LETTER, how, u32::from(value).wrapping_sub(c.into()));
        }
        if let Some((how, sign)) = sign(c) {
            return pack(c, PUNCT, how, sign.into());
        }
        let kind = if is_shape(c) { EMOJI } else { PUNCT };
        pack(c, kind, plain, 0)
    }

    /// The Latin letters a character is read as. Looks at decompositions first, then at the lists,
    /// names and confusables, and follows a character that only varies another one.
    fn reading(&self, c: char, depth: u8) -> Option<Reading> {
        if c.is_ascii() {
            let letters = c.to_ascii_lowercase().to_string();
            let how = if c.is_ascii_uppercase() { How::Case } else { How::Plain };
            return c.is_ascii_alphabetic().then_some(Reading { how, letters });
        }
        if depth > 3 || is_kana(c) {
            return None;
        }
        let found = |how, letters: &str| Some(Reading { how, letters: letters.to_owned() });
        let folded = case_folded(c);
        if let Some(letters) = decomposed_letters(c) {
            let how = match decomposed_letters_canonically(c) {
                true => How::Accent,
                false => How::Compat,
            };
            return found(how, &letters);
        }
        for c in [c, folded] {
            if let Some(letters) = self.accented.get(&c) {
                return found(How::Accent, letters);
            }
            if let Some(letters) = self.lookalikes.get(&c) {
                return found(How::Lookalike, letters);
            }
            if let Some(letter) = self.styles.get(&c) {
                if let Some(reading) = named(c) {
                    return Some(reading);
                }
                return found(How::Lookalike, &letter.to_string());
            }
        }
        if let Some(reading) = named(c) {
            return Some(reading);
        }
        for base in [single(compatible(c)), first_of_marked(c), without_addition(c)] {
            if let Some(base) = base.filter(|base| *base != c)
                && let Some(reading) = self.reading(base, depth + 1)
            {
                return Some(Reading {
                    how: How::Lookalike.min(reading.how.max(How::Accent)),
                    ..reading
                });
            }
        }
        if is_kept_from_confusables(script(c)) {
            return None;
        }
        let category = category(c);
        if GeneralCategoryGroup::Punctuation.contains(category)
            || GeneralCategoryGroup::ModifierSymbol.contains(category)
        {
            return None;
        }
        let letters = [c, folded, upper(c)].into_iter().find_map(confused_letters)?;
        found(How::Lookalike, &letters)
    }

    fn pack_letters(&self, c: char, reading: &Reading) -> u32 {
        let number = |c: char| u32::from(c) - u32::from('a') + 1;
        let mut payload = 0;
        for (at, letter) in reading.letters.chars().enumerate() {
            payload |= number(letter) << (5 * at);
        }
        let second = self.second.get(&c).copied();
        // An upright stroke is as often an i as it is an l.
        let second = second.or_else(|| {
            (reading.how == How::Lookalike
                && reading.letters == "l"
                && !self.lookalikes.contains_key(&c))
            .then_some('i')
        });
        if let Some(second) = second.filter(|second| reading.letters != second.to_string()) {
            payload |= number(second) << 15;
        }
        pack(c, LATIN, reading.how, payload)
    }

    /// What a letter of another script folds to: one letter, never a Latin one.
    fn folded(&self, c: char) -> (How, char) {
        let mut how = How::Plain;
        let mut value = c;
        let mut step = |new: char, by: How| {
            if new != value {
                how = how.max(by);
                value = new;
            }
            value
        };
        let now = step(single(compatible(c)).unwrap_or(c), How::Compat);
        let now = step(case_folded(now), How::Case);
        let now = step(hiragana(now), How::Case);
        let now = step(self.small_kana.get(&now).copied().unwrap_or(now), How::Case);
        step(first_of_marked(now).unwrap_or(now), How::Accent);
        (how, value)
    }
}

fn pack(c: char, kind: u32, how: How, payload: u32) -> u32 {
    let script = match (c, script(c)) {
        // What is no letter has no script that matters.
        _ if ![LATIN, DIGIT, LETTER, HANGUL].contains(&kind) => 0,
        ('ー' | 'ｰ', _) | (_, UnicodeScript::Hiragana | UnicodeScript::Katakana) => 6,
        (_, UnicodeScript::Common | UnicodeScript::Inherited | UnicodeScript::Unknown) => 0,
        (_, UnicodeScript::Latin) => 1,
        (_, UnicodeScript::Cyrillic) => 2,
        (_, UnicodeScript::Greek) => 3,
        (_, UnicodeScript::Armenian) => 4,
        (_, UnicodeScript::Cherokee) => 5,
        (_, UnicodeScript::Han) => 7,
        _ => 8,
    };
    kind | (how as u32) << 4 | script << 7 | payload << 11
}

fn script(c: char) -> UnicodeScript {
    CodePointMapData::<UnicodeScript>::new().get(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_space(c: char) -> bool {
    CodePointSetData::new::<WhiteSpace>().contains(c)
        // Hangul fillers and the empty Braille pattern: letters and symbols that show nothing.
        || matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}')
}

/// The letter or digit a tag character carries.
fn tagged(c: char) -> Option<char> {
    let ascii = char::from_u32(u32::from(c).checked_sub(0xE_0000)?)?;
    ascii.is_ascii_alphanumeric().then_some(ascii)
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{D7B0}'..='\u{D7FF}' | '\u{FFA1}'..='\u{FFDC}')
}

fn is_kana(c: char) -> bool {
    matches!(script(c), UnicodeScript::Hiragana | UnicodeScript::Katakana)
}

/// A mark that decorates a letter and can be dropped. Vowel signs of Indic scripts can't.
fn is_mark(c: char) -> bool {
    let decorating = [
        UnicodeScript::Inherited,
        UnicodeScript::Common,
        UnicodeScript::Latin,
        UnicodeScript::Greek,
        UnicodeScript::Cyrillic,
        UnicodeScript::Arabic,
        UnicodeScript::Hebrew,
        UnicodeScript::Syriac,
    ];
    GeneralCategoryGroup::Mark.contains(category(c)) && decorating.contains(&script(c))
        // Voicing marks that stand alone or are half as wide.
        || matches!(c, '゛' | '゜' | 'ﾞ' | 'ﾟ' | '\u{3099}' | '\u{309A}')
}

/// The value of a digit of any script and any ornament.
fn digit(c: char) -> Option<u32> {
    if category(c) == GeneralCategory::DecimalNumber {
        // Decimal digits stand in runs of ten, zero first.
        let is_decimal = |at: &u32| {
            char::from_u32(*at).is_some_and(|c| category(c) == GeneralCategory::DecimalNumber)
        };
        let at = u32::from(c);
        let first = (0..at).rev().take_while(is_decimal).last().unwrap_or(at);
        return Some((at - first) % 10);
    }
    if !GeneralCategoryGroup::Number.contains(category(c)) {
        return None;
    }
    let bare: String = compatible(c).chars().filter(|c| !"().,".contains(*c)).collect();
    if let Some(value) = single(bare).and_then(|c| c.to_digit(10)) {
        return Some(value);
    }
    let name = unicode_names2::name(c)?.to_string();
    let (_, word) = name.rsplit_once("DIGIT ")?;
    let words = ["ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"];
    words.iter().zip(0..).find(|(known, _)| **known == word).map(|(_, value)| value)
}

/// Symbols that draw a shape: separators like emoji, not like punctuation.
fn is_shape(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2500}'..='\u{27BF}'
        | '\u{27F0}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
        && GeneralCategoryGroup::Symbol.contains(category(c))
}

fn compatible(c: char) -> String {
    c.nfkc().collect()
}

fn single(text: String) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn lower(c: char) -> char {
    single(c.to_lowercase().collect()).unwrap_or(c)
}

fn upper(c: char) -> char {
    single(c.to_uppercase().collect()).unwrap_or(c)
}

/// Lower case, but upper case for Cherokee, as Unicode's case folding has it: its capitals came first.
fn case_folded(c: char) -> char {
    if script(c) == UnicodeScript::Cherokee { upper(c) } else { lower(c) }
}

fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        c => c,
    }
}

/// The base of a letter that decomposes canonically to it and to marks that are dropped anyway.
/// A voiced kana is a letter of its own.
fn first_of_marked(c: char) -> Option<char> {
    let mut parts = vec![];
    decompose_canonical(c, |part| parts.push(part));
    let (first, marks) = parts.split_first()?;
    let dropped = |mark: &char| is_mark(*mark) && !matches!(mark, '\u{3099}' | '\u{309A}');
    (*first != c && marks.iter().all(dropped)).then_some(*first)
}

/// "Cyrillic small letter ka with hook" is a kind of ka, where that is a letter.
fn without_addition(c: char) -> Option<char> {
    if is_kept_from_confusables(script(c)) {
        return None;
    }
    let name = unicode_names2::name(c)?.to_string();
    unicode_names2::character(name.split_once(" WITH ")?.0)
}

/// One to three plain letters, if that is what is left without marks and ornament.
fn decomposed_letters(c: char) -> Option<String> {
    let mut parts = vec![];
    decompose_compatible(c, |part| parts.push(part));
    plain_letters(parts.into_iter().filter(|part| !is_mark(*part) && !"().,ʼ⁄".contains(*part)))
}

fn decomposed_letters_canonically(c: char) -> bool {
    first_of_marked(c).is_some_and(|first| first.is_ascii_alphabetic())
}

fn plain_letters(parts: impl Iterator<Item = char>) -> Option<String> {
    let letters: String = parts.map(|part| part.to_ascii_lowercase()).collect();
    let plain = letters.chars().all(|letter| letter.is_ascii_lowercase());
    (plain && (1..=3).contains(&letters.len())).then_some(letters)
}

/// What a character's name says of it: the letter, and whether that is an ornament, an addition,
/// or the letter turned over.
fn named(c: char) -> Option<Reading> {
    if is_kept_from_confusables(script(c)) {
        return None;
    }
    let name = unicode_names2::name(c)?.to_string();
    if name.starts_with("COMBINING") {
        return None;
    }
    let (before, rest) = name
        .split_once("LATIN SMALL LETTER ")
        .or_else(|| name.split_once("LATIN CAPITAL LETTER "))
        .or_else(|| name.split_once("LATIN LETTER "))
        .or_else(|| name.split_once("REGIONAL INDICATOR SYMBOL LETTER "))
        .or_else(|| name.split_once("MODIFIER LETTER SMALL "))
        .or_else(|| name.split_once("MODIFIER LETTER "))?;
    let (letter, addition) = rest.split_once(" WITH ").unwrap_or((rest, ""));
    let (small_capital, letter) =
        letter.strip_prefix("SMALL CAPITAL ").map_or((false, letter), |letter| (true, letter));
    let mut turned = false;
    let mut last = letter;
    while let Some((first, rest)) = last.split_once(' ') {
        match first {
            "TURNED" | "REVERSED" | "SIDEWAYS" | "INVERTED" | "SCRIPT" | "OPEN" | "BARRED"
            | "BOTTOM" | "TOP" | "HALF" | "CLOSED" | "INSULAR" | "BLACKLETTER" | "DOTLESS"
            | "LONG" | "LENIS" | "STIRRUP" | "TAILLESS" | "BASELINE" | "EPIGRAPHIC"
            | "ANGLICANA" | "LETTER" | "ROTATED" | "LONG-LEGGED" | "R" => turned = true,
            _ => return None,
        }
        last = rest;
    }
    let letters = plain_letters(last.chars()).filter(|letters| letters.len() == 1)?;
    let phonetic =
        matches!(c, '\u{250}'..='\u{2AF}' | '\u{1D00}'..='\u{1DBF}' | '\u{1DF00}'..='\u{1DFFF}');
    let how = if turned {
        How::Lookalike
    } else if small_capital || !before.is_empty() || name.starts_with("REGIONAL") {
        How::Compat
    } else if phonetic || addition.is_empty() {
        How::Lookalike
    } else {
        How::Accent
    };
    Some(Reading { how, letters })
}

/// The letters the Unicode confusables data gives for a character. There m is told as rn, and
/// hooks are told as apostrophes.
fn confused_letters(c: char) -> Option<String> {
    let parts: Vec<char> =
        skeleton(&c.to_string()).filter(|part| !is_mark(*part) && !"'ʻʼ".contains(*part)).collect();
    if parts.as_slice() == [c] {
        return None;
    }
    let letters = plain_letters(parts.into_iter())?;
    Some(letters.replace("rn", "m"))
}

/// The ASCII sign that a punctuation mark or symbol stands for.
fn sign(c: char) -> Option<(How, char)> {
    let ascii_sign = |c: &char| c.is_ascii_punctuation();
    if let Some(sign) = single(compatible(c)).filter(ascii_sign) {
        return Some((How::Compat, sign));
    }
    let confused: String = skeleton(&c.to_string()).collect();
    match confused.as_str() {
        "''" => Some((How::Lookalike, '"')),
        "l" | "ll" => Some((How::Lookalike, '|')),
        _ => {
            let mut signs = confused.chars();
            let sign = signs.next().filter(ascii_sign)?;
            signs.all(|other| other == sign).then_some((How::Lookalike, sign))
        }
    }
}

/// Code points of one page, and pages of one group.
const PAGE: usize = 16;
const GROUP: usize = 32;

/// Numbers equal things alike, in order of appearance.
struct Numbered<T>(Vec<T>);

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn new(things: &[T]) -> (Self, Vec<usize>) {
        let mut distinct = vec![];
        let mut known = HashMap::new();
        let numbers = things
            .iter()
            .map(|thing| {
                *known.entry(thing).or_insert_with(|| {
                    distinct.push(thing.clone());
                    distinct.len() - 1
                })
            })
            .collect();
        (Self(distinct), numbers)
    }
}

/// The text of `engine/src/fold/table.rs`.
pub(crate) fn table() -> String {
    let unicode = Unicode::new();
    let mut all: Vec<u32> = (0..=u32::from(char::MAX))
        .map(|at| char::from_u32(at).map_or(0, |c| unicode.entry(c)))
        .collect();
    // What follows the last group with a meaning has none.
    let used = all.iter().rposition(|bits| *bits != 0).map_or(0, |last| last + 1);
    all.truncate(used.next_multiple_of(PAGE * GROUP));

    let (entries, numbers) = Numbered::new(&all);
    let pages: Vec<&[usize]> = numbers.chunks(PAGE).collect();
    let (pages, numbers) = Numbered::new(&pages);
    let groups: Vec<&[usize]> = numbers.chunks(GROUP).collect();
    let (groups, numbers) = Numbered::new(&groups);
    assert!(groups.0.len() <= 1 << 8, "the table outgrew its index types");

    let mut text = HEAD.to_owned();
    let _ = writeln!(
        text,
        "/// The group of each {} code points; those after the last mean nothing.\n\
         #[rustfmt::skip]\nstatic GROUPS: [u8; {}] = [",
        PAGE * GROUP,
        numbers.len()
    );
    for line in numbers.chunks(GROUP) {
        let _ = writeln!(text, "    {},", joined(line));
    }
    let _ = writeln!(
        text,
        "];\n\n/// The page of each {PAGE} code points of a group.\n\
         #[rustfmt::skip]\nstatic PAGES_OF_GROUPS: [[u16; {GROUP}]; {}] = [",
        groups.0.len()
    );
    for group in groups.0 {
        let _ = writeln!(text, "    [{}],", joined(group));
    }
    let _ = writeln!(
        text,
        "];\n\n/// The entry of each code point of a page.\n\
         #[rustfmt::skip]\nstatic PAGES: [[u16; {PAGE}]; {}] = [",
        pages.0.len()
    );
    for page in pages.0 {
        let _ = writeln!(text, "    [{}],", joined(page));
    }
    let _ = writeln!(
        text,
        "];\n\n/// Each entry once.\n#[rustfmt::skip]\nstatic ENTRIES: [u32; {}] = [",
        entries.0.len()
    );
    for line in entries.0.chunks(12) {
        let line: Vec<String> = line.iter().map(|bits| format!("{bits:#x}")).collect();
        let _ = writeln!(text, "    {},", line.join(","));
    }
    text.push_str("];\n");
    text
}

fn joined(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

const HEAD: &str = r#"//! What each Unicode code point means to the fold. Generated: do not edit.
//!
//! Written by `engine/examples/fold_table.rs`, which also says what was judged, and how:
//!
//! ```text
//! cargo run -p chatwarden-engine --example fold_table > table.rs && mv table.rs engine/src/fold/
//! ```
//!
//! Plain data in four steps: code point to group, group to page, page to entry, entry to meaning. Nothing is
//! computed when a program starts, and nothing here knows a word.

/// What a character is to the fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Unassigned, private, or of no known use.
    Other,
    /// White space, and characters that show as blank.
    Space,
    /// Shows nothing: zero-width, controls, variation selectors.
    Ignorable,
    /// Decorates the character before it.
    Mark,
    /// Reads as one to three Latin letters: [`Entry::letters`].
    Latin,
    /// A digit of any script: [`Entry::value`] is 0..=9.
    Digit,
    /// Punctuation or a symbol: [`Entry::value`] is the ASCII one it stands for, or 0.
    Punct,
    /// An emoji, or a symbol used like one.
    Emoji,
    /// Any other letter or number: [`Entry::value`] is the code point it folds to.
    Letter,
    /// Hangul: syllables, jamo, half-width and compatibility jamo. Folded by arithmetic, not here.
    Hangul,
}

/// What had to be overlooked to read a character so; the later, the more of a disguise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// Nothing.
    Plain,
    /// Case; of kana: katakana, small kana.
    Case,
    /// A diacritic or other addition to the letter.
    Accent,
    /// A form of the same character: full-width, mathematical, circled, a small capital.
    Compat,
    /// It is another character that looks like it.
    Lookalike,
}

/// The script of the character as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// Shared by scripts, or inherited from the character before.
    Common,
    /// Latin.
    Latin,
    /// Cyrillic.
    Cyrillic,
    /// Greek.
    Greek,
    /// Armenian.
    Armenian,
    /// Cherokee.
    Cherokee,
    /// Hiragana and katakana.
    Kana,
    /// Han.
    Han,
    /// Any other.
    Other,
}

/// What one character means: kind in bits 0..=3, how in 4..=6, script in 7..=10, and in 11..=31
/// four letters of five bits (the fourth is the second reading) or a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry(u32);

impl Entry {
    /// What the character is to the fold.
    #[inline]
    pub(crate) fn kind(self) -> Kind {
        match self.0 & 15 {
            1 => Kind::Space,
            2 => Kind::Ignorable,
            3 => Kind::Mark,
            4 => Kind::Latin,
            5 => Kind::Digit,
            6 => Kind::Punct,
            7 => Kind::Emoji,
            8 => Kind::Letter,
            9 => Kind::Hangul,
            _ => Kind::Other,
        }
    }

    /// What had to be overlooked to read it so.
    #[inline]
    pub(crate) fn how(self) -> How {
        match self.0 >> 4 & 7 {
            1 => How::Case,
            2 => How::Accent,
            3 => How::Compat,
            4 => How::Lookalike,
            _ => How::Plain,
        }
    }

    /// The script of the character as written.
    #[inline]
    pub(crate) fn script(self) -> Script {
        match self.0 >> 7 & 15 {
            0 => Script::Common,
            1 => Script::Latin,
            2 => Script::Cyrillic,
            3 => Script::Greek,
            4 => Script::Armenian,
            5 => Script::Cherokee,
            6 => Script::Kana,
            7 => Script::Han,
            _ => Script::Other,
        }
    }

    /// The letters a [`Kind::Latin`] reads as: lower-case ASCII, unused ones 0. None for other kinds.
    #[inline]
    pub(crate) fn letters(self) -> [u8; 3] {
        [self.letter(11), self.letter(16), self.letter(21)]
    }

    /// The one letter that a [`Kind::Latin`] is also used for in place of its first reading, or 0:
    /// b for a sharp s, m for a turned one that is a w at first sight.
    #[inline]
    pub(crate) fn second_letter(self) -> u8 {
        self.letter(26)
    }

    /// Digit: 0..=9. Punct: the ASCII character it stands for, 0 for none. Letter: the code point
    /// it folds to. Without meaning for other kinds.
    #[inline]
    pub(crate) fn value(self) -> u32 {
        self.0 >> 11
    }

    #[inline]
    fn letter(self, at: u32) -> u8 {
        match (self.0 >> at & 31) as u8 {
            number @ 1..=26 if self.0 & 15 == 4 => b'a' - 1 + number,
            _ => 0,
        }
    }
}

/// What a character means to the fold.
#[inline]
pub(crate) fn entry(c: char) -> Entry {
    let at = u32::from(c);
    let bits = GROUPS
        .get((at >> 9) as usize)
        .and_then(|&group| PAGES_OF_GROUPS.get(usize::from(group)))
        .and_then(|group| group.get((at >> 4 & 31) as usize))
        .and_then(|&page| PAGES.get(usize::from(page)))
        .and_then(|page| page.get((at & 15) as usize))
        .and_then(|&number| ENTRIES.get(usize::from(number)))
        .copied()
        .unwrap_or(0);
    // A letter's value is stored as its distance from the letter.
    if bits & 15 == 8 { Entry(bits.wrapping_add(at << 11)) } else { Entry(bits) }
}

"#;

fn main() -> io::Result<()> {
    io::stdout().write_all(table().as_bytes())
}
