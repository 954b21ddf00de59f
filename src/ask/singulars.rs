//! What a name may be the plural of.

/// The name itself and what it may be the plural of.
pub fn singulars(plural: &str) -> Vec<String> {
    let mut names = vec![plural.to_owned()];
    let mut ending = |ending: &str, singular: &str| {
        if let Some(stem) = plural.strip_suffix(ending) {
            names.push(format!("{stem}{singular}"));
        }
    };
    for (plural, singular) in [
        ("people", "person"),
        ("children", "child"),
        ("men", "man"),
        ("ies", "y"),
        ("ves", "f"),
        ("ves", "fe"),
        ("es", ""),
        ("s", ""),
    ] {
        ending(plural, singular);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals() {
        assert!(singulars("cities").contains(&"city".to_owned()));
        assert!(singulars("people").contains(&"person".to_owned()));
        assert!(singulars("boxes").contains(&"box".to_owned()));
    }
}
