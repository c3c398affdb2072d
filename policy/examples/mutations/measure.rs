//! How much of what is disguised is found: terms that should be, and words that should not.

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::ReviewRequest;
use chatwarden_engine::review::Scratch;
use chatwarden_policy::lexicon::{Lexicon, pack, parse_lexicon};
use chatwarden_policy::policy::Policy;
use chatwarden_policy::{Source, parse};

use super::disguise::{Class, HANGUL, LATIN};

/// Texts of one kind, and the line they stand in when they are reviewed.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) texts: Vec<String>,
    /// `{}` is the text.
    pub(crate) line: &'static str,
    /// Terms are to be found; innocent words are not.
    pub(crate) to_be_found: bool,
}

/// What became of a sample in one class of disguises.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) spellings: usize,
    /// Text and spelling, where something was found that was not to be, or the reverse.
    pub(crate) wrong: Vec<(String, String)>,
}

/// What the measurement is about: the terms of a language and its innocent words.
pub(crate) struct Language {
    pub(crate) name: &'static str,
    pub(crate) classes: &'static [Class],
    pub(crate) samples: Vec<Sample>,
}

/// The default policy's rules that look for terms. What its other rules find, such as stacked
/// marks or a link in a dotted word, is no merit here.
pub(crate) fn policy() -> Policy {
    let text = include_str!("../../../policy.toml").to_owned();
    let mut policy = parse(&Source { name: "policy.toml".to_owned(), text }).unwrap();
    policy.rules.retain(|rule| !rule.finds.lexicons.is_empty());
    policy
}

pub(crate) fn english(policy: &CompiledPolicy<'_>) -> Language {
    let list = |text: &str| -> Vec<String> {
        let words = text.lines().filter(|line| !line.starts_with('#'));
        innocent(words.map(str::to_owned).collect(), policy)
    };
    let common = list(include_str!("../../lexicons/words/en.txt"));
    let mut holding = list(include_str!("../../lexicons/words/en-long.txt"));
    holding.extend_from_slice(&common);
    let pack = pack_of("en");
    let [words, phrases] = terms(&pack);
    holding.retain(|word| words.iter().any(|term| term.len() > 2 && word.contains(term)));
    let sample =
        |name, to_be_found, texts| Sample { name, texts, line: "oh, {} then", to_be_found };
    Language {
        name: "English",
        classes: LATIN,
        samples: vec![
            sample("words", true, words),
            sample("phrases", true, phrases),
            sample("common words", false, common),
            sample("words that hold a term", false, holding),
            sample("exceptions", false, innocent(exceptions(&pack), policy)),
        ],
    }
}

pub(crate) fn korean(policy: &CompiledPolicy<'_>) -> Language {
    let common = KOREAN_WORDS.split_whitespace().map(str::to_owned).collect();
    let pack = pack_of("ko");
    let [words, phrases] = terms(&pack);
    let sample =
        |name, to_be_found, texts| Sample { name, texts, line: "오늘 {} 진짜", to_be_found };
    Language {
        name: "Korean",
        classes: HANGUL,
        samples: vec![
            sample("words", true, words),
            sample("phrases", true, phrases),
            sample("common words", false, common),
            sample("exceptions", false, innocent(exceptions(&pack), policy)),
        ],
    }
}

/// Reviews every spelling of every text.
pub(crate) fn measure(policy: &CompiledPolicy<'_>, class: &Class, sample: &Sample) -> Outcome {
    let mut outcome = Outcome::default();
    let mut scratch = Scratch::default();
    for text in &sample.texts {
        for spelling in (class.spell)(text) {
            outcome.spellings += 1;
            let found = finds(policy, &sample.line.replace("{}", &spelling), &mut scratch);
            if found != sample.to_be_found {
                outcome.wrong.push((text.clone(), spelling));
            }
        }
    }
    outcome
}

