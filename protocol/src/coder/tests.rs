use super::*;
use crate::batch::Row;
use consent_core::{Fix, ReleasedValue, Text, Value};
use proptest::prelude::*;

fn float(signal: u16, t_ms: i64, value: f64) -> Row {
    Row { signal: SignalId(signal), t_ms, value: ReleasedValue::Scalar(Value::Float(value)) }
}

/// Bit for bit, so that not-a-number equals itself and the zeros differ.
fn bits(rows: &[Row]) -> Vec<alloc::string::String> {
    let text = |value: f64| alloc::format!("{:016x}", value.to_bits());
    rows.iter()
        .map(|row| match &row.value {
            ReleasedValue::Scalar(Value::Float(value)) => alloc::format!("{} {} float {}", row.signal.0, row.t_ms, text(*value)),
            ReleasedValue::Scalar(Value::Floats(array)) => {
                alloc::format!("{} {} floats {:?}", row.signal.0, row.t_ms, array.iter().map(|value| text(*value)).collect::<Vec<_>>())
            }
            ReleasedValue::Fix(fix) => {
                let parts = [Some(fix.lat_deg), Some(fix.lon_deg), fix.alt_m, fix.heading_deg, fix.accuracy_m].map(|part| part.map(text));
                alloc::format!("{} {} fix {parts:?}", row.signal.0, row.t_ms)
            }
            ReleasedValue::Counts(counts) => alloc::format!("{} {} counts {counts:?}", row.signal.0, row.t_ms),
            ReleasedValue::Scalar(value) => alloc::format!("{} {} {value:?}", row.signal.0, row.t_ms),
        })
        .collect()
}

fn comes_back(rows: &[Row]) -> usize {
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(|row| row.signal);
    let records = u32::try_from(rows.len()).unwrap();
    let (coder, body) = encode(rows);
    assert_eq!(decode(coder, &body, records).map(|rows| bits(&rows)), Ok(bits(&sorted)));
    for packing in [Packing::Bits, Packing::Varints] {
        let [body] = encode_columns(rows, [packing]);
        assert_eq!(decode_columns(&body, rows.len(), packing).map(|rows| bits(&rows)), Ok(bits(&sorted)));
    }
    body.len()
}

/// Five signals of a drive at 1 Hz, in the manner of OBD and GPS: speed and engine speed wander, fuel falls slowly.
fn drive(records: usize) -> Vec<Row> {
    let mut state = 7_u64;
    let mut noise = |range: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from((state >> 33) % range).unwrap()) - f64::from(u32::try_from(range / 2).unwrap())
    };
    let (mut speed, mut rpm, mut lat, mut lon) = (50.0_f64, 1_800.0_f64, 56.0_f64, 10.0_f64);
    let mut rows = Vec::new();
    for second in 0..records / 5 {
        let t_ms = 1_700_000_000_123 + i64::try_from(second).unwrap() * 1_000;
        speed = (speed + noise(5)).clamp(0.0, 130.0);
        rpm = (rpm + noise(120)).clamp(700.0, 4_000.0);
        lat += (speed * 2.5 + noise(6)) * 1e-6;
        lon += (speed * 1.2 + noise(6)) * 1e-6;
        let micro = |degrees: f64| libm::round(degrees * 1e6) / 1e6;
        let fuel = 55.0 - libm::floor(f64::from(u32::try_from(second).unwrap()) / 240.0);
        for (signal, value) in (0..).zip([micro(lat), micro(lon), rpm, fuel, speed]) {
            rows.push(float(signal, t_ms, value));
        }
    }
    rows
}

#[test]
fn a_drive_takes_few_bytes_a_record() {
    for (records, hundredths_max) in [(60, 250), (1_000, 145), (3_600, 130)] {
        let size = encode_columns(&drive(records), [Packing::Bits])[0].len();
        assert!(size * 100 <= records * hundredths_max, "{records} records took {size} bytes");
        comes_back(&drive(records));
    }
}

#[test]
fn times_that_many_signals_share_are_written_once() {
    let column = |signal, shift: i64| (0..100_i64).map(move |at| float(signal, shift + at * at, 1.0));
    let alone = comes_back(&column(0, 0).collect::<Vec<_>>());
    let many: Vec<Row> = [(0, 0), (1, 0), (2, 5), (3, 0)].into_iter().flat_map(|(signal, shift)| column(signal, shift)).collect();
    assert!(comes_back(&many) < 2 * alone + 30);
}

#[test]
fn order_within_a_signal_is_kept() {
    comes_back(&[float(3, 5, 1.0), float(1, 9, 2.0), float(3, 4, 3.0), float(1, 9, 4.0)]);
}

#[test]
fn an_empty_body_is_one_byte() {
    assert_eq!(encode(&[]), (BIT_PACKED, alloc::vec![0]));
    assert_eq!(decode(BIT_PACKED, &[0], 0), Ok(Vec::new()));
}

#[test]
fn single_precision_decimals_are_scaled_too() {
    let rows: Vec<Row> = (0..100_u8).map(|at| float(0, i64::from(at), f64::from(f32::from(at) / 10.0 + 12.1))).collect();
    assert!(comes_back(&rows) < 120);
}

