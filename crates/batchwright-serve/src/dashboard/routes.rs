//! Addresses and their answers.
//!
//! Left out: what the answers say (`answers`, `frame`).

use crate::dashboard::access::{Access, Admitted, Refusal};
use crate::dashboard::answers;
use crate::dashboard::asked::Asked;
use crate::dashboard::assets::asset;
use crate::dashboard::curves::Curves;
use crate::dashboard::frame::{PageKind, page, refusal};
use crate::dashboard::stores::Stores;
use crate::dashboard::watch::Watch;
use crate::lesson::lesson_page;
use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use batchwright_store::StoreError;
use batchwright_view::Lang;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;

/// What all answers need.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) access: Access,
    pub(crate) lang: Lang,
    pub(crate) stores: Arc<Stores>,
    pub(crate) curves: Curves,
    pub(crate) watch: Watch,
}

type Shared = State<Arc<Site>>;

/// Pages may listen to changes at once. More have to ask again.
const MOST_LISTENERS: usize = 64;

/// Scripts, styles and data come from this server alone. `data:` is the empty icon.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The lesson is one file with its script and style in it, and asks for nothing.
const LESSON_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// All addresses.
pub(crate) fn routes(site: Arc<Site>) -> Router {
    let mut routes = Router::new();
    for kind in [PageKind::List, PageKind::Run, PageKind::Compare, PageKind::Study] {
        let answer = move |State(site): Shared, RawQuery(query): RawQuery| async move {
            let query = query.unwrap_or_default();
            let asked = Asked::read(&query, site.lang);
            html(StatusCode::OK, page(kind, &query, &asked.names, asked.lang))
        };
        routes = routes.route(kind.path(), get(answer));
    }
    routes
        .route("/lesson", get(lesson))
        .route("/assets/{name}", get(file))
        .route("/data/entries", get(entries))
        .route("/data/comparison", get(comparison))
        .route("/data/series", get(series))
        .route("/data/run", get(run))
        .route("/data/study", get(study))
        .route("/events", get(events))
        .fallback(nowhere)
        .layer(from_fn_with_state(Arc::clone(&site), admit))
        .with_state(site)
}

/// Lets a request through or refuses it, and adds what every answer says of itself.
async fn admit(State(site): Shared, request: Request, next: Next) -> Response {
    let lang = Asked::read(request.uri().query().unwrap_or_default(), site.lang).lang;
    let admitted = site.access.check(request.method(), request.uri(), request.headers());
    let mut response = match admitted {
        Ok(Admitted::Answered) => next.run(request).await,
        Ok(Admitted::Without(address)) => without_token(&site.access, &address),
        Err(refused) => {
            let (status, key) = match refused {
                Refusal::Method => (StatusCode::METHOD_NOT_ALLOWED, "refused_method"),
                Refusal::Host => (StatusCode::FORBIDDEN, "refused_host"),
                Refusal::Origin => (StatusCode::FORBIDDEN, "refused_origin"),
                Refusal::Token => (StatusCode::UNAUTHORIZED, "refused_token"),
            };
            html(status, refusal(key, lang))
        }
    };
    harden(response.headers_mut());
    response
}

/// Sends the browser to the address without the token, which it keeps as a cookie that no script reads
/// and no other site sends.
fn without_token(access: &Access, address: &str) -> Response {
    let token = access.token.as_deref().unwrap_or_default();
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Strict", access.cookie);
    // An address that begins with two slashes would name another machine.
    let address = format!("/{}", address.trim_start_matches('/'));
    (StatusCode::SEE_OTHER, [(LOCATION, address), (SET_COOKIE, cookie)]).into_response()
}

fn harden(headers: &mut HeaderMap) {
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn html(status: StatusCode, page: String) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn data(status: StatusCode, value: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn nowhere(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let lang = Asked::read(&query.unwrap_or_default(), site.lang).lang;
    html(StatusCode::NOT_FOUND, refusal("not_found", lang))
}

async fn file(site: Shared, Path(name): Path<String>) -> Response {
    match asset(&name) {
        Some((kind, text)) => ([(CONTENT_TYPE, kind)], text).into_response(),
        None => nowhere(site, RawQuery(None)).await,
    }
}

async fn lesson(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let lang = Asked::read(&query.unwrap_or_default(), site.lang).lang;
    let mut response = html(StatusCode::OK, lesson_page(lang));
    let policy = HeaderValue::from_static(LESSON_POLICY);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Reads the store beside the thread that serves, and answers with what was read or with the reason.
async fn told(
    site: Arc<Site>,
    query: Option<String>,
    read: impl FnOnce(&Site, &Asked) -> Result<Value, StoreError> + Send + 'static,
) -> Response {
    let asked = Asked::read(&query.unwrap_or_default(), site.lang);
    let lang = asked.lang;
    let work = move || read(&site, &asked);
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => data(StatusCode::OK, &value),
        Ok(Err(error)) => {
            let status = match error {
                StoreError::UnknownName { .. } | StoreError::Missing { .. } => StatusCode::NOT_FOUND,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            data(status, &json!({ "error": lang.error(&error) }))
        }
        // The reading panicked, which it never should; the next request is answered.
        Err(error) => data(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": error.to_string() })),
    }
}

async fn entries(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    told(site, query, |site, asked| site.stores.read(|store| answers::entries(store, asked))).await
}

async fn comparison(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    told(site, query, |site, asked| site.stores.read(|store| answers::comparison(store, asked))).await
}

async fn series(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    told(site, query, |site, asked| answers::series(&site.stores, &site.curves, asked)).await
}

async fn run(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let read = |site: &Site, asked: &Asked| {
        site.stores.read(|store| answers::run(store, site.stores.runs(), first(asked), asked.lang))
    };
    told(site, query, read).await
}

async fn study(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let read = |site: &Site, asked: &Asked| {
        site.stores.read(|store| answers::study(store, site.stores.runs(), first(asked), asked.lang))
    };
    told(site, query, read).await
}

fn first(asked: &Asked) -> &str {
    asked.names.first().map_or("", String::as_str)
}

/// Tells a page that something may have changed, as often as it can take it: what comes while an event
/// is on its way is told by the next one, so nothing piles up.
async fn events(State(site): Shared) -> Response {
    if site.watch.listeners() >= MOST_LISTENERS {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let changes = futures_util::stream::unfold(site.watch.listen(), |mut revision| async move {
        revision.changed().await.ok()?;
        let event = Event::default().data(revision.borrow_and_update().to_string());
        Some((Ok::<_, Infallible>(event), revision))
    });
    Sse::new(changes).keep_alive(KeepAlive::default()).into_response()
}
