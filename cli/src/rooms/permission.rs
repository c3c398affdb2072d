//! May IVS Chat invoke a function for a room? What the function's resource policy says.
//!
//! Reads policies as AWS does where it matters here, and carefully where it does not: a
//! statement with a condition that is not known here allows nothing, and we would rather
//! add a statement that is there in other words than leave a room without one.
//!
//! Source: Amazon IVS Chat User Guide, "Chat Message Review Handler"; IAM User Guide,
//! "IAM JSON policy elements reference".

use std::collections::BTreeMap;

use chatwarden_engine::review::matches_glob;
use serde::Deserialize;

use crate::rooms::RoomArn;

/// Who invokes the function.
pub(crate) const PRINCIPAL: &str = "ivschat.amazonaws.com";

/// What it needs to be allowed.
pub(crate) const ACTION: &str = "lambda:InvokeFunction";

/// What the statements begin with that are added from here.
const STATEMENT_ID: &str = "chatwarden-ivschat";

/// The ARN pattern of all rooms of an account and region, as the guide has it.
pub(crate) fn all_rooms(account: &str, region: &str) -> String {
    format!("arn:aws:ivschat:{region}:{account}:room/*")
}

/// A function's resource policy; the default is that of a function without one.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    #[serde(default)]
    statement: Vec<Statement>,
}

/// What may be done by whom; AWS writes one value where it has a list of one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statement {
    /// The statement's id.
    #[serde(default)]
    pub(crate) sid: String,
    effect: Effect,
    principal: Option<Principal>,
    action: Option<Values>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, Values>>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Principal {
    /// `"*"`.
    Text(String),
    /// By kind: `Service`, `AWS`.
    Kinds(BTreeMap<String, Values>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

impl Values {
    fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::One(value) => is(value),
            Self::Many(values) => values.iter().any(|value| is(value)),
        }
    }
}

impl Policy {
    /// Reads what GetPolicy returns.
    pub(crate) fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// May IVS Chat invoke the function for this room?
    pub(crate) fn allows(&self, room: &RoomArn) -> bool {
        self.allows_source(room.as_str(), room.account())
    }

    /// May it for a room of this account and region that is yet to be made?
    pub(crate) fn allows_new_room(&self, account: &str, region: &str) -> bool {
        self.allows_source(&format!("arn:aws:ivschat:{region}:{account}:room/new"), account)
    }

    fn allows_source(&self, arn: &str, account: &str) -> bool {
        let covered =
            |effect: Effect| self.ours().any(|s| s.effect == effect && s.holds_for(arn, account));
        covered(Effect::Allow) && !covered(Effect::Deny)
    }

    /// The statement that denies what another one may allow.
    pub(crate) fn denying(&self, room: &RoomArn) -> Option<&Statement> {
        let denies =
            |s: &&Statement| s.effect == Effect::Deny && s.holds_for(room.as_str(), room.account());
        self.ours().find(denies)
    }

    /// Statements that let IVS Chat invoke the function for other accounts' rooms too.
    pub(crate) fn open_to_all_accounts(&self) -> impl Iterator<Item = &Statement> {
        let elsewhere = "arn:aws:ivschat:eu-west-1:000000000000:room/elsewhere";
        self.ours()
            .filter(move |s| s.effect == Effect::Allow && s.holds_for(elsewhere, "000000000000"))
    }

    /// Is anything allowed to IVS Chat, for whichever room?
    pub(crate) fn names_ivs_chat(&self) -> bool {
        self.ours().any(|statement| statement.effect == Effect::Allow)
    }

    /// Ids of the statements that were added from here.
    pub(crate) fn added_from_here(&self) -> Vec<String> {
        let ids = self.statement.iter().map(|statement| &statement.sid);
        ids.filter(|id| id.starts_with(STATEMENT_ID)).cloned().collect()
    }

    /// An id that no statement has yet.
    pub(crate) fn free_statement_id(&self) -> String {
        let is_free = |id: &String| self.statement.iter().all(|statement| statement.sid != *id);
        std::iter::once(STATEMENT_ID.to_owned())
            .chain((2..).map(|number: u32| format!("{STATEMENT_ID}-{number}")))
            .find(is_free)
            .unwrap_or_default()
    }

    /// Statements about IVS Chat invoking the function.
    fn ours(&self) -> impl Iterator<Item = &Statement> {
        self.statement.iter().filter(|s| s.is_about_ivs_chat() && s.is_about_invoking())
    }
}

impl Statement {
    fn is_about_ivs_chat(&self) -> bool {
        match &self.principal {
            // Whether everybody includes the services is not said; that nobody does, is.
            Some(Principal::Text(text)) => text == "*" && self.effect == Effect::Deny,
            Some(Principal::Kinds(kinds)) => kinds
                .get("Service")
                .is_some_and(|services| services.any(|service| service == PRINCIPAL)),
            None => false,
        }
    }

