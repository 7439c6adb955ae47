//! Reads what a `.tflite` file holds: its operations, in their order, and their constants.
//!
//! The file is a FlatBuffer after TensorFlow Lite's schema, version 3
//! (`tensorflow/compiler/mlir/lite/schema/schema.fbs`), whose numbers of fields and codes stand below. Every
//! place is looked up with a check: a damaged file is an error.

use half::f16;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TfliteError {
    /// It ends early, or leads to places outside of itself.
    #[error("the file is no .tflite network, or a damaged one")]
    Damaged,
    /// It holds another network than the one it is read for.
    #[error("wrong network: {expected} was to come next")]
    Other {
        /// What should have come.
        expected: String,
    },
}

/// Which operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A convolution; its constants are weights (outputs, height, width, inputs) and bias.
    Convolution,
    /// A convolution of each channel by itself; weights (1, height, width, channels) and bias.
    Depthwise,
    /// x, or x times the slope of its channel where x is below 0; its constant is the slopes.
    Prelu,
}

/// A tensor of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constant {
    /// Its sides, the slowest first.
    pub shape: Vec<usize>,
    /// Its numbers, which the file may hold with 16 bits.
    pub values: Vec<f32>,
}

/// An operation and the constants it works with.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Which.
    pub kind: Kind,
    /// In the order of its inputs.
    pub constants: Vec<Constant>,
}

const MODEL_CODES: usize = 1;
const MODEL_GRAPHS: usize = 2;
const MODEL_BUFFERS: usize = 4;
const CODE_SHORT: usize = 0;
const GRAPH_TENSORS: usize = 0;
const GRAPH_OPERATIONS: usize = 3;
const TENSOR_SHAPE: usize = 0;
const TENSOR_TYPE: usize = 1;
const TENSOR_BUFFER: usize = 2;
const OPERATION_CODE: usize = 0;
const OPERATION_INPUTS: usize = 1;
const OPERATION_OUTPUTS: usize = 2;
const BUFFER_DATA: usize = 0;

const CONV_2D: u8 = 3;
const DEPTHWISE_CONV_2D: u8 = 4;
const DEQUANTIZE: u8 = 6;
const PRELU: u8 = 54;
const FLOAT16: u8 = 1;

/// The operations of those kinds of the network in `bytes`.
///
/// # Errors
/// The bytes are no such file.
pub fn operations(bytes: &[u8]) -> Result<Vec<Operation>, TfliteError> {
    read(bytes).ok_or(TfliteError::Damaged)
}

fn read(bytes: &[u8]) -> Option<Vec<Operation>> {
    let model = Table::at(bytes, word(bytes, 0)?)?;
    let graph = model.tables(MODEL_GRAPHS)?.next()??;
    let codes: Vec<Table> = model.tables(MODEL_CODES)?.collect::<Option<_>>()?;
    let tensors: Vec<Table> = graph.tables(GRAPH_TENSORS)?.collect::<Option<_>>()?;
    let buffers: Vec<Table> = model.tables(MODEL_BUFFERS)?.collect::<Option<_>>()?;
    // Of a tensor that was widened, the one that the file holds.
    let mut held: Vec<usize> = (0..tensors.len()).collect();
    let mut operations = Vec::new();
    for operation in graph.tables(GRAPH_OPERATIONS)? {
        let operation = operation?;
        let code = codes.get(operation.number(OPERATION_CODE)?)?;
        let inputs = operation.numbers(OPERATION_INPUTS)?;
        let kind = match code.byte(CODE_SHORT)? {
            CONV_2D => Kind::Convolution,
            DEPTHWISE_CONV_2D => Kind::Depthwise,
            PRELU => Kind::Prelu,
            DEQUANTIZE => {
                let output = *operation.numbers(OPERATION_OUTPUTS)?.first()?;
                *held.get_mut(output)? = *inputs.first()?;
                continue;
            }
            _ => continue,
        };
        let constant = |&index: &usize| {
            let tensor = tensors.get(*held.get(index)?)?;
            tensor.constant(&buffers)
        };
        let constants = inputs.iter().skip(1).map(constant);
        operations.push(Operation {
            kind,
            constants: constants.collect::<Option<_>>()?,
        });
    }
    Some(operations)
}

/// A table of the file: a list of fields, of which any may be missing.
#[derive(Clone, Copy)]
struct Table<'a> {
    bytes: &'a [u8],
    start: usize,
    fields: &'a [u8],
}

impl<'a> Table<'a> {
    fn at(bytes: &'a [u8], start: usize) -> Option<Self> {
        let back = i32::from_le_bytes(*bytes.get(start..)?.first_chunk()?);
        let list = start.checked_add_signed(-(isize::try_from(back).ok()?))?;
        let len = usize::from(u16::from_le_bytes(*bytes.get(list..)?.first_chunk()?));
        Some(Self {
            bytes,
            start,
            fields: bytes.get(list.checked_add(4)?..list.checked_add(len)?)?,
        })
    }

