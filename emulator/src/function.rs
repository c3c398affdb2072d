//! A Lambda function on this machine: one execution environment of it.
//!
//! The handler binary is started as Lambda starts it (the same variables, nothing
//! else inherited) and spoken to over the [Runtime API](crate::runtime_api). Not
//! here: memory and CPU limits, the freeze between invocations, more environments
//! than one. Whoever wants a new environment starts another [`Function`].

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::runtime_api::{FunctionError, RuntimeApi};

/// How long a handler may take until it asks for its first invocation.
/// Source: Lambda Developer Guide, "Lambda runtime environment", init phase.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Lines of output that are kept; older ones are dropped.
const KEPT_LINES: usize = 10_000;

/// Lines of standard error that a [`StartError`] shows.
const SHOWN_LINES: usize = 10;

/// How long to wait for a process that is ending, and for the rest of its output.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// What a function is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// The handler: a program that speaks the Runtime API.
    pub binary: PathBuf,
    /// The function's name.
    pub name: String,
    /// Memory in MB, as the function is told; not enforced.
    pub memory_mb: u32,
    /// The account of the function's ARN, which it is told.
    pub account: String,
    /// The region that the function is told.
    pub region: String,
    /// Environment variables of the function, over those that Lambda sets.
    pub environment: Vec<(OsString, OsString)>,
}

impl Config {
    /// A function of 128 MB in us-east-1, in the account of AWS's own examples, named after
    /// its binary.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let binary = binary.into();
        let name = binary.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self {
            binary,
            name,
            memory_mb: 128,
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            environment: Vec::new(),
        }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The function's ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:lambda:{}:{}:function:{}", self.region, self.account, self.name)
    }

    /// The process as Lambda starts it. The task root is the binary's folder.
    /// Source: Lambda Developer Guide, "Defined runtime environment variables".
    fn command(&self, api: &RuntimeApi) -> io::Result<Command> {
        let binary = std::path::absolute(&self.binary)?;
        let task_root = binary.parent().unwrap_or(Path::new("/")).to_owned();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &self.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory_mb.to_string())
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", self.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("AWS_REGION", &self.region)
            .env("AWS_DEFAULT_REGION", &self.region)
            .env("LAMBDA_TASK_ROOT", &task_root)
            .env("LAMBDA_RUNTIME_DIR", "/var/runtime")
            .env("_HANDLER", "bootstrap")
            .env("LANG", "en_US.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin")
            .env("TZ", ":UTC")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&task_root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }
}

/// Why a function did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The Runtime API has no port to listen on.
    #[error("could not open the Runtime API")]
    RuntimeApi(#[source] io::Error),
    /// The binary could not be executed.
    #[error("could not start `{}`", binary.display())]
    Spawn {
        /// The handler binary.
        binary: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The handler said what hinders it; that says more than its last lines.
    #[error("the handler could not start: {error}{}", End { stderr: Vec::new(), ..*end })]
    Reported {
        /// The handler's words.
        error: FunctionError,
        /// How the process ended.
        end: End,
    },
    /// The handler ended before it asked for an invocation.
    #[error("the handler ended before it asked for an invocation{end}")]
    Exited {
        /// How the process ended.
        end: End,
    },
    /// The handler runs and asks for nothing.
    #[error("the handler did not ask for an invocation within {} s{end}", INIT_TIMEOUT.as_secs())]
    Silent {
        /// What it printed so far.
        end: End,
    },
}

/// How a process ended and what it said last.
#[derive(Debug, Clone)]
pub struct End {
    /// None while it runs.
    pub status: Option<ExitStatus>,
    /// The last lines of its standard error.
    pub stderr: Vec<String>,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        if !self.stderr.is_empty() {
            f.write_str("; its last lines:")?;
        }
        self.stderr.iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}

/// A line that the function printed: a line of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// Printed on standard error, not standard output.
    pub is_stderr: bool,
    /// The line without its end; what is not UTF-8 is replaced.
    pub text: String,
}

