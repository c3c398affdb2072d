//! Rooms and the functions that review their messages: the words that the verbs share.
//!
//! What stands in this module and below it decides and computes, and changes nothing
//! but the state file; it knows nothing of the AWS SDK, which is `aws.rs`'s. Limits and
//! forms: Amazon IVS Chat API Reference and User Guide; AWS Lambda API Reference.

pub(crate) mod health;
pub(crate) mod pace;
pub(crate) mod permission;
pub(crate) mod plan;
pub(crate) mod select;
pub(crate) mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Longest handler URI that a room takes, in characters. Source: IVS Chat API
/// Reference, `MessageReviewHandler`.
pub(crate) const MAX_URI_CHARACTERS: usize = 170;

/// Regions that have IVS Chat. Source: AWS General Reference, "Amazon Interactive Video
/// Service endpoints and quotas".
pub(crate) const REGIONS: [&str; 7] = [
    "us-east-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "eu-central-1",
    "eu-west-1",
];

/// `arn:aws:ivschat:REGION:ACCOUNT:room/ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RoomArn(String);

impl RoomArn {
    /// The whole ARN.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the room is.
    pub(crate) fn region(&self) -> &str {
        self.part(3)
    }

    /// Whose it is.
    pub(crate) fn account(&self) -> &str {
        self.part(4)
    }

    /// The room's own part: 12 letters and digits.
    pub(crate) fn id(&self) -> &str {
        self.part(5).strip_prefix("room/").unwrap_or_default()
    }

    fn part(&self, number: usize) -> &str {
        self.0.split(':').nth(number).unwrap_or_default()
    }
}

impl FromStr for RoomArn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let arn = Self(text.to_owned());
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let good = text.starts_with("arn:aws:ivschat:")
            && text.split(':').count() == 6
            && is_name(arn.region())
            && is_name(arn.account())
            && is_name(arn.id());
        if good {
            return Ok(arn);
        }
        Err(format!(
            "`{text}` is no room ARN; one looks like \
             `arn:aws:ivschat:us-west-2:123456789012:room/AbCdEfGhIjKl`"
        ))
    }
}

impl TryFrom<String> for RoomArn {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RoomArn> for String {
    fn from(arn: RoomArn) -> Self {
        arn.0
    }
}

impl fmt::Display for RoomArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What IVS Chat does with a message when the handler fails or is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Fallback {
    /// Deliver it as it was written
    Allow,
    /// Deliver nothing
    Deny,
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
        })
    }
}

/// A room's message review handler.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Handler {
    /// The function's ARN, as the room has it.
    pub(crate) uri: String,
    /// What happens without it.
    pub(crate) fallback: Fallback,
}

impl Handler {
    /// Its function; none where the room names something else.
    pub(crate) fn function(&self) -> Option<FunctionArn> {
        self.uri.parse().ok()
    }
}

/// A room as IVS Chat shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) arn: RoomArn,
    /// Not unique; may be empty.
    pub(crate) name: String,
    /// None where the URI is missing or empty.
    pub(crate) handler: Option<Handler>,
    pub(crate) tags: BTreeMap<String, String>,
    /// ListRooms does not tell them.
    pub(crate) limits: Option<Limits>,
    /// ARNs of logging configurations.
    pub(crate) logging: Vec<String>,
}

impl Room {
    /// How it is called where people read: `lobby (AbCdEfGhIjKl)`.
    pub(crate) fn title(&self) -> String {
        match self.name.as_str() {
            "" => self.arn.id().to_owned(),
            name => format!("{name} ({})", self.arn.id()),
        }
    }

    /// The CloudFormation stack that owns it.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.tags.get("aws:cloudformation:stack-name").map(String::as_str)
    }
}

/// What a room lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Limits {
    /// Longest message, in code points.
    pub(crate) max_length: i32,
    /// Messages a second, over all clients.
    pub(crate) max_rate: i32,
}

/// A function as an operator names it: `chatwarden`, `chatwarden:live`, or an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName {
    /// Region and account, where an ARN said them.
    place: Option<(String, String)>,
    name: String,
    qualifier: Option<String>,
}

impl FunctionName {
    /// Its name without qualifier.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A version or alias; none for the unpublished function.
    pub(crate) fn qualifier(&self) -> Option<&str> {
        self.qualifier.as_deref()
    }

    /// The region that an ARN said.
    pub(crate) fn region(&self) -> Option<&str> {
        self.place.as_ref().map(|(region, _)| region.as_str())
    }

    /// What the Lambda API takes for FunctionName, qualifier apart.
    pub(crate) fn unqualified(&self) -> String {
        match &self.place {
            Some((region, account)) => {
                format!("arn:aws:lambda:{region}:{account}:function:{}", self.name)
            }
            None => self.name.clone(),
        }
    }

    /// Its ARN, if it is where this says, unless it says so itself.
    pub(crate) fn at(&self, region: &str, account: &str) -> FunctionArn {
        let (region, account) = match &self.place {
            Some((region, account)) => (region.as_str(), account.as_str()),
            None => (region, account),
        };
        FunctionArn {
            region: region.to_owned(),
            account: account.to_owned(),
            name: self.name.clone(),
            qualifier: self.qualifier.clone(),
        }
    }

    /// Is it this one? What was not said may be anything.
    pub(crate) fn is(&self, arn: &FunctionArn) -> bool {
        self.name == arn.name
            && self.place.as_ref().is_none_or(|(r, a)| *r == arn.region && *a == arn.account)
            && self.qualifier.as_ref().is_none_or(|q| Some(q) == arn.qualifier.as_ref())
    }
}

