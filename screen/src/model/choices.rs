//! My choices: every use and every category on one screen (R18), with what the driver decided, what is so right now, and why.

pub mod one;
mod rule;
mod standing;

pub use one::{UseView, one};
pub use rule::RuleView;
pub use standing::{STANDINGS, Standing};

use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_core::{Access, CategoryKind, Condition, Ground};
use consent_gatekeeper::book::{categories_of, rests_on_consent, towards_deployer};
use consent_gatekeeper::control::{PauseScope, Request};
use consent_gatekeeper::status::{PauseStatus, UseStatus};
use consent_protocol::catalog::Use;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every use and every category.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Choices {
    /// Whether a person is recognised in the driver's seat; a guest sees how things stand and can pause, no more.
    pub recognised: bool,
    /// Uses that the driver allowed.
    pub allowed: u64,
    /// Uses that rest on the driver's yes.
    pub optional: u64,
    /// Uses in groups: the manufacturer's, outside recipients', by law or agreement.
    pub groups: Vec<Group>,
    /// Categories.
    pub categories: Vec<CategoryView>,
    /// The gate's own traffic (R1).
    pub gate: GateView,
    /// A pause of everything optional, if there is one.
    pub paused: Option<PauseView>,
}

/// Uses that belong together.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Group {
    /// Which.
    pub kind: GroupKind,
    /// Its uses, in catalog order.
    pub uses: Vec<UseRow>,
}

/// The groups, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// The manufacturer receives, and the driver decides.
    Manufacturer,
    /// Somebody else receives, and the driver decides.
    Outside,
    /// Without a consent: by law, contract or another ground.
    Law,
}

/// One use, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UseRow {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// At most 60 characters.
    pub headline: String,
    /// What leaves and what for.
    pub plain: String,
    /// Recipient id.
    pub recipient: String,
    /// Its name.
    pub recipient_name: String,
    /// Not the manufacturer.
    pub outside: bool,
    /// Where its switch stands.
    pub position: Position,
    /// What the driver decided, or what it rests on.
    pub standing: Standing,
    /// What is so now: `live`, `awaits` (a review), or the reason why nothing leaves.
    pub activity: String,
    /// A pause that covers it.
    pub paused: Option<PauseView>,
    /// When the driver's yes ends, Unix milliseconds.
    pub until_ms: Option<i64>,
    /// How the yes lasts: `until`, `trip`, `each_time`.
    pub cadence: Option<String>,
    /// The tier allowed; for a use that is off the coarsest, which a plain yes would allow.
    pub tier: u8,
    /// How many tiers there are.
    pub tiers: u8,
    /// What that tier reveals, in words.
    pub reveals: String,
    /// Categories allowed; for a use that is off all of them.
    pub categories: Vec<Named>,
    /// The law that it rests on.
    pub law: Option<LawView>,
    /// What the driver can do about it.
    pub can: Vec<Can>,
}

/// An id and its name in the driver's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// Where a switch stands: what the driver wants, whether or not anything leaves at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// On.
    On,
    /// Off.
    Off,
    /// On, and the law leaves no say.
    Fixed,
    /// Neither: it runs only during a call, or after a theft was declared.
    OnRequest,
}

/// What a driver can do about a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    /// Give consent on its page.
    Give,
    /// Change the terms of a consent.
    Change,
    /// Withdraw.
    Withdraw,
    /// Object (R37).
    Object,
    /// Restrict (R37).
    Restrict,
    /// Lift an objection or restriction.
    Lift,
    /// Pause.
    Pause,
    /// Resume.
    Resume,
}

/// A law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LawView {
    /// Act.
    pub act: String,
    /// Article.
    pub article: String,
    /// Whether the person whom it names may refuse.
    pub may_refuse: bool,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PauseView {
    /// What it covers: `all`, `use`, `category`.
    pub covers: String,
    /// `resumed` (until somebody resumes), `trip` or `time`.
    pub until: String,
    /// When it ends by time, Unix milliseconds.
    pub until_ms: Option<i64>,
}

/// One category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CategoryView {
    /// Category id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whose yes is needed: `vehicle`, `driver`, `cabin`.
    pub about: String,
    /// It shows the location sign while it leaves.
    pub location: bool,
    /// Uses that the driver allowed to see it.
    pub allowed: u64,
    /// Uses that could see it.
    pub uses: u64,
    /// Uses by law among them, which no pause stops.
    pub by_law: u64,
    /// A pause that covers it.
    pub paused: Option<PauseView>,
}

/// Running the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GateView {
    /// Headline.
    pub headline: String,
    /// What leaves.
    pub plain: String,
    /// What it consists of.
    pub fields: Vec<String>,
    /// Connections made.
    pub connections: u64,
    /// Statements handed over.
    pub statements: u64,
    /// Questions for a new catalog.
    pub catalog_polls: u64,
}

/// What the gatekeeper lists of the driver's standings; only what is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Standings {
    #[serde(default)]
    uses: Vec<Line>,
}

