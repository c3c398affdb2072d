//! Which policy the handler follows, and how it gets into memory.
//!
//! The first of these that is there: the file that `CHATWARDEN_POLICY_FILE` names,
//! `policy.cwp` beside the binary (`$LAMBDA_TASK_ROOT`), `/opt/policy.cwp` (a layer),
//! the policy that was compiled into the binary. One that is there and cannot be used
//! fails the start: following another policy in silence would be worse than the
//! rooms' fallback result and an alarm.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chatwarden_engine::compiled::{CompiledPolicy, LoadError};
use chatwarden_engine::layout::ALIGNMENT;

/// The file name of a compiled policy beside the binary or in a layer.
const FILE_NAME: &str = "policy.cwp";

/// As much as [`ALIGNMENT`] asks for; a number is all that can stand here.
#[repr(C, align(16))]
struct Aligned<Bytes: ?Sized>(Bytes);

static EMBEDDED: &Aligned<[u8]> =
    &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/policy.cwp")));

/// The bytes of the policy that was compiled into the binary.
pub fn embedded() -> &'static [u8] {
    &EMBEDDED.0
}

/// Where policy files are looked for.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// A file that must be there, whatever its name.
    pub named: Option<PathBuf>,
    /// Folders in which `policy.cwp` may be there; the first one counts.
    pub folders: Vec<PathBuf>,
}

/// A policy that is ready for use.
pub struct Loaded {
    /// The policy, in memory for as long as the process runs.
    pub policy: CompiledPolicy<'static>,
    /// Where it was.
    pub from: Origin,
}

/// Where a policy was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the binary.
    Embedded,
    /// In this file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Why a policy that is there cannot be followed.
#[derive(Debug)]
pub struct Unusable {
    /// Which policy.
    pub from: Origin,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a policy.
#[derive(Debug)]
pub enum Cause {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file is no compiled policy of this version.
    Unfit(LoadError),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the policy `{}` cannot be used: ", self.from)?;
        match &self.cause {
            Cause::Unreadable(error) => error.fmt(f),
            Cause::Unfit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unusable {}

impl Places {
    /// The places as the environment names them. An empty variable names nothing.
    pub fn from_env() -> Self {
        let path = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let task_root = path("LAMBDA_TASK_ROOT");
        Self {
            named: path("CHATWARDEN_POLICY_FILE"),
            folders: task_root.into_iter().chain([PathBuf::from("/opt")]).collect(),
        }
    }

    /// Loads the first policy that is there; the embedded one if no file is.
    ///
    /// # Errors
    /// When the file that is there, or must be, cannot be read or is no compiled
    /// policy of this version.
    pub fn load(&self) -> Result<Loaded, Unusable> {
        if let Some(path) = &self.named {
            return load_file(path, File::open(path));
        }
        for folder in &self.folders {
            let path = folder.join(FILE_NAME);
            match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => return load_file(&path, opened),
            }
        }
        let from = Origin::Embedded;
        match CompiledPolicy::embedded(embedded()) {
            Ok(policy) => Ok(Loaded { policy, from }),
            Err(error) => Err(Unusable { from, cause: Cause::Unfit(error) }),
        }
    }
}

fn load_file(path: &Path, opened: io::Result<File>) -> Result<Loaded, Unusable> {
    let from = Origin::File(path.to_owned());
    let policy = opened
        .and_then(read_aligned)
        .map_err(Cause::Unreadable)
        .and_then(|bytes| CompiledPolicy::checked(bytes).map_err(Cause::Unfit));
    match policy {
        Ok(policy) => Ok(Loaded { policy, from }),
        Err(cause) => Err(Unusable { from, cause }),
    }
}

/// Reads a file into memory that begins at a multiple of [`ALIGNMENT`] and is never
/// given back: a process has one policy.
fn read_aligned(mut file: File) -> io::Result<&'static [u8]> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    let size = usize::try_from(file.metadata()?.len()).map_err(|_| too_large())?;
    // Zeroed memory of this size comes fresh from the system and is not written twice.
    let memory = vec![0; size.checked_add(ALIGNMENT).ok_or_else(too_large)?].leak();
    let start = memory.as_ptr().align_offset(ALIGNMENT);
    let bytes = memory.get_mut(start..).and_then(|m| m.get_mut(..size)).ok_or_else(too_large)?;
    file.read_exact(bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A new folder for one test.
    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("chatwarden-load-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_embedded_policy_is_aligned() {
        assert_eq!(embedded().as_ptr().align_offset(ALIGNMENT), 0);
    }

    #[test]
    fn a_file_is_read_whole_and_aligned() {
        let path = folder("aligned").join("file");
        for size in [0, 1, 15, 16, 17, 4096, 100_003] {
            let content: Vec<u8> = (0..size).map(|i| i as u8).collect();
            fs::write(&path, &content).unwrap();
            let bytes = read_aligned(File::open(&path).unwrap()).unwrap();
            assert_eq!(bytes, content);
            assert_eq!(bytes.as_ptr().align_offset(ALIGNMENT), 0, "{size} bytes");
        }
    }

    #[test]
    fn the_first_policy_that_is_there_is_taken() {
        let (task_root, layer) = (folder("task-root"), folder("layer"));
        let named = folder("named").join("anything");
        let mut places = Places { named: None, folders: vec![task_root.clone(), layer.clone()] };
        let from = |places: &Places| places.load().unwrap().from;

        assert_eq!(from(&places), Origin::Embedded);
        fs::write(layer.join(FILE_NAME), embedded()).unwrap();
        assert_eq!(from(&places), Origin::File(layer.join(FILE_NAME)));
        fs::write(task_root.join(FILE_NAME), embedded()).unwrap();
        assert_eq!(from(&places), Origin::File(task_root.join(FILE_NAME)));
        fs::write(&named, embedded()).unwrap();
        places.named = Some(named.clone());
        assert_eq!(from(&places), Origin::File(named));
    }

    #[test]
    fn a_policy_that_is_there_and_unusable_is_never_passed_over() {
        let (broken, good) = (folder("broken"), folder("good"));
        fs::write(good.join(FILE_NAME), embedded()).unwrap();
        // A folder in the file's place can be opened and not read.
        fs::create_dir_all(broken.join(FILE_NAME)).unwrap();
        let places = Places { named: None, folders: vec![broken, good.clone()] };
        assert!(matches!(places.load().err().unwrap().cause, Cause::Unreadable(_)));

        let named = Some(good.join("missing.cwp"));
        let error = Places { named, folders: vec![good.clone()] }.load().err().unwrap();
        assert!(error.to_string().contains("missing.cwp` cannot be used: No such file"), "{error}");

        fs::write(good.join(FILE_NAME), b"hello").unwrap();
        let error = Places { named: None, folders: vec![good] }.load().err().unwrap();
        assert!(matches!(error.cause, Cause::Unfit(LoadError::NotAPolicy)), "{error}");
    }
}
