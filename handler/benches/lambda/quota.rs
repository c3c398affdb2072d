//! A whole life at the share of a processor that Lambda gives a function of 128 MB, from the
//! start of the process to its first answer. (Lambda is kinder: it starts functions at full
//! speed.)

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::binaries::{Binaries, folder};
use crate::chat::{CHAT, event};
use crate::process::Environment;
use crate::table::{Row, Target, Unit, seconds};

/// Processes of each binary.
const STARTS: usize = 15;
/// A function of 1,769 MB has a processor of its own, one of 128 MB a fourteenth of one.
/// Source: Lambda Developer Guide, "Configure Lambda function memory".
const QUOTA: &str = "1400";
/// Of how many microseconds.
const PERIOD: &str = "20000";

pub(crate) async fn print(binaries: &Binaries) {
    let Some(group) = Group::make() else {
        println!(
            "| at 7 % of a processor: skipped, no cgroup (version 1) that can be written | | | | | | |"
        );
        return;
    };
    let event = event(CHAT.first().unwrap());
    let [mut echo, mut ours] = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (times, binary) in [(&mut echo, &binaries.echo), (&mut ours, &binaries.handler)] {
            let limited = group.limited(binary);
            let started = Instant::now();
            let mut environment = Environment::start(&limited).await;
            environment.invoke(&event).await;
            times.push(seconds(started.elapsed()));
            environment.stop().await;
        }
    }
    let measure = "first answer at 7 % of a processor";
    Row { measure, unit: Unit::Milliseconds, echo, ours, target: Target::AtMost(20e-3) }.print();
}

/// A group of processes that together get no more than the quota; it ends when dropped.
struct Group(PathBuf);

impl Group {
    fn make() -> Option<Self> {
        let name = format!("chatwarden-bench-{}", std::process::id());
        let group = Self(Path::new("/sys/fs/cgroup/cpu").join(name));
        fs::create_dir(&group.0).ok()?;
        fs::write(group.0.join("cpu.cfs_period_us"), PERIOD).ok()?;
        fs::write(group.0.join("cpu.cfs_quota_us"), QUOTA).ok()?;
        Some(group)
    }

    /// A program that enters the group and becomes `binary`. The millisecond that the shell
    /// takes before that is at full speed, and in the figures of both sides.
    fn limited(&self, binary: &Path) -> PathBuf {
        let script = folder().join("limited");
        let (tasks, binary) = (self.0.join("cgroup.procs"), binary.display());
        let text = format!("#!/bin/sh\necho $$ >'{}'\nexec '{binary}'\n", tasks.display());
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        script
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its last process has ended: nothing hinders this.
        drop(fs::remove_dir(&self.0));
    }
}
