//! Reads the operations of a `.tflite` file, in their order, and their constant tensors.
//!
//! The file is a FlatBuffer after TensorFlow Lite's schema, version 3
//! (`tensorflow/compiler/mlir/lite/schema/schema.fbs`), whose field and operator numbers stand
//! below. Every offset is checked: a damaged file is an error.

use half::f16;

/// Why a file could not be read as the network it should hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TfliteError {
    /// It ends early, or an offset points outside of it.
    #[error("the file is no .tflite network, or a damaged one")]
    Damaged,
    /// It holds another network than the one it is read for.
    #[error("wrong network: {expected} was to come next")]
    Other {
        /// What should have come.
        expected: String,
    },
}

/// The operators that are read; others are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpKind {
    /// `CONV_2D`; its constants are weights (outputs, height, width, inputs) and bias (outputs).
    Convolution,
    /// `DEPTHWISE_CONV_2D`; weights (1, height, width, channels) and bias (channels).
    Depthwise,
    /// `PRELU`: `max(x, 0) + slope[c] * min(x, 0)`; slopes (1, 1, channels).
    Prelu,
}

/// A constant tensor of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constant {
    /// Its dimensions, the slowest first.
    pub shape: Vec<usize>,
    /// Its numbers; f16 in the file is widened.
    pub values: Vec<f32>,
}

/// An operation and the constants it works with.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its operator.
    pub kind: OpKind,
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

/// The operations of the file `bytes` whose operator is an [`OpKind`].
///
/// # Errors
/// The file is damaged.
pub fn operations(bytes: &[u8]) -> Result<Vec<Operation>, TfliteError> {
    read(bytes).ok_or(TfliteError::Damaged)
}

fn read(bytes: &[u8]) -> Option<Vec<Operation>> {
    let model = FlatTable::at(bytes, word(bytes, 0)?)?;
    let graph = model.tables(MODEL_GRAPHS)?.next()??;
    let codes: Vec<FlatTable> = model.tables(MODEL_CODES)?.collect::<Option<_>>()?;
    let tensors: Vec<FlatTable> = graph.tables(GRAPH_TENSORS)?.collect::<Option<_>>()?;
    let buffers: Vec<FlatTable> = model.tables(MODEL_BUFFERS)?.collect::<Option<_>>()?;
    // For the output of a DEQUANTIZE the index of its f16 input, else the tensor itself.
    let mut held: Vec<usize> = (0..tensors.len()).collect();
    let mut operations = Vec::new();
    for operation in graph.tables(GRAPH_OPERATIONS)? {
        let operation = operation?;
        let code = codes.get(operation.u32_field(OPERATION_CODE)?)?;
        let inputs = operation.u32_list(OPERATION_INPUTS)?;
        let kind = match code.u8_field(CODE_SHORT)? {
            CONV_2D => OpKind::Convolution,
            DEPTHWISE_CONV_2D => OpKind::Depthwise,
            PRELU => OpKind::Prelu,
            DEQUANTIZE => {
                let output = *operation.u32_list(OPERATION_OUTPUTS)?.first()?;
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

/// A FlatBuffer table: fields by number, of which any may be missing.
#[derive(Clone, Copy)]
struct FlatTable<'a> {
    bytes: &'a [u8],
    start: usize,
    fields: &'a [u8],
}

impl<'a> FlatTable<'a> {
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

    /// Position in the file of field number `field`.
    fn position(&self, field: usize) -> Option<usize> {
        let offset = u16::from_le_bytes(*self.fields.get(2 * field..)?.first_chunk()?);
        (offset > 0).then(|| self.start + usize::from(offset))
    }

    /// A field of 8 bits; 0 where the field is missing, as the schema says.
    fn u8_field(&self, field: usize) -> Option<u8> {
        match self.position(field) {
            Some(place) => self.bytes.get(place).copied(),
            None => Some(0),
        }
    }

    /// A field of 32 bits; 0 where the field is missing.
    fn u32_field(&self, field: usize) -> Option<usize> {
        match self.position(field) {
            Some(place) => word(self.bytes, place),
            None => Some(0),
        }
    }

    /// Position and length of a vector; empty where the field is missing.
    fn list(&self, field: usize) -> Option<(usize, usize)> {
        let Some(place) = self.position(field) else {
            return Some((0, 0));
        };
        let list = place.checked_add(word(self.bytes, place)?)?;
        Some((list.checked_add(4)?, word(self.bytes, list)?))
    }

    fn u32_list(&self, field: usize) -> Option<Vec<usize>> {
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

    /// The constant of the tensor that this table describes.
    fn constant(&self, buffers: &[Self]) -> Option<Constant> {
        let shape = self.u32_list(TENSOR_SHAPE)?;
        let buffer = buffers.get(self.u32_field(TENSOR_BUFFER)?)?;
        let (start, len) = buffer.list(BUFFER_DATA)?;
        let data = buffer.bytes.get(start..start.checked_add(len)?)?;
        let values: Vec<f32> = match self.u8_field(TENSOR_TYPE)? {
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
        assert_eq!(of(OpKind::Convolution).count(), 72);
        assert_eq!(of(OpKind::Depthwise).count(), 34);
        assert_eq!(of(OpKind::Prelu).count(), 69);
        let [weights, bias] = &of(OpKind::Convolution).next().unwrap().constants[..] else {
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
