//! Numbers, chains and statements, from a car to its State. In memory.

use crate::car::{ACK, Answers, Car, NOW_MS, catalog, engine, place, public, seal, secret, speed, terms};
use consent_core::{CategorySet, ReleasedValue, SignalId, Value};
use consent_protocol::batch::Row;
use consent_protocol::catalog::Environment;
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{AnswerMessage, BasisTerms, LaneMessage, RefusalReason, Statement, StatementBody, VoidReason, WINDOW};
use consent_protocol::topic::Channel;
use consent_protocol::{Digest, Head, Nonce};
use consent_receiver::engine::Counts;

#[test]
fn what_holds_is_stored_counted_and_acknowledged() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    for n in 1..=3 {
        assert_eq!(car.number(2), n);
        let answers = car.send_batch(&mut engine, n);
        assert_eq!(answers.state().head, car.batch_head(n));
        assert!(answers.state().refused.is_empty() && answers.state().conflict.is_none());
    }
    let expected = Counts { batches_accepted: 3, records: 6, decisions: 12, statements: 2, streams: 1, ..Counts::default() };
    assert_eq!(engine.counts().unwrap(), expected);
}

#[test]
fn a_replay_is_acknowledged_again_and_counted_once() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    let before = car.send_batch(&mut engine, 1);
    for _ in 0..3 {
        assert_eq!(car.send_batch(&mut engine, 1).state(), before.state());
        assert_eq!(car.send_statement(&mut engine, 1).state(), before.state());
    }
    assert_eq!(engine.counts().unwrap().batches_accepted, 1);
    assert_eq!(engine.counts().unwrap().statements, 2);
}

#[test]
fn batches_in_any_order_are_accepted_in_theirs() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    (0..4).for_each(|_| assert!(car.number(2) > 0));
    for (sent, head) in [(3, 0), (4, 0), (2, 0), (1, 4)] {
        assert_eq!(car.send_batch(&mut engine, sent).state().head.n, head);
    }
    assert_eq!(engine.counts().unwrap().batches_accepted, 4);
}

#[test]
fn parked_batches_are_bounded_and_die_with_the_process() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    let many = u32::try_from(WINDOW).unwrap() + 3;
    (0..many).for_each(|_| assert!(car.number(2) > 0));
    (2..=many).for_each(|n| assert_eq!(car.send_batch(&mut engine, n).state().head.n, 0));
    assert_eq!(usize::try_from(car.send_batch(&mut engine, 1).state().head.n).unwrap(), WINDOW + 1);
    let mut again = Car::consented(11, &mut engine);
    again.number(2);
    again.number(2);
    again.send_batch(&mut engine, 2);
    engine.restart([8; 32]);
    assert_eq!(again.send_batch(&mut engine, 1).state().head.n, 1);
}

#[test]
fn a_batch_waits_for_the_statement_that_it_needs() {
    let mut engine = engine(None);
    let mut car = Car::new(10);
    car.connect(&mut engine, Head::default());
    car.tell_catalog();
    car.open_basis();
    car.number(2);
    assert_eq!(car.send_batch(&mut engine, 1).state().head.n, 0);
    assert_eq!(car.send_statement(&mut engine, 2).state().lane.n, 0, "a statement beyond a gap waits");
    assert_eq!(car.send_statement(&mut engine, 1).state().lane.n, 1);
    let state = car.send_statement(&mut engine, 2);
    assert_eq!((state.state().lane.n, state.state().head.n), (2, 1), "the parked batch follows at once");
}

