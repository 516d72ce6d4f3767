//! What every command of the program needs: exit codes and messages, the screen, signals, and saving.

pub(crate) mod failure;
pub(crate) mod save;
pub(crate) mod screen;
pub(crate) mod signals;
