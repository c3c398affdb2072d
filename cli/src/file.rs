//! Reading and writing files, with errors that name them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};

/// Opens a file to read.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    let shown = path.display();
    match File::open(path) {
        Ok(_) if path.is_dir() => Err(anyhow!("`{shown}` is a folder; name a file in it")),
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(anyhow!("there is no file `{shown}`"))
        }
        Err(error) => Err(error).with_context(|| format!("could not read `{shown}`")),
    }
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .read_to_end(&mut bytes)
        .with_context(|| format!("could not read `{}`", path.display()))?;
    Ok(bytes)
}

/// Lets a command write over what is of its own kind, which begins with `magic`: a slip of
/// the hand must not cost a policy's text.
pub(crate) fn refuse_to_destroy(to: &Path, magic: &[u8], kind: &str) -> anyhow::Result<()> {
    if !to.exists() {
        return Ok(());
    }
    let shown = to.display();
    if !to.is_file() || to.is_symlink() {
        bail!("`{shown}` is no ordinary file; name one to write");
    }
    if !read(to)?.starts_with(magic) {
        bail!("`{shown}` is there and holds no {kind}; name another file, or remove it first");
    }
    Ok(())
}

/// Writes a file by way of a second one beside it, so that a reader, or an
/// interruption, never meets half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        bail!("there is no folder `{}` to write in; make it first", folder.display());
    }
    let beside = beside(path);
    let written = File::create(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("could not write `{}`", path.display()))
}

/// `policy.cwp` -> `.policy.cwp.4711.tmp`: hidden, in the same folder (a rename does
/// not cross file systems), and another name for each process.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}
