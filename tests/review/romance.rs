//! Spanish and Portuguese: the mild words of their packs in all their forms, and innocent
//! words and lines that hold the letters of strong ones.

use crate::{policy_of, table};

/// A policy of one rule that masks the terms of these packs from this severity on.
fn masking_from(severity: u8) -> crate::Loaded {
    policy_of(&format!(
        "[[rule]]\nid = 'one'\nlexicon = {{ packs = ['es', 'pt'], severity = {severity} }}\naction = 'mask'\n"
    ))
}

#[test]
fn mild_words_are_found_in_their_forms() {
    table(
        &masking_from(1),
        &[
            ("plain", "qué tonto eres", "rewrite: qué ***** eres"),
            ("feminine", "qué tonta eres", "rewrite: qué ***** eres"),
            ("plural", "son todos unos idiotas", "rewrite: son todos unos *******"),
            ("belittled", "qué tontita", "rewrite: qué *******"),
            ("with its accent", "es un estúpido", "rewrite: es un ********"),
            ("without", "es un estupido", "rewrite: es un ********"),
            ("decomposed", "es un estu\u{301}pido", "rewrite: es un ********"),
            ("digits for letters", "m4ld1ta suerte", "rewrite: ******* suerte"),
            ("spelled out", "m a l d i t o", "rewrite: *************"),
            ("letters repeated", "malditoooo", "rewrite: **********"),
            ("Portuguese feminine", "que otária", "rewrite: que ******"),
            ("Portuguese belittled", "que estupidinho", "rewrite: que ***********"),
            ("Portuguese plural", "uns canalhas", "rewrite: uns ********"),
        ],
    );
}

#[test]
fn innocent_lines_are_left_alone() {
    let lines = [
        // Letters of a strong word inside another.
        "la computadora de la diputada",
        "mi reputación, tu reputação",
        "obscuro e escuro, cuidado",
        "el artículo del vehículo es un espectáculo",
        "Vergara marcó un gol en Cullera",
        "tengo diez años",
        "el cono de helado",
        "rocas piroclásticas",
        "um viaduto na via do mar",
        "os tetos e os docus",
        // Two words that make one.
        "lo que no te mata te hace más fuerte",
        "mi mamá da clases y mi mamá te quiere",
        "vamos a ver gas natural",
        "Mari con su hermana",
        "que você colha o que plantou",
        "a desgraça do mundo",
        "dou te tudo o que tenho",
        "quem mata os mosquitos",
        "o mate se toma caliente",
        "en sus normales condiciones",
        // Other languages.
        "the food's fine, the poll's closed, the travel's over",
        "I care very much",
        "er vergaß die FDP",
        "avec mon mari ça se passe bien",
        "la folla applaude",
        "gepremieerde films uit Nederland",
        "fodder for the sheep",
        // Words that are ordinary in one place and rude in another.
        "coge el autobús",
        "me gusta la rola nueva",
        "um pinto amarelo e um pau de madeira",
        "pica-pau na floresta",
        "el vuelo llega retrasado",
        "la bicha do banco",
    ];
    let rows: Vec<(&str, &str, &str)> = lines.iter().map(|line| ("", *line, "allow")).collect();
    table(&masking_from(2), &rows);
}
