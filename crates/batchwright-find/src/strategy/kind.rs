//! TODO

use crate::result::objective::Objective;
use crate::strategy::Strategy;
use crate::strategy::grid::Grid;
use crate::strategy::race::Race;

/// The strategies that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrategyKind {
    /// [`crate::Race`]: shares what it learns over sizes and rates.
    #[default]
    Race,
    /// [`crate::Grid`]: every size at every rate, on several seeds.
    Grid,
}

impl StrategyKind {
    /// A strategy at its beginning. A race needs a target to race to: for the objective quality it is the grid.
    pub fn start(self, objective: Objective) -> Box<dyn Strategy> {
        match (self, objective) {
            (Self::Grid, _) | (_, Objective::Quality) => Box::new(Grid::default()),
            (Self::Race, _) => Box::new(Race::default()),
        }
    }
}
