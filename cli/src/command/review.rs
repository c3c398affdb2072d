//! `chatwarden review`: messages in, verdicts out, as many as there are.
//!
//! A filter: one line in, one line out, in order, whatever the line holds. Review
//! requests come as JSON and leave as the very responses the handler would give;
//! `--text` takes plain lines and shows the verdicts to a person.
//!
//! The input is cut into batches at line ends. A reader hands them to the workers in
//! turn, a writer takes them back in the same turn, so order costs nothing; a fixed
//! number of batches goes round, so memory is bounded (save by the longest line). With
//! one thread there is no other: read, review, write.
//!
//! Two variables of the environment are for measuring. `EVAL_TIMING` names a file that
//! gets `{"messages":N,"seconds":S}`: S is the time spent on splitting, parsing,
//! reviewing and serialising, without reading and writing, summed over the batches and
//! divided by the number of threads. `EVAL_FLUSH=1` reads and answers line by line on
//! one thread, for a partner that waits for each answer.

use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context;
use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::{RequestError, RequestErrorKind, ReviewRequest, ReviewResponse};
use chatwarden_engine::review::{Review, Scratch, Verdict};

use crate::command::Output;
use crate::exit::Exit;
use crate::file;
use crate::policy_file::PolicyArg;
use crate::render::{self, Colour, paint, visible};
use crate::streams::Streams;

/// How much is read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Batches on their way for each thread: one in work, one waiting, one being written.
const BATCHES_PER_THREAD: usize = 3;

/// Review messages, one per line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden review < requests.jsonl > responses.jsonl
  chatwarden review --policy new.toml requests.jsonl | grep -c DENY
  chatwarden review --text chat.log                     plain lines, for people
  chatwarden review --text --output json chat.log       plain lines, for programs

A line that is no review request is reported on stderr, answered with DENY and the
policy's own reason, and the rest goes on.

Exit codes: 0 done, 1 done and some lines were no review requests, 2 could not be done.")]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArg,
    /// Each line is the text of a message, not a review request
    #[arg(long)]
    text: bool,
    /// How to answer [default: json, or text with --text]
    #[arg(long, value_enum)]
    output: Option<Output>,
    /// Threads that review [default: as many as the machine runs at once]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Files to read; `-` is stdin [default: -]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { policy, text, output, threads, files } = args;
    let loaded = policy.load()?;
    let policy = loaded.policy()?;
    let by_line = std::env::var_os("EVAL_FLUSH").is_some_and(|value| value == "1");
    let threads = match threads {
        _ if by_line => 1,
        Some(threads) => threads.get().min(MAX_THREADS),
        None => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
    };
    let output = output.unwrap_or(if text { Output::Text } else { Output::Json });
    let coloured = streams.out_colour;
    let reviewer =
        || Reviewer { policy: &policy, scratch: Scratch::default(), text, output, coloured };
    if files.iter().all(|file| file.as_os_str() == "-") && io::stdin().is_terminal() {
        writeln!(streams.talk, "reading from the terminal, a line at a time; Ctrl-D ends it")?;
    }
    let input = Input::new(files, by_line);
    let mut sink = Sink::new(streams);
    if threads == 1 {
        review_here(reviewer(), input, &mut sink)?;
    } else {
        review_on_threads(threads, &reviewer, input, &mut sink)?;
    }
    sink.finish(threads)
}

/// Reviews on this thread, with one batch used again and again.
fn review_here(
    mut reviewer: Reviewer<'_>,
    mut input: Input,
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    let mut batch = Batch::default();
    while input.read(&mut batch)? {
        reviewer.review(&mut batch);
        sink.take(&batch)?;
    }
    Ok(())
}

/// More threads than this are not started, whatever is asked for.
const MAX_THREADS: usize = 256;

