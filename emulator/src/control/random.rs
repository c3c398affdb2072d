//! Ids and chances. The same seed gives the same ones in the same order: what a suite saw
//! once it sees again. Not for secrets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

/// A generator of its kind (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1, 1 left out.
    pub(crate) fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or_default())
            / (f64::from(u32::MAX) + 1.0)
    }

    /// An id as IVS Chat makes them: twelve letters and digits.
    pub(crate) fn id(&mut self) -> String {
        const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let sign = |_| {
            let at = usize::try_from(self.next() % 62).unwrap_or_default();
            SIGNS.get(at).copied().map_or('0', char::from)
        };
        (0..12).map(sign).collect()
    }

    /// An id as API Gateway makes them: eleven bytes in Base64.
    pub(crate) fn token(&mut self) -> String {
        let bytes: Vec<u8> = [self.next(), self.next()].map(u64::to_le_bytes).concat();
        URL_SAFE.encode(bytes.get(..11).unwrap_or_default())
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_form_and_repeat_with_the_seed_alone() {
        let (mut a, mut b, mut c) = (Random::new(1), Random::new(1), Random::new(2));
        let id = a.id();
        assert!(id.len() == 12 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
        assert_eq!(id, b.id());
        assert_ne!(id, c.id());
        assert_ne!(id, a.id());
        assert_eq!(a.uuid().len(), 36);
        let token = a.token();
        assert!(token.len() == 16 && token.ends_with('='), "{token}");
    }

    #[test]
    fn fractions_are_spread() {
        let mut random = Random::new(7);
        let below = (0..10_000).filter(|_| random.fraction() < 0.1).count();
        assert!((900..1100).contains(&below), "{below}");
    }
}
