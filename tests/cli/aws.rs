//! A local AWS for the commands to talk to, and what they and the tests see of it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use chatwarden_emulator::ControlPlane;
use chatwarden_emulator::control::{
    CallRecord, Fault, FaultKind, FunctionSeed, Options, RoomSeed, Seed, When,
};
use serde_json::Value;

/// The function that the tests attach.
pub(crate) const WARDEN: &str = "arn:aws:lambda:us-west-2:123456789012:function:warden";

/// Another one, which rooms may have before.
pub(crate) const OTHER: &str = "arn:aws:lambda:us-west-2:123456789012:function:other";

/// A room's handler: its URI and fallback result; none for no handler.
pub(crate) type Handler = Option<(String, String)>;

/// A running AWS, with a folder for state.
pub(crate) struct Aws {
    pub(crate) plane: ControlPlane,
    pub(crate) folder: PathBuf,
    _runtime: tokio::runtime::Runtime,
}

impl Aws {
    pub(crate) fn start(options: Options) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("aws-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let plane = runtime.block_on(ControlPlane::start(options)).unwrap();
        Self { plane, folder, _runtime: runtime }
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = self.plane.environment();
        environment.extend([
            ("XDG_STATE_HOME", self.folder.display().to_string()),
            ("AWS_CONFIG_FILE", "/nowhere".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]);
        environment
    }

    /// `chatwarden`, with this AWS for its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatwarden"));
        command.args(args).envs(self.environment());
        command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
        command
    }

    /// Runs `chatwarden`; what it writes, and how it ends.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::new(self.command(args).output().unwrap())
    }

    /// The handler of each room, by ARN, as the service itself knows it.
    pub(crate) fn handlers(&self) -> BTreeMap<String, Handler> {
        let mut handlers = BTreeMap::new();
        let mut token = Value::Null;
        loop {
            let page = self.post("/ListRooms", &serde_json::json!({ "nextToken": token }));
            for room in page["rooms"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let handler = &room["messageReviewHandler"];
                let uri = text(&handler["uri"]);
                let handler = (!uri.is_empty()).then(|| (uri, text(&handler["fallbackResult"])));
                handlers.insert(text(&room["arn"]), handler);
            }
            token = page["nextToken"].clone();
            if token.is_null() {
                return handlers;
            }
        }
    }

    /// A call without the SDK, made until it is answered well.
    fn post(&self, path: &str, body: &Value) -> Value {
        for _ in 0..1000 {
            let answer = self.post_once(path, body);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            if head.starts_with("HTTP/1.1 200") {
                return serde_json::from_str(body).unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("{path} is never answered");
    }

    /// Nobody checks the signature.
    fn post_once(&self, path: &str, body: &Value) -> String {
        let endpoint = self.plane.endpoint();
        let host = endpoint.strip_prefix("http://").unwrap();
        let body = body.to_string();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nauthorization: \
             AWS4-HMAC-SHA256 Credential=local/20260101/us-west-2/ivschat/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The calls of one operation.
    pub(crate) fn calls_of(&self, operation: &str) -> Vec<CallRecord> {
        let calls = self.plane.calls().into_iter();
        calls.filter(|call| call.operation == operation).collect()
    }
}

/// What became of a run.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) talk: String,
}

impl Run {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            talk: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The lines of `--output json`.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// It did all of it.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.talk);
        self
    }
}

pub(crate) fn function(name: &str) -> FunctionSeed {
    FunctionSeed { name: name.to_owned(), ..FunctionSeed::default() }
}

pub(crate) fn fault(operation: &str, kind: FaultKind, when: When, after_applying: bool) -> Fault {
    Fault { operation: operation.to_owned(), kind, when, after_applying }
}

/// So many rooms without handler, then so many with another function.
pub(crate) fn rooms(without: u32, with_other: u32) -> Vec<RoomSeed> {
    let of = |count, name: &str, handler: Option<&str>| RoomSeed {
        name: Some(name.to_owned()),
        count: Some(count),
        handler: handler.map(str::to_owned),
        ..RoomSeed::default()
    };
    vec![of(without, "new", None), of(with_other, "old", Some(OTHER))]
}

/// What the tests of rooms begin with: both functions, and a clock that runs fast.
pub(crate) fn options(speed: f64, rooms: Vec<RoomSeed>) -> Options {
    let other = FunctionSeed { allow_rooms: true, ..function("other") };
    let answer = serde_json::json!({ "ReviewResult": "ALLOW", "Content": "good evening" });
    let warden = FunctionSeed { response: Some(answer), ..function("warden") };
    let functions = vec![warden, other];
    Options { speed, seed: Seed { rooms, functions, ..Seed::default() }, ..Options::default() }
}

/// What the conversations begin with.
pub(crate) fn for_conversations() -> Options {
    let room = |id: &str, name: &str, handler: Option<&str>, stack: Option<&str>| RoomSeed {
        id: Some(id.to_owned()),
        name: Some(name.to_owned()),
        handler: handler.map(str::to_owned),
        tags: stack
            .map(|stack| ("aws:cloudformation:stack-name".to_owned(), stack.to_owned()))
            .into_iter()
            .chain([("env".to_owned(), "prod".to_owned())])
            .collect(),
        ..RoomSeed::default()
    };
    let rooms = vec![
        room("AAAAAAAAAAAA", "lobby", None, None),
        room("BBBBBBBBBBBB", "stream-1", None, Some("live")),
        room("CCCCCCCCCCCC", "stream-2", Some(OTHER), None),
    ];
    options(1.0, rooms)
}