/// Reviews on `threads` threads, reads on one more, and writes on this one.
fn review_on_threads<'p>(
    threads: usize,
    reviewer: &impl Fn() -> Reviewer<'p>,
    mut input: Input,
    sink: &mut Sink<'_>,
) -> anyhow::Result<()> {
    // Whoever stops first drops its ends of the channels, and the others stop too.
    std::thread::scope(|scope| {
        let (give_back, empty) = mpsc::channel();
        for _ in 0..threads * BATCHES_PER_THREAD {
            let _ = give_back.send(Batch::default());
        }
        let (mut inboxes, mut outboxes) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (inbox, work) = mpsc::channel();
            let (done, outbox) = mpsc::channel();
            inboxes.push(inbox);
            outboxes.push(outbox);
            let mut reviewer = reviewer();
            scope.spawn(move || {
                for mut batch in work {
                    reviewer.review(&mut batch);
                    if done.send(batch).is_err() {
                        break;
                    }
                }
            });
        }
        let reader = scope.spawn(move || {
            for inbox in inboxes.iter().cycle() {
                let Ok(mut batch) = empty.recv() else { break };
                if !input.read(&mut batch)? || inbox.send(batch).is_err() {
                    break;
                }
            }
            anyhow::Ok(())
        });
        for outbox in outboxes.iter().cycle() {
            // The first worker that has no more ends the turn: so have all after it.
            let Ok(batch) = outbox.recv() else { break };
            sink.take(&batch)?;
            let _ = give_back.send(batch);
        }
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Some whole lines of one file, and what became of them.
#[derive(Default)]
struct Batch {
    /// The file, as the operator named it.
    file: Arc<str>,
    /// Lines with their ends; the last of a file may have none.
    input: Vec<u8>,
    /// One answer per line.
    output: Vec<u8>,
    /// Lines reviewed.
    lines: usize,
    /// Lines that were no review requests.
    faults: Vec<Fault>,
    /// How long the review took.
    spent: Duration,
}

/// A line that is no review request.
struct Fault {
    /// Line of the batch, from 0.
    line: usize,
    error: RequestError,
}

/// A file being read.
struct OpenFile {
    /// As the operator named it.
    name: Arc<str>,
    reader: BufReader<Box<dyn Read + Send>>,
}

/// The files to read, one after another.
struct Input {
    waiting: std::vec::IntoIter<PathBuf>,
    open: Option<OpenFile>,
    by_line: bool,
}

impl Input {
    fn new(mut files: Vec<PathBuf>, by_line: bool) -> Self {
        if files.is_empty() {
            files.push(PathBuf::from("-"));
        }
        Self { waiting: files.into_iter(), open: None, by_line }
    }

    /// Fills the batch with lines of one file; false where there are none left. Waits
    /// for a first piece of input only, so that what a pipe has given is answered.
    fn read(&mut self, batch: &mut Batch) -> anyhow::Result<bool> {
        batch.input.clear();
        loop {
            if let Some(OpenFile { name, reader }) = &mut self.open {
                read_lines(reader, self.by_line, &mut batch.input)
                    .with_context(|| format!("could not read `{name}`"))?;
                if !batch.input.is_empty() {
                    batch.file = Arc::clone(name);
                    return Ok(true);
                }
            }
            let Some(path) = self.waiting.next() else { return Ok(false) };
            self.open = Some(OpenFile::open(&path)?);
        }
    }
}

impl OpenFile {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let (name, file): (String, Box<dyn Read + Send>) = if path.as_os_str() == "-" {
            ("stdin".to_owned(), Box::new(io::stdin()))
        } else {
            (path.display().to_string(), Box::new(file::open(path)?))
        };
        Ok(Self { name: Arc::from(name), reader: BufReader::with_capacity(CHUNK_BYTES, file) })
    }
}

/// Appends what is there up to its last line end, or its first if `by_line`; more only
/// where a line goes on. Appends nothing at the end of the input.
fn read_lines(reader: &mut impl BufRead, by_line: bool, lines: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let chunk = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        let end =
            if by_line { memchr::memchr(b'\n', chunk) } else { memchr::memrchr(b'\n', chunk) };
        let (taken, _) = chunk.split_at(end.map_or(chunk.len(), |end| end + 1));
        let taken_bytes = taken.len();
        lines.extend_from_slice(taken);
        reader.consume(taken_bytes);
        if end.is_some() || taken_bytes == 0 {
            return Ok(());
        }
    }
}

