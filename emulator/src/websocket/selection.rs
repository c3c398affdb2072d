//! The route selection expression: which route a message takes.
//!
//! Read strictly, once, since a person is there to mend it; evaluated over any message,
//! without fail. Of JSONPath it knows what names one value: `.name`, `['name']` and `[0]`.
//!
//! Source: API Gateway Developer Guide, "WebSocket selection expressions" and "Create routes
//! for WebSocket APIs". Not said there, and so decided here: null counts as missing, and an
//! object is written as JSON.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// The route that messages take when no other does.
pub const DEFAULT_ROUTE: &str = "$default";

/// An expression such as `$request.body.action` or `${request.body.service}/chat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSelectionExpression {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Static(String),
    /// What stands in the message's body at this path.
    Body(Vec<Step>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

/// Why a text is no route selection expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (character {column})")]
pub struct SelectionError {
    /// What is wrong.
    pub kind: SelectionErrorKind,
    /// Where, in characters from 1.
    pub column: usize,
}

/// What is wrong with a route selection expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionErrorKind {
    /// There is nothing to evaluate.
    #[error("the expression is empty; write e.g. `$request.body.action`")]
    Empty,
    /// A variable of another kind, or none after the dollar sign.
    #[error(
        "`${found}` is no variable of a message; write `$request.body.` and a path, or `\\$` for the sign"
    )]
    UnknownVariable {
        /// What stands after the dollar sign.
        found: String,
    },
    /// `$request.body` without a path into it.
    #[error("a path is missing; write e.g. `$request.body.action`")]
    NoPath,
    /// `${` without its end.
    #[error("the variable is not closed; `}}` is missing")]
    Unclosed,
    /// A name of the path has no letters.
    #[error("a name of the path is missing")]
    NoName,
    /// Something in brackets that is neither a number nor a quoted name.
    #[error("`[{found}]` is not known here; write `[0]` or `['name']`")]
    Bracket {
        /// What stands in the brackets.
        found: String,
    },
    /// A sign that cannot stand in a wrapped path.
    #[error("`{found}` cannot stand here; write a name, `.name`, `['name']` or `[0]`")]
    Sign {
        /// The sign.
        found: char,
    },
    /// A backslash that escapes no dollar sign.
    #[error("a backslash escapes a dollar sign only: `\\$`")]
    Escape,
}

impl RouteSelectionExpression {
    /// What the expression says of a message; where a path leads to nothing, nothing.
    pub fn evaluate(&self, body: &Value) -> String {
        let mut key = String::new();
        for part in &self.parts {
            match part {
                Part::Static(text) => key.push_str(text),
                Part::Body(path) => key.push_str(&stringified(find(body, path))),
            }
        }
        key
    }

    /// Does it say the same of every message, having no variable?
    pub fn is_constant(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Body(_)))
    }

    /// The route of a message among those that there are: the one whose key the expression
    /// evaluates to, else `$default`; None where that is not there. What is not JSON has
    /// `$default` only. `$connect` and `$disconnect` are no message's routes.
    pub fn route<'r>(
        &self,
        message: &str,
        mut routes: impl Iterator<Item = &'r str> + Clone,
    ) -> Option<&'r str> {
        let key = serde_json::from_str(message).ok().map(|body| self.evaluate(&body));
        let key = key.filter(|key| key == DEFAULT_ROUTE || !key.starts_with('$'));
        let exact = key.and_then(|key| routes.clone().find(|route| *route == key));
        exact.or_else(|| routes.find(|route| *route == DEFAULT_ROUTE))
    }
}

impl FromStr for RouteSelectionExpression {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let mut reader = Reader { signs: text.chars().collect(), at: 0 };
        let parts = reader.parts()?;
        if parts.is_empty() {
            return Err(SelectionError { kind: SelectionErrorKind::Empty, column: 1 });
        }
        Ok(Self { parts })
    }
}

impl fmt::Display for RouteSelectionExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Static(text) => f.write_str(&text.replace('$', "\\$"))?,
                Part::Body(path) => {
                    f.write_str("${request.body")?;
                    for step in path {
                        match step {
                            Step::Name(name) if name.chars().all(is_of_name) => {
                                write!(f, ".{name}")?;
                            }
                            Step::Name(name) => write!(f, "['{name}']")?,
                            Step::Index(index) => write!(f, "[{index}]")?,
                        }
                    }
                    f.write_str("}")?;
                }
            }
        }
        Ok(())
    }
}

fn find<'v>(body: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(body, |value, step| match step {
        Step::Name(name) => value.get(name),
        Step::Index(index) => value.get(index),
    })
}

/// A list is `[item1, item2]`, as the guide shows it.
fn stringified(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| stringified(Some(item))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(other) => other.to_string(),
    }
}