#[test]
fn a_body_must_have_the_declared_rows() {
    let (coder, body) = encode(&[float(0, 1, 1.0), float(1, 1, 1.0)]);
    assert_eq!(decode(coder, &body, 1), Err(CoderError::TooMany));
    assert_eq!(decode(coder, &body, 3), Err(CoderError::Damaged));
    assert_eq!(decode(coder, &[&body[..], &[0]].concat(), 2), Err(CoderError::Damaged));
    assert_eq!(decode(coder, &body[..body.len() - 1], 2), Err(CoderError::Damaged));
    assert_eq!(decode(9, &body, 2), Err(CoderError::Unknown(9)));
    assert_eq!(decode(coder, &body, u32::MAX), Err(CoderError::TooMany));
}

#[cfg(feature = "zstd")]
mod with_zstd {
    use super::*;

    #[test]
    fn zstd_is_taken_where_it_is_smaller() {
        // A round that is driven again and again, as nothing but zstd sees.
        let laps: Vec<Row> = drive(500).into_iter().cycle().take(3_500).zip(0..).map(|(row, at)| Row { t_ms: at / 5 * 1_000, ..row }).collect();
        let (coder, body) = encode(&laps);
        assert_eq!(coder, ZSTD);
        assert!(body.len() < encode_columns(&laps, [Packing::Bits])[0].len());
        comes_back(&laps);
        assert_eq!(encode(&drive(60)).0, BIT_PACKED);
    }

    #[test]
    fn a_size_beyond_its_bound_is_refused_before_anything_is_decompressed() {
        let bomb = alloc::vec![0_u8; 1 << 20];
        let mut body = Vec::new();
        super::super::ints::put_length(&mut body, bomb.len());
        body.extend(zstd::bulk::compress(&bomb, 3).unwrap());
        assert_eq!(decode(ZSTD, &body, 256), Err(CoderError::Damaged));
        let mut body = alloc::vec![5];
        body.extend(zstd::bulk::compress(&bomb, 3).unwrap());
        assert_eq!(decode(ZSTD, &body, 256), Err(CoderError::Damaged));
    }
}

fn any_float() -> impl Strategy<Value = f64> {
    let special =
        proptest::sample::select(alloc::vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e22]);
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        special,
        (any::<i32>(), -12..12_i32).prop_map(|(whole, exponent)| f64::from(whole) * 10_f64.powi(exponent)),
        any::<i32>().prop_map(|whole| f64::from(whole) / 1e6),
        (-5_000..5_000_i16).prop_map(|whole| f64::from(f32::from(whole) / 10.0)),
    ]
}

fn any_value() -> impl Strategy<Value = ReleasedValue> {
    let text = "[a-zé]{0,10}".prop_map(|text| Value::Text(Text::try_from(text.as_str()).unwrap()));
    let fix = (any_float(), any_float(), proptest::option::of(any_float()), proptest::option::of(any_float()), proptest::option::of(any_float()));
    prop_oneof![
        prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-20_i64..20).prop_map(Value::Int),
            any::<u64>().prop_map(Value::Uint),
            any_float().prop_map(Value::Float),
            text,
            proptest::collection::vec(any::<i64>(), 0..=4).prop_map(|array| Value::Ints(array.into_iter().collect())),
            proptest::collection::vec(any_float(), 0..=4).prop_map(|array| Value::Floats(array.into_iter().collect())),
        ]
        .prop_map(ReleasedValue::Scalar),
        proptest::collection::vec(any::<u32>(), 0..=12).prop_map(|counts| ReleasedValue::Counts(counts.into_iter().collect())),
        fix.prop_map(|(lat_deg, lon_deg, alt_m, heading_deg, accuracy_m)| ReleasedValue::Fix(Fix { lat_deg, lon_deg, alt_m, heading_deg, accuracy_m })),
    ]
}

proptest! {
    #[test]
    fn any_rows_come_back(rows in proptest::collection::vec((0..4_u16, prop_oneof![0..50_i64, any::<i64>()], any_value()), 0..120)) {
        let rows: Vec<Row> = rows.into_iter().map(|(signal, t_ms, value)| Row { signal: SignalId(signal * 300), t_ms, value }).collect();
        comes_back(&rows);
    }

    #[test]
    fn any_column_comes_back(values in prop_oneof![
        proptest::collection::vec(any_float(), 1..300),
        proptest::collection::vec((-5_000..5_000_i16).prop_map(|whole| f64::from(whole) / 100.0), 1..300),
    ]) {
        comes_back(&values.into_iter().zip(0..).map(|(value, t_ms)| float(0, t_ms, value)).collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_are_answered(coder in 0..3_u8, body in proptest::collection::vec(any::<u8>(), 0..200), records in 0..300_u32) {
        if let Ok(rows) = decode(coder, &body, records) {
            prop_assert_eq!(u32::try_from(rows.len()), Ok(records));
        }
    }

    #[test]
    fn damaged_bodies_are_answered(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let rows = drive(100);
        let (coder, mut body) = encode(&rows);
        let at = at.index(body.len());
        body[at] = byte;
        if let Ok(rows) = decode(coder, &body, 100) {
            prop_assert_eq!(rows.len(), 100);
        }
    }
}
