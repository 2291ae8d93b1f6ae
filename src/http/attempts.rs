//! Wrong tokens are counted per address, so that guessing one does not get anywhere.
//!
//! An address that has shown [`MOST`] wrong tokens within a [`WINDOW`] is refused until the window is over, with the right
//! token as well: an answer that tells right from wrong is all that guessing needs. Other addresses notice nothing.
//! Behind a proxy all who ask have its address; where it is trusted, the one counts that it says to have heard.

use axum::http::HeaderMap;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong tokens of one address in one window.
const MOST: u32 = 20;
/// Length of a window.
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered at a time; the oldest go.
const ADDRESSES: usize = 4_096;

/// The address at the other end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// Who asks: the peer, or where that is a trusted proxy, whom the last proxy that is not one of them says to have heard.
    pub(crate) fn behind(self, trusted: &[IpAddr], headers: &HeaderMap) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|t| t.to_canonical() == address.to_canonical());
        if !is_trusted(self.0) {
            return self;
        }
        // Each proxy adds whom it heard at the end; what stands before that is hearsay.
        let said: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
        let mut heard = said.iter().rev().flat_map(|list| list.rsplit(','));
        let mut asks = self;
        while is_trusted(asks.0)
            && let Some(Ok(next)) = heard.next().map(|one| one.trim().parse())
        {
            asks = Self(next);
        }
        asks
    }
}

/// Who has shown wrong tokens lately.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, Window>>);

#[derive(Clone, Copy, Debug)]
struct Window {
    since: Instant,
    wrong: u32,
}

impl Attempts {
    /// How long an address is still refused; `None` where it may try.
    pub(crate) fn refused(&self, peer: Peer, now: Instant) -> Option<Duration> {
        let all = self.0.lock();
        let window = all.get(&group(peer.0)).filter(|window| window.wrong >= MOST)?;
        WINDOW.checked_sub(now.saturating_duration_since(window.since)).filter(|left| !left.is_zero())
    }

    /// Counts one wrong token.
    pub(crate) fn wrong(&self, peer: Peer, now: Instant) {
        let mut all = self.0.lock();
        let peer = group(peer.0);
        if all.len() >= ADDRESSES && !all.contains_key(&peer) {
            all.retain(|_, window| now.saturating_duration_since(window.since) < WINDOW);
            let oldest = all.iter().min_by_key(|(_, window)| window.since).map(|(address, _)| *address);
            if let Some(oldest) = oldest.filter(|_| all.len() >= ADDRESSES) {
                all.remove(&oldest);
            }
        }
        let window = all.entry(peer).or_insert(Window { since: now, wrong: 0 });
        if now.saturating_duration_since(window.since) >= WINDOW {
            *window = Window { since: now, wrong: 0 };
        }
        window.wrong += 1;
        if window.wrong == MOST {
            tracing::warn!(%peer, "{MOST} wrong tokens within a minute; this address is refused for the rest of it");
        }
    }
}

/// What one caller can speak from: an address, and in IPv6 the 64 bits that a network hands out as a whole.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer(text.parse().unwrap())
    }

    #[test]
    fn a_trusted_proxy_says_who_asks() {
        let check = |from: &str, forwarded: &[&'static str], expected: &str| {
            let mut headers = HeaderMap::new();
            for list in forwarded {
                headers.append("x-forwarded-for", list.parse().unwrap());
            }
            let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
            assert_eq!(peer(from).behind(&trusted, &headers), peer(expected), "{from} {forwarded:?}");
        };
        check("192.0.2.1", &["198.51.100.9"], "192.0.2.1");
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.9"], "198.51.100.9");
        check("::ffff:127.0.0.1", &["198.51.100.9"], "198.51.100.9");
        // What the asker itself made up stands in front.
        check("127.0.0.1", &["203.0.113.5, 198.51.100.9"], "198.51.100.9");
        check("127.0.0.1", &["203.0.113.5", "198.51.100.9,10.0.0.2"], "198.51.100.9");
        check("127.0.0.1", &["203.0.113.5, nonsense"], "127.0.0.1");
    }

    #[test]
    fn an_address_that_guesses_is_refused_and_no_other() {
        let (attempts, begun) = (Attempts::default(), Instant::now());
        for _ in 0..MOST {
            assert_eq!(attempts.refused(peer("192.0.2.1"), begun), None);
            attempts.wrong(peer("192.0.2.1"), begun);
        }
        let check = |address: &str, after: u64, expected: Option<u64>| {
            let left = attempts.refused(peer(address), begun + Duration::from_secs(after));
            assert_eq!(left.map(|left| left.as_secs()), expected, "{address} after {after} s");
        };
        check("192.0.2.1", 0, Some(60));
        check("::ffff:192.0.2.1", 20, Some(40));
        check("192.0.2.1", 60, None);
        check("192.0.2.2", 0, None);
        attempts.wrong(peer("192.0.2.1"), begun + WINDOW);
        check("192.0.2.1", 61, None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..MOST {
            attempts.wrong(peer(&format!("2001:db8:0:1::{n:x}")), now);
        }
        assert!(attempts.refused(peer("2001:db8:0:1:ffff::1"), now).is_some());
        assert_eq!(attempts.refused(peer("2001:db8:0:2::1"), now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..10_000_u32 {
            attempts.wrong(Peer(IpAddr::V4(n.into())), now + Duration::from_millis(n.into()));
        }
        assert_eq!(attempts.0.lock().len(), ADDRESSES);
    }
}
