//! A fresh process of a function, and what the system says that it has used.
//!
//! The figures are those of Linux's `/proc`, which needs no privilege and, unlike
//! `getrusage`, tells them while the process lives.

use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use chatwarden_emulator::{Config, Function, Outcome};
use tokio::time::sleep;

/// Far over what an answer takes, under valgrind too.
const LIMIT: Duration = Duration::from_secs(60);

/// A function that has started and waits for its next invocation.
pub(crate) struct Environment {
    function: Function,
    id: u32,
}

/// What a process has used from its start on.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// Time on a processor, all threads.
    pub(crate) cpu: Duration,
    /// Switches to another process, all threads, wanted or not.
    pub(crate) switches: u64,
    /// Pages that had to be mapped, and that had to be read from a disk.
    pub(crate) page_faults: u64,
    /// The most memory that it ever had, files that it maps included; bytes.
    pub(crate) peak_memory: u64,
    /// Threads that it has now.
    pub(crate) threads: u64,
}

impl Environment {
    /// Starts a function as Lambda does, and waits until it asks for an invocation.
    pub(crate) async fn start(binary: &Path) -> Self {
        Self::of(&Config::new(binary)).await
    }

    /// Starts a function that is given variables.
    pub(crate) async fn of(config: &Config) -> Self {
        let function = match Function::start(config).await {
            Ok(function) => function,
            Err(error) => panic!("{}: {error}", config.binary.display()),
        };
        let id = function.process_id().expect("it has just asked for an invocation");
        Self { function, id }
    }

    /// Sends an event; how long the answer took.
    pub(crate) async fn invoke(&mut self, event: &[u8]) -> Duration {
        let invocation = self.function.invoke(event, LIMIT).await;
        match invocation.outcome {
            Outcome::Response(_) => invocation.duration,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// Waits until it has nothing left to do: after its answer it asks for the next event.
    pub(crate) async fn settled(&self) -> Usage {
        let mut before = None;
        loop {
            sleep(Duration::from_millis(1)).await;
            let usage = self.usage();
            if self.is_asleep() && before == Some(usage.cpu) {
                return usage;
            }
            before = Some(usage.cpu);
        }
    }

    fn usage(&self) -> Usage {
        let status = self.read("status");
        let (mut cpu, mut switches) = (0, 0);
        for task in fs::read_dir(format!("/proc/{}/task", self.id)).unwrap() {
            let task = task.unwrap().path();
            cpu += nth::<u64>(&fs::read_to_string(task.join("schedstat")).unwrap(), 0);
            let status = fs::read_to_string(task.join("status")).unwrap();
            switches += field(&status, "voluntary_ctxt_switches:")
                + field(&status, "nonvoluntary_ctxt_switches:");
        }
        let stat = self.after_name("stat");
        Usage {
            cpu: Duration::from_nanos(cpu),
            switches,
            page_faults: nth::<u64>(&stat, 7) + nth::<u64>(&stat, 9),
            peak_memory: field(&status, "VmHWM:") * 1024,
            threads: field(&status, "Threads:"),
        }
    }

    fn is_asleep(&self) -> bool {
        nth::<char>(&self.after_name("stat"), 0) == 'S'
    }

    /// A file of the process without the name that it begins with, which may hold anything.
    fn after_name(&self, file: &str) -> String {
        let text = self.read(file);
        text.rsplit_once(") ").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.id)).unwrap()
    }

    /// Ends it at once.
    pub(crate) async fn stop(self) {
        self.function.stop().await;
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn terminate(self) {
        let id = self.id.to_string();
        tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        while fs::read_to_string(format!("/proc/{id}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
        {
            sleep(Duration::from_millis(5)).await;
        }
        self.stop().await;
    }
}

/// A line's number, of a file of lines `name: number`.
fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    nth(line.unwrap_or_default(), 0)
}

/// A word of a text.
fn nth<T: FromStr<Err: std::fmt::Debug>>(text: &str, n: usize) -> T {
    text.split_whitespace().nth(n).unwrap_or_default().parse().unwrap()
}