    fn is_about_invoking(&self) -> bool {
        let matches = |glob: &str| matches_glob(&glob.to_lowercase(), &ACTION.to_lowercase());
        self.action.as_ref().is_some_and(|actions| actions.any(matches))
    }

    /// Do all conditions hold for a request from this source?
    fn holds_for(&self, arn: &str, account: &str) -> bool {
        self.condition.iter().all(|(operator, keys)| {
            let operator = operator.to_lowercase();
            let operator = operator.trim_end_matches("ifexists");
            keys.iter().all(|(key, values)| {
                let value = match key.to_lowercase().as_str() {
                    "aws:sourcearn" => arn,
                    "aws:sourceaccount" => account,
                    _ => return false,
                };
                values.any(|wanted| match operator {
                    "stringequals" => wanted == value,
                    "stringequalsignorecase" => wanted.eq_ignore_ascii_case(value),
                    "stringlike" | "arnlike" | "arnequals" => matches_glob(wanted, value),
                    _ => false,
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::tests::arn;

    fn policy(statements: &[&str]) -> Policy {
        Policy::parse(&format!(
            r#"{{"Version":"2012-10-17","Id":"default","Statement":[{}]}}"#,
            statements.join(",")
        ))
        .unwrap()
    }

    fn statement(id: &str, effect: &str, condition: &str) -> String {
        format!(
            r#"{{"Sid":"{id}","Effect":"{effect}","Principal":{{"Service":"{PRINCIPAL}"}},
            "Action":"lambda:InvokeFunction","Resource":"arn","Condition":{condition}}}"#
        )
    }

    #[test]
    fn a_room_is_covered_by_what_add_permission_writes() {
        for (condition, covers) in [
            (
                r#"{"StringEquals":{"AWS:SourceAccount":"123456789012"},
                "ArnLike":{"AWS:SourceArn":"arn:aws:ivschat:us-west-2:123456789012:room/*"}}"#,
                true,
            ),
            (r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#, true),
            (r#"{"StringEquals":{"aws:SourceAccount":["1","123456789012"]}}"#, true),
            ("{}", true),
            (r#"{"StringEquals":{"aws:SourceAccount":"210987654321"}}"#, false),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:ivschat:us-east-1:*:room/*"}}"#, false),
            (
                r#"{"ArnLike":{"aws:SourceArn":
                "arn:aws:ivschat:us-west-2:123456789012:room/000000000002"}}"#,
                false,
            ),
            (
                r#"{"ArnLike":{"aws:SourceArn":
                "arn:aws:ivschat:us-west-2:123456789012:room/000000000001"}}"#,
                true,
            ),
            (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, false),
        ] {
            let policy = policy(&[&statement("a", "Allow", condition)]);
            assert_eq!(policy.allows(&arn(1)), covers, "{condition}");
        }
    }

    #[test]
    fn who_and_what_must_be_meant_and_a_denial_comes_first() {
        let allow = statement("a", "Allow", "{}");
        let deny = statement("b", "Deny", "{}");
        assert!(!Policy::default().allows(&arn(1)));
        assert!(policy(&[&allow]).allows(&arn(1)));
        assert!(!policy(&[&allow, &deny]).allows(&arn(1)));
        assert_eq!(policy(&[&allow, &deny]).denying(&arn(1)).unwrap().sid, "b");
        let other = allow.replace(PRINCIPAL, "s3.amazonaws.com");
        assert!(!policy(&[&other]).allows(&arn(1)));
        let everything = allow.replace("lambda:InvokeFunction", "lambda:*");
        assert!(policy(&[&everything]).allows(&arn(1)));
        let reading = allow.replace("lambda:InvokeFunction", "lambda:GetFunction");
        assert!(!policy(&[&reading]).allows(&arn(1)));
    }

    #[test]
    fn what_is_too_wide_or_too_narrow_is_seen() {
        let account = r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#;
        let closed = statement("closed", "Allow", account);
        let open = statement("open", "Allow", "{}");
        let policy = policy(&[&closed, &open]);
        let sids: Vec<&str> = policy.open_to_all_accounts().map(|s| s.sid.as_str()).collect();
        assert_eq!(sids, ["open"]);
        assert!(policy.allows_new_room("123456789012", "us-west-2"));
    }

    #[test]
    fn statement_ids_are_not_taken_twice() {
        assert_eq!(Policy::default().free_statement_id(), "chatwarden-ivschat");
        let one = statement("chatwarden-ivschat", "Allow", "{}");
        let two = statement("chatwarden-ivschat-2", "Allow", "{}");
        let policy = policy(&[&one, &two, &statement("mine", "Allow", "{}")]);
        assert_eq!(policy.free_statement_id(), "chatwarden-ivschat-3");
        assert_eq!(policy.added_from_here(), ["chatwarden-ivschat", "chatwarden-ivschat-2"]);
    }
}
