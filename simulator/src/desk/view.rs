//! What the page is given: the whole state as JSON, a few kilobytes, as often as it changes.

use crate::summary::Compared;
use consent_receiver::look::RecipientLook;
use serde::Serialize;
use std::sync::Arc;

/// The version of this shape.
pub(super) const VIEW_VERSION: u32 = 1;

/// The state as it is sent.
pub(super) type Shown = Arc<str>;

/// Everything that the page shows.
#[derive(Clone, Debug, Serialize)]
pub(super) struct View {
    pub(super) version: u32,
    /// The car's clock, Unix milliseconds.
    pub(super) at_ms: i64,
    /// Days by which the clocks were put forward.
    pub(super) moved_days: u64,
    /// Changes when the privacy screen has to be opened anew; empty without power. A page that is open outlives a boot.
    pub(super) screen: String,
    pub(super) story: Option<StoryView>,
    /// The page of the privacy screen that the person of the story looks at; empty = as it is.
    pub(super) page: &'static str,
    pub(super) lines: LinesView,
    /// What to try next.
    pub(super) hint: &'static str,
    pub(super) car: CarView,
    pub(super) gate: GateView,
    pub(super) left: LeftView,
    pub(super) receivers: Vec<ReceiverView>,
    pub(super) sums: SumsView,
    pub(super) buttons: Vec<ButtonView>,
    pub(super) log: Vec<LogView>,
}

/// The line at the head of each pane.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LinesView {
    pub(super) car: LineView,
    pub(super) gate: LineView,
    pub(super) receivers: LineView,
}

/// What is so now, as it is seen from a pane.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LineView {
    pub(super) text: String,
    pub(super) tone: Tone,
}

/// How much a line asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tone {
    /// All is as it should be.
    Plain,
    /// Something waits.
    Waits,
    /// Something fails or is hostile.
    Fault,
}

/// The story, while it is told.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StoryView {
    pub(super) at_s: f64,
    pub(super) of_s: f64,
    pub(super) sentence: &'static str,
}

/// The vehicle.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CarView {
    pub(super) speed_kmh: f64,
    /// `P`, or a number.
    pub(super) gear: String,
    /// `park`, `drive` or `stand`.
    pub(super) wish: &'static str,
    pub(super) hazard: bool,
    pub(super) brakes: bool,
    pub(super) heading_deg: f64,
    pub(super) people: Vec<PersonView>,
    pub(super) known: Vec<KnownView>,
    /// Every signal and its value.
    pub(super) signals: Vec<(&'static str, String)>,
    /// Where the track begins, degrees north and east.
    pub(super) origin: (f64, f64),
    /// Where it went, metres east and north of there, newest last.
    pub(super) track: Vec<(i32, i32)>,
}

/// Somebody aboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct PersonView {
    pub(super) name: String,
    pub(super) drives: bool,
    pub(super) assurance: String,
}

/// A category of what the car knows.
#[derive(Clone, Debug, Serialize)]
pub(super) struct KnownView {
    pub(super) id: String,
    /// Its name in the catalog.
    pub(super) name: String,
    /// What it is called where there is little room.
    pub(super) short: &'static str,
    /// Now, in a few words.
    pub(super) now: String,
    /// Recipients to whom something of it may leave now, by id.
    pub(super) to: Vec<String>,
}

/// The gate.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct GateView {
    /// Whether the car's computer runs.
    pub(super) power: bool,
    pub(super) boot: u32,
    pub(super) catalog: u32,
    /// `unknown`, `parked`, `standing`, `driving`; empty without power.
    pub(super) driving: String,
    pub(super) trip: bool,
    pub(super) location: bool,
    pub(super) store_ok: bool,
    pub(super) paused: bool,
    pub(super) stopped_by_occupant: bool,
    /// Open requests.
    pub(super) asks: u64,
    pub(super) uses: Vec<UseView>,
}

/// A use.
#[derive(Clone, Debug, Serialize)]
pub(super) struct UseView {
    pub(super) id: String,
    pub(super) headline: String,
    pub(super) recipient: String,
    /// `live`, `awaits`, or why it is off.
    pub(super) activity: String,
    /// The same in words.
    pub(super) says: String,
    pub(super) consent: String,
    pub(super) reveals: String,
    pub(super) values: u64,
    pub(super) waits: u64,
}

/// What passes between the panes.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct LeftView {
    /// Records offered to the gate.
    pub(super) offered: u64,
    pub(super) decisions: u64,
    pub(super) withheld: u64,
    /// Values and batches acknowledged.
    pub(super) values: u64,
    pub(super) batches: u64,
    pub(super) bytes: u64,
    /// Batches that wait or are on their way.
    pub(super) waiting: u64,
    /// Statements that are not answered.
    pub(super) owed: u64,
    /// Decisions destroyed before they left.
    pub(super) destroyed: u64,
    pub(super) link: &'static str,
    pub(super) broker: &'static str,
    /// What a hostile broker did so far.
    pub(super) meddled: u64,
}

/// A recipient.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ReceiverView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) outside: bool,
    /// `up`, `connecting` or `idle`, as the car sees it.
    pub(super) link: String,
    /// Batches that wait for it in the car.
    pub(super) waiting: u64,
    #[serde(flatten)]
    pub(super) look: RecipientLook,
}

/// The sums at the foot.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct SumsView {
    /// Whether the outcomes sum to the decisions.
    pub(super) balanced: bool,
    /// Agent, ledger with disclosures, and receiver; none while they could not be taken in one quiet moment.
    pub(super) compared: Option<Compared>,
    /// The car's own disclosures of long ago are past their time.
    pub(super) pruned: bool,
    /// Messages that did not hold.
    pub(super) bad: u64,
    pub(super) refused: u64,
    pub(super) forks: u64,
}

/// Groups of buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    Car,
    People,
    Way,
    Computer,
    Time,
}

/// A button.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ButtonView {
    pub(super) group: Group,
    pub(super) id: &'static str,
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) sees: &'static str,
    /// What it brings about is so now.
    pub(super) on: bool,
    /// Whether it can be pressed.
    pub(super) can: bool,
}

/// Who a line of the log is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    /// What the desk did.
    Desk,
    Car,
    Gate,
    Receiver,
    /// Something is wrong.
    Alarm,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LogView {
    /// Rises with every line.
    pub(super) n: u64,
    /// The car's clock, Unix milliseconds.
    pub(super) t_ms: i64,
    pub(super) who: Who,
    pub(super) text: String,
}
