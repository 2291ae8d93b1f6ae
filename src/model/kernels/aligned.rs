//! Numbers in memory that starts on a cache line, so that no vector of a kernel straddles two.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Numbers of which every pattern of bits is one, zero bits being zero.
///
/// # Safety
/// Implemented only for types without padding, of an alignment of at most 64, for which any bytes are a value.
pub(in crate::model) unsafe trait Number: Copy {}
// SAFETY: any four bytes are an `f32`.
unsafe impl Number for f32 {}
// SAFETY: any byte is a `u8`.
unsafe impl Number for u8 {}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A vector that starts on a cache line.
pub(in crate::model) struct Aligned<T> {
    lines: Vec<Line>,
    len: usize,
    numbers: PhantomData<T>,
}

impl<T: Number> Aligned<T> {
    /// `len` zeros.
    pub(in crate::model) fn zeroed(len: usize) -> Self {
        let mut new = Self::default();
        new.grow(len);
        new
    }

    /// The first `len` numbers, whatever they are, in memory that is already there when it can be.
    pub(in crate::model) fn sized(&mut self, len: usize) -> &mut [T] {
        self.grow(len);
        &mut self[..len]
    }

    fn grow(&mut self, len: usize) {
        if len > self.len {
            self.lines.resize((len * size_of::<T>()).div_ceil(64), Line([0; 64]));
            self.len = len;
        }
    }
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, numbers: PhantomData }
    }
}

impl<T: Number> From<&[T]> for Aligned<T> {
    fn from(numbers: &[T]) -> Self {
        let mut new = Self::zeroed(numbers.len());
        new.copy_from_slice(numbers);
        new
    }
}

impl<T: Number> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `lines` holds at least `len` numbers' bytes (`grow`), any bytes are a `T` (`Number`), and 64 suffices.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Number> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`; any `T` is bytes.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_on_a_line_and_keeps_what_it_has() {
        let mut numbers = Aligned::from([1.0_f32, 2.0, 3.0].as_slice());
        assert_eq!(numbers.as_ptr().addr() % 64, 0);
        assert_eq!(numbers.sized(40)[..4], [1.0, 2.0, 3.0, 0.0]);
        assert_eq!(numbers.sized(2), [1.0, 2.0]);
        assert_eq!(numbers.len(), 40);
        assert!(Aligned::<u8>::default().is_empty());
    }
}