impl FromStr for FunctionName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(FunctionArn { region, account, name, qualifier }) = text.parse() {
            return Ok(Self { place: Some((region, account)), name, qualifier });
        }
        name_and_qualifier(text)
            .map(|(name, qualifier)| Self { place: None, name, qualifier })
            .ok_or_else(|| {
                format!(
                    "`{text}` names no function; write a name (`chatwarden`), a name with a \
                     version or alias (`chatwarden:live`), or an ARN"
                )
            })
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unqualified())?;
        self.qualifier.iter().try_for_each(|qualifier| write!(f, ":{qualifier}"))
    }
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, perhaps with `:QUALIFIER`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionArn {
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) name: String,
    /// A version or alias; none for the unpublished function (`$LATEST`).
    pub(crate) qualifier: Option<String>,
}

impl FunctionArn {
    /// The same function, whatever the version or alias?
    pub(crate) fn is_same_function(&self, other: &Self) -> bool {
        self.region == other.region && self.account == other.account && self.name == other.name
    }

    /// The ARN without version or alias.
    pub(crate) fn unqualified(&self) -> Self {
        Self { qualifier: None, ..self.clone() }
    }
}

impl FromStr for FunctionArn {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = text.strip_prefix("arn:aws:lambda:").ok_or(())?;
        let mut parts = rest.splitn(4, ':');
        let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or(());
        let (region, account) = (part()?.to_owned(), part()?.to_owned());
        if part()? != "function" {
            return Err(());
        }
        let (name, qualifier) = name_and_qualifier(part()?).ok_or(())?;
        Ok(Self { region, account, name, qualifier })
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, name, qualifier } = self;
        write!(f, "arn:aws:lambda:{region}:{account}:function:{name}")?;
        qualifier.iter().try_for_each(|qualifier| write!(f, ":{qualifier}"))
    }
}

/// A function as Lambda describes it; what it does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// With the qualifier by which it was asked for.
    pub(crate) arn: FunctionArn,
    /// `provided.al2023`; empty for a container image.
    pub(crate) runtime: String,
    /// `arm64` or `x86_64`.
    pub(crate) architecture: String,
    /// Lambda's own timeout.
    pub(crate) timeout: Duration,
    /// In MB.
    pub(crate) memory: i32,
    /// `Active`, `Pending`, `Inactive`, `Failed` and others.
    pub(crate) state: String,
    /// `Successful`, `InProgress` or `Failed`.
    pub(crate) last_update: String,
    /// Why it is in that state.
    pub(crate) reason: String,
}

/// What a function answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) payload: Vec<u8>,
    /// The function failed: `Unhandled` and others.
    pub(crate) error: Option<String>,
}

/// `$LATEST` is what a function without a qualifier is.
fn name_and_qualifier(text: &str) -> Option<(String, Option<String>)> {
    let is_word = |text: &str| {
        let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        !text.is_empty() && text.bytes().all(good)
    };
    let (name, qualifier) = match text.split_once(':') {
        Some((name, "$LATEST")) => (name, None),
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (text, None),
    };
    (is_word(name) && qualifier.is_none_or(is_word))
        .then(|| (name.to_owned(), qualifier.map(str::to_owned)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A room of the tests, by its number.
    pub(crate) fn room(number: u32, handler: Option<Handler>) -> Room {
        Room {
            arn: arn(number),
            name: format!("room-{number}"),
            handler,
            tags: BTreeMap::new(),
            limits: None,
            logging: Vec::new(),
        }
    }

    pub(crate) fn arn(number: u32) -> RoomArn {
        format!("arn:aws:ivschat:us-west-2:123456789012:room/{number:012}").parse().unwrap()
    }

    pub(crate) fn handler(function: &str, fallback: Fallback) -> Handler {
        let uri = format!("arn:aws:lambda:us-west-2:123456789012:function:{function}");
        Handler { uri, fallback }
    }

    #[test]
    fn a_room_arn_is_taken_apart_and_nothing_else_is_taken_for_one() {
        let arn = arn(7);
        assert_eq!(
            (arn.region(), arn.account(), arn.id()),
            ("us-west-2", "123456789012", "000000000007")
        );
        for bad in [
            "",
            "lobby",
            "arn:aws:ivschat:us-west-2:123456789012:room/",
            "arn:aws:ivschat:us-west-2:123456789012:logging-configuration/AbCdEfGhIjKl",
            "arn:aws:ivschat:us-west-2:123456789012:room/a:b",
            "arn:aws-cn:ivschat:us-west-2:123456789012:room/AbCdEfGhIjKl",
        ] {
            assert!(bad.parse::<RoomArn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn functions_are_named_by_name_qualifier_and_arn() {
        let arn = "arn:aws:lambda:us-west-2:123456789012:function:warden:live";
        let live: FunctionArn = arn.parse().unwrap();
        assert_eq!(live.to_string(), arn);
        for (name, is) in [
            ("warden", true),
            ("warden:live", true),
            ("warden:7", false),
            ("other", false),
            (arn, true),
            ("arn:aws:lambda:us-west-2:123456789012:function:warden", true),
            ("arn:aws:lambda:us-east-1:123456789012:function:warden", false),
        ] {
            assert_eq!(name.parse::<FunctionName>().unwrap().is(&live), is, "{name}");
        }
        let latest: FunctionName = "warden:$LATEST".parse().unwrap();
        assert_eq!(latest.qualifier(), None);
        for bad in ["", ":", "warden:", "a b", "arn:aws:lambda:us-west-2:1:layer:x"] {
            assert!(bad.parse::<FunctionName>().is_err(), "{bad}");
        }
    }
}
