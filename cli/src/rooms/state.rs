//! What rooms had before chatwarden changed them, kept in a file.
//!
//! The file is a log: one JSON object on a line, appended and never rewritten. All
//! changes of a run are on the disk before the first call is made, so whenever the
//! program ends, by itself, by Ctrl-C or by a power cut, the file says what each room
//! had. Whether a change was made is not asked of the file but of the service.
//!
//! What somebody else does to a room is noticed by the handler it has when it is next
//! changed: one that was never given from here is what it "had" from then on.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::rooms::{Handler, RoomArn};

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum Event {
    /// A room is about to be changed.
    Change {
        /// Seconds since 1970.
        at: u64,
        room: RoomArn,
        /// None: no handler.
        had: Option<Handler>,
        /// None: no handler.
        gets: Option<Handler>,
    },
    /// A room has again what it had; there is nothing left to remember.
    Restored {
        /// Seconds since 1970.
        at: u64,
        room: RoomArn,
    },
}

impl Event {
    /// A room that has `had` is about to get `gets`.
    pub(crate) fn change(room: RoomArn, had: Option<Handler>, gets: Option<Handler>) -> Self {
        Self::Change { at: now(), room, had, gets }
    }

    /// A room has again what it had.
    pub(crate) fn restored(room: RoomArn) -> Self {
        Self::Restored { at: now(), room }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// What is known of the rooms that were changed from here.
#[derive(Debug, Default)]
pub(crate) struct Memory(HashMap<RoomArn, Remembered>);

/// What is known of one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// The handler it had before.
    pub(crate) had: Option<Handler>,
    /// All that it was given since, or was about to be given.
    pub(crate) given: Vec<Option<Handler>>,
}

impl Memory {
    /// What is known of a room; none if it was not changed from here.
    pub(crate) fn of(&self, room: &RoomArn) -> Option<&Remembered> {
        self.0.get(room)
    }

    /// All handlers that rooms were given.
    pub(crate) fn given(&self) -> impl Iterator<Item = &Handler> {
        self.0.values().flat_map(|remembered| remembered.given.iter().flatten())
    }

    /// Takes in what happened next.
    pub(crate) fn see(&mut self, event: Event) {
        match event {
            Event::Restored { room, .. } => drop(self.0.remove(&room)),
            Event::Change { room, had, gets, .. } => {
                let remembered = self
                    .0
                    .entry(room)
                    .or_insert_with(|| Remembered { had: had.clone(), given: Vec::new() });
                // It has what nobody gave it from here: that is what it had, from now on.
                if had != remembered.had && !remembered.given.contains(&had) {
                    *remembered = Remembered { had, given: Vec::new() };
                }
                if !remembered.given.contains(&gets) {
                    remembered.given.push(gets);
                }
            }
        }
    }

    /// Reads a state file; one that is not there remembers nothing.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        match File::open(path) {
            Ok(file) => Ok(Self::of_file(&file, path)?.0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| unreadable(path)),
        }
    }

    /// What a file says, and how many of its bytes are whole lines.
    fn of_file(mut file: &File, path: &Path) -> anyhow::Result<(Self, usize)> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| unreadable(path))?;
        // Behind the last line end stands what was being written when the power went.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(whole);
        let mut memory = Self::default();
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let event = serde_json::from_slice(line).with_context(|| {
                let (path, number) = (path.display(), number + 1);
                format!(
                    "line {number} of the state file `{path}` is not understood; was it \
                     written by a newer chatwarden? To begin another one, name it with `--state`"
                )
            })?;
            memory.see(event);
        }
        Ok((memory, whole))
    }
}

fn unreadable(path: &Path) -> String {
    format!("could not read the state file `{}`", path.display())
}

/// A state file that is being written; nobody else can write it until it is dropped.
#[derive(Debug)]
pub(crate) struct State {
    path: PathBuf,
    file: File,
    memory: Memory,
}

