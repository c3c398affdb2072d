//! What scripts see: the exit codes, the same for every command.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Success = 0,
    /// Done, and the answer is no: a policy has faults, a line was no review request.
    No = 1,
    /// Could not be done; stderr says why. Also what a wrong command line ends with.
    Failed = 2,
    /// Done in part, e.g. for some of the rooms; the same command goes on from there.
    Partial = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
