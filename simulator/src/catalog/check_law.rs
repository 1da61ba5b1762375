//! Checks of access, ground and the limits above any catalog (R4, R13, R17, R23, R25, R29, R49, R53).

use super::code::Code;
use super::model::{Authored, Law, ParkedStanding, RecipientKind, Use};
use super::report::Faults;
use super::resolve::{Resolved, ResolvedUse};
use super::terms;
use consent_core::{Access, Assurance, CategoryKind, Condition, Ground};
use consent_protocol::catalog::Deployment;
use consent_protocol::tables::lawful;
use std::collections::BTreeSet;

/// Checks what the law demands of every use.
pub(crate) fn check(authored: &Authored, resolved: &Resolved, faults: &mut Faults) {
    for (used, worked_out) in authored.uses.iter().zip(&resolved.uses) {
        combination(used, faults);
        by_law(used, worked_out, faults);
        guarded(authored, resolved, used, worked_out, faults);
        towards(authored, used, worked_out, faults);
        each_time(used, faults);
        theft(used, faults);
        parked(authored, resolved, used, worked_out, faults);
        vehicle_id(used, worked_out, faults);
    }
}

fn combination(used: &Use, faults: &mut Faults) {
    let (Some(access), Some(ground)) = (&used.access, &used.ground) else { return };
    let fits = match ground.value {
        Ground::Consent => access.value == Access::Consent,
        Ground::LegalObligation => access.value == Access::Law,
        Ground::LegitimateInterest => matches!(access.value, Access::Consent | Access::RequestedService | Access::Law),
        Ground::Contract | Ground::VitalInterest => access.value != Access::Law,
    };
    if !fits {
        faults.add(Code::Combination, &ground.place, "a ground that goes with this access", format!("{:?} with access {:?}", ground.value, access.value));
    }
}

/// Whether a use rests on the law by any of its keys.
fn rests_on_law(used: &Use) -> bool {
    used.access.as_ref().is_some_and(|access| access.value == Access::Law) || used.ground.as_ref().is_some_and(|ground| ground.value == Ground::LegalObligation)
}

fn by_law(used: &Use, resolved: &ResolvedUse, faults: &mut Faults) {
    match &used.law {
        None if rests_on_law(used) => {
            faults.add(Code::LawIncomplete, &used.place.inside("law"), "a table [use.law] with act, article and table", "nothing");
        }
        None => {}
        Some(law) if !rests_on_law(used) => {
            faults.add(Code::LawTable, &law.place, "a law only beside access law and ground legal_obligation", "a use that does not rest on it");
        }
        Some(law) => check_law(law, used, resolved, faults),
    }
}

fn check_law(law: &Law, used: &Use, resolved: &ResolvedUse, faults: &mut Faults) {
    for (key, line) in [("act", &law.act), ("article", &law.article)] {
        if line.as_ref().is_none_or(|line| line.value.trim().is_empty()) {
            faults.add(Code::LawIncomplete, &law.place.inside(key), "the act and the article that demand it", "nothing");
        }
    }
    let Some(table) = &law.table else { return };
    let Some(entry) = terms::LAWS.iter().find(|entry| entry.table == table.value) else { return };
    if let Some(act) = law.act.as_ref().filter(|act| !act.value.contains(entry.act)) {
        faults.add(Code::LawTable, &act.place, format!("an act that names {}", entry.act), act.value.clone());
    }
    let fields = lawful::fields(entry.table);
    for pattern in &used.signals {
        if !fields.contains(&pattern.value.as_str()) {
            faults.add(Code::LawFields, &pattern.place, format!("only {}", fields.join(", ")), pattern.value.clone());
        }
    }
    let beyond: Vec<&String> = resolved.signals.iter().filter(|path| !fields.contains(&path.as_str())).collect();
    if let Some(path) = beyond.first().filter(|_| used.signals.iter().all(|pattern| fields.contains(&pattern.value.as_str()))) {
        faults.add(Code::LawFields, &used.place.inside("signals"), format!("only {}", fields.join(", ")), (*path).clone());
    }
}

/// Categories of a use.
fn categories(resolved: &Resolved, used: &ResolvedUse) -> BTreeSet<usize> {
    used.signals.iter().filter_map(|path| resolved.signals.get(path)).flat_map(|signal| signal.categories.iter().copied()).collect()
}

