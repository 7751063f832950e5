//! An HTTP service that takes part in the traces of its callers, and hands them on to the service that it calls.
//!
//! ```sh
//! export HMAC_KEYS=secret_word
//! cargo build -p tracerank-record --features tower --example record_axum
//! target/debug/examples/record_axum /tmp/shop.log 127.0.0.1:8989
//! target/debug/examples/record_axum /tmp/front.log 127.0.0.1:8990 http://127.0.0.1:8989/order
//! ```
//!
//! Requests that are signed as osprofiler signs them, with one of the keys, are recorded in both logs, in one trace
//! group: `tracerank report /tmp/shop.log /tmp/front.log`.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use axum::routing::get;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::task::{spawn_blocking, yield_now};
use tower::{Layer, ServiceExt};
use tracerank_record::tower::{AcceptLayer, Give, GiveLayer};
use tracerank_record::{Config, Profiler};
use tracing::{Instrument, Span, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The next service, if there is one, and what it is called with.
#[derive(Clone)]
struct Next {
    uri: Option<Uri>,
    client: Give<Client<HttpConnector, Body>>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("record_axum: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(log), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: HMAC_KEYS=KEY[,KEY...] record_axum LOG ADDRESS [URL OF THE NEXT SERVICE]".into());
    };
    let uri = arguments.next().map(|uri| uri.parse()).transpose()?;

    // Keys are secrets, and everyone can read the arguments of a process.
    let config = Config::new(log).hmac_keys(&env::var("HMAC_KEYS").unwrap_or_default());
    let profiler = Profiler::from_config(config)?;
    // Dropped after all that follows, however it ends: no line is lost.
    let _guard = profiler.flush_guard();
    tracing_subscriber::registry().with(profiler.layer()).init();

    // The headers are added by the client, in whichever request and span it is called.
    let client = GiveLayer.layer(Client::builder(TokioExecutor::new()).build_http());
    // Requests that are not signed go through the layer untouched, and nothing of them is recorded.
    let app =
        Router::new().route("/order", get(order)).with_state(Next { uri, client }).layer(AcceptLayer::new(&profiler));

    let listener = TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}

#[instrument(name = "order", skip_all)]
async fn order(State(next): State<Next>) -> Result<String, StatusCode> {
    let items = load_items().await;
    // Both are children of `order`, though neither waits for the other.
    let (price, weight) = tokio::join!(price_of(&items), weight_of(&items));
    let label = print_label(items.len()).await;
    let answer = ask(next).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("{label}: price {price}, weight {weight}\n{answer}"))
}

#[instrument(name = "load-items", skip_all)]
async fn load_items() -> Vec<u32> {
    let mut items = Vec::new();
    for number in 1..=3 {
        let load = async {
            yield_now().await;
            number * 10
        };
        items.push(load.instrument(info_span!("db")).await);
    }
    items
}

#[instrument(name = "price", skip_all)]
async fn price_of(items: &[u32]) -> u32 {
    yield_now().await;
    items.iter().sum()
}

#[instrument(name = "weight", skip_all)]
async fn weight_of(items: &[u32]) -> usize {
    yield_now().await;
    items.len()
}

/// Prints in a thread for work that blocks. It starts outside of all spans: it takes along the one that it belongs to.
#[instrument(name = "label", skip_all)]
async fn print_label(count: usize) -> String {
    let span = Span::current();
    let print = move || span.in_scope(|| info_span!("print").in_scope(|| format!("{count} items")));
    spawn_blocking(print).await.unwrap_or_default()
}

/// Asks the next service, and returns its answer.
#[instrument(name = "ask", skip_all)]
async fn ask(next: Next) -> Result<String, Box<dyn Error + Send + Sync>> {
    let Some(uri) = next.uri else { return Ok(String::new()) };
    let request = Request::get(uri).body(Body::empty())?;
    let response = next.client.oneshot(request).await?;
    let body = response.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8_lossy(&body).into_owned())
}