/// One thread's means of reviewing.
struct Reviewer<'p> {
    policy: &'p CompiledPolicy<'p>,
    scratch: Scratch,
    /// Lines are texts, not requests.
    text: bool,
    output: Output,
    coloured: bool,
}

impl Reviewer<'_> {
    /// Answers every line of a batch.
    fn review(&mut self, batch: &mut Batch) {
        let started = Instant::now();
        let Batch { input, output, lines, faults, .. } = batch;
        output.clear();
        faults.clear();
        *lines = 0;
        let mut rest = input.as_slice();
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, next) = rest.split_at(end);
            rest = next.get(1..).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let answered = if self.text {
                self.text_line(line, output)
            } else {
                self.request_line(line, output)
            };
            if let Err(error) = answered {
                faults.push(Fault { line: *lines, error });
            }
            output.push(b'\n');
            *lines += 1;
        }
        batch.spent = started.elapsed();
    }

    /// Answers a review request, also where it is none.
    fn request_line(&mut self, line: &[u8], output: &mut Vec<u8>) -> Result<(), RequestError> {
        match ReviewRequest::from_json(line) {
            Ok(request) => {
                self.answer(request, output);
                Ok(())
            }
            Err(error) => {
                self.refuse(line, output);
                Err(error)
            }
        }
    }

    /// Answers a line that is the text of a message. An empty one is none: people see
    /// an empty line, programs get a denial.
    fn text_line(&mut self, line: &[u8], output: &mut Vec<u8>) -> Result<(), RequestError> {
        if !line.is_empty() {
            let content = String::from_utf8_lossy(line);
            self.answer(ReviewRequest { content, ..ReviewRequest::default() }, output);
        } else if self.output == Output::Json {
            self.refuse(line, output);
            return Err(RequestError { kind: RequestErrorKind::EmptyContent, line: 0, column: 0 });
        }
        Ok(())
    }

    fn answer(&mut self, request: ReviewRequest<'_>, output: &mut Vec<u8>) {
        let review = self.policy.review(&request, &mut self.scratch);
        write_answer(review, request, self.output, self.coloured, output);
    }

    /// Denies a line that is no review request, with its content if there is one.
    fn refuse(&self, line: &[u8], output: &mut Vec<u8>) {
        let content = serde_json::from_slice::<serde_json::Value>(line)
            .ok()
            .and_then(|request| Some(request.get("Content")?.as_str()?.to_owned()))
            .filter(|content| !content.is_empty())
            .unwrap_or_else(|| "?".to_owned());
        let reason = self.policy.default_reason();
        match self.output {
            Output::Json => {
                ReviewResponse::deny(content.into(), reason).write_json(output);
            }
            Output::Text => {
                let verdict = paint("deny   ", Colour::Red, self.coloured);
                let (content, reason) = (visible(&content), visible(reason.as_str()));
                let view = format!("{verdict}  {content}  \"{reason}\"");
                output.extend_from_slice(view.as_bytes());
            }
        }
    }
}

/// Writes what a review answers, without an end of the line.
pub(crate) fn write_answer(
    review: Review<'_>,
    request: ReviewRequest<'_>,
    output: Output,
    coloured: bool,
    to: &mut Vec<u8>,
) {
    match output {
        Output::Json => review.answer(request).write_json(to),
        Output::Text => to.extend_from_slice(view(&review, &request.content, coloured).as_bytes()),
    }
}

/// A review on one line, for people: the verdict, the text that is delivered (or was
/// not), the rules, and what the sender is told.
fn view(review: &Review<'_>, content: &str, coloured: bool) -> String {
    let mut rules: Vec<(usize, &str)> = Vec::new();
    let mut shadows = rules.clone();
    for found in &review.matches {
        let list = if found.shadow { &mut shadows } else { &mut rules };
        list.push((found.rule_index, found.rule));
    }
    let (verdict, colour, text, reason) = match &review.verdict {
        Verdict::Allow => ("allow  ", Colour::Green, content, None),
        Verdict::Rewrite(text) => ("rewrite", Colour::Yellow, text.as_str(), None),
        Verdict::Deny(denial) => ("deny   ", Colour::Red, content, Some(denial.reason.as_str())),
    };
    let mut line = format!("{}  {}", paint(verdict, colour, coloured), visible(text));
    for (word, mut list) in [("", rules), ("shadow: ", shadows)] {
        list.sort_unstable();
        list.dedup();
        if !list.is_empty() {
            let names: Vec<&str> = list.into_iter().map(|(_, rule)| rule).collect();
            let note = format!("[{word}{}]", names.join(", "));
            line.push_str("  ");
            line.push_str(&paint(&note, Colour::Dim, coloured));
        }
    }
    if let Some(reason) = reason {
        line.push_str(&format!("  \"{}\"", visible(reason)));
    }
    let tags = render::tags(&review.tags);
    if !tags.is_empty() {
        line.push_str("  ");
        line.push_str(&tags);
    }
    line
}

