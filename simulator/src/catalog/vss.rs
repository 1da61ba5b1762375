//! A stock VSS tree as JSON, of versions 3 to 6, read into a flat table of signals.
//!
//! Differences between versions and exporters that are read over: spelling of datatypes (`UInt8`, `uint8`), `uuid` or none,
//! missing units, `instances` expanded or not (`["Left", "Right"]`, `"Row[1,2]"`, nested lists), structs beside the tree.

use super::pattern;
use consent_protocol::catalog::Datatype;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest tree that is read, bytes.
const BYTES_MAX: u64 = 64 << 20;
/// Most nodes that a tree may have once its instances are expanded.
const NODES_MAX: usize = 100_000;

/// One signal of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VssSignal {
    /// Its datatype.
    pub datatype: Datatype,
    /// Its unit, empty if it has none.
    pub unit: String,
}

/// A VSS tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vss {
    /// Its version as it says itself, `4.0` for example, or `unknown`.
    pub version: String,
    /// Signals by path.
    pub signals: BTreeMap<String, VssSignal>,
}

/// Why a file is no VSS tree.
#[derive(Debug, thiserror::Error)]
pub enum VssError {
    /// Cannot be read.
    #[error("{file}: {error}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Too large.
    #[error("{file}: expected a VSS tree of at most {BYTES_MAX} bytes and {NODES_MAX} nodes, found more")]
    TooLarge {
        /// The file.
        file: String,
    },
    /// Not JSON.
    #[error("{file}: expected a VSS tree in JSON: {error}")]
    Json {
        /// The file.
        file: String,
        /// Where it breaks.
        error: serde_json::Error,
    },
    /// Not a tree.
    #[error("{file}: expected a VSS tree as vss-tools exports it, an object \"Vehicle\" with \"children\"; found none")]
    NoTree {
        /// The file.
        file: String,
    },
}

impl Vss {
    /// Our own small tree, in the style of VSS 4.
    pub fn small() -> Self {
        Self::parse(include_str!("../../../deploy/vss/small.json"), "deploy/vss/small.json").unwrap_or_else(|_| Self::empty())
    }

    fn empty() -> Self {
        Self { version: "unknown".to_owned(), signals: BTreeMap::new() }
    }

    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, VssError> {
        let file = path.display().to_string();
        let read = |error| VssError::Read { file: file.clone(), error };
        if std::fs::metadata(path).map_err(read)?.len() > BYTES_MAX {
            return Err(VssError::TooLarge { file });
        }
        let text = std::fs::read_to_string(path).map_err(|error| VssError::Read { file: file.clone(), error })?;
        Self::parse(&text, &file)
    }

    /// Reads JSON text; `file` is its name in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, VssError> {
        let file = file.to_owned();
        let tree: Value = serde_json::from_str(text).map_err(|error| VssError::Json { file: file.clone(), error })?;
        let Some(root) = tree.get("Vehicle").filter(|root| root.get("children").is_some_and(Value::is_object)) else {
            return Err(VssError::NoTree { file });
        };
        let mut vss = Self::empty();
        let mut nodes_left = NODES_MAX;
        if vss.walk("Vehicle", root, &mut nodes_left).is_none() {
            return Err(VssError::TooLarge { file });
        }
        if let Some(version) = version(root) {
            vss.version = version;
        }
        Ok(vss)
    }

    /// Takes in a node under its path; `None` if the tree grows too large.
    fn walk(&mut self, path: &str, node: &Value, nodes_left: &mut usize) -> Option<()> {
        *nodes_left = nodes_left.checked_sub(1)?;
        let Some(children) = node.get("children").and_then(Value::as_object) else {
            self.leaf(path, node);
            return Some(());
        };
        let instances = instances(node);
        for (name, child) in children {
            // A child that says so itself is there once, whatever the branch's instances are.
            let once = child.get("instantiate").and_then(Value::as_bool) == Some(false);
            if instances.is_empty() || once {
                self.walk(&format!("{path}.{name}"), child, nodes_left)?;
                continue;
            }
            for instance in &instances {
                self.walk(&format!("{path}.{instance}.{name}"), child, nodes_left)?;
            }
        }
        Some(())
    }

    fn leaf(&mut self, path: &str, node: &Value) {
        let text = |key| node.get(key).and_then(Value::as_str).unwrap_or_default();
        if matches!(text("type"), "sensor" | "actuator" | "attribute") {
            let signal = VssSignal { datatype: datatype(text("datatype")), unit: text("unit").to_owned() };
            self.signals.insert(path.to_owned(), signal);
        }
    }

    /// The known path that is nearest to one that is not there: its last name counts as much as the whole.
    pub fn nearest(&self, path: &str) -> Option<String> {
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let score = |known: &str| strsim::normalized_damerau_levenshtein(path, known) + strsim::normalized_damerau_levenshtein(&last(path), &last(known));
        let best = self.signals.keys().map(|known| (score(known), known)).max_by(|(a, _), (b, _)| a.total_cmp(b))?;
        (best.0 > 0.9).then(|| best.1.clone())
    }

    /// Paths that a pattern matches, in order.
    pub fn matching<'v>(&'v self, pattern: &'v str) -> impl Iterator<Item = &'v str> {
        self.signals.keys().map(String::as_str).filter(move |path| pattern::matches(pattern, path))
    }
}

/// The version that a tree states about itself.
fn version(root: &Value) -> Option<String> {
    let part = |name: &str| root.get("children")?.get("VersionVSS")?.get("children")?.get(name)?.get("default")?.as_u64();
    Some(format!("{}.{}", part("Major")?, part("Minor").unwrap_or(0)))
}

