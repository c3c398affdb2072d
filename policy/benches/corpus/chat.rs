//! What people say in a chat, written for measurements: nobody's messages.

/// In English.
pub(crate) const CHAT: &[&str] = &[
    "good evening everyone",
    "what a goal!",
    "hi from Lisbon",
    "lol that was close",
    "Can anyone tell me the score please?",
    "first time watching, this is great",
    "that referee needs new glasses, honestly",
    "GG WP",
    "is the sound out of sync for anyone else?",
    "I missed the first 10 minutes, what happened",
    "12:45 already? time flies",
    "see you all next week 👋",
    "best stream of the year so far 🔥🔥🔥",
    "nooooo not again",
    "the new patch notes are out, check them",
    "my dog just jumped on the keyboard haha",
    "she passed the class with 100%, so proud of her",
    "who else is eating popcorn right now",
    "wait, wasn't he on the other team last season?",
    "thanks for the follow!",
    "does this work on mobile? mine keeps buffering...",
    "10/10 would watch again",
    "come on, 3-2 and five minutes to go!!",
    "never mind, found it :)",
];

/// In Korean.
pub(crate) const KOREAN: &[&str] = &[
    "안녕하세요 여러분",
    "와 방금 골 봤어요?",
    "오늘 방송 진짜 재미있네요 ㅋㅋㅋ",
    "처음 왔는데 분위기 좋다",
    "소리가 조금 작아요",
    "다음 경기는 몇 시에 시작하나요?",
    "저도 그렇게 생각해요",
    "아 아깝다 ㅠㅠ",
    "응원합니다! 화이팅!!",
    "내일 또 봐요 👋",
    "심판 오늘 왜 저래",
    "3대 2로 이기고 있어요",
];

/// With links.
pub(crate) const LINKS: &[&str] = &[
    "watch it in full at https://video.example/live?id=7",
    "clip: www.youtube.com/watch?v=abc123 at 1:30",
    "join us on chat.example.org, it's free",
    "my page is example.com/me and the shop is shop.example.net",
    "http://192.0.2.7:8080/a is down again",
    "have a look at twitch.tv/somebody",
];

/// The event of a message with this content.
pub(crate) fn event(content: &str) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({
        "Content": content,
        "MessageId": "k3Zq8mT1vXa0",
        "RoomArn": "arn:aws:ivschat:us-west-2:123456789012:room/Xa1b2C3d4E5f",
        "Attributes": { "color": "teal" },
        "Sender": {
            "Attributes": { "displayName": "Robin", "role": "viewer" },
            "UserId": "viewer-4821",
            "Ip": "192.0.2.17",
        },
    }))
    .unwrap()
}
