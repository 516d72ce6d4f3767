//! Who is told by `serve --on-alert`: a line of the shell, or an address of this machine.

use batchwright_view::UsageMessage;
use std::net::IpAddr;

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
        // What stands before an @ is no host.
        let named = authority.contains('@');
        if !named && (host == "localhost" || number.is_ok_and(|number| number.is_loopback())) {
            Ok(Self::Address(text.to_owned()))
        } else {
            Err(UsageMessage::AlertElsewhere)
        }
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
