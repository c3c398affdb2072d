//! What Spanish and Portuguese share: how a stem is spelled before its ending.

/// The stem with the ending, spelled so that it sounds as before: `vac` and `e` make
/// `vaque`, `pag` and `e` `pague`, `laç` and `e` `lace`.
pub(super) fn joined(stem: &str, ending: &str) -> String {
    if !ending.starts_with(['e', 'i', 'é', 'í']) {
        return format!("{stem}{ending}");
    }
    if let Some(start) = stem.strip_suffix('c') {
        format!("{start}qu{ending}")
    } else if let Some(start) = stem.strip_suffix('g') {
        format!("{start}gu{ending}")
    } else if let Some(start) = stem.strip_suffix('ç') {
        format!("{start}c{ending}")
    } else {
        format!("{stem}{ending}")
    }
}