/// The instances of a branch that is not expanded, joined by dots where they nest.
fn instances(node: &Value) -> Vec<String> {
    match node.get("instances") {
        Some(Value::String(range)) => expand(range),
        Some(Value::Array(items)) => list(items),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

fn list(items: &[Value]) -> Vec<String> {
    let nested = items.iter().any(|item| item.is_array() || item.as_str().is_some_and(|text| expand(text).len() > 1));
    if !nested {
        return items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    }
    items.iter().fold(vec![String::new()], |paths, item| {
        let level = match item {
            Value::String(range) => expand(range),
            Value::Array(names) => names.iter().filter_map(Value::as_str).flat_map(expand).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
        };
        let joined = paths.iter().flat_map(|path| level.iter().map(move |name| if path.is_empty() { name.clone() } else { format!("{path}.{name}") }));
        joined.take(NODES_MAX).collect()
    })
}

/// `Row[1,2]` as `Row1`, `Row2`; anything else as it is.
fn expand(range: &str) -> Vec<String> {
    let parts = range.strip_suffix(']').and_then(|rest| rest.split_once('['));
    let bounds = parts.and_then(|(name, bounds)| {
        let (from, to) = bounds.split_once(',')?;
        Some((name, from.trim().parse::<u16>().ok()?, to.trim().parse::<u16>().ok()?))
    });
    match bounds {
        Some((name, from, to)) => (from..=to).map(|number| format!("{name}{number}")).collect(),
        None => vec![range.to_owned()],
    }
}

/// A datatype as any version spells it.
pub(crate) fn datatype(spelled: &str) -> Datatype {
    match spelled.to_lowercase().as_str() {
        "boolean" | "bool" => Datatype::Boolean,
        "int8" => Datatype::Int8,
        "int16" => Datatype::Int16,
        "int32" => Datatype::Int32,
        "int64" => Datatype::Int64,
        "uint8" => Datatype::Uint8,
        "uint16" => Datatype::Uint16,
        "uint32" => Datatype::Uint32,
        "uint64" => Datatype::Uint64,
        "float" => Datatype::Float,
        "double" => Datatype::Double,
        "string" => Datatype::String,
        "boolean[]" | "int8[]" | "int16[]" | "int32[]" | "int64[]" | "uint8[]" | "uint16[]" | "uint32[]" => Datatype::IntArray,
        "float[]" | "double[]" => Datatype::FloatArray,
        _ => Datatype::Unsupported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_expand_like_the_expanded_export() {
        let tree = r#"{"Vehicle": {"type": "branch", "children": {"Door": {"type": "branch", "instances": ["Row[1,2]", ["Left", "Right"]],
            "children": {"IsOpen": {"type": "sensor", "datatype": "boolean"}, "Count": {"type": "attribute", "datatype": "UInt8", "instantiate": false}}},
            "Wheel": {"type": "branch", "instances": ["A", "B"], "children": {"Speed": {"type": "sensor", "datatype": "float", "unit": "km/h"}}}}}}"#;
        let vss = Vss::parse(tree, "x").unwrap();
        let paths: Vec<&str> = vss.signals.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "Vehicle.Door.Count",
                "Vehicle.Door.Row1.Left.IsOpen",
                "Vehicle.Door.Row1.Right.IsOpen",
                "Vehicle.Door.Row2.Left.IsOpen",
                "Vehicle.Door.Row2.Right.IsOpen",
                "Vehicle.Wheel.A.Speed",
                "Vehicle.Wheel.B.Speed"
            ]
        );
        assert_eq!(vss.signals["Vehicle.Door.Count"].datatype, Datatype::Uint8);
        assert_eq!(vss.version, "unknown");
    }

    #[test]
    fn what_is_no_tree_is_said_so() {
        assert!(matches!(Vss::parse("[]", "x"), Err(VssError::NoTree { .. })));
        assert!(matches!(Vss::parse("{", "x"), Err(VssError::Json { .. })));
        assert!(matches!(Vss::parse(r#"{"Vehicle": {"children": 1}}"#, "x"), Err(VssError::NoTree { .. })));
    }

    #[test]
    fn instances_that_multiply_without_end_are_refused_in_bounded_time() {
        let inner = r#"{"type": "sensor", "datatype": "boolean"}"#.to_owned();
        let nested = (0..40).fold(inner, |tree, _| format!(r#"{{"type": "branch", "instances": "Row[1,9]", "children": {{"A": {tree}}}}}"#));
        let tree = format!(r#"{{"Vehicle": {nested}}}"#);
        assert!(matches!(Vss::parse(&tree, "x"), Err(VssError::TooLarge { .. })));
        let wide = r#"{"Vehicle": {"children": {"A": {"instances": ["Row[0,65535]", "Row[0,65535]", "Row[0,65535]"], "children": {"B": {}}}}}}"#;
        assert!(matches!(Vss::parse(wide, "x"), Err(VssError::TooLarge { .. })));
    }

    #[test]
    fn our_own_tree_says_its_version_and_knows_the_nearest_path() {
        let vss = Vss::small();
        assert_eq!(vss.version, "4.0");
        assert_eq!(vss.nearest("Vehicle.Sped").as_deref(), Some("Vehicle.Speed"));
        assert_eq!(vss.nearest("Vehicle.CurrentLocation.Latitud").as_deref(), Some("Vehicle.CurrentLocation.Latitude"));
    }
}
