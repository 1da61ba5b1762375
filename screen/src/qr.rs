//! QR codes as inline SVG, drawn on the server.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

/// Modules of white around a code, as the standard asks for.
const QUIET: i32 = 4;

/// The code of a text with error correction M; none if it is too long. What the text begins with in capitals, digits and `:` is
/// coded in fewer bits than the rest.
pub fn svg(text: &str, label: &str) -> Option<Markup> {
    let code = code(text)?;
    let size = code.size();
    let span = size.saturating_add(QUIET.saturating_mul(2));
    Some(html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (span) " " (span) } role="img" shape-rendering="crispEdges" {
            title { (label) }
            rect width=(span) height=(span) fill="#ffffff" {}
            path fill="#000000" d=(dark(&code)) {}
        }
    })
}

fn code(text: &str) -> Option<QrCode> {
    let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ':';
    let split = text.find(|c| !capital(c)).unwrap_or(text.len());
    let (start, rest) = text.split_at_checked(split)?;
    let mut segments = Vec::new();
    if !start.is_empty() {
        segments.push(QrSegment::make_alphanumeric(start));
    }
    if !rest.is_empty() {
        segments.push(QrSegment::make_bytes(rest.as_bytes()));
    }
    QrCode::encode_segments(&segments, QrCodeEcc::Medium).ok()
}

/// The dark modules as one path, a run of a row at a time.
fn dark(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|at| code.get_module(*at, y)).count();
            let length = i32::try_from(length).unwrap_or_default();
            if length > 0 {
                let [left, top, wide] = [x.saturating_add(QUIET), y.saturating_add(QUIET), length].map(|number| number.to_string());
                path.extend(["M", &left, " ", &top, "h", &wide, "v1h-", &wide, "z"]);
            }
            x = x.saturating_add(length.max(1));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let code = code("CG1:C:7:ABC rest of it").unwrap();
        let dark_modules = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y)).count();
        let drawn: usize = dark(&code).split('h').skip(1).step_by(2).map(|run| run.split('v').next().unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(drawn, dark_modules);
    }

    #[test]
    fn capitals_take_fewer_modules() {
        let (capitals, small) = (code(&"A1".repeat(70)).unwrap(), code(&"a1".repeat(70)).unwrap());
        assert!(capitals.size() < small.size());
        assert_eq!(capitals.error_correction_level(), QrCodeEcc::Medium);
    }

    #[test]
    fn what_is_too_long_has_no_code() {
        assert!(svg(&"x".repeat(3_000), "label").is_none());
        assert!(svg("", "label").is_some());
        let drawn = svg("https://x", "A receipt").unwrap().into_string();
        assert!(drawn.contains("<title>A receipt</title>") && !drawn.contains("style="));
    }
}
