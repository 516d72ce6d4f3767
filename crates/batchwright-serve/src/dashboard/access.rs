//! Who may ask. A page of another site can make a browser send requests here, also by a name of its own
//! that it lets point to this machine (DNS rebinding). So the name of the machine in a request must be
//! one that nobody else can have, a page that asks must be one of ours, and beyond this machine a secret
//! token is needed.
//!
//! Left out: encryption. Beyond this machine the token and what is shown travel in the clear.

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use std::net::IpAddr;

/// What a request must bring.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Whether only this machine can reach the server.
    pub(crate) loopback: bool,
    /// The secret, where one is needed.
    pub(crate) token: Option<String>,
    /// The name of the cookie that holds it. Cookies are the same for all ports of a machine.
    pub(crate) cookie: String,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It would do more than read.
    Method,
    /// It names a machine that is not served, several, or none.
    Host,
    /// A page of another site asks.
    Origin,
    /// It brings no token, or a wrong one.
    Token,
}

/// What follows for a request that is not refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// It is answered.
    Answered,
    /// It brought the token in its address, where it would stay in the browser's history: it is sent to
    /// the same address without it, with a cookie.
    Without(String),
}

impl Access {
    /// Decides on a request.
    pub(crate) fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Refusal::Method);
        }
        let host = only(headers, HOST).filter(|host| self.serves(host)).ok_or(Refusal::Host)?;
        // A request may name a machine in its first line too.
        if uri.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host)) {
            return Err(Refusal::Host);
        }
        if headers.contains_key(ORIGIN) {
            let ours = |origin: &str| origin.eq_ignore_ascii_case(&format!("http://{host}"));
            only(headers, ORIGIN).filter(|origin| ours(origin)).ok_or(Refusal::Origin)?;
        }
        self.check_token(uri, headers)
    }

    fn check_token(&self, uri: &Uri, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        let Some(token) = &self.token else { return Ok(Admitted::Answered) };
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let by_cookie = pairs.any(|(name, value)| name == self.cookie && same(value, token));
        let bearer = only(headers, AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        if by_cookie || bearer.is_some_and(|given| same(given, token)) {
            return Ok(Admitted::Answered);
        }
        let query = uri.query().unwrap_or_default();
        let given = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "token");
        if !given.is_some_and(|(_, given)| same(&given, token)) {
            return Err(Refusal::Token);
        }
        let others = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != "token");
        let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
        let mark = if rest.is_empty() { "" } else { "?" };
        Ok(Admitted::Without(format!("{}{mark}{rest}", uri.path())))
    }

    /// Whether a name of a machine, with or without a port, is one that no other site can have: a
    /// number, or `localhost`. The port may be any, as behind a tunnel.
    fn serves(&self, host: &str) -> bool {
        let Some(name) = without_port(host) else { return false };
        match name.parse::<IpAddr>() {
            Ok(address) => !self.loopback || address.is_loopback(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    }
}

/// The name of a machine without its port; `None` where it is no such name.
fn without_port(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, after) = rest.split_once(']')?;
            name.parse::<std::net::Ipv6Addr>().ok()?;
            (name, after.strip_prefix(':').or_else(|| after.is_empty().then_some("0"))?)
        }
        None => host.split_once(':').unwrap_or((host, "0")),
    };
    port.parse::<u16>().is_ok().then_some(name)
}

