//! `serve --on-alert`: a shell line that is run, or an address of this machine that is told, when a run or a
//! study diverges, overfits, fails, is lost or reaches its verdict.

use crate::args::alert_target::AlertTarget;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use batchwright_command::process::{ChildSpec, run_shell};
use batchwright_serve::OnAlert;
use batchwright_store::EntryKind;
use batchwright_view::{DashboardAlert, DashboardEntry, Notice};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long a shell line may run.
const LONGEST: Duration = Duration::from_secs(60);

/// How long an address may take to answer, in seconds.
const ANSWER_SECONDS: u64 = 10;

/// What tells a target. Where that fails the dashboard goes on, and says so.
pub(crate) fn teller(target: AlertTarget, screen: Screen, signals: Signals) -> OnAlert {
    Box::new(move |entry| {
        let Some(alert) = &entry.alert else { return };
        let failed = match &target {
            AlertTarget::Command(line) => run(line, entry, alert, &signals),
            AlertTarget::Address(address) => post(address, entry, alert),
        };
        if let Err(error) = failed {
            let notice = Notice::AlertNotTold { name: entry.name.clone(), error };
            screen.note(&notice.text(screen.style.lang));
        }
    })
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
