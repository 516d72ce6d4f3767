//! The terminal as one picture: entered, drawn by a thread of its own, and left as it was.
//!
//! It is drawn on stderr, so that a result on stdout can go to a file. The first signal leaves it, and so
//! does the end of the work: a second signal, which ends the process at once, then finds the terminal as
//! it was.
//!
//! Left out: what is drawn (`batchwright-view`), and what a picture shows (`Picture`).

use crate::shell::screen::{Screen, is_dumb};
use crate::shell::signals::Signals;
use batchwright_view::{ScreenControls, Style, WatchedFrom};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui_core::buffer::Buffer;
use ratatui_core::terminal::Terminal;
use ratatui_crossterm::CrosstermBackend;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGTSTP};
use std::io::{self, BufWriter, IsTerminal, Stderr};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long keys are waited for; no picture is older than this.
const FRAME: Duration = Duration::from_millis(125);

/// After this time it is drawn again though nothing changed: clocks go on.
const CLOCK: Duration = Duration::from_secs(1);

/// What fills the screen.
pub(crate) trait Picture: Send + 'static {
    /// Draws itself, as the keys have set it.
    fn draw(&self, buffer: &mut Buffer, controls: ScreenControls);
}

/// A picture, and how often it was changed.
struct Shown<P> {
    picture: P,
    changes: u64,
}

/// A picture on the terminal.
pub(crate) struct FullScreen<P: Picture> {
    shown: Arc<Mutex<Shown<P>>>,
    /// Whether the screen is to be left.
    ended: Arc<AtomicBool>,
    /// Whether it was left.
    left: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Whether stderr is a terminal that can hold a picture.
pub(crate) fn has_terminal() -> bool {
    io::stderr().is_terminal() && !is_dumb(std::env::var_os("TERM").as_deref())
}

/// How a picture is formatted.
pub(crate) fn picture_style(screen: &Screen) -> Style {
    crate::shell::screen::error_style(screen.style.lang)
}

impl<P: Picture> FullScreen<P> {
    /// Enters the terminal and draws, for who watches from there.
    ///
    /// # Errors
    /// Of the terminal.
    pub(crate) fn open(picture: P, from: WatchedFrom, signals: &Signals) -> io::Result<Self> {
        let entered = Entered::new()?;
        let shown = Arc::new(Mutex::new(Shown { picture, changes: 0 }));
        let (ended, left) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let shared = (Arc::clone(&shown), Arc::clone(&ended), Arc::clone(&left));
        let signals = signals.clone();
        let thread = std::thread::spawn(move || {
            let (shown, ended, left) = shared;
            let _left = Left(left);
            let over = || ended.load(Ordering::Relaxed) || signals.came();
            // A terminal that fails in mid-run is gone; the work goes on without it.
            let _ = show(entered, &shown, ScreenControls::new(from), &over);
        });
        Ok(Self { shown, ended, left, thread: Some(thread) })
    }

    /// Whether it still fills the terminal.
    pub(crate) fn is_open(&self) -> bool {
        !self.left.load(Ordering::Relaxed)
    }

    /// Changes the picture, which is drawn again.
    pub(crate) fn change(&self, change: impl FnOnce(&mut P)) {
        let mut shown = locked(&self.shown);
        change(&mut shown.picture);
        shown.changes += 1;
    }

    /// Leaves the terminal, and waits until that is done.
    pub(crate) fn close(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has left the terminal too.
            let _ = thread.join();
        }
    }
}

impl<P: Picture> Drop for FullScreen<P> {
    fn drop(&mut self) {
        self.close();
    }
}