/// The value of a header that stands once, as text.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether two secrets are the same. The time that it takes tells nothing but their length.
fn same(given: &str, token: &str) -> bool {
    let differing = given.bytes().zip(token.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == token.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(access: &Access, uri: &str, headers: &[(HeaderName, &str)]) -> Result<Admitted, Refusal> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        access.check(&Method::GET, &uri.parse().unwrap(), &headers)
    }

    fn local() -> Access {
        Access { loopback: true, token: None, cookie: "batchwright-80".into() }
    }

    /// FAULTS.md 24. Else a page of another site reads the runs by a name that it lets point here.
    #[test]
    fn only_names_that_no_other_site_can_have_are_served() {
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "127.1.2.3", "[::1]", "[::1]:65535"] {
            assert_eq!(asked(&local(), "/", &[(HOST, host)]), Ok(Admitted::Answered), "{host}");
        }
        let refused = [
            "evil.com",
            "10.evil.com",
            "127.0.0.1.evil.com",
            "localhost.evil.com",
            "evil.com:8000",
            "10.0.0.1",
            "localhost:",
            "localhost:99999",
            "localhost:80:80",
            "[::1]x",
            "[::1",
            "[localhost]",
            "::1",
            "",
            "0.0.0.0",
        ];
        for host in refused {
            assert_eq!(asked(&local(), "/", &[(HOST, host)]), Err(Refusal::Host), "{host}");
        }
        assert_eq!(asked(&local(), "/", &[]), Err(Refusal::Host));
        let mut both = HeaderMap::new();
        for host in ["localhost", "evil.com"] {
            both.append(HOST, host.parse().unwrap());
        }
        assert_eq!(local().check(&Method::GET, &Uri::from_static("/"), &both), Err(Refusal::Host));
        let line = asked(&local(), "http://evil.com/", &[(HOST, "localhost")]);
        assert_eq!(line, Err(Refusal::Host));
        let wide = Access { loopback: false, ..local() };
        assert_eq!(asked(&wide, "/", &[(HOST, "10.0.0.1:80")]), Ok(Admitted::Answered));
        assert_eq!(asked(&wide, "/", &[(HOST, "10.evil.com")]), Err(Refusal::Host));
    }

    #[test]
    fn a_page_of_another_site_gets_nothing() {
        let from =
            |origin: &str| asked(&local(), "/data/entries", &[(HOST, "localhost:80"), (ORIGIN, origin)]);
        assert_eq!(from("http://localhost:80"), Ok(Admitted::Answered));
        for origin in
            ["http://evil.com", "null", "https://localhost:80", "http://localhost:81", "http://localhost"]
        {
            assert_eq!(from(origin), Err(Refusal::Origin), "{origin}");
        }
    }

    #[test]
    fn nothing_but_reading_is_done() {
        let headers = [(HOST, "localhost".parse().unwrap())].into_iter().collect();
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::CONNECT] {
            assert_eq!(local().check(&method, &Uri::from_static("/"), &headers), Err(Refusal::Method));
        }
    }

    #[test]
    fn a_token_comes_by_address_cookie_or_header_and_leaves_the_address() {
        let access = Access { loopback: false, token: Some("secret".into()), ..local() };
        let with = |uri: &str, more: &[(HeaderName, &str)]| {
            asked(&access, uri, &[&[(HOST, "10.0.0.1")], more].concat())
        };
        assert_eq!(with("/", &[]), Err(Refusal::Token));
        for wrong in ["/?token=", "/?token=secre", "/?token=secret2", "/?tokens=secret"] {
            assert_eq!(with(wrong, &[]), Err(Refusal::Token), "{wrong}");
        }
        let left = with("/run?name=a%26b&token=secret&lang=ja", &[]);
        assert_eq!(left, Ok(Admitted::Without("/run?name=a%26b&lang=ja".into())));
        assert_eq!(with("/?token=secret", &[]), Ok(Admitted::Without("/".into())));
        assert_eq!(with("/", &[(COOKIE, "a=b; batchwright-80=secret")]), Ok(Admitted::Answered));
        assert_eq!(with("/", &[(COOKIE, "batchwright-81=secret")]), Err(Refusal::Token));
        assert_eq!(with("/", &[(AUTHORIZATION, "Bearer secret")]), Ok(Admitted::Answered));
        assert_eq!(with("/", &[(AUTHORIZATION, "secret")]), Err(Refusal::Token));
    }
}
