//! The strategies that a user can choose by name.
//!
//! Left out: the strategies themselves (`grid`, `race`).

use crate::result::objective::Objective;
use crate::strategy::Strategy;
use crate::strategy::grid::Grid;
use crate::strategy::race::Race;

/// The available strategies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrategyKind {
    /// [`crate::Race`]: shares what it learns between sizes and rates.
    #[default]
    Race,
    /// [`crate::Grid`]: every size at every rate, on several seeds.
    Grid,
}

impl StrategyKind {
    /// A new strategy of this kind. The race needs a target, so for the objective quality it is
    /// replaced by the grid.
    pub fn start(self, objective: Objective) -> Box<dyn Strategy> {
        match (self, objective) {
            (Self::Grid, _) | (_, Objective::Quality) => Box::new(Grid::default()),
            (Self::Race, _) => Box::new(Race::default()),
        }
    }
}
