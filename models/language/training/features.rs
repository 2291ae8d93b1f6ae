/// Number of buckets that words and their parts are hashed into.
const BUCKETS: usize = 1 << 14;

fn fnv(seed: u32, c: char) -> u32 { (seed ^ c as u32).wrapping_mul(16_777_619) }

fn bucket(hash: u32) -> u16 {
    let h = hash ^ (hash >> 15);
    let h = h.wrapping_mul(0x85eb_ca6b);
    ((h ^ (h >> 13)) as usize % BUCKETS) as u16
}

/// Buckets of one lower-case word: the whole word, and its runs of 2, 3 and 4 letters with its ends marked.
fn features(word: &str, out: &mut Vec<u16>) {
    let mut letters = ['$'; 34];
    let mut n = 1;
    for c in word.chars().take(32) { letters[n] = c; n += 1; }
    let letters = &letters[..=n];
    let whole = letters.iter().fold(0x811c_9dc5, |h, c| fnv(h, *c));
    out.push(bucket(whole));
    out.push(bucket(whole.rotate_left(7) ^ 0x5bd1_e995));
    for start in 0..letters.len() - 1 {
        let mut h = 0x9747_b28c;
        for (i, c) in letters[start..].iter().take(4).enumerate() {
            h = fnv(h, *c);
            if i >= 1 { out.push(bucket(h)); }
        }
    }
}
