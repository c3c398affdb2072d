//! A policy that holds: what `parse` makes of a policy.toml, and what `compile` turns
//! into bytes. Every value here has been checked; no code after this asks again.

use chatwarden_engine::contract::Reason;
pub use chatwarden_engine::settings::OnFault;

/// What a community has decided: what is looked for, and what is done about it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What the handler answers when the review itself fails.
    pub on_fault: OnFault,
    /// How long a rewritten message may become, in code points. None: no longer than
    /// the message was.
    pub max_content: Option<u16>,
    /// What stands for a masked grapheme cluster.
    pub mask: char,
    /// The sender attribute that names the language of reasons.
    pub language_attribute: Option<String>,
    /// What the sender is told where a rule does not say; also when a rewrite leaves
    /// nothing, and on a fault with `on_fault = "deny"`.
    pub reason: ReasonTexts,
    /// Who and where; in file order, at most 64.
    pub profiles: Vec<Profile>,
    /// In order, at most 256.
    pub rules: Vec<Rule>,
}

/// Names a rule: 1 to 64 of `a-z 0-9 -`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub String);

/// A reason in one or more languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonTexts {
    /// Told to whoever has no language of their own here.
    pub default: Reason<'static>,
    /// By language tag, lower case, sorted by it.
    pub by_language: Vec<(String, Reason<'static>)>,
}

/// A circle of messages: from these rooms *and* these senders.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Unique among profiles; form as [`RuleId`].
    pub id: String,
    /// Room ARN globs (`*` any text, `?` one character); one must match. Empty: any room.
    pub rooms: Vec<String>,
    /// Attributes of the sender's *token* and the values allowed for each; all must
    /// match. Empty: any sender.
    pub senders: Vec<(String, Vec<String>)>,
    /// Nothing these senders write is reviewed.
    pub exempt: bool,
}

/// One rule: what it looks for, where it applies, what it does.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Unique among rules.
    pub id: RuleId,
    /// What it looks for; any of these is a match.
    pub finds: Finds,
    /// What its terms must not match in.
    pub except: Vec<TermPattern>,
    /// What it does about a match.
    pub action: Action,
    /// Told, never enforced.
    pub shadow: bool,
    /// Indices of profiles: it applies where one of them matches. Empty: everywhere.
    pub only_profiles: Vec<usize>,
    /// Indices of profiles: it does not apply where one of them matches.
    pub not_profiles: Vec<usize>,
}

/// What a rule looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finds {
    /// Terms of lexicon packs.
    pub lexicons: Vec<LexiconSelection>,
    /// Terms of the operator's own.
    pub terms: Vec<TermPattern>,
    /// Regular expressions on the message as written: linear time, ASCII classes,
    /// 64 KiB each when compiled.
    pub regex: Vec<String>,
    /// Links to other sites.
    pub links: Option<Links>,
    /// Ways to reach a person outside the chat.
    pub contact: Vec<Contact>,
    /// How the message as a whole looks.
    pub shape: Shape,
}

/// Part of the lexicon packs: every term in one of these languages, of one of these
/// categories, of at least this severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexiconSelection {
    /// Pack names, e.g. `en`. Never empty.
    pub packs: Vec<String>,
    /// Empty: every category.
    pub categories: Vec<Category>,
    /// 1 (mild) to 3 (severe).
    pub min_severity: u8,
    /// At most this severity.
    pub max_severity: u8,
}

/// What a lexicon term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Against people for what they are.
    Slur,
    /// Sexual acts and body parts.
    Sexual,
    /// Against a person.
    Insult,
    /// Swearing at nobody.
    Profanity,
    /// Threats and glorified violence.
    Violence,
    /// Telling people to harm themselves.
    SelfHarm,
    /// Nonsense terms of the `test` pack.
    Test,
}

/// A term as it stands in a policy or a lexicon, e.g. `heck`, `heck*`, `*heck*`,
/// `what the heck`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TermPattern {
    /// The term without its stars, single spaces between words.
    pub text: String,
    /// May letters go on before it?
    pub open_start: bool,
    /// May letters go on after it?
    pub open_end: bool,
}

/// Links, and which of them are welcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Registrable domains that are no match, with all below them (`youtube.com`
    /// covers `www.youtube.com`). Lower case.
    pub allow: Vec<String>,
    /// If not empty: only these domains, and all below them, are a match.
    pub deny: Vec<String>,
}

/// A way to reach a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address.
    Email,
    /// A telephone number: 9 to 15 digits, or the local forms with separators.
    Phone,
    /// A payment card number: 13 to 19 digits with a right Luhn checksum.
    Card,
}

/// Limits on how a message looks; what is over a limit is a match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Capital letters, in percent of the letters (messages of 8 letters and more).
    pub max_capitals_percent: Option<u8>,
    /// The same character in a row.
    pub max_repeats: Option<u16>,
    /// Symbols and emoji, in percent of the characters (8 characters and more).
    pub max_symbols_percent: Option<u8>,
    /// Combining marks in a row.
    pub max_combining: Option<u8>,
    /// Code points of the whole message.
    pub max_length: Option<u16>,
    /// Words that begin with `@`.
    pub max_mentions: Option<u8>,
}

/// What a rule does about a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Deliver nothing; tell the sender why (None: the policy's own reason).
    Deny(Option<ReasonTexts>),
    /// Put the mask over what matched.
    Mask(Extent),
    /// Put this text in place of what matched; where it does not fit, the mask.
    Replace(String, Extent),
    /// Write the message in lower case.
    Lowercase,
    /// Cut every run of one character to this length.
    Collapse(u8),
    /// Attach this attribute to the message.
    Tag(String, String),
    /// Spare what matched from the rules below.
    Allow,
}

/// How much of the text around a match is rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// From the first to the last matched letter.
    Match,
    /// The letters and digits glued to it as well.
    Word,
}