#[test]
fn a_batch_that_contradicts_is_answered_with_the_first() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    let mut rolled_back = car.clone();
    rolled_back.chain.clear();
    rolled_back.number_rows(2, &[speed(NOW_MS, 0.0)]);
    let answers = rolled_back.send_batch(&mut engine, 1);
    assert_eq!(answers.state().conflict.as_ref(), Some(&car.chain[0].0));
    assert_eq!(answers.state().head, car.batch_head(1), "the first stays");
    rolled_back.number(2);
    let answers = rolled_back.send_batch(&mut engine, 2);
    assert_eq!(answers.state().conflict.as_ref(), Some(&car.chain[0].0), "a successor of the second shows it too");
    rolled_back.send_batch(&mut engine, 2);
    assert_eq!(engine.counts().unwrap().forks, 2);
    assert_eq!(engine.counts().unwrap().batches_accepted, 1);
}

#[test]
fn a_statement_that_contradicts_is_answered_with_the_first() {
    let mut engine = engine(None);
    let car = Car::consented(10, &mut engine);
    let mut rolled_back = car.clone();
    rolled_back.lane.truncate(1);
    rolled_back.tell(StatementBody::BasisOpened(BasisTerms { tier: 1, ..terms() }));
    let answers = rolled_back.send_statement(&mut engine, 2);
    assert_eq!(answers.state().conflict.as_ref(), Some(&car.lane[1].0));
    rolled_back.open_basis();
    let answers = rolled_back.send_statement(&mut engine, 3);
    assert_eq!(answers.state().conflict.as_ref(), Some(&car.lane[1].0));
    assert_eq!(answers.state().lane.n, 2);
}

#[test]
fn a_hello_that_lacks_a_statement_is_shown_it() {
    let mut engine = engine(None);
    let car = Car::consented(10, &mut engine);
    let mut rolled_back = car.clone();
    rolled_back.lane.truncate(1);
    assert_eq!(rolled_back.connect(&mut engine, Head::default()).state().conflict.as_ref(), Some(&car.lane[1].0));
    assert_eq!(car.clone().connect(&mut engine, Head::default()).state().conflict, None);
}

#[test]
fn a_void_fills_its_number_when_its_turn_comes() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    (0..4).for_each(|_| assert!(car.number(2) > 0));
    car.send_batch(&mut engine, 1);
    car.send_batch(&mut engine, 4);
    let voids = vec![car.batch_head(2), car.batch_head(3)];
    car.tell(StatementBody::Void { voids, reason: VoidReason::Expired });
    let state = car.send_statement(&mut engine, 3);
    assert_eq!(state.state().head, car.batch_head(4), "4 was parked and follows the voids");
    let counts = engine.counts().unwrap();
    assert_eq!((counts.batches_accepted, counts.forks), (2, 0));
    assert_eq!(car.send_batch(&mut engine, 2).state().head.n, 4, "a late copy of a void batch is dropped");
    assert_eq!(engine.counts().unwrap().batches_accepted, 2);
}

#[test]
fn content_that_breaks_the_basis_is_refused_and_listed_until_the_base_passes_it() {
    let other = SignalId(3);
    let reasons = [
        (speed(NOW_MS, 51.0), RefusalReason::Tier),
        (speed(NOW_MS - 11_000, 50.0), RefusalReason::Time),
        (speed(NOW_MS + 86_401_000, 50.0), RefusalReason::Time),
        (Row { signal: other, t_ms: NOW_MS, value: ReleasedValue::Scalar(Value::Float(5.0)) }, RefusalReason::Coverage),
        (Row { signal: SignalId(99), t_ms: NOW_MS, value: ReleasedValue::Scalar(Value::Float(5.0)) }, RefusalReason::Coverage),
        (place(NOW_MS, 48.123_456, 11.5), RefusalReason::Tier),
    ];
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    for (row, _) in &reasons {
        let n = car.number_rows(2, std::slice::from_ref(row));
        assert_eq!(car.send_batch(&mut engine, n).state().head, car.batch_head(n), "a refused batch fills its number");
    }
    let basis = car.number_rows(1, &[speed(NOW_MS, 50.0)]);
    let state = car.send_batch(&mut engine, basis);
    let listed: Vec<(u32, RefusalReason)> = state.state().refused.iter().map(|refused| (refused.batch.n, refused.reason)).collect();
    let expected: Vec<(u32, RefusalReason)> = (1..).zip(reasons.iter().map(|(_, reason)| *reason).chain([RefusalReason::Basis])).collect();
    assert_eq!(listed, expected);
    let base = car.batch_head(3);
    let after = car.connect(&mut engine, base);
    assert_eq!(after.state().refused.len(), expected.len() - 3);
    assert_eq!(after.state().base, base);
    assert_eq!(engine.counts().unwrap().batches_refused, 7);
    assert_eq!(engine.counts().unwrap().batches_accepted, 0);
}