#[derive(Clone, Debug, Deserialize)]
struct Line {
    #[serde(rename = "use")]
    use_id: String,
    decided: Option<Decided>,
}

/// The terms of a decision.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Decided {
    pub(crate) tier: u8,
    pub(crate) categories: Vec<String>,
    pub(crate) cadence: String,
    /// RFC 3339.
    pub(crate) until: String,
}

impl Standings {
    /// The driver's; nothing for a guest, and nothing where the gatekeeper wants better proof first.
    pub(crate) async fn of(ctx: &Ctx) -> Self {
        match ctx.person() {
            Some(_) => ctx.data(Request::ConsentList { person: None }).await.unwrap_or_default(),
            None => Self::default(),
        }
    }

    pub(crate) fn decided(&self, use_id: &str) -> Option<&Decided> {
        self.uses.iter().find(|line| line.use_id == use_id)?.decided.as_ref()
    }
}

/// Every use and every category.
pub async fn choices(ctx: &Ctx) -> Result<Choices, Fault> {
    let standings = Standings::of(ctx).await;
    let catalog = &ctx.catalog()?.catalog;
    let mut groups = [GroupKind::Manufacturer, GroupKind::Outside, GroupKind::Law].map(|kind| Group { kind, uses: Vec::new() });
    for used in &catalog.uses {
        let row = row(ctx, used, &standings);
        let kind = group_of(used, &row);
        if let Some(group) = groups.iter_mut().find(|group| group.kind == kind) {
            group.uses.push(row);
        }
    }
    let rows: Vec<&UseRow> = groups.iter().flat_map(|group| &group.uses).collect();
    let status = &ctx.status.gate;
    Ok(Choices {
        recognised: ctx.person().is_some(),
        allowed: count(rows.iter().filter(|row| row.can.contains(&Can::Withdraw))),
        optional: count(catalog.uses.iter().filter(|used| rests_on_consent(used))),
        categories: categories(ctx, &rows),
        gate: GateView {
            headline: ctx.text(&catalog.gate.headline),
            plain: ctx.text(&catalog.gate.plain),
            fields: status.fields.clone(),
            connections: status.connections,
            statements: status.statements,
            catalog_polls: status.catalog_polls,
        },
        paused: pause_of(ctx, |scope| *scope == PauseScope::All),
        groups: groups.into(),
    })
}

/// Which group a use belongs to.
fn group_of(used: &Use, row: &UseRow) -> GroupKind {
    if !rests_on_consent(used) && !is_act(used) {
        GroupKind::Law
    } else if row.outside {
        GroupKind::Outside
    } else {
        GroupKind::Manufacturer
    }
}

/// It runs only during a call, or after a theft was declared.
fn is_act(used: &Use) -> bool {
    match used.condition {
        Condition::Call | Condition::TheftDeclared => true,
        Condition::Always | Condition::Parked => false,
    }
}

/// One use, as it stands.
pub(crate) fn row(ctx: &Ctx, used: &Use, standings: &Standings) -> UseRow {
    let status = ctx.status.uses.iter().find(|status| status.id == used.id);
    let standing = Standing::of(status.map_or("", |status| status.consent.as_str()));
    let decided = standings.decided(&used.id).filter(|_| standing.is_given());
    let tier = decided.map(|decided| decided.tier).or_else(|| status.filter(|_| standing.is_given()).map(|status| status.tier)).unwrap_or(0);
    let recipient = ctx.recipient(used);
    let paused = paused_use(ctx, used);
    let position = position(used, standing);
    UseRow {
        use_id: used.id.clone(),
        headline: ctx.text(&used.texts.headline),
        plain: ctx.text(&used.texts.plain),
        recipient: recipient.map(|recipient| recipient.id.clone()).unwrap_or_default(),
        recipient_name: recipient.map(|recipient| ctx.text(&recipient.name)).unwrap_or_default(),
        outside: recipient.is_none_or(|recipient| recipient.outside),
        position,
        standing,
        activity: status.map_or_else(|| "no_catalog".to_owned(), |status| status.activity.clone()),
        until_ms: status.filter(|_| standing.is_given()).and_then(|status| status.until_ms),
        cadence: decided.map(|decided| decided.cadence.clone()),
        tier,
        tiers: u8::try_from(used.tiers.len()).unwrap_or(u8::MAX),
        reveals: used.tiers.get(usize::from(tier)).map(|tier| ctx.text(&tier.reveals)).unwrap_or_default(),
        categories: named(ctx, used, decided.map(|decided| decided.categories.as_slice())),
        law: used.law.as_ref().map(|law| LawView { act: law.act.clone(), article: law.article.clone(), may_refuse: law.may_refuse }),
        can: can(ctx, used, standing, paused.as_ref()),
        paused,
    }
}

/// Categories of a use by name, or those of them that were chosen.
fn named(ctx: &Ctx, used: &Use, chosen: Option<&[String]>) -> Vec<Named> {
    let Some(catalog) = ctx.catalog.as_ref().map(|shown| &shown.catalog) else { return Vec::new() };
    let ids = categories_of(used, catalog);
    let ids = ids.iter().filter(|id| chosen.is_none_or(|chosen| chosen.contains(id)));
    let found = ids.filter_map(|id| catalog.categories.iter().find(|category| category.id == *id));
    found.map(|category| Named { id: category.id.clone(), name: ctx.text(&category.name) }).collect()
}

