//! The verifier as one file, for whoever wants to check an exported ledger without the car: the same module as on the page.

use super::script_words;
use crate::words::Words;
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest, Sha256};

const MODULE: &str = include_str!("../../../assets/js/verify.js");
const STYLE: &str = "body{font:18px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
    label{display:block;font-weight:600;margin-top:1rem}input,button,textarea{font:inherit;padding:.6rem;width:100%;box-sizing:border-box}\
    button{margin:1rem 0;min-height:3rem}[data-holds]{border-left:.5rem solid;padding-left:1rem;overflow-wrap:anywhere}ol{font-size:.85em}";

/// The file. It loads nothing, sends nothing and runs only what is written in it.
pub(crate) fn verifier(words: Words) -> String {
    let policy = format!("default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'", hash(MODULE), hash(STYLE));
    html! {
        (DOCTYPE)
        html lang=(words.language().tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width";
                title { (words.t("trust-file-title")) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (words.t("trust-file-title")) }
                p { (words.t("trust-file-text")) }
                noscript { p { (words.t("trust-noscript")) } }
                main data-verify hidden {
                    label for="file" { (words.t("trust-file-ledger")) }
                    input type="file" id="file" data-part="file" accept=".json,application/json";
                    label for="kept" { (words.t("trust-kept")) }
                    textarea id="kept" data-part="kept" rows="4" spellcheck="false" placeholder="CG1:C:…" {}
                    button type="button" data-part="check" { (words.t("trust-file-check")) }
                    div role="status" data-part="out" {}
                    (script_words(words))
                }
                script type="module" { (PreEscaped(MODULE)) }
            }
        }
    }
    .into_string()
}

/// SHA-256 in base64, as a policy names what may run.
fn hash(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().chain(&[0; 2]).take(3).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        for place in 0..4_usize {
            let digit = usize::try_from(number >> (18 - 6 * place) & 63).ok().and_then(|digit| DIGITS.get(digit));
            text.push(digit.filter(|_| place <= group.len()).map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn base64_is_as_in_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn the_file_holds_the_module_and_loads_nothing() {
        for language in Language::ALL {
            let file = verifier(Words::new(language));
            assert!(file.contains(MODULE) && !file.contains("trust-"), "every word is there");
            assert!(!MODULE.contains("</script"), "nothing ends the script early");
            assert!(!file.contains("src=") && !file.contains("href="), "nothing is loaded");
            assert!(file.len() < 24_000, "{}", file.len());
        }
    }

    #[test]
    fn the_module_stays_small() {
        assert!(MODULE.len() < 12_000, "{}", MODULE.len());
    }
}