#[test]
fn a_category_that_is_excluded_is_refused() {
    let mut engine = engine(None);
    let mut car = Car::new(10);
    car.connect(&mut engine, Head::default());
    car.tell_catalog();
    car.tell(StatementBody::BasisOpened(BasisTerms { categories: CategorySet(0b10), ..terms() }));
    car.send_statement(&mut engine, 1);
    car.send_statement(&mut engine, 2);
    car.number(2);
    assert_eq!(car.send_batch(&mut engine, 1).state().refused[0].reason, RefusalReason::Coverage);
}

#[test]
fn terms_that_are_not_the_catalogs_are_refused() {
    for terms in [
        BasisTerms { terms: Digest([5; 32]), ..terms() },
        BasisTerms { revision: 2, ..terms() },
        BasisTerms { tier: 1, ..terms() },
        BasisTerms { use_id: "other".to_owned(), ..terms() },
    ] {
        let mut engine = engine(None);
        let mut car = Car::new(10);
        car.connect(&mut engine, Head::default());
        car.tell_catalog();
        car.tell(StatementBody::BasisOpened(terms));
        car.send_statement(&mut engine, 1);
        car.send_statement(&mut engine, 2);
        car.number(2);
        assert_eq!(car.send_batch(&mut engine, 1).state().refused[0].reason, RefusalReason::Basis);
    }
}

#[test]
fn an_unknown_catalog_is_a_refusal_of_its_own() {
    let mut engine = engine(None);
    let mut car = Car::new(10);
    car.connect(&mut engine, Head::default());
    car.tell(StatementBody::Catalog { digest: Digest([4; 32]), version: 9 });
    car.open_basis();
    car.send_statement(&mut engine, 1);
    car.send_statement(&mut engine, 2);
    car.number(2);
    assert_eq!(car.send_batch(&mut engine, 1).state().refused[0].reason, RefusalReason::Catalog);
}

#[test]
fn a_full_list_of_refusals_makes_the_next_one_wait() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    let full = u32::try_from(WINDOW).unwrap();
    for _ in 0..=full {
        let n = car.number_rows(2, &[speed(NOW_MS, 51.0)]);
        car.send_batch(&mut engine, n);
    }
    let base = car.batch_head(1);
    let state = car.connect(&mut engine, base);
    assert_eq!(state.state().head.n, full + 1, "a base that moves makes room, and the one that waited is judged");
    assert_eq!(state.state().refused.len(), WINDOW);
}

#[test]
fn an_unknown_stream_must_echo_the_challenge_of_this_start() {
    let mut engine = engine(None);
    let car = Car::new(10);
    let (nonce, lane) = (Nonce([1; 16]), car.topic(Channel::Lane));
    let hello = |echo| car.hello_with(nonce, echo, Head::default());
    let challenge = Answers::read(&engine.handle(NOW_MS, &lane, &hello(None)).unwrap()).state().challenge;
    assert_ne!(challenge, Digest::default());
    assert_eq!(engine.counts().unwrap().streams, 0, "nothing is stored");
    let wrong = Answers::read(&engine.handle(NOW_MS, &lane, &hello(Some(Digest([1; 32])))).unwrap());
    assert_eq!(wrong.state().challenge, challenge);
    engine.restart([8; 32]);
    let late = Answers::read(&engine.handle(NOW_MS, &lane, &hello(Some(challenge))).unwrap());
    assert_ne!(late.state().challenge, challenge, "another start, another challenge");
    let other_nonce = car.hello_with(Nonce([2; 16]), Some(late.state().challenge), Head::default());
    let answers = Answers::read(&engine.handle(NOW_MS, &lane, &other_nonce).unwrap());
    assert_ne!(answers.state().challenge, Digest::default(), "a challenge is for one nonce");
    let known = Answers::read(&engine.handle(NOW_MS, &lane, &hello(Some(late.state().challenge))).unwrap());
    assert_eq!(known.state().challenge, Digest::default());
    assert_eq!(engine.counts().unwrap().streams, 1);
}

