//! How this process asks the system for memory.
//!
//! glibc gives every thread an area of its own and keeps large blocks inside it, where a vector that grows leaves a hole
//! at every step. Large blocks from the system directly can grow in place and go back when they are freed; few areas
//! leave few holes. Other systems' allocators do so by themselves.

/// Call once, before any thread is started.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the allocator's settings can be reached in no other way")]
pub(super) fn settle() {
    /// Blocks from here on come from the system. Far above what is asked for again and again while reading texts:
    /// those would cost a page fault per 4 kB each time.
    const LARGE_BYTES: libc::c_int = 4 << 20;
    /// At most this many areas, however many threads there are.
    const AREAS: libc::c_int = 4;
    // SAFETY: `mallopt` only takes numbers, and no other thread is there yet. Where it refuses, the defaults stay.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
        libc::mallopt(libc::M_ARENA_MAX, AREAS);
    }
}

/// Nothing to settle here.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn settle() {}
