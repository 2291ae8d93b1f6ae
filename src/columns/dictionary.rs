//! Dictionaries: each distinct value once, a small code in the rows. Knows nothing of what the values mean.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

/// The code of "no value"; no key ever has it.
pub(super) const NONE: u32 = 0;

/// Distinct values with codes and the number of rows that use each.
///
/// A code whose last row is gone is given to the next new value, so a store that churns does not grow. Codes are
/// therefore only good while the lock under which they were looked up is held.
pub(super) struct Dictionary<K> {
    codes: HashMap<K, u32>,
    entries: Vec<Entry<K>>,
    free: Vec<u32>,
}

struct Entry<K> {
    value: Option<K>,
    rows: u32,
    /// A number of the value alone.
    mark: u64,
}

impl<K> Default for Dictionary<K> {
    fn default() -> Self {
        Self { codes: HashMap::new(), entries: vec![Entry { value: None, rows: 0, mark: 0 }], free: Vec::new() }
    }
}

impl<K: Hash + Eq + Clone> Dictionary<K> {
    /// The code of `value` with one more row on it; the value gets a code where it has none, and is kept as `own`
    /// makes it.
    pub(super) fn take<Q>(&mut self, value: &Q, own: impl FnOnce(&Q) -> K) -> u32
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(&code) = self.codes.get(value) {
            self.entries[code as usize].rows += 1;
            return code;
        }
        let key = own(value);
        let mark = BuildHasherDefault::<DefaultHasher>::new().hash_one(value);
        let entry = Entry { value: Some(key.clone()), rows: 1, mark };
        let code = if let Some(code) = self.free.pop() {
            self.entries[code as usize] = entry;
            code
        } else {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        };
        self.codes.insert(key, code);
        code
    }

    /// One row less on `code`; the last one frees it and gives its value back.
    pub(super) fn release(&mut self, code: u32) -> Option<K> {
        if code == NONE {
            return None;
        }
        let entry = &mut self.entries[code as usize];
        entry.rows -= 1;
        if entry.rows > 0 {
            return None;
        }
        let value = entry.value.take()?;
        self.codes.remove(&value);
        self.free.push(code);
        Some(value)
    }

    /// The code of a value that rows have.
    pub(super) fn code<Q>(&self, value: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.codes.get(value).copied()
    }

    /// The value of a code; `None` for [`NONE`] and free codes.
    pub(super) fn value(&self, code: u32) -> Option<&K> {
        self.entries.get(code as usize)?.value.as_ref()
    }

    /// A number that the value of a code has in every store, for an order among many that costs no look at the values.
    pub(super) fn mark(&self, code: u32) -> u64 {
        self.entries.get(code as usize).map_or(0, |entry| entry.mark)
    }

    /// Rows that have `value`.
    pub(super) fn rows<Q>(&self, value: &Q) -> u32
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.code(value).map_or(0, |code| self.entries[code as usize].rows)
    }

    /// One more than the largest code: the size of a table over codes.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_code_lives_as_long_as_its_rows() {
        let mut dictionary = Dictionary::<Arc<str>>::default();
        let a = dictionary.take("a", |v| Arc::from(v));
        let b = dictionary.take("b", |v| Arc::from(v));
        assert_eq!((a, b, dictionary.take("a", |v| Arc::from(v))), (1, 2, 1));
        dictionary.release(a);
        assert_eq!(dictionary.rows("a"), 1);
        dictionary.release(a);
        assert_eq!((dictionary.code("a"), dictionary.value(a)), (None, None));
        let mark = dictionary.mark(b);
        assert_eq!(dictionary.take("c", |v| Arc::from(v)), a, "a free code is used again");
        dictionary.release(b);
        let again = dictionary.take("b", |v| Arc::from(v));
        assert_eq!((dictionary.mark(again), dictionary.mark(a) == mark), (mark, false));
        assert_eq!((dictionary.len(), dictionary.value(NONE)), (3, None));
        dictionary.release(NONE);
    }
}
