//! Signs of the page, drawn here: one stroke, in the colour of the text beside them.

use maud::{Markup, html};

fn sign(paths: &[&str]) -> Markup {
    html! {
        svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            @for path in paths { path d=(path) {} }
        }
    }
}

/// The gate: a line, one band that ends at it and one that passes.
pub fn gate() -> Markup {
    sign(&["M12 3v18", "M3 8h6", "M3 16h18", "M18 13l3 3-3 3"])
}

/// A question that waits.
pub fn requests() -> Markup {
    sign(&["M4 5h16v11h-9l-4 4v-4H4z", "M9 9.5h6", "M9 12.5h3"])
}

/// Two sliders.
pub fn choices() -> Markup {
    sign(&["M3 8h9", "M18 8h3", "M15 5v6", "M3 16h3", "M12 16h9", "M9 13v6"])
}

/// Sheets.
pub fn data() -> Markup {
    sign(&["M5 3h10l4 4v14H5z", "M15 3v4h4", "M9 12h6", "M9 16h6"])
}

/// A chain that holds.
pub fn trust() -> Markup {
    sign(&["M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z", "M9 11.5l2.2 2.2L15.5 9.5"])
}

/// Pause.
pub fn pause() -> Markup {
    sign(&["M9 5v14", "M15 5v14"])
}

/// Resume.
pub fn resume() -> Markup {
    sign(&["M8 5l10 7-10 7z"])
}

/// A place.
pub fn location() -> Markup {
    sign(&["M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11z", "M12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"])
}

/// Day and night.
pub fn display() -> Markup {
    sign(&["M12 4a8 8 0 1 0 0 16z", "M12 4a8 8 0 0 1 0 16"])
}
