//! A pseudo terminal for programs that hold their output back unless they print to a terminal. It is nobody's controlling terminal: keys and job control
//! have no part in it.

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

/// Wide enough that progress bars don't shorten what they say.
const SIZE: Winsize = Winsize { ws_row: 50, ws_col: 240, ws_xpixel: 0, ws_ypixel: 0 };

/// Elsewhere this end is also open in children that are started at the same moment, which does no harm: its other end alone says when all is printed.
#[cfg(target_os = "linux")]
const NOT_IN_CHILDREN: OpenptFlags = OpenptFlags::CLOEXEC;
#[cfg(not(target_os = "linux"))]
const NOT_IN_CHILDREN: OpenptFlags = OpenptFlags::empty();

/// Our end, to read from, and the child's.
pub(crate) fn terminal() -> io::Result<(File, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | NOT_IN_CHILDREN)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let theirs = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    tcsetwinsize(&theirs, SIZE)?;
    Ok((ours.into(), theirs))
}