impl State {
    /// Opens a state file, or begins one.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let unwritable = || format!("could not write the state file `{}`", path.display());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            fs::create_dir_all(folder).with_context(unwritable)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .with_context(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another chatwarden is changing rooms with the state file `{}`; \
                 wait until it has ended",
                path.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error).with_context(unwritable),
        }
        let (memory, whole) = Memory::of_file(&file, path)?;
        let kept = file.set_len(whole as u64).and_then(|()| file.sync_all());
        kept.with_context(unwritable)?;
        // The file's name, too, must outlive a power cut. Windows opens no folders.
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(Self { path: path.to_owned(), file, memory })
    }

    /// What is remembered.
    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Writes down what happens, all of it or nothing; it is on the disk when this returns.
    pub(crate) fn write(&mut self, events: Vec<Event>) -> anyhow::Result<()> {
        let unwritable = || format!("could not write the state file `{}`", self.path.display());
        let mut lines = Vec::new();
        for event in &events {
            serde_json::to_writer(&mut lines, event).with_context(unwritable)?;
            lines.push(b'\n');
        }
        let length = self.file.metadata().with_context(unwritable)?.len();
        let written = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // A full disk: half a line must not stand before the next one.
            let _ = self.file.set_len(length);
        }
        written.with_context(unwritable)?;
        events.into_iter().for_each(|event| self.memory.see(event));
        Ok(())
    }
}

/// Where the state of an account's rooms in a region is kept: below
/// `$XDG_STATE_HOME` or `~/.local/state`, `~/Library/Application Support`, or
/// `%LOCALAPPDATA%`.
pub(crate) fn default_path(account: &str, region: &str) -> anyhow::Result<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = std::env::home_dir;
    let folder = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        set("XDG_STATE_HOME").or_else(|| home().map(|home| home.join(".local/state")))
    };
    let Some(folder) = folder else {
        bail!("there is no home folder to keep state in; name a file with `--state`");
    };
    Ok(folder.join("chatwarden").join(format!("rooms-{account}-{region}.jsonl")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::Fallback::{Allow, Deny};
    use crate::rooms::tests::{arn, handler};

    /// A file of one test's own, which is not there yet.
    fn path(name: &str) -> PathBuf {
        let folder = format!("chatwarden-state-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(folder).join("rooms.jsonl");
        let _ = fs::remove_file(&path);
        path
    }

    #[test]
    fn what_a_room_had_first_is_remembered_through_later_changes() {
        let first = Some(handler("first", Allow));
        let (one, two) = (Some(handler("one", Deny)), Some(handler("two", Deny)));
        let mut memory = Memory::default();
        memory.see(Event::change(arn(1), first.clone(), one.clone()));
        memory.see(Event::change(arn(1), one.clone(), None));
        memory.see(Event::change(arn(1), None, two.clone()));
        assert_eq!(memory.of(&arn(1)).unwrap().had, first);
        // A run that was cut short changed nothing, or did; both are the same to us.
        memory.see(Event::change(arn(1), one, two.clone()));
        memory.see(Event::change(arn(1), first.clone(), two.clone()));
        assert_eq!(memory.of(&arn(1)).unwrap().had, first);
        // Somebody else's handler is what it had, from then on.
        let foreign = Some(handler("foreign", Deny));
        memory.see(Event::change(arn(1), foreign.clone(), two));
        assert_eq!(memory.of(&arn(1)).unwrap().had, foreign);
        memory.see(Event::restored(arn(1)));
        assert!(memory.of(&arn(1)).is_none());
    }

    #[test]
    fn a_file_cut_at_any_byte_remembers_every_whole_line() {
        let path = path("cut");
        let changes: Vec<Event> =
            (0..4).map(|n| Event::change(arn(n), Some(handler("had", Allow)), None)).collect();
        State::open(&path).unwrap().write(changes).unwrap();
        let bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            let whole = bytes[..length].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(Memory::read(&path).unwrap().0.len(), whole, "{length}");
            // And it can be gone on with.
            let mut state = State::open(&path).unwrap();
            state.write(vec![Event::change(arn(9), None, None)]).unwrap();
            assert_eq!(Memory::read(&path).unwrap().0.len(), whole + 1, "{length}");
        }
    }

    #[test]
    fn two_programs_do_not_write_one_file() {
        let path = path("lock");
        let held = State::open(&path).unwrap();
        let refused = State::open(&path).unwrap_err().to_string();
        assert!(refused.starts_with("another chatwarden is changing rooms"), "{refused}");
        assert!(Memory::read(&path).unwrap().0.is_empty());
        drop(held);
        State::open(&path).unwrap();
    }

    #[test]
    fn a_line_that_is_not_understood_is_told() {
        let path = path("odd");
        drop(State::open(&path).unwrap());
        fs::write(&path, "{\"event\":\"moved\"}\n").unwrap();
        let error = State::open(&path).unwrap_err().to_string();
        assert!(error.starts_with("line 1 of the state file"), "{error}");
        assert!(Memory::read(Path::new("/nowhere/rooms.jsonl")).unwrap().0.is_empty());
    }
}
