//! The way to the privacy screen.

use super::client::data;
use super::{Common, Outcome, out};
use anyhow::{Context, bail};
use serde_json::json;

/// Prints an address that opens the page `to`.
pub(crate) fn code(common: &Common, to: &str) -> anyhow::Result<Outcome> {
    if !to.starts_with('/') || to.starts_with("//") {
        bail!("--to: a path of the page expected, as /trust");
    }
    let answer = data(common, &json!({ "op": "screen_code" }))?;
    let url = answer.get("url").and_then(|url| url.as_str()).context("an answer as in docs/control.md expected: no address in it")?;
    let url = if to == "/" { url.to_owned() } else { format!("{url}&to={}", written(to)) };
    match common.form() {
        out::Form::Json => out::line(&json!({ "version": 1, "url": url }).to_string()),
        out::Form::Words => out::line(&url),
    }
    Ok(Outcome::Done)
}

/// As a value in a query.
fn written(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_whole_in_the_query() {
        assert_eq!(written("/data/traffic?from=1&to=ü"), "/data/traffic%3Ffrom%3D1%26to%3D%C3%BC");
    }
}
