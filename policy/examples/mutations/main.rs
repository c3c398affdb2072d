//! How much disguise hides: for every class of disguises, how many of the terms that the default
//! policy acts on are found in it, and how many innocent words are taken for one:
//!
//! ```text
//! cargo run -p chatwarden-policy --example mutations [-- --misses PART-OF-A-CLASS]
//! ```
//!
//! The table has no term in it. With `--misses` come, for the classes so named, the spellings in
//! which a term was not found, and the innocent ones in which one was. Terms that are marked
//! `plain` or `exact` are left out: they are meant in their own spelling alone. `tests/review`
//! holds a part of this to floors.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for a person, of files that are known"
)]

mod disguise;
mod measure;

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_policy::compile;
use measure::{Language, Outcome, Sample, english, korean, measure, policy};

fn main() {
    let mut args = std::env::args().skip(1);
    let show: fn(&Language, &CompiledPolicy<'_>, &str) = match args.next().as_deref() {
        None => table,
        Some("--misses") => misses,
        Some(_) => return println!("usage: mutations [--misses PART-OF-A-CLASS]"),
    };
    let part = args.next().unwrap_or_default();
    let print = |policy: &CompiledPolicy<'_>| {
        for language in [english(policy), korean(policy)] {
            show(&language, policy, &part);
        }
    };
    compile(&policy()).unwrap().with_policy(print).unwrap();
}

/// Terms found and false alarms, in percent of the spellings.
fn table(language: &Language, policy: &CompiledPolicy<'_>, _: &str) {
    let head = |sample: &Sample| {
        let what = if sample.to_be_found { "found" } else { "false alarms" };
        format!("{what}: {} {}", sample.texts.len(), sample.name)
    };
    let heads: Vec<String> = language.samples.iter().map(head).collect();
    println!("| {}, percent | {} |", language.name, heads.join(" | "));
    println!("| --- |{}", " ---: |".repeat(heads.len()));
    let mut totals: Vec<Outcome> = heads.iter().map(|_| Outcome::default()).collect();
    for class in language.classes {
        let measured = |sample| measure(policy, class, sample);
        let outcomes: Vec<Outcome> = language.samples.iter().map(measured).collect();
        row(class.name, language, &outcomes);
        for (total, outcome) in totals.iter_mut().zip(outcomes) {
            total.spellings += outcome.spellings;
            total.wrong.extend(outcome.wrong);
        }
    }
    row("all spellings", language, &totals);
    let spellings: Vec<String> = totals.iter().map(|total| total.spellings.to_string()).collect();
    println!("| spellings tried | {} |\n", spellings.join(" | "));
}

fn row(name: &str, language: &Language, outcomes: &[Outcome]) {
    let cell = |(sample, outcome): (&Sample, &Outcome)| match outcome.spellings {
        0 => "–".to_owned(),
        _ if sample.to_be_found => format!("{:.1}", 100.0 - outcome.percent_wrong()),
        _ => format!("{:.2}", outcome.percent_wrong()),
    };
    let cells: Vec<String> = language.samples.iter().zip(outcomes).map(cell).collect();
    println!("| {name} | {} |", cells.join(" | "));
}

/// Everything that came out wrong in the classes with `part` in their name.
fn misses(language: &Language, policy: &CompiledPolicy<'_>, part: &str) {
    for class in language.classes.iter().filter(|class| class.name.contains(part)) {
        for sample in &language.samples {
            let Outcome { spellings, wrong } = measure(policy, class, sample);
            let what = if sample.to_be_found { "not found" } else { "false alarms" };
            println!(
                "{}, {}, {}: {} of {spellings} {what}",
                language.name,
                class.name,
                sample.name,
                wrong.len()
            );
            for (text, spelling) in wrong {
                println!("  {text}: {}", spelling.escape_debug());
            }
        }
    }
}