impl Outcome {
    /// How many of a hundred spellings are wrong.
    pub(crate) fn percent_wrong(&self) -> f64 {
        100.0 * self.wrong.len() as f64 / self.spellings.max(1) as f64
    }
}

fn finds(policy: &CompiledPolicy<'_>, content: &str, scratch: &mut Scratch) -> bool {
    let request = ReviewRequest { content: content.into(), ..ReviewRequest::default() };
    !policy.review(&request, scratch).matches.is_empty()
}

/// The texts but for those in which the policy finds a term as they are: they are no innocents,
/// or no text of their own.
fn innocent(mut texts: Vec<String>, policy: &CompiledPolicy<'_>) -> Vec<String> {
    let mut scratch = Scratch::default();
    texts.retain(|text| !finds(policy, text, &mut scratch));
    texts
}

fn pack_of(name: &str) -> Lexicon {
    parse_lexicon(&pack(name).unwrap().source()).unwrap()
}

/// The terms of a pack that the default policy acts on and that are looked for behind
/// disguises: those of one word, and those of several.
fn terms(pack: &Lexicon) -> [Vec<String>; 2] {
    let acted_on = pack.terms.iter().filter(|term| term.severity >= 2);
    let disguised = acted_on.filter(|term| !term.options.plain && !term.options.exact);
    let texts = disguised.map(|term| term.pattern.text.clone());
    let (words, phrases) = texts.partition(|text| !text.contains(' '));
    [words, phrases]
}

/// The exceptions of a pack's terms: innocent text in which a term stands.
fn exceptions(pack: &Lexicon) -> Vec<String> {
    let acted_on = pack.terms.iter().filter(|term| term.severity >= 2);
    let mut texts: Vec<String> = acted_on
        .flat_map(|term| &term.exceptions)
        .map(|exception| exception.text.clone())
        .collect();
    texts.sort();
    texts.dedup();
    texts
}

/// Korean words that chats are full of, written down here: there is no list of common Korean
/// words in the project.
const KOREAN_WORDS: &str = "\
    안녕하세요 감사합니다 반갑습니다 수고하셨습니다 축하해요 미안해요 괜찮아요 사랑해요 좋아요 싫어요 \
    재미있어요 재미없어 맛있어요 예뻐요 멋있다 귀여워 대박이다 최고예요 화이팅 응원해요 \
    오늘 내일 어제 지금 나중에 아침 점심 저녁 주말 시간 시작 시청 시험 시장 시골 시계 \
    방송 채팅 게임 노래 음악 영화 경기 선수 감독 심판 축구 야구 농구 배구 골키퍼 \
    친구 동생 언니 오빠 누나 엄마 아빠 할머니 할아버지 아저씨 아줌마 선생님 학생 여러분 \
    학교 회사 병원 은행 식당 카페 공원 극장 도서관 지하철 버스 자동차 비행기 자전거 \
    강아지 고양이 새끼손가락 토끼 호랑이 사자 병아리 물고기 개나리 개구리 개미 \
    사과 바나나 딸기 수박 김치 라면 떡볶이 치킨 피자 커피 우유 물병 비빔밥 \
    발표 발전 발가락 신발 출발 개발 이발소 시발점 발견 발음 \
    자리 자료 자동 자신감 자연 지금부터 보지마 보지도 보자기 보조 \
    년도 작년 내년 청년 소년 소녀 학년 \
    씨앗 아기씨 날씨 솜씨 글씨 불씨 씹어요 \
    조지다 조심해 존경해요 존재 존댓말 \
    미래 미술관 미끄럼틀 미친듯이 느낌 느리다 느티나무 \
    가다 오다 먹다 마시다 자다 일어나다 공부하다 운동하다 노래하다 말하다 듣다 보다 \
    그래서 그러나 그리고 그런데 하지만 왜냐하면 그러니까 정말로 진짜로 아마도 \
    한국 서울 부산 대구 인천 광주 대전 울산 제주도 강원도";
