//! The numbers of a model by name, from a safetensors file with 16-bit floats or 8-bit codes.
//!
//! Codes are whole numbers from -127 to 127; `NAME.weight` is then I8 and `NAME.weight_scale` F32, one scale for each
//! row. `NAME.input_scale`, F32, is there where inputs are multiplied with something before they are quantised. Must not
//! know what a tensor is for.

use super::ModelError;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A file in memory: part of this program, or read from disk.
#[derive(Clone)]
pub(super) enum Bytes {
    BuiltIn(&'static [u8]),
    Read(Arc<[u8]>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::BuiltIn(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

/// Tensors by name, converted when asked for.
pub(super) struct Tensors {
    name: String,
    bytes: Bytes,
    /// Where the numbers begin.
    body: usize,
    metadata: Metadata,
}

/// The weights of a linear layer, one output after the other.
pub(super) enum Matrix {
    Wide(Vec<f32>),
    Narrow { codes: Vec<i8>, scales: Vec<f32> },
}

/// A matrix of which single rows are wanted; it stays where it is, as it is stored.
pub(super) struct Table {
    bytes: Bytes,
    range: Range<usize>,
    width: usize,
    /// What a code of each row is worth; none where the numbers are 16-bit floats.
    scales: Option<Vec<f32>>,
}

impl Tensors {
    /// Reads the head of a safetensors file of the model `name`.
    pub(super) fn parse(name: &str, bytes: Bytes) -> Result<Self, ModelError> {
        let wrong = |e| ModelError::bundle(name, format!("the weights cannot be read: {e}"));
        let (size, metadata) = SafeTensors::read_metadata(&bytes).map_err(wrong)?;
        // Eight bytes hold the size of the head.
        let tensors = Self { name: name.to_owned(), bytes, body: size + 8, metadata };
        SafeTensors::deserialize(&tensors.bytes).map_err(wrong)?;
        Ok(tensors)
    }

    /// The whole file.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The values of a tensor of floats of exactly that shape, row by row.
    pub(super) fn floats(&self, tensor: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (dtype, range) = self.find(tensor, &[Dtype::F16, Dtype::F32], shape)?;
        let bytes = &self.bytes[range];
        if dtype == Dtype::F32 {
            return Ok(bytes.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x)).collect());
        }
        let mut floats = vec![0.0; bytes.len() / 2];
        widen(bytes, &mut floats);
        Ok(floats)
    }

    /// The weights of a linear layer with `from` inputs and `to` outputs.
    pub(super) fn matrix(&self, part: &str, from: usize, to: usize) -> Result<Matrix, ModelError> {
        let tensor = format!("{part}.weight");
        let (dtype, range) = self.find(&tensor, &[Dtype::F16, Dtype::F32, Dtype::I8], &[to, from])?;
        if dtype != Dtype::I8 {
            return self.floats(&tensor, &[to, from]).map(Matrix::Wide);
        }
        Ok(Matrix::Narrow {
            codes: self.bytes[range].iter().map(|code| code.cast_signed()).collect(),
            scales: self.floats(&format!("{tensor}_scale"), &[to])?,
        })
    }

    /// What the inputs of a layer are multiplied with before they are quantised, where that is stored.
    pub(super) fn factors(&self, part: &str, from: usize) -> Result<Option<Vec<f32>>, ModelError> {
        let tensor = format!("{part}.input_scale");
        self.metadata.info(&tensor).map(|_| self.floats(&tensor, &[from])).transpose()
    }

    /// A table of `rows` rows.
    pub(super) fn table(&self, part: &str, rows: usize, width: usize) -> Result<Table, ModelError> {
        let tensor = format!("{part}.weight");
        let (dtype, range) = self.find(&tensor, &[Dtype::F16, Dtype::I8], &[rows, width])?;
        let scales = match dtype {
            Dtype::I8 => Some(self.floats(&format!("{tensor}_scale"), &[rows])?),
            _ => None,
        };
        Ok(Table { bytes: self.bytes.clone(), range, width, scales })
    }

    /// Type and place of a tensor of one of those types and of exactly that shape.
    fn find(&self, tensor: &str, types: &[Dtype], shape: &[usize]) -> Result<(Dtype, Range<usize>), ModelError> {
        let wrong = |reason: String| ModelError::bundle(&self.name, format!("the weights: {tensor} {reason}"));
        let info = self.metadata.info(tensor).ok_or_else(|| wrong("is missing".into()))?;
        if !types.contains(&info.dtype) || info.shape != shape {
            return Err(wrong(format!("is {:?} {:?}, not {types:?} {shape:?}", info.dtype, info.shape)));
        }
        let (start, end) = info.data_offsets;
        Ok((info.dtype, self.body + start..self.body + end))
    }
}

impl Matrix {
    /// The same matrix times a number.
    pub(super) fn scaled(mut self, factor: f32) -> Self {
        let (Self::Wide(numbers) | Self::Narrow { scales: numbers, .. }) = &mut self;
        for number in numbers {
            *number *= factor;
        }
        self
    }

    /// The outputs of all parts, one after the other. `None` where they are not stored in the same way.
    pub(super) fn stacked(parts: Vec<Self>) -> Option<Self> {
        parts.into_iter().map(Some).reduce(|all, part| match (all?, part?) {
            (Self::Wide(a), Self::Wide(b)) => Some(Self::Wide([a, b].concat())),
            (Self::Narrow { codes: a, scales: s }, Self::Narrow { codes: b, scales: t }) => {
                Some(Self::Narrow { codes: [a, b].concat(), scales: [s, t].concat() })
            }
            _ => None,
        })?
    }
}

impl Table {
    /// Fills `floats` with one row.
    ///
    /// # Panics
    /// Where there is no such row, or `floats` is not as wide as the table.
    pub(super) fn row(&self, row: usize, floats: &mut [f32]) {
        let all = &self.bytes[self.range.clone()];
        match &self.scales {
            None => widen(&all[row * self.width * 2..][..self.width * 2], floats),
            Some(scales) => {
                let scale = scales[row];
                for (x, code) in floats.iter_mut().zip(&all[row * self.width..][..self.width]) {
                    *x = f32::from(code.cast_signed()) * scale;
                }
            }
        }
    }
}

/// Little-endian 16-bit floats → 32 bits. `bytes` needs no alignment; `floats` is filled.
fn widen(bytes: &[u8], floats: &mut [f32]) {
    let mut bits = [0_u16; 512];
    for (bytes, floats) in bytes.chunks(1024).zip(floats.chunks_mut(512)) {
        for (bit, pair) in bits.iter_mut().zip(bytes.chunks_exact(2)) {
            *bit = u16::from_le_bytes([pair[0], pair[1]]);
        }
        bits[..floats.len()].reinterpret_cast::<half::f16>().convert_to_f32_slice(floats);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    fn tensors() -> Tensors {
        let halves: Vec<u8> =
            [1.0, -2.5, 0.25, 65504.0].iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
        let scales: Vec<u8> = [0.5_f32, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let codes = [127, 0x81, 3, 0];
        let views = [
            ("wide.weight", TensorView::new(Dtype::F16, vec![2, 2], &halves).unwrap()),
            ("narrow.weight", TensorView::new(Dtype::I8, vec![2, 2], &codes).unwrap()),
            ("narrow.weight_scale", TensorView::new(Dtype::F32, vec![2], &scales).unwrap()),
        ];
        Tensors::parse("m", Bytes::Read(safetensors::serialize(views, None).unwrap().into())).unwrap()
    }

    #[test]
    fn both_forms_of_a_matrix_and_of_a_table() {
        let tensors = tensors();
        let check = |part: &str, expected: [[f32; 2]; 2]| {
            let table = tensors.table(part, 2, 2).unwrap();
            for (row, expected) in expected.iter().enumerate() {
                let mut floats = [0.0; 2];
                table.row(row, &mut floats);
                assert_eq!(floats.map(f32::to_bits), expected.map(f32::to_bits), "{part}");
            }
        };
        check("wide", [[1.0, -2.5], [0.25, 65504.0]]);
        check("narrow", [[63.5, -63.5], [6.0, 0.0]]);
        let narrow = || tensors.matrix("narrow", 2, 2).unwrap();
        let Some(Matrix::Narrow { codes, scales }) = Matrix::stacked(vec![narrow().scaled(2.0), narrow()]) else {
            panic!("not in 8 bits");
        };
        assert_eq!((codes, scales), (vec![127, -127, 3, 0, 127, -127, 3, 0], vec![1.0, 4.0, 0.5, 2.0]));
        assert!(Matrix::stacked(vec![narrow(), tensors.matrix("wide", 2, 2).unwrap()]).is_none());
        assert!(Matrix::stacked(Vec::new()).is_none());
    }

    #[test]
    fn what_is_not_as_expected_is_named() {
        let tensors = tensors();
        let check = |tensor: &str, shape: &[usize], expected: &str| {
            let error = tensors.floats(tensor, shape).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("wide.weight", &[4], "wide.weight is F16 [2, 2], not [F16, F32] [4]");
        check("narrow.weight", &[2, 2], "narrow.weight is I8 [2, 2]");
        check("no.such", &[1], "no.such is missing");
        assert!(Tensors::parse("m", Bytes::BuiltIn(b"12345678{}")).is_err());
    }

    #[test]
    fn halves_widen_exactly() {
        let values = [0.0, 1.0, -2.5, 65504.0, 6.0e-8, 0.333_251_95];
        let many: Vec<f32> = values.iter().copied().cycle().take(1500).collect();
        let bytes: Vec<u8> = many.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
        let mut floats = vec![0.0; many.len()];
        widen(&bytes, &mut floats);
        assert!(floats.iter().zip(&many).all(|(a, b)| (a - b).abs() <= b.abs() * 1e-3 + 1e-8));
    }
}
