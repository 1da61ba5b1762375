//! Signal paths and patterns: `*` stands for one whole name, `**` for one or more.

/// How exactly a pattern names what it matches: more literal names first, then fewer open ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exactness {
    literal: usize,
    closed: usize,
}

/// Whether a text is a path or pattern at all.
pub(crate) fn well_formed(pattern: &str) -> bool {
    let name =
        |segment: &str| segment == "*" || segment == "**" || (!segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    let mut segments = pattern.split('.');
    segments.next() == Some("Vehicle") && pattern.contains('.') && pattern.len() <= 160 && pattern.matches("**").count() <= 2 && segments.all(name)
}

/// Whether a pattern is an open one.
pub(crate) fn is_wildcard(pattern: &str) -> bool {
    pattern.split('.').any(|segment| segment.starts_with('*'))
}

/// Whether a pattern matches a path.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('.').collect();
    let path: Vec<&str> = path.split('.').collect();
    matches_from(&pattern, &path)
}

fn matches_from(pattern: &[&str], path: &[&str]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return path.is_empty() };
    match *first {
        "**" => (1..=path.len()).any(|taken| path.get(taken..).is_some_and(|left| matches_from(rest, left))),
        "*" => path.split_first().is_some_and(|(_, left)| matches_from(rest, left)),
        literal => path.split_first().is_some_and(|(name, left)| *name == literal && matches_from(rest, left)),
    }
}

/// How exact a pattern is.
pub(crate) fn exactness(pattern: &str) -> Exactness {
    let segments: Vec<&str> = pattern.split('.').collect();
    let open = segments.iter().filter(|segment| **segment == "**").count();
    let literal = segments.iter().filter(|segment| !segment.starts_with('*')).count();
    Exactness { literal, closed: usize::MAX - open }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        assert!(matches("Vehicle.Powertrain.**", "Vehicle.Powertrain.CombustionEngine.Speed"));
        assert!(matches("Vehicle.Chassis.Axle.*.Wheel.*.Speed", "Vehicle.Chassis.Axle.Row1.Wheel.Left.Speed"));
        assert!(matches("Vehicle.**.IsOpen", "Vehicle.Cabin.Door.Row1.DriverSide.IsOpen"));
        assert!(!matches("Vehicle.Powertrain.**", "Vehicle.Powertrain"));
        assert!(!matches("Vehicle.*", "Vehicle.Body.Hood"));
        assert!(!matches("Vehicle.Speed", "Vehicle.SpeedLimit"));
    }

    #[test]
    fn the_longer_literal_wins() {
        assert!(exactness("Vehicle.Cabin.Door.**") > exactness("Vehicle.Cabin.**"));
        assert!(exactness("Vehicle.Speed") > exactness("Vehicle.*"));
        assert!(exactness("Vehicle.Cabin.*") > exactness("Vehicle.Cabin.**"));
    }

    #[test]
    fn only_names_and_stars_are_patterns() {
        assert!(well_formed("Vehicle.Speed") && well_formed("Vehicle.**"));
        for bad in ["Vehicle", "Speed", "Vehicle..Speed", "Vehicle.Spe*", "Vehicle.a b", "", "Vehicle."] {
            assert!(!well_formed(bad), "{bad}");
        }
    }
}
