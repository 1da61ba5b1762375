//! Much, nothing, and long: 128 uses, no use, names as long as a catalog may make them.

use super::enter;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::FirstChoice;
use consent_tests::Cabin;
use consent_tests::browser::SIZES;

/// A sentence over and over, to the last letter that a text of a catalog may have.
fn longest(sentence: &str, chars: usize) -> String {
    sentence.chars().cycle().take(chars - 1).chain(['.']).collect()
}

/// A catalog with so many uses of one recipient; every text that a request shows is as long as may be.
pub(super) fn catalog(uses: usize) -> String {
    let benefit =
        [longest("You find a way that is fast and dry and costs you less. ", 160), longest("Sie finden einen Weg, der schnell und trocken ist. ", 160)];
    let reveals =
        [longest("what you did and when, to the hour and to the mile and ", 60), longest("was Sie taten und wann, auf die Stunde und auf den Meter, ", 60)];
    let mut text = String::from(
        "[catalog]\nversion = 1\nenvironment = \"demo\"\ncountry = \"DE\"\nmodel_line = \"arvena-one\"\ndeployment = \"private\"\nconsent_age_years = 16\n\
         languages = [\"en\", \"de\"]\nrights.en = \"You can stop at any time.\"\nrights.de = \"Sie können jederzeit beenden.\"\n\
         [gate]\naccess = \"transmission\"\nground = \"legitimate_interest\"\nfields = [\"message counts\"]\nheadline.en = \"Running the gate\"\nheadline.de = \"Betrieb der Schranke\"\n\
         plain.en = \"The gate connects.\"\nplain.de = \"Die Schranke verbindet sich.\"\n\
         [[category]]\nid = \"condition\"\nterm = \"cg:VehicleCondition\"\nkind = \"vehicle\"\nname = { en = \"Condition of everything in and around the whole big vehicle\", de = \"Zustand des Autos\" }\nsignals = [\"Vehicle.OBD.**\"]\n\
         [[recipient]]\nid = \"arvena\"\nname = { en = \"The Incredibly Long Named Manufacturer of Rather Small Cars\", de = \"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauer\" }\n\
         kind = \"manufacturer\"\nrole = \"controller\"\ncountries = [\"DE\"]\ncontact = \"privacy@arvena.example\"\nauthority = \"An authority\"\nsystems = [\"lake\"]\nack_key = \"demo\"\n",
    );
    for at in 0..uses {
        let chars = 280 - if at % 2 == 0 { 0 } else { at * 10 % 200 };
        let plain = [
            longest("It says how fast you go and when the road is wet. ", chars),
            longest("Es sagt, wie schnell Sie sind und ob es auf der Straße nass ist. ", chars),
        ];
        let headline = format!("Use {at} with a headline that goes on to the very last letter");
        let short: String = headline.chars().take(60).collect();
        let used = format!(
            "[[use]]\nid = \"use-{at}\"\nrevision = 1\nrecipient = \"arvena\"\npurpose = \"dpv:ImproveExistingProductsAndServices\"\naccess = \"consent\"\nground = \"consent\"\n\
             signals = [\"Vehicle.OBD.ControlModuleVoltage\"]\ndeliver = {{ within = \"5s\", records_max = 256 }}\nage_max = \"1h\"\nretention = \"1d\"\nconsent = \"365d\"\nautomated_decision = false\n\
             headline.en = \"{short}\"\nheadline.de = \"{short}\"\nplain.en = \"{}\"\nplain.de = \"{}\"\n\
             benefit.about = \"cost\"\nbenefit.for = \"you\"\nbenefit.text.en = \"{}\"\nbenefit.text.de = \"{}\"\nnotice.en = \"No machine decides.\"\nnotice.de = \"Keine Maschine entscheidet.\"\n\
             [[use.tier]]\nreveals = {{ en = \"{}\", de = \"{}\" }}\nrules = [{{ signals = \"Vehicle.OBD.*\", every = \"60s\" }}]\n",
            plain[0], plain[1], benefit[0], benefit[1], reveals[0], reveals[1]
        );
        text.push_str(&used);
    }
    text
}

async fn holds_together(cabin: &Cabin, name: &str) {
    let browser = enter(cabin, "/").await;
    for path in ["/", "/requests", "/choices", "/data", "/trust", "/people"] {
        for size in SIZES {
            browser.size(size).await;
            browser.goto(&cabin.url(path)).await;
            let wide = browser.run("return document.documentElement.scrollWidth > window.innerWidth + 1").await;
            browser.picture(&format!("{name}{}-{}x{}", path.replace('/', "-"), size.width, size.height)).await;
            assert_eq!(wide, serde_json::json!(false), "{name}: {path} is wider than {size:?}");
        }
    }
    browser.close().await;
}

fn car(catalog: &str) -> Cabin {
    let cabin = Cabin::with(catalog);
    cabin.drives("Maximiliane Friederike von und zu Hohen", Assurance::High);
    cabin.park();
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Now });
    cabin
}

/// R52: whatever the catalog holds, the driver sees it.
#[tokio::test]
async fn a_hundred_and_twenty_eight_uses_with_long_names_fit_r18() {
    let cabin = car(&catalog(128));
    holds_together(&cabin, "many").await;
    let browser = enter(&cabin, "/choices").await;
    let script = "return new Set([...document.querySelectorAll('main a[href^=\"/choices/use-\"]')].map(one => one.pathname)).size";
    assert_eq!(browser.run(script).await, serde_json::json!(128), "one screen lists every use");
    browser.close().await;
}

#[tokio::test]
async fn without_a_catalog_there_are_pages_too_and_nothing_leaves_r3() {
    let mut cabin = Cabin::prepared(&catalog(1));
    std::fs::remove_file(cabin.path("catalog.signed")).unwrap();
    cabin.start_agent();
    cabin.drives("anna", Assurance::High);
    holds_together(&cabin, "none").await;
    assert_eq!(cabin.person().status().uses.len(), 0);
}
