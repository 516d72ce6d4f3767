//! Seconds that are the time of day (`time.time()`, milliseconds of JavaScript) as seconds since the start
//! of a program.
//!
//! Left out: a clock that starts with the machine, which looks like one that runs faster.

/// Seconds that no training has lasted: they count from some other start, as the time of day does.
const TIME_OF_DAY: f64 = 1e8;
/// Units of a time of day, in seconds, and the least number that is in it: until the year 5138 seconds
/// are fewer than 1e11, and milliseconds have been more since 1973.
const UNITS: [(f64, f64); 4] = [(1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (TIME_OF_DAY, 1.0)];

/// A clock that does not start with the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeOfDay {
    /// Of one unit, in seconds.
    unit: f64,
    /// What it shows at the start of the program.
    start: f64,
}

impl TimeOfDay {
    /// The clock of the first row that has one, if it is the time of day. `at`: seconds from the
    /// program's start to its arrival.
    pub(crate) fn of(seconds: f64, at: f64) -> Option<Self> {
        let (_, unit) = UNITS.into_iter().find(|(least, _)| seconds.is_finite() && seconds >= *least)?;
        Some(Self { unit, start: seconds * unit - at })
    }

    /// Seconds from the program's start.
    pub(crate) fn since_start(self, shown: f64) -> f64 {
        shown * self.unit - self.start
    }
}
