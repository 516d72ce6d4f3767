//! Data whose nature is known: the embedded digits, and sets drawn here.

use batchwright_data::{
    Arrays, Dataset, Domain, OpenOptions, RandomStream, SplitOptions, Splits, Subset, open,
};
use std::f64::consts::PI;

/// Fresh samples on which the oracle looks at a run.
const FRESH: usize = 3_000;

/// Where samples come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Set {
    /// The embedded digits, with at most so many training samples and this share of wrong labels.
    Digits { limit: Option<u32>, noise: f64 },
    /// Drawn: so many training and validation samples.
    Drawn { kind: Kind, train: usize, validation: usize },
}

/// How samples are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Normal clouds, one a class, their centres `apart` standard deviations from the origin.
    Clouds { classes: u32, width: usize, apart: f64 },
    /// Two half moons in the plane, with this noise.
    Moons { noise: f64 },
    /// The sign of x y.
    Xor,
    /// Two rings around each other.
    Rings { noise: f64 },
    /// A board of fields of side 1/2 in two colours.
    Board,
    /// Labels that have nothing to do with the inputs.
    RandomLabels { classes: u32, width: usize },
    /// A plane with noise of this standard deviation (signal 1).
    Plane { width: usize, noise: f64 },
    /// sin(4 x) with noise.
    Sine { noise: f64 },
    /// Friedman 1991, example 1, with noise.
    Friedman { noise: f64 },
    /// A plane whose noise has tails as those of Student's t with two degrees of freedom.
    HeavyTails { width: usize },
    /// The product of the first two of `width` numbers.
    Product { width: usize, noise: f64 },
}

/// Training, validation and fresh samples.
pub(crate) enum Split {
    Digits { splits: Box<Splits>, subset: Subset },
    Drawn { train: Table, validation: Table, oracle: Table, subset: usize },
}

/// Samples in memory.
pub(crate) struct Table {
    inputs: Vec<f32>,
    width: usize,
    targets: Labels,
}

enum Labels {
    Classes(Vec<u32>, u32),
    Values(Vec<f32>),
}

impl Set {
    pub(crate) fn split(self, seed: u64) -> Split {
        match self {
            Self::Digits { limit, noise } => {
                let source = open(None, &OpenOptions::default()).expect("the embedded digits");
                let options = SplitOptions { seed, limit_samples: limit, label_noise: noise };
                let splits = Splits::new(&source, &options).expect("a split");
                let subset = splits.train.first(splits.validation.len());
                Split::Digits { splits: Box::new(splits), subset }
            }
            Self::Drawn { kind, train, validation } => Split::Drawn {
                train: kind.draw(train, seed, 0),
                validation: kind.draw(validation, seed, 1),
                oracle: kind.draw(FRESH, seed, 2),
                subset: train.min(validation),
            },
        }
    }
}

impl Split {
    pub(crate) fn train(&self) -> Box<dyn Dataset + '_> {
        match self {
            Self::Digits { splits, .. } => Box::new(splits.train.clone()),
            Self::Drawn { train, .. } => train.first(usize::MAX),
        }
    }

    pub(crate) fn train_subset(&self) -> Box<dyn Dataset + '_> {
        match self {
            Self::Digits { subset, .. } => Box::new(subset.clone()),
            Self::Drawn { train, subset, .. } => train.first(*subset),
        }
    }

    pub(crate) fn validation(&self) -> Box<dyn Dataset + '_> {
        match self {
            Self::Digits { splits, .. } => Box::new(splits.validation.clone()),
            Self::Drawn { validation, .. } => validation.first(usize::MAX),
        }
    }

    pub(crate) fn oracle(&self) -> Box<dyn Dataset + '_> {
        match self {
            Self::Digits { splits, .. } => Box::new(splits.test.clone()),
            Self::Drawn { oracle, .. } => oracle.first(usize::MAX),
        }
    }
}

impl Table {
    fn first(&self, samples: usize) -> Box<dyn Dataset + '_> {
        let samples = samples.min(self.inputs.len() / self.width);
        let inputs = &self.inputs[..samples * self.width];
        let arrays = match &self.targets {
            Labels::Classes(labels, classes) => {
                Arrays::classify(inputs, self.width, &labels[..samples], *classes as usize)
            }
            Labels::Values(values) => Arrays::regress(inputs, self.width, &values[..samples], 1),
        };
        Box::new(arrays.expect("a table"))
    }
}

impl Kind {
    fn draw(self, samples: usize, seed: u64, part: u64) -> Table {
        let mut stream = RandomStream::new(seed, Domain::Bed, 1 + part, 0);
        let mut drawn = Drawn { inputs: Vec::new(), classes: Vec::new(), values: Vec::new() };
        let directions = self.directions(seed);
        (0..samples).for_each(|_| self.sample(&directions, &mut stream, &mut drawn));
        let width = drawn.inputs.len() / samples;
        let targets = if drawn.classes.is_empty() {
            Labels::Values(drawn.values)
        } else {
            Labels::Classes(drawn.classes, self.classes())
        };
        Table { inputs: drawn.inputs, width, targets }
    }

