//! A pseudo terminal, for programs that buffer their output unless they print to a terminal. It is
//! no controlling terminal: keys and job control do not reach the child through it.

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

/// Wide enough that progress bars do not shorten their text.
const SIZE: Winsize = Winsize { ws_row: 50, ws_col: 240, ws_xpixel: 0, ws_ypixel: 0 };

/// On other systems children that are started at the same moment inherit our end too. This does no
/// harm: only the child's end decides when everything is printed.
#[cfg(target_os = "linux")]
const NOT_IN_CHILDREN: OpenptFlags = OpenptFlags::CLOEXEC;
#[cfg(not(target_os = "linux"))]
const NOT_IN_CHILDREN: OpenptFlags = OpenptFlags::empty();

/// Our end, which is read from, and the child's.
pub(crate) fn terminal() -> io::Result<(File, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | NOT_IN_CHILDREN)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let theirs = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    tcsetwinsize(&theirs, SIZE)?;
    Ok((ours.into(), theirs))
}
