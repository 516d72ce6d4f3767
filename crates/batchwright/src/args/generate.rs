//! The flags of `completions` and `man`.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

/// Flags of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  batchwright completions bash > ~/.local/share/bash-completion/completions/batchwright
  batchwright completions zsh > ~/.zfunc/_batchwright
  batchwright completions fish > ~/.config/fish/completions/batchwright.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    pub(crate) shell: Shell,
}

/// Flags of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  batchwright man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Folder to write the pages into; it is made where it does not exist
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