#[test]
fn messages_that_wait_together_are_answered_with_one_state_and_a_hello_by_itself() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    let (batch, lane) = (car.topic(Channel::Batch), car.topic(Channel::Lane));
    for n in 1..=2_u32 {
        assert_eq!(car.number(2), n);
        let (sealed, _) = &car.chain[usize::try_from(n).unwrap() - 1];
        assert!(Answers::read(&engine.handle_more(NOW_MS, &batch, sealed).unwrap()).states.is_empty());
        assert_eq!(engine.counts().unwrap().batches_accepted, u64::from(n), "each is stored by itself");
    }
    assert_eq!(Answers::read(&engine.answer_owed().unwrap()).state().head, car.batch_head(2));
    assert!(engine.answer_owed().unwrap().is_empty(), "nothing is owed twice");
    let nonce = Nonce([9; 16]);
    let greeted = engine.handle_more(NOW_MS, &lane, &car.hello_with(nonce, None, Head::default())).unwrap();
    assert_eq!(Answers::read(&greeted).state().nonce, nonce);
    assert!(engine.answer_owed().unwrap().is_empty());
}

#[test]
fn what_comes_before_a_hello_is_dropped() {
    let mut engine = engine(None);
    let mut car = Car::new(10);
    car.tell_catalog();
    car.open_basis();
    car.number(2);
    assert!(car.send_statement(&mut engine, 1).states.is_empty());
    assert!(car.send_batch(&mut engine, 1).states.is_empty());
    assert_eq!(engine.counts().unwrap(), Counts::default());
}

#[test]
fn what_is_not_signed_right_is_counted_and_not_answered() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    let mut damaged = car.chain[0].0.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(car.send_raw(&mut engine, &damaged).states.is_empty());
    let stranger = Car { key: [66; 32], ..car.clone() };
    let forged = stranger.seal_batch(1, Digest::default(), 2, 2, &[speed(NOW_MS, 50.0)]);
    assert!(car.send_raw(&mut engine, &forged).states.is_empty());
    let elsewhere = Car::new(11).topic(Channel::Batch);
    assert!(engine.handle(NOW_MS, &elsewhere, &car.chain[0].0).unwrap().is_empty());
    let as_statement = seal(Kind::Lane, &car.key, vec![1, 2, 3]);
    assert!(engine.handle(NOW_MS, &car.topic(Channel::Lane), &as_statement).unwrap().is_empty());
    assert!(engine.handle(NOW_MS, "cg/2/rubbish", b"").unwrap().is_empty());
    let counts = engine.counts().unwrap();
    assert_eq!((counts.bad, counts.batches_accepted, counts.streams), (4, 0, 1));
}