/// What came of one invocation.
#[derive(Debug)]
pub struct Invocation {
    /// What the function did.
    pub outcome: Outcome,
    /// From the invocation to its answer, or to the end of waiting.
    pub duration: Duration,
    /// How long the environment took to start; given with its first invocation, as
    /// Lambda's own report does.
    pub init_duration: Option<Duration>,
}

/// What a function did with an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returned these bytes, which need not be JSON.
    Response(Vec<u8>),
    /// It reported an error.
    FunctionError(FunctionError),
    /// Its process ended; None where the system does not say how. It stays ended.
    Exited(Option<ExitStatus>),
    /// It had not answered within the limit. It goes on working.
    TimedOut,
}

/// One running execution environment of a function; it ends when dropped.
#[derive(Debug)]
pub struct Function {
    child: Child,
    api: RuntimeApi,
    output: Output,
    init_duration: Duration,
    invoked: bool,
}

impl Function {
    /// Starts the handler and waits until it asks for its first invocation.
    ///
    /// # Errors
    /// When the handler cannot be executed, reports an error, ends, or does not ask
    /// within [`INIT_TIMEOUT`].
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let api = RuntimeApi::start(config.arn()).await.map_err(StartError::RuntimeApi)?;
        let spawn = |source| StartError::Spawn { binary: config.binary.clone(), source };
        let started = Instant::now();
        let mut child = config.command(&api).and_then(|mut c| c.spawn()).map_err(spawn)?;
        let mut output = Output::capture(&mut child);
        let init = tokio::select! {
            biased;
            init = api.initialised() => init,
            _ = child.wait() => {
                // What it reported may have arrived together with its end.
                match timeout(Duration::ZERO, api.initialised()).await {
                    Ok(Err(error)) => Err(error),
                    _ => return Err(StartError::Exited { end: output.end(&mut child).await }),
                }
            }
            () = sleep(INIT_TIMEOUT) => {
                let end = End { status: None, stderr: output.last_stderr() };
                return Err(StartError::Silent { end });
            }
        };
        match init {
            Ok(at) => {
                let init_duration = at - started;
                Ok(Self { child, api, output, init_duration, invoked: false })
            }
            Err(error) => {
                let end = output.end(&mut child).await;
                Err(StartError::Reported { error, end })
            }
        }
    }

    /// How long the environment took from the start of the process to its first
    /// request for an invocation.
    pub fn init_duration(&self) -> Duration {
        self.init_duration
    }

    /// The id of its process; None once it has ended and that was seen.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Invokes the function and waits for its answer, at most `limit`. IVS Chat waits
    /// [`REVIEW_TIMEOUT`](chatwarden_engine::contract::REVIEW_TIMEOUT). The payload is
    /// passed on as it is; Lambda itself would refuse one that is not JSON.
    ///
    /// After [`Outcome::TimedOut`] the function still works on the old payload, and
    /// the next invocation waits for that.
    pub async fn invoke(&mut self, payload: impl Into<Vec<u8>>, limit: Duration) -> Invocation {
        let init_duration = (!self.invoked).then_some(self.init_duration);
        self.invoked = true;
        let started = Instant::now();
        let mut answer = self.api.submit(payload.into(), SystemTime::now() + limit);
        let answered = tokio::select! {
            biased;
            answer = &mut answer => answer.ok(),
            status = self.child.wait() => {
                // An answer may have arrived together with the end.
                match answer.try_recv() {
                    Ok(answer) => Some(answer),
                    Err(_) => {
                        let outcome = Outcome::Exited(status.ok());
                        return Invocation { outcome, duration: started.elapsed(), init_duration };
                    }
                }
            }
            () = sleep(limit) => None,
        };
        let Some(answer) = answered else {
            let outcome = Outcome::TimedOut;
            return Invocation { outcome, duration: started.elapsed(), init_duration };
        };
        let outcome = match answer.result {
            Ok(response) => Outcome::Response(response),
            Err(error) => Outcome::FunctionError(error),
        };
        Invocation { outcome, duration: answer.at - started, init_duration }
    }

    /// What it has printed so far, as far as that was read.
    pub fn output(&self) -> Vec<OutputLine> {
        self.output.lines()
    }

    /// Ends the process, as Lambda does (SIGKILL), and returns all that it printed.
    pub async fn stop(mut self) -> Vec<OutputLine> {
        // It fails only for a process that has ended.
        drop(self.child.kill().await);
        self.output.finish().await;
        self.output.lines()
    }
}