    /// Where field number `field` lies.
    fn place(&self, field: usize) -> Option<usize> {
        let offset = u16::from_le_bytes(*self.fields.get(2 * field..)?.first_chunk()?);
        (offset > 0).then(|| self.start + usize::from(offset))
    }

    /// A byte; 0 where the field is missing, as the schema says.
    fn byte(&self, field: usize) -> Option<u8> {
        match self.place(field) {
            Some(place) => self.bytes.get(place).copied(),
            None => Some(0),
        }
    }

    /// A number of 32 bits; 0 where the field is missing.
    fn number(&self, field: usize) -> Option<usize> {
        match self.place(field) {
            Some(place) => word(self.bytes, place),
            None => Some(0),
        }
    }

    /// Where a list begins, and how many items it has; none where the field is missing.
    fn list(&self, field: usize) -> Option<(usize, usize)> {
        let Some(place) = self.place(field) else {
            return Some((0, 0));
        };
        let list = place.checked_add(word(self.bytes, place)?)?;
        Some((list.checked_add(4)?, word(self.bytes, list)?))
    }

    fn numbers(&self, field: usize) -> Option<Vec<usize>> {
        let (start, len) = self.list(field)?;
        let end = start.checked_add(len.checked_mul(4)?)?;
        let (words, _) = self.bytes.get(start..end)?.as_chunks::<4>();
        Some(
            words
                .iter()
                .map(|&word| u32::from_le_bytes(word) as usize)
                .collect(),
        )
    }

    fn tables(&self, field: usize) -> Option<impl Iterator<Item = Option<Self>> + use<'a>> {
        let (bytes, (start, len)) = (self.bytes, self.list(field)?);
        Some((0..len).map(move |index| {
            let place = start.checked_add(index.checked_mul(4)?)?;
            Self::at(bytes, place.checked_add(word(bytes, place)?)?)
        }))
    }

    /// What the tensor of this table holds.
    fn constant(&self, buffers: &[Self]) -> Option<Constant> {
        let shape = self.numbers(TENSOR_SHAPE)?;
        let buffer = buffers.get(self.number(TENSOR_BUFFER)?)?;
        let (start, len) = buffer.list(BUFFER_DATA)?;
        let data = buffer.bytes.get(start..start.checked_add(len)?)?;
        let values: Vec<f32> = match self.byte(TENSOR_TYPE)? {
            FLOAT16 => {
                let (halves, _) = data.as_chunks::<2>();
                halves
                    .iter()
                    .map(|&half| f16::from_le_bytes(half).to_f32())
                    .collect()
            }
            _ => {
                let (words, _) = data.as_chunks::<4>();
                words.iter().map(|&word| f32::from_le_bytes(word)).collect()
            }
        };
        let count = shape
            .iter()
            .try_fold(1, |count: usize, &side| count.checked_mul(side))?;
        (values.len() == count).then_some(Constant { shape, values })
    }
}

fn word(bytes: &[u8], place: usize) -> Option<usize> {
    let word = bytes.get(place..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*word)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole() -> Vec<u8> {
        let folder = std::env::var("ALIYARFACE_MODELS").unwrap();
        std::fs::read(format!("{folder}/face_landmarks_detector.tflite")).unwrap()
    }

    #[test]
    fn operations_come_with_their_constants() {
        let operations = operations(&whole()).unwrap();
        let of = |kind| {
            operations
                .iter()
                .filter(move |operation| operation.kind == kind)
        };
        assert_eq!(of(Kind::Convolution).count(), 72);
        assert_eq!(of(Kind::Depthwise).count(), 34);
        assert_eq!(of(Kind::Prelu).count(), 69);
        let [weights, bias] = &of(Kind::Convolution).next().unwrap().constants[..] else {
            panic!("a convolution has weights and a bias");
        };
        assert_eq!(weights.shape, [16, 3, 3, 3]);
        assert_eq!(bias.shape, [16]);
        assert!(weights.values.iter().any(|weight| weight.abs() > 0.01));
        assert!(weights.values.iter().all(|weight| weight.abs() < 100.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn damaged_files_are_read_or_refused(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = whole();
            // Where the tables lie that lead to everything else.
            let tables = bytes.len().min(60_000);
            for (place, byte) in &edits {
                bytes[place.index(tables)] = *byte;
            }
            let _ = operations(&bytes);
            bytes.truncate(end.index(bytes.len()));
            prop_assert!(operations(&bytes).is_err() || bytes.len() > tables);
        }
    }
}