#[test]
fn certificates_hold_for_their_authority_environment_and_time_alone() {
    let good = Certificate { version: 1, environment: Environment::Demo, public: public(&[10; 32]), serial: [1; 16], not_after_s: 2_000_000_000 };
    let cases = [
        crate::car::seal_certificate(&good, &[99; 32]),
        crate::car::seal_certificate(&Certificate { environment: Environment::Production, ..good.clone() }, &crate::car::AUTHORITY),
        crate::car::seal_certificate(&Certificate { not_after_s: 1_000, ..good.clone() }, &crate::car::AUTHORITY),
        crate::car::seal_certificate(&Certificate { public: public(&[11; 32]), ..good }, &crate::car::AUTHORITY),
    ];
    let mut engine = engine(None);
    for certificate in cases {
        let car = Car { certificate, ..Car::new(10) };
        assert!(engine.handle(NOW_MS, &car.topic(Channel::Lane), &car.hello_with(Nonce([1; 16]), None, Head::default())).unwrap().is_empty());
    }
    assert_eq!(engine.counts().unwrap().bad, 4);
}

#[test]
fn a_statement_with_more_voids_than_the_window_is_no_statement() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.tell(StatementBody::Closed { voids: vec![Head::default(); WINDOW + 1] });
    assert!(car.send_statement(&mut engine, 3).states.is_empty());
    assert_eq!(engine.counts().unwrap().bad, 1);
}

#[test]
fn an_end_kills_its_basis_whenever_it_comes() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.number(2);
    car.send_batch(&mut engine, 1);
    car.tell(StatementBody::Void { voids: Vec::new(), reason: VoidReason::Dropped });
    let voids = vec![car.batch_head(2)];
    car.end_basis(2, voids);
    let early = car.send_statement(&mut engine, 4);
    assert_eq!((early.state().lane.n, early.state().head.n, early.state().erased_k), (2, 1, 0), "its voids and number wait");
    assert_eq!(engine.counts().unwrap().erased, 1, "but it erases at once");
    assert_eq!(car.send_batch(&mut engine, 2).state().head.n, 1, "and nothing is accepted on the basis");
    car.send_statement(&mut engine, 3);
    let state = car.send_statement(&mut engine, 4);
    assert_eq!((state.state().lane.n, state.state().head, state.state().erased_k), (4, car.batch_head(2), 4));
    assert!(matches!(state.others.as_slice(), [AnswerMessage::Erasure { erased_k: 4, systems, .. }]
        if *systems == [("store".to_owned(), true), ("handed_on".to_owned(), true), ("lake".to_owned(), false)]));
    let counts = engine.counts().unwrap();
    assert_eq!((counts.batches_accepted, counts.records, counts.ended, counts.erased), (1, 2, 1, 1));
}

#[test]
fn a_new_basis_lives_although_an_old_one_ended() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.end_basis(2, Vec::new());
    let again = car.open_basis();
    car.send_statement(&mut engine, 3);
    car.send_statement(&mut engine, 4);
    car.number(again);
    assert_eq!(car.send_batch(&mut engine, 1).state().head.n, 1);
    car.send_statement(&mut engine, 3);
    assert_eq!(engine.counts().unwrap().erased, 0, "the old end again erases nothing new");
}

#[test]
fn a_refused_batch_is_erased_with_its_basis() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number_rows(2, &[speed(NOW_MS, 51.0)]);
    car.send_batch(&mut engine, 1);
    car.end_basis(2, Vec::new());
    let state = car.send_statement(&mut engine, 3);
    assert_eq!(state.state().refused.len(), 1, "it stays refused");
    let mut rolled_back = car.clone();
    rolled_back.chain.clear();
    rolled_back.number(2);
    assert_eq!(rolled_back.send_batch(&mut engine, 1).state().conflict, None, "but its envelope is gone");
}

#[test]
fn a_base_beyond_our_head_is_our_loss_and_delivery_goes_on() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    (0..4).for_each(|_| assert!(car.number(2) > 0));
    let base = car.batch_head(3);
    let state = car.connect(&mut engine, base);
    assert_eq!(state.state().head, base);
    assert_eq!(car.send_batch(&mut engine, 4).state().head.n, 4);
    assert_eq!(car.send_batch(&mut engine, 2).state().conflict, None, "what lies below is unknown, so it is no fork");
    assert_eq!(engine.counts().unwrap().batches_accepted, 1);
}