/// Writes what was reviewed, and counts.
struct Sink<'s> {
    streams: &'s mut Streams,
    file: Arc<str>,
    /// Lines of this file before the next batch.
    lines_of_file: usize,
    messages: usize,
    faults: usize,
    spent: Duration,
    started: Instant,
    progress_at: Duration,
    progress_shown: bool,
}

impl<'s> Sink<'s> {
    fn new(streams: &'s mut Streams) -> Self {
        Self {
            streams,
            file: Arc::default(),
            lines_of_file: 0,
            messages: 0,
            faults: 0,
            spent: Duration::ZERO,
            started: Instant::now(),
            progress_at: Duration::from_secs(1),
            progress_shown: false,
        }
    }

    fn take(&mut self, batch: &Batch) -> anyhow::Result<()> {
        if !Arc::ptr_eq(&self.file, &batch.file) {
            self.file = Arc::clone(&batch.file);
            self.lines_of_file = 0;
        }
        if !batch.faults.is_empty() {
            self.end_progress();
        }
        for Fault { line, error } in &batch.faults {
            let (file, line) = (&self.file, self.lines_of_file + line + 1);
            // The line and column within the request say less than those of the file.
            let place = match error.column {
                0 => format!("{file}:{line}"),
                column => format!("{file}:{line}:{column}"),
            };
            let error = RequestError { line: 0, ..*error };
            let word = paint("error:", Colour::Red, self.streams.talk_colour);
            let _ = writeln!(self.streams.talk, "{word} {place}: {error}; answered with DENY");
        }
        self.streams.out.write_all(&batch.output)?;
        self.streams.out.flush()?;
        self.lines_of_file += batch.lines;
        self.messages += batch.lines;
        self.faults += batch.faults.len();
        self.spent += batch.spent;
        self.show_progress();
        Ok(())
    }

    fn show_progress(&mut self) {
        let elapsed = self.started.elapsed();
        if self.streams.progress && elapsed >= self.progress_at {
            let (messages, seconds) = (render::count(self.messages, "message"), elapsed.as_secs());
            let _ = write!(self.streams.talk, "\r\x1b[Kreviewed {messages} in {seconds} s");
            let _ = self.streams.talk.flush();
            self.progress_at = elapsed + Duration::from_millis(200);
            self.progress_shown = true;
        }
    }

    fn end_progress(&mut self) {
        if std::mem::take(&mut self.progress_shown) {
            let _ = write!(self.streams.talk, "\r\x1b[K");
        }
    }

    fn finish(mut self, threads: usize) -> anyhow::Result<Exit> {
        self.end_progress();
        if let Some(file) = std::env::var_os("EVAL_TIMING").filter(|file| !file.is_empty()) {
            let seconds = self.spent.as_secs_f64() / threads as f64;
            let timing = format!("{{\"messages\":{},\"seconds\":{seconds}}}\n", self.messages);
            fs::write(&file, timing)
                .with_context(|| format!("could not write `{}`", Path::new(&file).display()))?;
        }
        if self.faults == 0 {
            return Ok(Exit::Success);
        }
        let word = paint("error:", Colour::Red, self.streams.talk_colour);
        let (faults, lines) = (self.faults, render::count(self.messages, "line"));
        let advice = if faults == self.messages {
            "; of plain messages, one a line, review with `--text`"
        } else {
            ""
        };
        let _ =
            writeln!(self.streams.talk, "{word} no review request in {faults} of {lines}{advice}");
        Ok(Exit::No)
    }
}
