//! The dashboard: runs and studies in the browser, while they go on. It only reads.
//!
//! - `routes`: addresses and their answers; `access`: who may ask
//! - `frame`, `assets`: pages with empty places, and the modules that fill them
//! - `asked`, `answers`: what a page asks for and what it is told
//! - `stores`, `curves`: reading the store
//! - `watch`: notices changes; `alerts`: tells whoever asked for it what happens
//!
//! Left out: sentences, tables and charts of studies, modules that draw charts, and thinning curves to what a
//! screen can show (`batchwright-view`).

mod access;
pub(crate) mod alerts;
mod answers;
mod asked;
mod assets;
mod curves;
mod frame;
mod routes;
mod stores;
mod watch;

use crate::dashboard::access::Access;
use crate::dashboard::alerts::{Alerts, OnAlert};
use crate::dashboard::curves::Curves;
use crate::dashboard::routes::{Site, routes};
use crate::dashboard::stores::Stores;
use crate::dashboard::watch::Watch;
use batchwright_view::Lang;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a dashboard shows, and to whom.
#[derive(Debug, Clone)]
pub struct DashboardOptions {
    /// Folder of runs and studies. It may not be there yet.
    pub runs: PathBuf,
    /// Language of pages that ask for none.
    pub lang: Lang,
    /// What a request must bring; needed beyond this machine.
    pub token: Option<String>,
}

/// A dashboard that listens, so that its address is known, and does not answer yet.
#[derive(Debug)]
pub struct Dashboard {
    listener: TcpListener,
    address: SocketAddr,
    options: DashboardOptions,
}

/// Requests that read the store at the same time.
const READERS: usize = 4;

/// Time between two looks at whether to end.
const END_INTERVAL: Duration = Duration::from_millis(50);

/// How long answers that are on their way may take at the end.
const LAST_ANSWERS: Duration = Duration::from_millis(200);

impl Dashboard {
    /// Listens at an address; port 0 means any that is free.
    ///
    /// # Errors
    /// Of the system: another program listens there, the address is not one of this machine, or the port
    /// may not be used.
    pub fn bind(address: SocketAddr, options: DashboardOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self { address: listener.local_addr()?, listener, options })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to open in a browser, with the token.
    #[must_use]
    pub fn url(&self) -> String {
        let token = self.options.token.as_ref().map(|token| format!("?token={token}")).unwrap_or_default();
        format!("http://{}/{token}", self.address)
    }

    /// Answers until `ended` says so; `on_alert` is told what happens meanwhile.
    ///
    /// # Errors
    /// Of the system, where it cannot start.
    pub fn run(self, on_alert: Option<OnAlert>, ended: impl Fn() -> bool) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(READERS)
            .build()?;
        let stores = Arc::new(Stores::new(&self.options.runs));
        let _alerts = on_alert.map(|tell| Alerts::start(Arc::clone(&stores), self.options.lang, tell));
        let site = Arc::new(Site {
            access: Access {
                loopback: self.address.ip().is_loopback(),
                token: self.options.token,
                cookie: format!("batchwright-{}", self.address.port()),
            },
            lang: self.options.lang,
            watch: Watch::start(Arc::clone(&stores)),
            stores,
            curves: Curves::default(),
        });
        let listener = self.listener;
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::spawn(async move { axum::serve(listener, routes(site)).await });
            while !ended() {
                tokio::time::sleep(END_INTERVAL).await;
            }
            Ok(())
        });
        // Pages that listen to changes would never end by themselves.
        runtime.shutdown_timeout(LAST_ANSWERS);
        served
    }
}