#[test]
fn a_closed_stream_takes_statements_and_no_batches() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.number(2);
    car.send_batch(&mut engine, 1);
    let voids = vec![car.batch_head(2)];
    car.tell(StatementBody::Closed { voids });
    assert_eq!(car.send_statement(&mut engine, 3).state().head.n, 2);
    car.number(2);
    assert_eq!(car.send_batch(&mut engine, 3).state().head.n, 2);
    car.end_basis(2, Vec::new());
    assert_eq!(car.send_statement(&mut engine, 4).state().erased_k, 4);
    assert_eq!(engine.counts().unwrap().erased, 1);
    assert_eq!(engine.at_start(NOW_MS).unwrap().len(), 1);
    let year_ms = 366 * 86_400_000;
    engine.restart([8; 32]);
    assert!(engine.at_start(NOW_MS + year_ms).unwrap().is_empty(), "forgotten, at a start, after its time");
    let counts = engine.counts().unwrap();
    assert_eq!((counts.streams, counts.batches_accepted, counts.records, counts.statements), (0, 1, 2, 4), "what it counted stays counted");
}

#[test]
fn streams_stand_alone() {
    let mut engine = engine(None);
    let (mut one, mut other) = (Car::consented(10, &mut engine), Car::consented(11, &mut engine));
    one.number(2);
    other.number(2);
    one.send_batch(&mut engine, 1);
    other.send_batch(&mut engine, 1);
    one.end_basis(2, Vec::new());
    one.send_statement(&mut engine, 3);
    assert_eq!(engine.counts().unwrap().erased, 1);
    assert_eq!(other.connect(&mut engine, Head::default()).state().erased_k, 0);
    let started = engine.at_start(NOW_MS).unwrap();
    assert_eq!(started.len(), 2);
}

#[test]
fn a_secret_of_a_receipt_ends_and_erases_without_the_car() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.number(2);
    car.send_batch(&mut engine, 1);
    assert!(engine.withdraw_by_secret(NOW_MS, &[5; 32]).unwrap().is_empty());
    let told = Answers::read(&engine.withdraw_by_secret(NOW_MS, &secret()).unwrap());
    let notice = AnswerMessage::OutsideWithdrawal { recipient: "oem".to_owned(), stream: car.stream, basis: 2, secret: secret() };
    assert_eq!(told.others, std::slice::from_ref(&notice));
    assert_eq!(engine.counts().unwrap().erased, 1);
    assert_eq!(car.send_batch(&mut engine, 2).state().head.n, 1, "nothing is accepted on it");
    assert_eq!(car.connect(&mut engine, Head::default()).others, std::slice::from_ref(&notice), "told again until the car ends it");
    let voids = vec![car.batch_head(2)];
    car.end_basis(2, voids);
    assert_eq!(car.send_statement(&mut engine, 3).state().head.n, 2);
    let welcome = car.connect(&mut engine, car.batch_head(2));
    assert!(matches!(welcome.others.as_slice(), [AnswerMessage::Erasure { erased_k: 3, .. }]));
    assert!(car.connect(&mut engine, car.batch_head(2)).others.is_empty());
}

#[test]
fn a_use_report_says_what_is_held_derived_and_deleted_once_a_day_r42() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    let reports = car.send_batch(&mut engine, 1).reports;
    let [report] = reports.as_slice() else { panic!("one report, {reports:?}") };
    assert_eq!((report.at_s, report.used_for.as_str(), report.last_used_s), (NOW_MS / 1_000, "", None), "it says nothing that it was not told");
    let [basis] = report.bases.as_slice() else { panic!("one basis") };
    assert_eq!((basis.basis, basis.held, basis.held_since_s, basis.deleted), (2, 2, Some(NOW_MS / 1_000), 0));
    assert_eq!(basis.derived, [("Vehicle.A.Speed".to_owned(), "mean 52.50 km/h of 2 values".to_owned())]);
    car.number(2);
    assert!(car.send_batch(&mut engine, 2).reports.is_empty(), "not again on the same day");
    car.end_basis(2, Vec::new());
    car.send_statement(&mut engine, 3);
    engine.restart([8; 32]);
    let later_ms = NOW_MS + consent_receiver::engine::REPORT_MS;
    let hello = car.hello_with(Nonce([99; 16]), None, car.batch_head(2));
    let again = Answers::read(&engine.handle(later_ms, &car.topic(Channel::Lane), &hello).unwrap());
    let basis = &again.reports[0].bases[0];
    assert_eq!((basis.held, basis.held_since_s, basis.deleted, basis.derived.len()), (0, None, 4, 0));
}

