//! What it costs to start the functions for each chat, side by side: the handler of IVS Chat
//! has no AWS SDK, the others do.
//!
//! What they call is answered here, by plain HTTP: what TLS takes is not in the figures, but
//! for the reading of the root certificates, which is part of the start.

use std::path::PathBuf;

use chatwarden_emulator::{Callbacks, Config};

use crate::table::{Unit, seconds};
use crate::{STARTS, Start, machine};

const IVS: &str = include_str!("../../../events/masked.json");
const GATEWAY: &str = include_str!("../../../events/apigateway/masked.json");
const CHIME: &str = include_str!("../../../events/chime/masked.json");

/// Starts each function again and again, in turns, and prints what it took to the answer to a
/// masked message.
pub(crate) async fn print([handler, gateway, chime]: &[PathBuf; 3]) {
    // An empty object is an answer of DynamoDB as well: nobody else is in the room.
    let aws = Callbacks::start().await.unwrap();
    let with_aws = |binary| {
        Config::new(binary)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL", aws.url())
    };
    let functions = [
        ("IVS Chat", Config::new(handler), IVS),
        ("API Gateway, no table", Config::new(gateway), GATEWAY),
        (
            "API Gateway, a table",
            with_aws(gateway).env("CHATWARDEN_CONNECTIONS_TABLE", "chat"),
            GATEWAY,
        ),
        ("Chime SDK", with_aws(chime), CHIME),
    ];
    let mut starts: [Vec<Start>; 4] = Default::default();
    for _ in 0..STARTS {
        for (starts, (_, config, event)) in starts.iter_mut().zip(&functions) {
            starts.push(Start::of(config, event.as_bytes()).await);
        }
    }
    println!("{}", machine());
    println!("Least / median / most of {STARTS} starts.\n");
    println!("| |{} |", functions.each_ref().map(|(name, ..)| format!(" {name}")).join(" |"));
    println!("| --- |{}", " ---: |".repeat(functions.len()));
    type Measure = fn(&Start) -> f64;
    let rows: [(&str, Unit, Measure); 4] = [
        ("CPU from exec until it waits for events", Unit::Milliseconds, |start| {
            seconds(start.init.cpu)
        }),
        ("CPU of the first invocation", Unit::Milliseconds, Start::first_invocation),
        ("CPU from exec to the first answer", Unit::Milliseconds, Start::cpu),
        ("peak memory", Unit::Megabytes, |start| start.answered.peak_memory as f64),
    ];
    for (measure, unit, of) in rows {
        let cells = starts.each_ref().map(|starts| {
            let values: Vec<f64> = starts.iter().map(of).collect();
            format!(" {}", unit.spread(&values))
        });
        println!("| {measure} |{} |", cells.join(" |"));
    }
    let sizes = functions.each_ref().map(|(_, config, _)| {
        let size = std::fs::metadata(&config.binary).unwrap().len();
        format!(" {}", Unit::Megabytes.spread(&[size as f64]))
    });
    println!("| size of the binary |{} |", sizes.join(" |"));
}
