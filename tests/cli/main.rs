//! The command as it is used: conversations (`*.md`: command, exit code, what it says),
//! and tests of what a conversation can't show.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: clippy knows the tests only"
)]

mod review;
mod streams;

/// To write down what the commands say now: `TRYCMD=overwrite cargo test --test cli`.
#[test]
fn conversations() {
    trycmd::TestCases::new().case("../tests/cli/*.md");
}