/// Where no braces say where a variable ends, the first other sign does.
fn is_of_name(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// Reads an expression sign by sign.
struct Reader {
    signs: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn takes(&mut self, sign: char) -> bool {
        let is_there = self.peek() == Some(sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn take_while(&mut self, is_of: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(sign) = self.peek().filter(|sign| is_of(*sign)) {
            taken.push(sign);
            self.at += 1;
        }
        taken
    }

    fn fault<T>(at: usize, kind: SelectionErrorKind) -> Result<T, SelectionError> {
        Err(SelectionError { kind, column: at + 1 })
    }

    fn parts(&mut self) -> Result<Vec<Part>, SelectionError> {
        let mut parts = Vec::new();
        while let Some(sign) = self.peek() {
            let at = self.at;
            self.at += 1;
            let part = match sign {
                '$' => Part::Body(self.variable(at)?),
                '\\' if self.takes('$') => Part::Static("$".to_owned()),
                '\\' => return Self::fault(at, SelectionErrorKind::Escape),
                sign => Part::Static(sign.to_string()),
            };
            match (parts.last_mut(), part) {
                (Some(Part::Static(text)), Part::Static(more)) => text.push_str(&more),
                (_, part) => parts.push(part),
            }
        }
        Ok(parts)
    }

    /// What follows a dollar sign at `at`.
    fn variable(&mut self, at: usize) -> Result<Vec<Step>, SelectionError> {
        let wrapped = self.takes('{');
        for expected in ["request", ".", "body"] {
            let from = self.at;
            let found = match expected {
                "." => self.takes('.'),
                word => self.take_while(is_of_name) == word,
            };
            if !found {
                self.at = from;
                let read = self.signs.get(at + 1 + usize::from(wrapped)..from);
                let mut found: String = read.unwrap_or_default().iter().collect();
                found.push_str(&self.take_while(|sign| is_of_name(sign) || sign == '.'));
                return Self::fault(at, SelectionErrorKind::UnknownVariable { found });
            }
        }
        let path = self.path(wrapped)?;
        if wrapped && !self.takes('}') {
            return match self.peek() {
                Some(found) => Self::fault(self.at, SelectionErrorKind::Sign { found }),
                None => Self::fault(at, SelectionErrorKind::Unclosed),
            };
        }
        if path.is_empty() {
            return Self::fault(at, SelectionErrorKind::NoPath);
        }
        Ok(path)
    }

    fn path(&mut self, wrapped: bool) -> Result<Vec<Step>, SelectionError> {
        let mut path = Vec::new();
        loop {
            let at = self.at;
            if self.takes('.') {
                let name = self.take_while(|sign| is_of_name(sign) || (wrapped && sign == '-'));
                if name.is_empty() {
                    return Self::fault(at, SelectionErrorKind::NoName);
                }
                path.push(Step::Name(name));
            } else if self.takes('[') {
                path.push(self.bracket(at)?);
            } else {
                return Ok(path);
            }
        }
    }

    /// What follows a bracket at `at`.
    fn bracket(&mut self, at: usize) -> Result<Step, SelectionError> {
        let found = match self.peek() {
            Some(quote @ ('\'' | '"')) => {
                self.at += 1;
                let name = self.take_while(|sign| sign != quote);
                if self.takes(quote) && self.takes(']') {
                    return Ok(Step::Name(name));
                }
                name
            }
            _ => {
                let found = self.take_while(|sign| sign != ']');
                if let Ok(index) = found.parse()
                    && self.takes(']')
                {
                    return Ok(Step::Index(index));
                }
                found
            }
        };
        Self::fault(at, SelectionErrorKind::Bracket { found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of the guide's table.
    const MESSAGE: &str = r#"{"service": "chat", "action": "join", "data": {"room": "room1234"}}"#;

    fn key(expression: &str, message: &str) -> String {
        let expression: RouteSelectionExpression = expression.parse().unwrap();
        let body = serde_json::from_str(message).unwrap();
        let key = expression.evaluate(&body);
        // What is written of it reads back as the same.
        assert_eq!(expression.to_string().parse(), Ok(expression));
        key
    }

    #[test]
    fn every_row_of_the_guides_table() {
        for (expression, expected, description) in [
            ("$request.body.action", "join", "an unwrapped variable"),
            ("${request.body.action}", "join", "a wrapped variable"),
            ("${request.body.service}/${request.body.action}", "chat/join", "several variables"),
            ("${request.body.action}-${request.body.invalidPath}", "join-", "a path not found"),
            ("action", "action", "a static value"),
            (r"\$default", "$default", "a static value with an escape"),
        ] {
            assert_eq!(key(expression, MESSAGE), expected, "{description}: {expression}");
        }
    }

    #[test]
    fn what_the_guide_says_beside_its_table() {
        for (expression, message, expected) in [
            // Braces say where a variable ends.
            ("${request.body.version}-beta", r#"{"version": "v1"}"#, "v1-beta"),
            ("$request.body.data.room", MESSAGE, "room1234"),
            // Evaluated once: what a message says is no variable.
            (
                "$request.body.action",
                r#"{"action": "${request.body.x}", "x": 1}"#,
                "${request.body.x}",
            ),
            // Stringified.
            ("$request.body.list", r#"{"list": ["item1", "item2"]}"#, "[item1, item2]"),
            ("$request.body.list[1]", r#"{"list": ["item1", "item2"]}"#, "item2"),
            ("$request.body.of", r#"{"of": {"a": 1}}"#, r#"{"a":1}"#),
            ("$request.body.n", r#"{"n": 7}"#, "7"),
            ("$request.body.yes", r#"{"yes": true}"#, "true"),
            // Nothing there.
            ("$request.body.no", r#"{"no": null}"#, ""),
            ("$request.body.action.deeper", MESSAGE, ""),
            ("$request.body.action", "[1]", ""),
            ("$request.body.action", "7", ""),
            // Names of other signs.
            ("${request.body.my-action}", r#"{"my-action": "a"}"#, "a"),
            ("${request.body['my action']}!", r#"{"my action": "a"}"#, "a!"),
            ("$request.body.aktion_ü", r#"{"aktion_ü": "a"}"#, "a"),
            ("$request.body.action/x", MESSAGE, "join/x"),
        ] {
            assert_eq!(key(expression, message), expected, "{expression} of {message}");
        }
    }

    #[test]
    fn a_message_takes_the_route_of_its_key_and_else_the_default() {
        let by_action: RouteSelectionExpression = "$request.body.action".parse().unwrap();
        let all = ["$connect", "$default", "join"];
        let route = |message: &str, routes: &'static [&'static str]| {
            by_action.route(message, routes.iter().copied())
        };
        for (message, routes, expected) in [
            (MESSAGE, all.as_slice(), Some("join")),
            (r#"{"action": "leave"}"#, &all, Some("$default")),
            (r#"{"action": "leave"}"#, &["$connect", "join"], None),
            (r#"{"action": "$connect"}"#, &all, Some("$default")),
            (r#"{"action": "$connect"}"#, &["$connect"], None),
            (r#"{"action": "$default"}"#, &all, Some("$default")),
            ("{}", &["", "$default"], Some("")),
            ("join", &all, Some("$default")),
            ("{\"action\": \"join\"", &all, Some("$default")),
            ("", &all, Some("$default")),
            ("join", &["join"], None),
        ] {
            let routes: &'static [&'static str] = routes.to_vec().leak();
            assert_eq!(route(message, routes), expected, "{message} of {routes:?}");
        }
        // A static expression gives what is not JSON no route of its own.
        let fixed: RouteSelectionExpression = "join".parse().unwrap();
        assert_eq!(fixed.route("{}", all.into_iter()), Some("join"));
        assert_eq!(fixed.route("text", all.into_iter()), Some("$default"));
    }

    #[test]
    fn faults_say_what_and_where() {
        for (expression, expected) in [
            ("", "the expression is empty; write e.g. `$request.body.action` (character 1)"),
            (
                "$default",
                "`$default` is no variable of a message; write `$request.body.` and a path, or \
                 `\\$` for the sign (character 1)",
            ),
            (
                "a$context.stage",
                "`$context.stage` is no variable of a message; write `$request.body.` and a \
                 path, or `\\$` for the sign (character 2)",
            ),
            (
                "$request.header.x",
                "`$request.header.x` is no variable of a message; write `$request.body.` and a \
                 path, or `\\$` for the sign (character 1)",
            ),
            ("$request.body", "a path is missing; write e.g. `$request.body.action` (character 1)"),
            ("x${request.body.a", "the variable is not closed; `}` is missing (character 2)"),
            ("$request.body..a", "a name of the path is missing (character 14)"),
            ("$request.body.", "a name of the path is missing (character 14)"),
            (
                "$request.body[*]",
                "`[*]` is not known here; write `[0]` or `['name']` (character 14)",
            ),
            (
                "${request.body.a b}",
                "` ` cannot stand here; write a name, `.name`, `['name']` or `[0]` (character 17)",
            ),
            (r"a\b", r"a backslash escapes a dollar sign only: `\$` (character 2)"),
        ] {
            let fault = expression.parse::<RouteSelectionExpression>().unwrap_err();
            assert_eq!(fault.to_string(), expected, "{expression}");
        }
    }
}
