//! The flags of `serve`.

use crate::args::alert_target::AlertTarget;
use batchwright_view::UsageMessage;
use clap::Args;
use std::net::SocketAddr;

/// Flags of `serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Only this machine can open it unless --address is another one; then a token is needed, which is made unless --token gives it, and travels unencrypted. It only reads, and shows what comes while runs and studies go on. Ctrl-C ends it.
Examples:
  batchwright serve
  batchwright serve --address 127.0.0.1:0 --lang ja
  batchwright serve --on-alert 'echo \"$BATCHWRIGHT_TEXT\" >> alerts.txt'
From another machine, by ssh, without a token:
  ssh -L 8765:127.0.0.1:8765 HOST"
)]
pub(crate) struct ServeArgs {
    /// Address and port to listen at; port 0: any that is free
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8765", value_parser = parse_address)]
    pub(crate) address: SocketAddr,
    /// Secret that a browser must bring, 16 letters or digits at least, also - and _ [default: none for
    /// this machine alone, otherwise made at random]
    #[arg(long, value_name = "TOKEN", value_parser = parse_token, allow_hyphen_values = true)]
    pub(crate) token: Option<String>,
    /// Runs this line of the shell when a run or a study diverges, overfits, fails, is lost or reaches its
    /// verdict; or tells an address of this machine, http://localhost:PORT/..
    #[arg(long, value_name = "COMMAND|URL", value_parser = AlertTarget::parse)]
    pub(crate) on_alert: Option<AlertTarget>,
}

fn parse_address(text: &str) -> Result<SocketAddr, UsageMessage> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    local.as_deref().unwrap_or(text).parse().map_err(|_| UsageMessage::BadAddress)
}

/// Characters that stand in an address and in a cookie as they are.
fn parse_token(text: &str) -> Result<String, UsageMessage> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.len() >= 16 && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(UsageMessage::BadToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_number_or_this_machine() {
        assert_eq!(parse_address("localhost:80"), Ok("127.0.0.1:80".parse().unwrap()));
        assert_eq!(parse_address("[::1]:0"), Ok("[::1]:0".parse().unwrap()));
        for wrong in ["", "8000", "localhost", "localhost:x", "evil.com:80", "127.0.0.1:99999"] {
            assert_eq!(parse_address(wrong), Err(UsageMessage::BadAddress), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_long_and_needs_no_quoting() {
        assert!(parse_token("0123456789abcDE_-").is_ok());
        for wrong in ["", "short", "0123456789abcde;", "0123456789abcde\n", "パスワードパスワード"]
        {
            assert_eq!(parse_token(wrong), Err(UsageMessage::BadToken), "{wrong}");
        }
    }
}