    fn classes(self) -> u32 {
        match self {
            Self::Clouds { classes, .. } | Self::RandomLabels { classes, .. } => classes,
            _ => 2,
        }
    }

    /// Unit vectors: centres of clouds, the slope of a plane. The same for all parts of a set.
    fn directions(self, seed: u64) -> Vec<Vec<f64>> {
        let (count, width) = match self {
            Self::Clouds { classes, width, .. } => (classes as usize, width),
            Self::Plane { width, .. } | Self::HeavyTails { width } => (1, width),
            _ => return Vec::new(),
        };
        let mut stream = RandomStream::new(seed, Domain::Bed, 0, 0);
        let mut unit = || {
            let vector: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
            let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
            vector.into_iter().map(|x| x / length).collect()
        };
        (0..count).map(|_| unit()).collect()
    }

    fn sample(self, directions: &[Vec<f64>], stream: &mut RandomStream, drawn: &mut Drawn) {
        match self {
            Self::Clouds { classes, width, apart } => {
                let class = stream.below(classes);
                let at =
                    (0..width).map(|i| apart * directions[class as usize][i] + stream.normal()).collect();
                drawn.class(at, class);
            }
            Self::Moons { noise } => {
                let (class, angle) = (stream.below(2), PI * stream.unit_f64());
                let side = if class == 0 { 1.0 } else { -1.0 };
                let x = side * angle.cos() + f64::from(class) - 0.5 + noise * stream.normal();
                let y = side * (angle.sin() - 0.25) + noise * stream.normal();
                drawn.class(vec![x, 2.0 * y], class);
            }
            Self::Xor => {
                let at = vec![2.0 * stream.unit_f64() - 1.0, 2.0 * stream.unit_f64() - 1.0];
                let class = u32::from(at[0] * at[1] > 0.0);
                drawn.class(at, class);
            }
            Self::Rings { noise } => {
                let (class, angle) = (stream.below(2), 2.0 * PI * stream.unit_f64());
                let radius = 0.7 + 0.8 * f64::from(class) + noise * stream.normal();
                drawn.class(vec![radius * angle.cos(), radius * angle.sin()], class);
            }
            Self::Board => {
                let at = vec![2.0 * stream.unit_f64() - 1.0, 2.0 * stream.unit_f64() - 1.0];
                let field: i64 = at.iter().map(|x| (2.0 * x).floor() as i64).sum();
                drawn.class(at, u32::from(field.rem_euclid(2) == 0));
            }
            Self::RandomLabels { classes, width } => {
                let at = (0..width).map(|_| stream.normal()).collect();
                let class = stream.below(classes);
                drawn.class(at, class);
            }
            Self::Plane { width, noise } => {
                let at: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
                let value = dot(&at, &directions[0]) + noise * stream.normal();
                drawn.value(at, value);
            }
            Self::HeavyTails { width } => {
                let at: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
                // Student's t with 2 degrees of freedom: normal over the root of an exponential.
                let tail = stream.normal() / (-(1.0 - stream.unit_f64()).ln()).max(1e-4).sqrt();
                let value = (dot(&at, &directions[0]) + 0.5 * tail) / 2.0;
                drawn.value(at, value);
            }
            Self::Sine { noise } => {
                let x = 2.0 * stream.unit_f64() - 1.0;
                let value = 1.4 * (4.0 * x).sin() + noise * stream.normal();
                drawn.value(vec![1.7 * x], value);
            }
            Self::Friedman { noise } => {
                let x: Vec<f64> = (0..10).map(|_| stream.unit_f64()).collect();
                let value =
                    10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4];
                // Mean 14.4 and standard deviation 4.9 of the value without noise.
                let value = (value - 14.4) / 4.9 + noise * stream.normal();
                drawn.value(x.into_iter().map(|x| 3.46 * (x - 0.5)).collect(), value);
            }
            Self::Product { width, noise } => {
                let at: Vec<f64> = (0..width).map(|_| stream.normal()).collect();
                let value = at[0] * at[1] + noise * stream.normal();
                drawn.value(at, value);
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Samples while they are drawn.
struct Drawn {
    inputs: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
}

impl Drawn {
    fn class(&mut self, at: Vec<f64>, class: u32) {
        self.inputs.extend(at.into_iter().map(|x| x as f32));
        self.classes.push(class);
    }

    fn value(&mut self, at: Vec<f64>, value: f64) {
        self.inputs.extend(at.into_iter().map(|x| x as f32));
        self.values.push(value as f32);
    }
}
