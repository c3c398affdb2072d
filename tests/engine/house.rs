//! Rules of the house that no compiler holds: what a file may name, what the handler may
//! link, and where strong words may stand.
#![expect(clippy::unwrap_used, reason = "helpers of tests: clippy knows the tests only")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every text file below a directory, by its path from the workspace; build products and
/// hidden directories left out.
fn texts(below: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut directories = vec![root().join(below)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                if !name.starts_with('.') && name != "target" {
                    directories.push(entry.path());
                }
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                let path = entry.path().strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.insert(path, text);
            }
        }
    }
    found
}

/// The lines of Rust code without comments and without the file's own tests, by number.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let product = text.split("#[cfg(test)]").next().unwrap_or(text);
    (1..).zip(product.lines().map(|line| line.split("//").next().unwrap_or(line)))
}

/// The wire is told apart from everything we make of it.
#[test]
fn the_contract_uses_std_and_serde_alone() {
    let contract = (["std", "serde", "serde_json"].as_slice(), ["mod usual;"].as_slice());
    // Of ours, the contract itself.
    let usual = (["std", "super"].as_slice(), ["use super::"].as_slice());
    for (file, (crates, own)) in [("contract.rs", contract), ("contract/usual.rs", usual)] {
        let text = fs::read_to_string(root().join("engine/src").join(file)).unwrap();
        for (number, line) in code(&text) {
            if let Some(used) = line.trim().strip_prefix("use ") {
                let from = used.split("::").next().unwrap();
                assert!(crates.contains(&from), "{file}:{number}: {line}");
            }
            if own.iter().any(|own| line.starts_with(own)) {
                continue;
            }
            for ours in ["crate::", "super::", "chatwarden", "extern crate", "mod "] {
                assert!(!line.contains(ours), "{file}:{number}: {line}");
            }
        }
    }
}

/// The engine is a pure function.
#[test]
fn the_engine_names_no_world() {
    let world = [
        "std::fs",
        "std::env",
        "std::net",
        "std::io",
        "std::process",
        "std::thread",
        "std::time::Instant",
        "Instant::now",
        "SystemTime",
        "tokio",
        "async ",
        ".await",
        "println!",
        "print!",
        "dbg!",
        "static mut",
        "thread_local!",
        "OnceLock",
        "LazyLock",
        "unsafe",
        "aws",
    ];
    for (path, text) in texts("engine/src") {
        for (number, line) in code(&text) {
            for name in world {
                assert!(!line.contains(name), "{path}:{number} names `{name}`: {line}");
            }
        }
    }
}

/// Sections of a manifest with the names of the packages they list.
fn dependencies(manifest: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let mut section = String::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']').to_owned();
            // `[dependencies.serde]`
            if let Some((of, name)) = section.rsplit_once("dependencies.") {
                found.push((format!("{of}dependencies"), name.to_owned()));
            }
        } else if section.ends_with("dependencies") {
            let name = line.split(['=', '.', ' ']).next().unwrap();
            if !name.is_empty() {
                found.push((section.clone(), name.trim_matches('"').to_owned()));
            }
        }
    }
    found
}

/// Whatever the handler links, every cold start pays for.
#[test]
fn the_handler_links_no_tools() {
    let all = dependencies("handler/Cargo.toml");
    let linked: BTreeSet<&str> = all
        .iter()
        .filter(|(section, _)| !section.contains("build-") && !section.contains("dev-"))
        .map(|(_, name)| name.as_str())
        .collect();
    assert!(linked.contains("chatwarden-engine"), "the manifest was read: {linked:?}");
    for name in linked {
        let kept_out = name.starts_with("aws-")
            || name.starts_with("rustls")
            || name.contains("hyper")
            || ["toml", "clap", "chatwarden-policy", "chatwarden", "chatwarden-emulator"]
                .contains(&name)
            || ["aho-corasick", "regex", "proptest", "reqwest", "openssl"].contains(&name);
        assert!(!kept_out, "handler/Cargo.toml lists `{name}`");
    }
    let anywhere: BTreeSet<&str> = all
        .iter()
        .filter(|(section, _)| !section.contains("build-"))
        .map(|(_, name)| name.as_str())
        .collect();
    for name in ["toml", "clap", "chatwarden-policy"] {
        assert!(!anywhere.contains(name), "handler/Cargo.toml lists `{name}`");
    }
}

/// Arrows between the crates run one way.
#[test]
fn crates_depend_in_one_direction() {
    for (package, may) in [
        ("engine", &[][..]),
        ("policy", &["chatwarden-engine"]),
        ("emulator", &["chatwarden-engine"]),
        ("handler", &["chatwarden-engine"]),
        ("cli", &["chatwarden-engine", "chatwarden-policy", "chatwarden-emulator"]),
    ] {
        for (section, name) in dependencies(&format!("{package}/Cargo.toml")) {
            let ours = name.starts_with("chatwarden") && section == "dependencies";
            assert!(!ours || may.contains(&name.as_str()), "{package}/Cargo.toml lists `{name}`");
        }
    }
}

/// Terms of the English lexicon that are ordinary words elsewhere, each with where.
const ORDINARY: &[(&str, &str)] = &[];

/// Strong words stand in lexicons and nowhere else: tests, docs and comments use mild ones.
#[test]
fn strong_words_stand_in_lexicons_alone() {
    let lexicon = fs::read_to_string(root().join("policy/lexicons/en.txt")).unwrap();
    let mut strong = BTreeSet::new();
    for line in lexicon.lines().filter(|line| !line.starts_with([' ', '\t', '#'])) {
        let mut fields = line.split('|').map(str::trim);
        let (Some(term), Some(_), Some("2" | "3")) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let word = term.trim_matches('*').to_lowercase();
        if word.len() >= 4 && word.bytes().all(|b| b.is_ascii_lowercase()) {
            strong.insert(word);
        }
    }
    assert!(strong.len() > 100, "the lexicon was read");
    for (word, _) in ORDINARY {
        assert!(strong.contains(*word), "`{word}` needs no exemption");
    }
    let mut found = Vec::new();
    for (path, text) in texts("") {
        if path.starts_with("policy/lexicons") {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            for word in line.split(|c: char| !c.is_alphanumeric()) {
                let word = word.to_lowercase();
                if strong.contains(&word) && !ORDINARY.iter().any(|(ordinary, _)| *ordinary == word)
                {
                    found.push(format!("{path}:{number}"));
                }
            }
        }
    }
    // Places only: a failed test is no place for these words either.
    assert!(found.is_empty(), "strong words stand in {found:#?}");
}
