//! The command as it is used: conversations (`*.md`: command, exit code, what it says),
//! and tests of what a conversation can't show.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: clippy knows the tests only"
)]

mod aws;
mod changes;
mod doctor;
mod package;
mod permissions;
mod review;
mod streams;

/// To write down what the commands say now: `TRYCMD=overwrite cargo test --test cli`.
#[test]
fn conversations() {
    trycmd::TestCases::new().case("../tests/cli/*.md");
}

/// Those about rooms, which have an AWS of their own to talk to.
#[test]
fn conversations_about_rooms() {
    let aws = aws::Aws::start(aws::for_conversations());
    let cases = trycmd::TestCases::new();
    for (name, value) in aws.environment() {
        cases.env(name, value);
    }
    cases.case("../tests/cli/aws/*.md");
}