fn guarded(authored: &Authored, resolved: &Resolved, used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let Some(ground) = &used.ground else { return };
    let declared = matches!(used.condition(), Condition::TheftDeclared | Condition::Call);
    if declared || matches!(ground.value, Ground::Consent | Ground::VitalInterest) {
        return;
    }
    let categories = categories(resolved, worked_out);
    let bad = categories.iter().filter_map(|at| authored.categories.get(*at)).find(|category| category.guarded);
    if let Some(category) = bad {
        let id = category.id.as_ref().map_or("", |id| id.value.as_str());
        faults.add(Code::NeedsConsent, &ground.place, "ground consent, or condition theft_declared or call", format!("{:?} with category {id}", ground.value));
    }
}

fn towards(authored: &Authored, used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let Some(recipient) = worked_out.recipient.and_then(|at| authored.recipients.get(at)) else { return };
    let (Some(kind), Some(access), Some(ground)) = (&recipient.kind, &used.access, &used.ground) else { return };
    let by_consent = access.value == Access::Consent || ground.value == Ground::Consent;
    match kind.value {
        RecipientKind::Employer => {
            if by_consent {
                faults.add(Code::Employer, &ground.place, "another access and ground, resting on catalog.agreement", "consent towards the employer");
            }
            let named = authored.agreement.as_ref().is_some_and(|agreement| !agreement.value.trim().is_empty());
            if !named && authored.deployment.as_ref().is_some_and(|deployment| deployment.value == Deployment::Employer) {
                faults.add(Code::NoAgreement, &authored.place.inside("agreement"), "the name of the agreement", "nothing");
            }
        }
        RecipientKind::Lessor if by_consent => {
            faults.add(Code::Lessor, &ground.place, "another access and ground", "consent towards the lessor");
        }
        RecipientKind::Lessor | RecipientKind::Manufacturer | RecipientKind::Insurer | RecipientKind::Authority | RecipientKind::Service => {}
    }
}

fn each_time(used: &Use, faults: &mut Faults) {
    let Some(each_time) = &used.each_time else { return };
    let consent =
        used.access.as_ref().is_none_or(|access| access.value == Access::Consent) && used.ground.as_ref().is_none_or(|ground| ground.value == Ground::Consent);
    let acts = matches!(used.condition(), Condition::Call | Condition::TheftDeclared);
    if !consent || acts {
        faults.add(Code::EachTime, &each_time.place, "access and ground consent, no call and no theft", "each_time beside something else");
    }
}

fn theft(used: &Use, faults: &mut Faults) {
    let is_theft = used.condition() == Condition::TheftDeclared;
    let purpose = used.purpose.as_ref().filter(|purpose| purpose.value == "cg:TheftTracking");
    if let Some(purpose) = purpose.filter(|_| !is_theft) {
        faults.add(Code::Theft, &purpose.place, "condition = \"theft_declared\"", "theft tracking under another condition");
    }
    let give = used.assurance_give.as_ref();
    if let Some(low) = give.filter(|give| is_theft && give.value != Assurance::High) {
        faults.add(Code::Theft, &low.place, "assurance_give = \"high\"", format!("{:?}", low.value));
    }
    if let Some(access) = used.access.as_ref().filter(|access| is_theft && !matches!(access.value, Access::RequestedService | Access::Consent)) {
        faults.add(Code::Theft, &access.place, "access requested_service or consent", format!("{:?}", access.value));
    }
}

fn parked(authored: &Authored, resolved: &Resolved, used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let Some(parked) = used.parked.as_ref().filter(|parked| parked.value == ParkedStanding::LastDriver) else { return };
    let cabin = categories(resolved, worked_out)
        .iter()
        .filter_map(|at| authored.categories.get(*at))
        .any(|category| category.kind.as_ref().is_some_and(|kind| kind.value == CategoryKind::Cabin));
    if cabin || !matches!(used.condition(), Condition::Parked | Condition::Always) {
        faults.add(Code::ParkedLastDriver, &parked.place, "condition parked or always, and no cabin category", format!("condition {:?}", used.condition()));
    }
}

fn vehicle_id(used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let by_law = used.law.is_some() && rests_on_law(used);
    if worked_out.signals.contains(terms::VIN) && !by_law {
        faults.add(Code::VehicleId, &used.place.inside("signals"), "no vehicle identification without a law that names it", terms::VIN);
    }
}
