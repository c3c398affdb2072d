//! Where a Japanese word may end, though no space tells: what is written in hiragana goes
//! on with particles and the copula.
//!
//! Knows the common ones alone, and no grammar: `どじ` ends before `だな`, and not before
//! `る`. A change of script ends words as well; that is seen by the letters' class.

/// What may follow a noun, in the letters it folds to (`じや` is `じゃ`).
const PARTICLES: &str = "だ で な の が は を に と も よ ね か や さ ぞ ぜ わ へ め じや つて つぽ つす から \
    まで より たち ども しか だけ くん さん ちやん すぎ みたい ばつか";

/// Does a particle begin what follows?
pub(crate) fn begins_with_a_particle(following: impl Iterator<Item = char> + Clone) -> bool {
    PARTICLES.split(' ').any(|particle| {
        let mut letters = following.clone();
        particle.chars().all(|letter| letters.next() == Some(letter))
    })
}
