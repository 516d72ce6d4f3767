//! The families of beds: what the weights follow, or that they are those of a network. A strategy that is good at one of them only is
//! not good, so each counts alike.

use std::fmt;
use std::str::FromStr;

use batchwright_find::beds::BedOptimizer;
use serde::Serialize;

use crate::bed::Bed;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Family {
    Plain,
    Momentum,
    Nesterov,
    Adam,
    /// Recorded trainings.
    Networks,
}

impl Family {
    pub(crate) const ALL: [Self; 5] =
        [Self::Plain, Self::Momentum, Self::Nesterov, Self::Adam, Self::Networks];

    pub(crate) fn of(bed: &Bed) -> Self {
        match bed.optimizer {
            BedOptimizer::Adam => Self::Adam,
            // Both forms of momentum are the same there.
            BedOptimizer::Sgd if bed.momentum == 0.0 => Self::Plain,
            BedOptimizer::Sgd if bed.nesterov => Self::Nesterov,
            BedOptimizer::Sgd => Self::Momentum,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Momentum => "momentum",
            Self::Nesterov => "nesterov",
            Self::Adam => "adam",
            Self::Networks => "networks",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|family| family.name() == name);
        // Recorded trainings are not drawn.
        let found = found.filter(|&family| family != Self::Networks);
        found.ok_or_else(|| format!("{name:?} is not known; there are: plain, momentum, nesterov, adam"))
    }
}
