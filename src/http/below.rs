//! Answers that are made below the router: a request that hyper cannot read never gets to a handler.
//!
//! hyper answers it with a status and nothing else (400, 414, 431) and closes. This wraps the connection, knows such an answer
//! by what it lacks, and writes the one error shape in its place.

use super::error::ApiError;
use super::seal::Seal;
use axum::http::StatusCode;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection on which every error has the envelope.
pub(super) struct Told<S> {
    stream: S,
    seal: Seal,
    /// What goes out in place of an answer of hyper's own, how much of it is out, and how long that answer was.
    instead: Option<(Vec<u8>, usize, usize)>,
}

impl<S> Told<S> {
    pub(super) fn new(stream: S, seal: Seal) -> Self {
        Self { stream, seal, instead: None }
    }
}

/// The answer in place of one that hyper made itself; `None` where `bytes` are anything else.
fn in_envelope(bytes: &[u8], request_id: impl FnOnce() -> String) -> Option<Vec<u8>> {
    /// Longer than any of them.
    const LONGEST: usize = 512;
    if bytes.len() > LONGEST || !bytes.starts_with(b"HTTP/1.1 4") || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
    // Every answer of ours has an id, and a body.
    if head.contains("\r\nx-request-id:") || !head.contains("\r\ncontent-length: 0\r\n") {
        return None;
    }
    let status = StatusCode::from_bytes(bytes.get(9..12)?).ok()?;
    let (code, message) = match status {
        StatusCode::BAD_REQUEST => ("bad_request", "the request cannot be read: it is not HTTP/1.1 as RFC 9112 has it"),
        StatusCode::URI_TOO_LONG => {
            ("uri_too_long", "the address of the request is too long: at most 65,534 bytes; ask for less at once")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
            "headers_too_large",
            "the headers of the request are too many or too long: at most 100 of them, 400 kB in all",
        ),
        _ => return None,
    };
    let id = request_id();
    let body = serde_json::to_string(&ApiError::new(status, code, message).envelope(&id)).ok()?;
    let length = body.len();
    let line = head.lines().next()?.len();
    let mut answer = bytes.get(..line)?.to_vec();
    answer.extend_from_slice(
        format!(
            "\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-request-id: {id}\r\n\r\n{body}"
        )
        .as_bytes(),
    );
    Some(answer)
}

impl<S: AsyncRead + Unpin> AsyncRead for Told<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> Told<S> {
    /// Writes what goes out instead, if anything does; then as many bytes count as written as hyper had.
    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<usize>>> {
        let Some((answer, out, length)) = &mut self.instead else { return Poll::Ready(Ok(None)) };
        while let Some(rest) = answer.get(*out..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => *out += n,
            }
        }
        let length = *length;
        self.instead = None;
        Poll::Ready(Ok(Some(length)))
    }

    fn look(&mut self, bytes: &[u8]) {
        if self.instead.is_none() {
            let seal = &self.seal;
            let answer = in_envelope(bytes, || seal.fresh_id().to_string());
            self.instead = answer.map(|answer| (answer, 0, bytes.len()));
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Told<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.look(buf);
        match ready!(self.poll_instead(cx))? {
            Some(n) => Poll::Ready(Ok(n)),
            None => Pin::new(&mut self.stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // An answer of hyper's own has no body, so it is one piece.
        let mut filled = bufs.iter().filter(|piece| !piece.is_empty());
        if let (Some(only), None) = (filled.next(), filled.next()) {
            self.look(only);
        }
        match ready!(self.poll_instead(cx))? {
            Some(n) => Poll::Ready(Ok(n)),
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_of_hyper_are_replaced() {
        let check = |answer: &str, expected: Option<&str>| {
            let got =
                in_envelope(answer.as_bytes(), || "r-1".to_owned()).map(|bytes| String::from_utf8(bytes).unwrap());
            let code = got.as_deref().map(|text| {
                let (head, body) = text.split_once("\r\n\r\n").unwrap();
                assert!(head.contains(&format!("content-length: {}", body.len())), "{text}");
                assert_eq!(head.lines().next(), answer.lines().next());
                let json: serde_json::Value = serde_json::from_str(body).unwrap();
                assert_eq!(json["error"]["request_id"], "r-1");
                json["error"]["code"].as_str().unwrap().to_owned()
            });
            assert_eq!(code.as_deref(), expected, "{answer:?}");
        };
        let own = "connection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        check(&format!("HTTP/1.1 400 Bad Request\r\n{own}"), Some("bad_request"));
        check(&format!("HTTP/1.1 414 URI Too Long\r\n{own}"), Some("uri_too_long"));
        check(&format!("HTTP/1.1 431 Request Header Fields Too Large\r\n{own}"), Some("headers_too_large"));
        check(&format!("HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\n{own}"), None);
        check(&format!("HTTP/1.1 200 OK\r\n{own}"), None);
        check("HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\nhello", None);
        check("", None);
    }
}
