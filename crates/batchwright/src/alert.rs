//! `serve --on-alert`: a shell line that is run, or an address of this machine that is told, when a run or a
//! study diverges, overfits, fails, is lost or reaches its verdict.

use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_command::process::{ChildSpec, run_shell};
use batchwright_serve::OnAlert;
use batchwright_store::EntryKind;
use batchwright_view::{DashboardAlert, DashboardEntry, Notice, UsageMessage};
use serde_json::json;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long a shell line may run.
const LONGEST: Duration = Duration::from_secs(60);

/// How long an address may take to answer, in seconds.
const ANSWER_SECONDS: u64 = 10;

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AlertTarget {
    /// A line for `sh -c`.
    Command(String),
    /// An address of this machine.
    Address(String),
}

impl AlertTarget {
    /// Text that begins with `http` and `://` is an address.
    ///
    /// # Errors
    /// For an address of another machine: what is told is not encrypted.
    pub(crate) fn parse(text: &str) -> Result<Self, UsageMessage> {
        if text.trim().is_empty() {
            return Err(UsageMessage::EmptyAlert);
        }
        if text.starts_with("https://") {
            return Err(UsageMessage::AlertElsewhere);
        }
        let Some(rest) = text.strip_prefix("http://") else { return Ok(Self::Command(text.to_owned())) };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if host == "localhost" || number.is_ok_and(|number| number.is_loopback()) {
            Ok(Self::Address(text.to_owned()))
        } else {
            Err(UsageMessage::AlertElsewhere)
        }
    }

    /// What tells it. Where that fails the dashboard goes on, and says so.
    pub(crate) fn teller(self, screen: Screen, signals: Signals) -> OnAlert {
        Box::new(move |entry| {
            let Some(alert) = &entry.alert else { return };
            let failed = match &self {
                Self::Command(line) => run(line, entry, alert, &signals),
                Self::Address(address) => post(address, entry, alert),
            };
            if let Err(error) = failed {
                let notice = Notice::AlertNotTold { name: entry.name.clone(), error };
                screen.note(&notice.text(screen.style.lang));
            }
        })
    }
}

/// What a name holds must not become code, so it comes in variables.
fn run(line: &str, entry: &DashboardEntry, alert: &DashboardAlert, signals: &Signals) -> Result<(), String> {
    let kind = match entry.kind {
        EntryKind::Run => "run",
        EntryKind::Study => "study",
    };
    let variables = [
        ("BATCHWRIGHT_ALERT", alert.kind),
        ("BATCHWRIGHT_KIND", kind),
        ("BATCHWRIGHT_NAME", &entry.name),
        ("BATCHWRIGHT_TEXT", &alert.text),
    ];
    let environment = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
    let spec = ChildSpec { environment, ..ChildSpec::new(Vec::new()) };
    let started = Instant::now();
    run_shell(line, &spec, &|| signals.came() || started.elapsed() > LONGEST).map_err(|it| it.to_string())
}

fn post(address: &str, entry: &DashboardEntry, alert: &DashboardAlert) -> Result<(), String> {
    let body = json!({
        "alert": alert.kind,
        "kind": entry.kind,
        "name": entry.name,
        "status": entry.status,
        "text": alert.text,
    });
    let request = minreq::post(address)
        .with_header("Content-Type", "application/json")
        .with_body(body.to_string())
        .with_timeout(ANSWER_SECONDS)
        // Another place could be on another machine.
        .with_max_redirects(0);
    let answer = request.send().map_err(|error| format!("{address}: {error}"))?;
    match answer.status_code {
        200..=299 => Ok(()),
        code => Err(format!("{address}: {code} {}", answer.reason_phrase)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else what runs are called, and how they end, goes over the network.
    #[test]
    fn addresses_are_those_of_this_machine() {
        for here in ["http://127.0.0.1:80/x", "http://localhost", "http://[::1]:9/?a=b", "http://127.9.9.9/"]
        {
            assert_eq!(AlertTarget::parse(here), Ok(AlertTarget::Address(here.into())));
        }
        for there in [
            "http://evil.com/",
            "https://localhost/",
            "http://127.0.0.1.evil.com/",
            "http://localhost@evil.com/",
            "http://127.0.0.1:1@evil.com/",
            "http://10.0.0.1",
            "http://",
        ] {
            assert_eq!(AlertTarget::parse(there), Err(UsageMessage::AlertElsewhere), "{there}");
        }
        assert_eq!(AlertTarget::parse("mail me"), Ok(AlertTarget::Command("mail me".into())));
        assert_eq!(AlertTarget::parse(" "), Err(UsageMessage::EmptyAlert));
    }
}