/// Says that the screen was left, however its thread ended.
struct Left(Arc<AtomicBool>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn locked<P>(shown: &Mutex<Shown<P>>) -> MutexGuard<'_, Shown<P>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The terminal while it is ours. Dropped, it is what it was.
struct Entered;

impl Entered {
    fn new() -> io::Result<Self> {
        enable_raw_mode()?;
        let entered = Self;
        crossterm::execute!(io::stderr(), EnterAlternateScreen, Hide)?;
        Ok(entered)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Where this fails there is no terminal any more.
        let _ = crossterm::execute!(io::stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// What a key asks for.
enum Asked {
    Nothing,
    Leave,
    /// To draw everything again.
    Redraw,
    /// To stop the process until the shell goes on with it.
    Suspend,
}

fn show<P: Picture>(
    entered: Entered,
    shown: &Mutex<Shown<P>>,
    mut controls: ScreenControls,
    over: &dyn Fn() -> bool,
) -> io::Result<()> {
    let mut entered = Some(entered);
    let mut terminal = drawing()?;
    let mut drawn: Option<(u64, Instant)> = None;
    while !over() {
        let changes = locked(shown).changes;
        if drawn.is_none_or(|(known, at)| known != changes || at.elapsed() >= CLOCK) {
            terminal.draw(|frame| locked(shown).picture.draw(frame.buffer_mut(), controls))?;
            drawn = Some((changes, Instant::now()));
        }
        match wait_for_input()? {
            Input::Gone => break,
            Input::Waited => {}
        }
        // A change of the size comes this way too.
        while crossterm::event::poll(Duration::ZERO)? {
            match asked(&crossterm::event::read()?, &mut controls) {
                Asked::Nothing => {}
                Asked::Leave => return Ok(()),
                Asked::Redraw => terminal.clear()?,
                Asked::Suspend => {
                    drop(entered.take());
                    signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
                    entered = Some(Entered::new()?);
                    terminal.clear()?;
                }
            }
            drawn = None;
        }
    }
    drop(entered);
    Ok(())
}

/// What waiting for keys came to.
enum Input {
    /// A key was pressed, or time has passed.
    Waited,
    /// The terminal is gone.
    Gone,
}

/// Waits for keys for [`FRAME`]. Reading from a terminal that is gone would never end.
fn wait_for_input() -> io::Result<Input> {
    let (keys, picture) = (io::stdin(), io::stderr());
    let mut waited = vec![PollFd::new(&picture, PollFlags::empty())];
    if keys.is_terminal() {
        waited.push(PollFd::new(&keys, PollFlags::IN));
    }
    let time = Timespec { tv_sec: 0, tv_nsec: FRAME.as_nanos() as _ };
    match poll(&mut waited, Some(&time)) {
        // A signal is looked at by the loop.
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let gone = |fd: &PollFd<'_>| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
    Ok(if waited.iter().any(gone) { Input::Gone } else { Input::Waited })
}

/// What draws. It gathers what is drawn: stderr itself would write each sign by itself. It is not dropped:
/// then it tells on stderr that a terminal that is gone has no cursor to show, and panics as it cannot.
/// [`Entered`] shows the cursor.
type Drawing = ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stderr>>>>;

fn drawing() -> io::Result<Drawing> {
    let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stderr()));
    Terminal::new(backend).map(ManuallyDrop::new)
}

fn asked(event: &Event, controls: &mut ScreenControls) -> Asked {
    let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press | KeyEventKind::Repeat, .. }) =
        event
    else {
        return Asked::Nothing;
    };
    let control = modifiers.contains(KeyModifiers::CONTROL);
    match (code, control) {
        // The terminal passes on keys as they are, so the signal is ours to raise.
        (KeyCode::Char('c'), true) => {
            let _ = signal_hook::low_level::raise(SIGINT);
            Asked::Leave
        }
        (KeyCode::Char('z'), true) => Asked::Suspend,
        (KeyCode::Char('l'), true) => Asked::Redraw,
        (KeyCode::Char('q' | 'Q') | KeyCode::Esc, false) => Asked::Leave,
        (KeyCode::Char(key), false) => {
            controls.press(*key);
            Asked::Nothing
        }
        _ => Asked::Nothing,
    }
}
