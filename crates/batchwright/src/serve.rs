//! `serve`: the dashboard in the browser, until a signal ends it.

use crate::alert::teller;
use crate::args::Global;
use crate::args::serve::ServeArgs;
use crate::shell::explain::Explain;
use crate::shell::screen::Screen;
use crate::shell::signals::Signals;
use anyhow::Result;
use batchwright_serve::{Dashboard, DashboardOptions};
use batchwright_store::{Store, StoreError};
use batchwright_view::{FailureMessage, Notice, UsageMessage};
use serde_json::json;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::process::ExitCode;

/// Random bytes of a token: 128 bits cannot be guessed.
const TOKEN_BYTES: usize = 16;

pub(crate) fn run(args: &ServeArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let lang = screen.style.lang;
    let signals = Signals::listen()?;
    let exists = has_store(global)?;
    let token = match &args.token {
        None if !args.address.ip().is_loopback() => Some(random_token()?),
        given => given.clone(),
    };
    let address = args.address.to_string();
    let options = DashboardOptions { runs: global.runs.clone(), lang, token };
    let dashboard = Dashboard::bind(args.address, options);
    if dashboard.as_ref().is_err_and(|error| error.kind() == ErrorKind::AddrInUse) {
        return Err(UsageMessage::AddressInUse { address }.into());
    }
    let dashboard = dashboard.explain(|| FailureMessage::Serve { address: address.clone() })?;
    let url = dashboard.url();
    screen.say(&url);
    screen.object(&json!({ "url": url, "address": dashboard.address().to_string() }))?;
    if !exists {
        screen.warn(&Notice::NoRunsYet { folder: global.runs.display().to_string() }.text(lang));
    }
    screen.warn(&Notice::Serving.text(lang));
    if !dashboard.address().ip().is_loopback() {
        screen.warn(&Notice::ServedUnencrypted.text(lang));
    }
    let on_alert = args.on_alert.clone().map(|target| teller(target, *screen, signals.clone()));
    dashboard.run(on_alert, || signals.came()).explain(|| FailureMessage::Serve { address })?;
    // To be ended is how it ends.
    Ok(ExitCode::SUCCESS)
}

/// Whether there is a store. One that is not there yet may come; one that cannot be read is refused.
fn has_store(global: &Global) -> Result<bool> {
    match Store::open_existing(&global.runs) {
        Ok(_) => Ok(true),
        Err(StoreError::Missing { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A secret from the system's random numbers.
fn random_token() -> Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    let read = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.explain(|| FailureMessage::RandomToken)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