/// The lines of both streams, in the order in which they were read.
#[derive(Debug)]
struct Output {
    lines: Arc<Mutex<VecDeque<OutputLine>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Output {
    fn capture(child: &mut Child) -> Self {
        let lines = Arc::default();
        let stdout = child.stdout.take().map(|s| tokio::spawn(read(s, false, Arc::clone(&lines))));
        let stderr = child.stderr.take().map(|s| tokio::spawn(read(s, true, Arc::clone(&lines))));
        Self { readers: stdout.into_iter().chain(stderr).collect(), lines }
    }

    fn lines(&self) -> Vec<OutputLine> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn last_stderr(&self) -> Vec<String> {
        let lines = self.lines();
        let mut last: Vec<String> = lines
            .into_iter()
            .rev()
            .filter(|line| line.is_stderr)
            .map(|line| line.text)
            .take(SHOWN_LINES)
            .collect();
        last.reverse();
        last
    }

    /// Waits until both streams are at their end; not forever, for a process that the
    /// handler started may hold them open.
    async fn finish(&mut self) {
        for reader in self.readers.drain(..) {
            drop(timeout(END_TIMEOUT, reader).await);
        }
    }

    /// Waits for a process that is about to end.
    async fn end(&mut self, child: &mut Child) -> End {
        let status = timeout(END_TIMEOUT, child.wait()).await.ok().and_then(Result::ok);
        if status.is_some() {
            self.finish().await;
        }
        End { status, stderr: self.last_stderr() }
    }
}

async fn read(
    stream: impl AsyncRead + Unpin,
    is_stderr: bool,
    lines: Arc<Mutex<VecDeque<OutputLine>>>,
) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(stream.read_until(b'\n', &mut line).await, Ok(1..)) {
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
        line.clear();
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(OutputLine { is_stderr, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A process that is forked while another test writes its script would hold that
    /// script open, and the system starts no program that is open for writing.
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    /// A handler written as a shell script, in a folder of its own.
    fn script(name: &str, text: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("chatwarden-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[tokio::test]
    async fn a_missing_binary_is_named() {
        let _one = ONE_AT_A_TIME.lock().await;
        let error = Function::start(&Config::new("/nowhere/handler")).await.unwrap_err();
        assert_eq!(error.to_string(), "could not start `/nowhere/handler`");
    }

    #[tokio::test]
    async fn a_process_that_ends_at_once_is_shown_with_its_status_and_last_words() {
        let _one = ONE_AT_A_TIME.lock().await;
        let binary = script("ends", "echo fine; echo 'no policy' >&2; exit 7");
        let error = Function::start(&Config::new(binary)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the handler ended before it asked for an invocation (exit status: 7); \
             its last lines:\n    no policy"
        );
    }

    #[tokio::test]
    async fn the_environment_is_lambdas_and_the_callers_and_nothing_else() {
        let _one = ONE_AT_A_TIME.lock().await;
        let binary = script("env", "env >&2; exit 1");
        let config = Config::new(binary).env("MINE", "1");
        let Err(StartError::Exited { end }) = Function::start(&config).await else {
            panic!("the script does not ask");
        };
        // The shell adds PWD, SHLVL and _ of its own; ten lines are shown.
        for line in &end.stderr {
            let name = line.split('=').next().unwrap();
            let known = name.starts_with("AWS_")
                || name.starts_with("LAMBDA_")
                || ["MINE", "_HANDLER", "LANG", "PATH", "TZ", "PWD", "SHLVL", "OLDPWD", "_"]
                    .contains(&name);
            assert!(known, "{line}");
        }
    }
}
