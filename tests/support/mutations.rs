//! Ways to break bytes and structures, as strategies of a property test.

use gst::glib;
use gst::prelude::*;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

/// Variable that holds how many times more cases to try, and other ones.
const MORE: &str = "ALIYARFACE_FUZZ";

/// How a property is tried: on `cases` cases, always the same, or on many times more, as `make fuzz`
/// asks for.
pub fn runs(cases: u32) -> ProptestConfig {
    // Structures are made before the first case is tried.
    gst::init().unwrap();
    let more = std::env::var(MORE).ok().and_then(|more| more.parse().ok());
    ProptestConfig {
        cases: cases.saturating_mul(more.unwrap_or(1)),
        max_shrink_iters: 2000,
        failure_persistence: None,
        rng_seed: match more {
            Some(_) => RngSeed::Random,
            None => RngSeed::Fixed(1),
        },
        ..ProptestConfig::default()
    }
}

/// A change to bytes.
#[derive(Debug, Clone)]
pub enum Edit {
    Flip(Index, u8),
    Set(Index, u8),
    CutOff(Index),
    Double(Index, usize),
    Fill(Index, usize, u8),
    Insert(Index, Vec<u8>),
}

/// One to six changes, most of them near the front, where files describe themselves.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        4 => (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        1 => any::<Index>().prop_map(Edit::CutOff),
        1 => (any::<Index>(), 1usize..64).prop_map(|(at, len)| Edit::Double(at, len)),
        2 => (any::<Index>(), 1usize..9, any::<u8>())
            .prop_map(|(at, len, byte)| Edit::Fill(at, len, byte)),
        1 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..16))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
    ];
    prop::collection::vec(edit, 1..6)
}

/// `bytes` after the changes; half of them are made in the first or the last kilobyte, where files
/// describe themselves.
pub fn broken(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (turn, edit) in edits.iter().enumerate() {
        let len = bytes.len();
        if len == 0 {
            break;
        }
        let place = |index: &Index| match turn % 4 {
            0 => index.index(len.min(1024)),
            2 => len - 1 - index.index(len.min(1024)),
            _ => index.index(len),
        };
        match edit {
            Edit::Flip(at, bit) => bytes[place(at)] ^= 1 << bit,
            Edit::Set(at, byte) => bytes[place(at)] = *byte,
            Edit::CutOff(at) => bytes.truncate(place(at)),
            Edit::Double(at, count) => {
                let at = place(at);
                let piece = bytes[at..(at + count).min(len)].to_vec();
                bytes.splice(at..at, piece);
            }
            Edit::Fill(at, count, byte) => {
                let at = place(at);
                bytes[at..(at + count).min(len)].fill(*byte);
            }
            Edit::Insert(at, piece) => {
                let at = place(at);
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

/// A value of any of the types that structures hold.
fn any_value() -> impl Strategy<Value = glib::SendValue> {
    let number = prop_oneof![
        prop::num::f64::ANY,
        -2.0..6.0f64,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::MAX),
    ];
    let text = prop_oneof!["[ -~]{0,12}", Just("neutral".to_owned()), "[\\PC]{0,4}"];
    let leaf = prop_oneof![
        number.prop_map(|value| value.to_send_value()),
        any::<u32>().prop_map(|value| value.to_send_value()),
        any::<u64>().prop_map(|value| value.to_send_value()),
        any::<i32>().prop_map(|value| value.to_send_value()),
        any::<bool>().prop_map(|value| value.to_send_value()),
        text.prop_map(|value| value.to_send_value()),
        prop_oneof![Just(478usize * 12), 0usize..64]
            .prop_map(|len| glib::Bytes::from_owned(vec![0xffu8; len]).to_send_value()),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(array),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|fields| structure(fields).to_send_value()),
        ]
    })
}

/// Those of the values that are of the first one's type, and no arrays: an array holds no others.
fn array(values: Vec<glib::SendValue>) -> glib::SendValue {
    let mut values = values;
    values.retain(|value| value.type_() != gst::Array::static_type());
    let kind = values.first().map(|value| value.type_());
    values.retain(|value| Some(value.type_()) == kind);
    gst::Array::from_values(values).to_send_value()
}

/// A name of the schema, or another that a field can have.
fn name() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "faces",
        "id",
        "face-id",
        "x",
        "score",
        "quality",
        "landmarks",
        "emotions",
        "kind",
        "AU12",
        "action-units",
        "micro-expressions",
        "event",
        "mixture",
        "labels",
        "baseline",
        "code",
        "side",
        "onset",
        "timestamp",
    ];
    prop_oneof![
        3 => prop::sample::select(KNOWN).prop_map(str::to_owned),
        1 => "[a-z][a-z0-9-]{0,8}",
    ]
}

fn structure(fields: Vec<(String, glib::SendValue)>) -> gst::Structure {
    let mut structure = gst::Structure::new_empty("odd");
    for (name, value) in fields {
        structure.set_value(name, value);
    }
    structure
}

/// A structure of whatever fields.
pub fn any_structure() -> impl Strategy<Value = gst::Structure> {
    prop::collection::vec((name(), any_value()), 0..8).prop_map(structure)
}

/// A change to a structure, or to one within it: the field at each depth, and what it becomes.
#[derive(Debug, Clone)]
pub struct Change {
    path: Vec<Index>,
    value: Option<glib::SendValue>,
}

/// Up to three changes.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let path = prop::collection::vec(any::<Index>(), 1..4);
    let change = (path, prop::option::weighted(0.8, any_value()));
    let change = change.prop_map(|(path, value)| Change { path, value });
    prop::collection::vec(change, 0..4)
}

/// The structure after the changes.
pub fn changed(structure: &gst::StructureRef, changes: &[Change]) -> gst::Structure {
    let mut structure = structure.to_owned();
    for Change { path, value } in changes {
        change(&mut structure, path, value.as_ref());
    }
    structure
}

fn change(structure: &mut gst::StructureRef, path: &[Index], value: Option<&glib::SendValue>) {
    let names: Vec<_> = structure.fields().map(|name| name.to_string()).collect();
    let Some(([first, rest @ ..], false)) = Some((path, names.is_empty())) else {
        return;
    };
    let name = names[first.index(names.len())].as_str();
    let inner = structure.get::<gst::Structure>(name);
    let list = structure.get::<gst::Array>(name);
    match (rest, inner, list) {
        ([_, ..], Ok(mut inner), _) => {
            change(&mut inner, rest, value);
            structure.set(name, inner);
        }
        ([first, rest @ ..], _, Ok(list)) if !list.is_empty() => {
            let mut values: Vec<_> = list.iter().cloned().collect();
            let at = first.index(values.len());
            match (values[at].get::<gst::Structure>(), value) {
                (Ok(mut inner), _) => {
                    change(&mut inner, rest, value);
                    values[at] = inner.to_send_value();
                }
                (Err(_), Some(value)) => values[at] = value.clone(),
                (Err(_), None) => drop(values.remove(at)),
            }
            structure.set_value(name, array(values));
        }
        (_, _, _) => match value {
            Some(value) => structure.set_value(name, value.clone()),
            None => structure.remove_field(name),
        },
    }
}
