//! What a pack finds of other word lists: for each file of one word or phrase a line, how many
//! it finds at which severity, and how many it does not:
//!
//! ```text
//! cargo run -p chatwarden-policy --example coverage -- PACK [--left-out] FILE…
//! ```
//!
//! Of a line of comma separated values the first is taken. With `--left-out` the entries that
//! are not found come below the table. A word that is not found is not yet missing: the lists
//! hold much that a chat should deliver (`lexicons/README.md`).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for a person, of files that are known"
)]

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::ReviewRequest;
use chatwarden_engine::review::Scratch;
use chatwarden_policy::{Source, compile, parse};

fn main() {
    let (options, args): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let Some((pack, files)) = args.split_first() else {
        return println!("usage: coverage PACK [--left-out] FILE…");
    };
    // The first rule finds the gravest.
    let rule = |severity: u8| {
        format!(
            "[[rule]]\nid = 'severity-{severity}'\naction = 'mask'\n\
             lexicon = {{ packs = '{pack}', severity = {severity}, max_severity = {severity} }}\n"
        )
    };
    let text = [3, 2, 1].map(rule).concat();
    let policy = parse(&Source { name: "coverage".to_owned(), text }).unwrap();
    let left_out = compile(&policy).unwrap().with_policy(|policy| table(policy, files)).unwrap();
    if options.iter().any(|option| option == "--left-out") {
        for (file, entries) in files.iter().zip(left_out) {
            println!("\n{file}:\n{}", entries.join("\n"));
        }
    }
}

/// Prints the table, and gives the entries of each file that are not found.
fn table(policy: &CompiledPolicy<'_>, files: &[String]) -> Vec<Vec<String>> {
    println!("| list | entries | severity 3 | severity 2 | severity 1 | not found |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    files.iter().map(|file| row(policy, file)).collect()
}

fn row(policy: &CompiledPolicy<'_>, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let first_value =
        |line: &str| line.split(',').next().unwrap_or(line).trim_matches('"').trim().to_owned();
    let mut entries: Vec<String> =
        text.lines().map(first_value).filter(|entry| !entry.is_empty()).collect();
    entries.sort();
    entries.dedup();
    let mut scratch = Scratch::default();
    let (mut by_rule, mut left_out) = ([0; 3], Vec::new());
    for entry in &entries {
        let request = ReviewRequest { content: entry.as_str().into(), ..ReviewRequest::default() };
        let review = policy.review(&request, &mut scratch);
        let gravest = review.matches.iter().map(|found| found.rule_index).min();
        match gravest.and_then(|rule| by_rule.get_mut(rule)) {
            Some(count) => *count += 1,
            None => left_out.push(entry.clone()),
        }
    }
    let [severe, strong, mild] = by_rule;
    let (all, none) = (entries.len(), left_out.len());
    println!("| {file} | {all} | {severe} | {strong} | {mild} | {none} |");
    left_out
}