#[test]
fn a_system_that_others_answer_for_is_erased_when_they_say_so_r45() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    car.end_basis(2, Vec::new());
    let lake = |answers: &Answers| match answers.others.as_slice() {
        [AnswerMessage::Erasure { systems, .. }] => systems.iter().find(|(name, _)| name == "lake").map(|(_, erased)| *erased),
        _ => None,
    };
    assert_eq!(lake(&car.send_statement(&mut engine, 3)), Some(false));
    car.connect(&mut engine, car.batch_head(1));
    assert!(engine.system_erased(NOW_MS, "oem", "pond").unwrap_err().to_string().contains("lake"), "and what there is, is said");
    assert!(engine.system_erased(NOW_MS, "oem", "store").is_err(), "the receiver's own systems answer for themselves");
    assert_eq!(engine.system_erased(NOW_MS + 1, "oem", "lake").unwrap(), 1);
    assert_eq!(lake(&car.connect(&mut engine, car.batch_head(1))), Some(true));
    assert_eq!(lake(&car.connect(&mut engine, car.batch_head(1))), None, "told once");
}

#[test]
fn data_goes_at_the_end_of_its_retention() {
    let mut engine = engine(None);
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    let end_ms = NOW_MS + 1 + 30 * 86_400_000;
    engine.tick(end_ms - 1).unwrap();
    let mut rolled_back = car.clone();
    rolled_back.chain.clear();
    rolled_back.number_rows(2, &[speed(NOW_MS, 0.0)]);
    assert!(rolled_back.send_batch(&mut engine, 1).state().conflict.is_some(), "still held");
    engine.tick(end_ms).unwrap();
    assert!(rolled_back.send_batch(&mut engine, 1).state().conflict.is_none(), "deleted");
    let counts = engine.counts().unwrap();
    assert_eq!((counts.batches_accepted, counts.erased), (1, 0), "retention is no erasure");
}

#[test]
fn a_catalog_of_another_root_or_environment_is_not_taken() {
    let mut engine = engine(None);
    assert!(engine.add_catalog(&seal(Kind::Catalog, &ACK, catalog().to_bytes())).is_err());
    let mut production = catalog();
    production.environment = Environment::Production;
    let error = engine.add_catalog(&seal(Kind::Catalog, &crate::car::ROOT, production.to_bytes())).unwrap_err();
    assert!(error.to_string().contains("Production") && error.to_string().contains("Demo"), "{error}");
    assert_eq!(engine.newest_catalogs().unwrap().len(), 1);
}

#[test]
fn a_statement_names_its_stream() {
    let mut engine = engine(None);
    let car = Car::consented(10, &mut engine);
    let body = StatementBody::Closed { voids: Vec::new() };
    let foreign = Statement { recipient: "other".to_owned(), stream: car.stream, k: 3, prev: car.lane[1].1, body };
    let sealed = seal(Kind::Lane, &car.key, LaneMessage::Statement(foreign).to_bytes());
    assert!(engine.handle(NOW_MS, &car.topic(Channel::Lane), &sealed).unwrap().is_empty());
    assert_eq!(engine.counts().unwrap().bad, 1);
    assert_eq!(envelope::sha256(&[&car.lane[1].0]), car.lane[1].1);
}