fn position(used: &Use, standing: Standing) -> Position {
    let spoken_against = standing.is_against();
    if is_act(used) {
        if spoken_against { Position::Off } else { Position::OnRequest }
    } else if rests_on_consent(used) {
        if standing.is_given() { Position::On } else { Position::Off }
    } else if spoken_against {
        Position::Off
    } else if has_say(used) {
        Position::On
    } else {
        Position::Fixed
    }
}

/// Whether a use without consent can be objected to: the law that it rests on says so, or it rests on an interest (R37).
fn has_say(used: &Use) -> bool {
    match used.ground {
        Ground::LegalObligation => used.law.as_ref().is_some_and(|law| law.may_refuse),
        Ground::LegitimateInterest => true,
        Ground::Consent | Ground::Contract | Ground::VitalInterest => false,
    }
}

/// Whether its processing can be restricted: everything but what the law demands without a say.
fn can_restrict(used: &Use) -> bool {
    used.ground != Ground::LegalObligation || has_say(used)
}

/// By law, which no pause and no occupant stops (R19).
fn by_law(used: &Use) -> bool {
    used.access == Access::Law || used.ground == Ground::LegalObligation
}

fn can(ctx: &Ctx, used: &Use, standing: Standing, paused: Option<&PauseView>) -> Vec<Can> {
    let consent = rests_on_consent(used);
    let lifts = matches!(standing, Standing::Objected | Standing::Restricted);
    let given = consent && standing.is_given();
    let deployer = ctx.catalog.as_ref().is_some_and(|shown| towards_deployer(&shown.catalog, used).is_some());
    let mut can = Vec::new();
    if given {
        can.extend([Can::Withdraw, Can::Change]);
    } else if consent && !deployer {
        can.push(Can::Give);
    }
    if lifts {
        can.push(Can::Lift);
    } else {
        if !consent && has_say(used) {
            can.push(Can::Object);
        }
        if can_restrict(used) {
            can.push(Can::Restrict);
        }
    }
    if paused.is_some_and(|pause| pause.covers == "use") {
        can.push(Can::Resume);
    } else if !by_law(used) && (given || is_act(used) || (!consent && !standing.is_against())) {
        can.push(Can::Pause);
    }
    can
}

/// The first pause whose scope is meant.
fn pause_of(ctx: &Ctx, is_meant: impl Fn(&PauseScope) -> bool) -> Option<PauseView> {
    ctx.status.pauses.iter().find(|pause| is_meant(&pause.scope)).map(view_of)
}

fn view_of(pause: &PauseStatus) -> PauseView {
    let covers = match pause.scope {
        PauseScope::All => "all",
        PauseScope::Use(_) => "use",
        PauseScope::Category(_) => "category",
    };
    PauseView { covers: covers.to_owned(), until: pause.until.clone(), until_ms: pause.until_ms }
}

/// The pause that covers a use: its own first, since that one can be ended where the use is.
fn paused_use(ctx: &Ctx, used: &Use) -> Option<PauseView> {
    if by_law(used) {
        return None;
    }
    let own = pause_of(ctx, |scope| matches!(scope, PauseScope::Use(id) if *id == used.id));
    own.or_else(|| pause_of(ctx, |scope| *scope == PauseScope::All))
}

fn categories(ctx: &Ctx, rows: &[&UseRow]) -> Vec<CategoryView> {
    let Some(catalog) = ctx.catalog.as_ref().map(|shown| &shown.catalog) else { return Vec::new() };
    let one = |category: &consent_protocol::catalog::Category| {
        let covering = || rows.iter().filter(|row| row.categories.iter().any(|covered| covered.id == category.id));
        let lawful = |row: &&&UseRow| catalog.uses.iter().any(|used| used.id == row.use_id && by_law(used));
        let own = pause_of(ctx, |scope| matches!(scope, PauseScope::Category(id) if *id == category.id));
        CategoryView {
            id: category.id.clone(),
            name: ctx.text(&category.name),
            about: match category.kind {
                CategoryKind::Vehicle => "vehicle".to_owned(),
                CategoryKind::Driver => "driver".to_owned(),
                CategoryKind::Cabin => "cabin".to_owned(),
            },
            location: category.location,
            allowed: count(covering().filter(|row| row.can.contains(&Can::Withdraw))),
            uses: count(covering()),
            by_law: count(covering().filter(lawful)),
            paused: own.or_else(|| pause_of(ctx, |scope| *scope == PauseScope::All)),
        }
    };
    catalog.categories.iter().map(one).filter(|category| category.uses > 0).collect()
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}

/// The status of a use.
pub(crate) fn status_of<'a>(ctx: &'a Ctx, use_id: &str) -> Option<&'a UseStatus> {
    ctx.status.uses.iter().find(|status| status.id == use_id)
}
