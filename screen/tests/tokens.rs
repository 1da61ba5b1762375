//! The design language holds what it promises: contrast of every text colour on every tone, in both themes, and sizes of targets.

#![allow(clippy::unwrap_used, clippy::panic, clippy::string_slice, clippy::indexing_slicing, reason = "helpers of tests")]

use consent_screen::assets::ASSETS;
use std::collections::BTreeMap;

fn base() -> &'static str {
    ASSETS.iter().find(|(name, ..)| *name == "base.css").unwrap().2
}

/// Custom properties of the block that follows a line.
fn tokens(opening: &str) -> BTreeMap<&'static str, &'static str> {
    let (_, block) = base().split_once(opening).unwrap_or_else(|| panic!("no block {opening}"));
    let (block, _) = block.split_once('}').unwrap();
    let lines = block.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "));
    lines.collect()
}

fn colours(opening: &str) -> BTreeMap<&'static str, &'static str> {
    tokens(opening).into_iter().filter(|(_, value)| value.starts_with('#')).collect()
}

const DARK: &str = ":root {\n  color-scheme: dark;";
const LIGHT: &str = ":root[data-theme=\"light\"] {";
const LIGHT_BY_SYSTEM: &str = ":root:not([data-theme=\"dark\"]) {";
const TONES: [&str; 4] = ["bg", "tone1", "tone2", "tone3"];

/// Relative luminance of `#rrggbb` (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
    let linear = |value: f64| if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(channel(1)) + 0.7152 * linear(channel(3)) + 0.0722 * linear(channel(5))
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_stands_out_from_every_tone_in_both_themes() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01, "the measure itself");
    for theme in [DARK, LIGHT] {
        let colours = colours(theme);
        // Primary 7:1, all text 4.5:1, edges of controls and the ring of the focus 3:1.
        let least = [("ink", 7.0), ("ink2", 7.0), ("fine", 4.5), ("leaves", 4.5), ("waits", 4.5), ("fault", 4.5), ("edge", 3.0), ("focus", 3.0)];
        for (name, least) in least {
            for tone in TONES {
                let found = contrast(colours[name], colours[tone]);
                assert!(found >= least, "{theme}: --{name} on --{tone} is {found:.1}, {least} expected");
            }
        }
    }
}

#[test]
fn recipients_can_be_told_from_the_ground_and_from_each_other() {
    for theme in [DARK, LIGHT] {
        let colours = colours(theme);
        let recipients: Vec<&str> = (0..12).map(|at| colours[format!("r{at}").as_str()]).collect();
        for (at, recipient) in recipients.iter().enumerate() {
            for tone in &TONES[..3] {
                assert!(contrast(recipient, colours[tone]) >= 4.5, "{theme}: --r{at} on --{tone}");
            }
            assert!(!recipients[..at].contains(recipient), "{theme}: --r{at} is there twice");
        }
        assert_eq!(recipients[0], colours["leaves"], "the manufacturer has the accent");
        assert!(!recipients.contains(&colours["waits"]) && !recipients.contains(&colours["fault"]), "those mean something else");
    }
}

#[test]
fn day_is_the_same_by_system_and_by_choice_and_has_every_token_of_the_night() {
    assert_eq!(colours(LIGHT), colours(LIGHT_BY_SYSTEM));
    assert_eq!(colours(LIGHT).keys().collect::<Vec<_>>(), colours(DARK).keys().collect::<Vec<_>>());
}

#[test]
fn sizes_are_those_of_the_car_and_of_the_phone() {
    let car = tokens("/* Sizes: three of text, steps of 8, one target. */\n:root {");
    let phone = tokens("@media (max-width: 719px) {\n  :root {");
    let px = |tokens: &BTreeMap<&str, &str>, name: &str| tokens[name].strip_suffix("px").unwrap().parse::<u32>().unwrap();
    assert_eq!(["t1", "t2", "t3"].map(|name| px(&car, name)), [56, 32, 24]);
    assert_eq!(["t1", "t2", "t3"].map(|name| px(&phone, name)), [28, 18, 16]);
    assert!(px(&car, "target") >= 76 && !phone.contains_key("target"));
    assert!(px(&car, "pause") >= 96 && px(&phone, "pause") >= 96);
}

/// What stands in the document's tables is computed here, so that it cannot be older than the sheet.
#[test]
fn the_document_says_what_the_sheet_gives() {
    let document = include_str!("../../docs/design-language.md");
    let stands = |row: &str| assert!(document.contains(row), "docs/design-language.md lacks: {row}");
    for (name, what) in [("ink", "primary text"), ("ink2", "secondary text"), ("fine", "small print")] {
        let themes = [DARK, LIGHT].map(colours);
        let ratios = themes.iter().flat_map(|colours| TONES.map(|tone| contrast(colours[name], colours[tone])));
        // Rounded down: a ratio is a promise.
        stands(&format!("{what}, {:.1}:1 and more", (ratios.fold(f64::MAX, f64::min) * 10.0).floor() / 10.0));
    }
    for ppi in [120.0, 160.0, 200.0] {
        let mm = |px: f64| px * 25.4 / ppi;
        let text = [56.0, 32.0, 24.0].map(|px| format!("{:.1} mm, {:.1}′", mm(px), (mm(px) * 0.72 / 750.0).atan().to_degrees() * 60.0));
        stands(&format!("| {ppi} | {} | {:.1} mm | {:.1} mm |", text.join(" | "), mm(76.0), mm(112.0)));
    }
}

#[test]
fn nothing_moves_where_less_motion_is_wanted() {
    for (name, kind, text) in ASSETS {
        let Some(css) = kind.starts_with("text/css").then_some(text) else { continue };
        let moving = css.split("@media (prefers-reduced-motion: no-preference)").next().unwrap();
        assert!(!moving.contains("animation:") && !moving.contains("transition:") && !moving.contains("scroll-behavior: smooth"), "{name}");
    }
}
