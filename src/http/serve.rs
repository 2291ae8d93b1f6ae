//! The listening socket: accept, serve, stop.
//!
//! Not `axum::serve`, which has no time limit for a client that opens a connection and says nothing, and waits for every
//! open connection when it stops. Here an idle or dawdling connection is cut after [`IDLE`], and stopping takes less
//! than a second: streams end themselves, the rest gets [`GRACE`].

use super::attempts::Peer;
use super::below::Told;
use super::seal::Seal;
use super::state::Api;
use super::{HttpOptions, routes};
use crate::app::App;
use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Longest wait for the head of a request, the wait between two requests included.
const IDLE: Duration = Duration::from_secs(75);
/// What open requests get after the stop signal.
const GRACE: Duration = Duration::from_millis(600);
/// Open files that a thousand streams beside the database and the indexes need.
const OPEN_FILES: u64 = 16_384;

/// Serves until the application stops.
pub async fn serve(app: App, listener: TcpListener, options: HttpOptions) -> io::Result<()> {
    raise_open_files();
    let api = Api::new(app.clone(), options);
    let router = routes::router_of(api.clone());
    let (stop, cut, connections) = (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
    let mut stopping = std::pin::pin!(app.stopping());
    loop {
        let accepted = tokio::select! {
            () = &mut stopping => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let stream = Connection { stream, peer: peer.ip(), seal: api.seal.clone() };
                connections.spawn(converse(stream, router.clone(), stop.clone(), cut.clone()));
            }
            // A client that left, or no file descriptors: neither is a reason to end, nor to spin.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    stop.cancel();
    connections.close();
    if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
        cut.cancel();
        connections.wait().await;
    }
    Ok(())
}

/// One connection as it was accepted.
struct Connection {
    stream: TcpStream,
    peer: IpAddr,
    seal: Seal,
}

/// One connection, from accept to close.
async fn converse(accepted: Connection, router: Router, stop: CancellationToken, cut: CancellationToken) {
    let Connection { stream, peer, seal } = accepted;
    // Events are small and must not wait for Nagle's algorithm.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = TowerToHyperService::new(router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request
    }));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(Told::new(stream, seal)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = cut.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}

/// Raises the soft limit of open files, as far as the hard one allows. Shells often set 1,024.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(OPEN_FILES, |most| most.min(OPEN_FILES));
    if current.is_some_and(|now| now < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
    {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}
