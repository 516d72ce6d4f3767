//! Gradients of batches beside that of all samples, in a plane, and the paths that training takes.
//!
//! The plane: x along the gradient of all samples, y along the direction in which the gradients of
//! single samples differ most from it. Lengths are multiples of the full gradient's. Batches are drawn
//! with replacement, so that their spread falls exactly as 1/sqrt(B).

use crate::bench::{Bench, Fixed, PLAIN, with_wrong_label};
use crate::rounded;
use batchwright_data::{Domain, RandomStream};
use batchwright_nn::Engine;
use serde_json::{Value, json};
use std::error::Error;

/// Steps of ordinary training before the gradients are looked at, at this size and rate.
const STEPS_BEFORE: usize = 10;
const BATCH_BEFORE: usize = 64;
const RATE: f64 = 0.1;
/// Sizes whose arrows are drawn.
const ARROW_SIZES: [usize; 5] = [1, 4, 16, 64, 256];
const ARROWS: usize = 24;
/// Sizes whose spread is measured, over so many batches each.
const SPREAD_SIZES: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const DRAWS: usize = 200;
/// The paths: sizes, steps and the rate of all of them.
const PATH_SIZES: [usize; 4] = [1, 8, 64, 1455];
const PATH_STEPS: usize = 40;
const PATH_RATE: f64 = 0.25;
const CLASSES: u32 = 10;
const SEED: u64 = 5;

pub(crate) fn record(bench: &Bench) -> Result<Value, Box<dyn Error>> {
    let mut draw = Draw::new(bench);
    let mut fixed = Fixed::new(warm(bench, &mut draw)?);
    let all: Vec<u32> = (0..bench.samples() as u32).collect();
    let full = fixed.gradient(&bench.batch(&all))?;
    let plane = Plane::new(bench, &mut fixed, &full, &mut draw)?;
    let mut arrows = Vec::new();
    for size in ARROW_SIZES {
        let mut ends = Vec::new();
        for _ in 0..ARROWS {
            ends.push(plane.point(&fixed.gradient(&bench.batch(&draw.batch(size)))?));
        }
        arrows.push(json!({ "batch": size, "ends": ends }));
    }
    Ok(json!({
        "arrows": arrows,
        "spread": spread(bench, &mut fixed, &full, &mut draw)?,
        "wrong_label": wrong_label(bench, &mut fixed, &mut draw)?,
        "paths": paths(bench, &fixed, &plane, &mut draw)?,
        "path_rate": PATH_RATE,
    }))
}

/// Batches at random, with replacement.
struct Draw {
    random: RandomStream,
    samples: u32,
}

impl Draw {
    fn new(bench: &Bench) -> Self {
        Self { random: RandomStream::new(SEED, Domain::Bed, 0, 0), samples: bench.samples() as u32 }
    }

    fn batch(&mut self, size: usize) -> Vec<u32> {
        (0..size).map(|_| self.random.below(self.samples)).collect()
    }
}

/// A network after a few steps: at its initial weights all gradients point away from nonsense.
fn warm(bench: &Bench, draw: &mut Draw) -> Result<Box<dyn Engine>, Box<dyn Error>> {
    let mut engine = bench.engine(bench.samples(), PLAIN, 0)?;
    for _ in 0..STEPS_BEFORE {
        engine.step(&bench.batch(&draw.batch(BATCH_BEFORE)), RATE)?;
    }
    Ok(engine)
}

/// Two directions of unit length at right angles, and the unit of length.
struct Plane {
    x: Vec<f64>,
    y: Vec<f64>,
    unit: f64,
}

impl Plane {
    fn new(bench: &Bench, fixed: &mut Fixed, full: &[f64], draw: &mut Draw) -> Result<Self, Box<dyn Error>> {
        let unit = norm(full);
        let x: Vec<f64> = full.iter().map(|g| g / unit).collect();
        let mut rest = Vec::new();
        for _ in 0..DRAWS {
            let mut gradient = fixed.gradient(&bench.batch(&draw.batch(1)))?;
            let along = dot(&gradient, &x);
            gradient.iter_mut().zip(&x).for_each(|(g, x)| *g -= along * x);
            rest.push(gradient);
        }
        Ok(Self { y: widest(&rest), x, unit })
    }

    fn point(&self, gradient: &[f64]) -> [Value; 2] {
        [&self.x, &self.y].map(|axis| rounded(dot(gradient, axis) / self.unit, 3))
    }
}

/// The direction in which these vectors are longest, by power iteration.
fn widest(vectors: &[Vec<f64>]) -> Vec<f64> {
    let mut direction = vectors.first().cloned().unwrap_or_default();
    for _ in 0..50 {
        let mut next = vec![0.0; direction.len()];
        for vector in vectors {
            let along = dot(vector, &direction);
            next.iter_mut().zip(vector).for_each(|(n, v)| *n += along * v);
        }
        let length = norm(&next);
        direction = next.iter().map(|n| n / length).collect();
    }
    direction
}

/// Root mean square distance of a batch's gradient from the full one, as a multiple of its length.
fn spread(
    bench: &Bench,
    fixed: &mut Fixed,
    full: &[f64],
    draw: &mut Draw,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for size in SPREAD_SIZES {
        let mut squares = 0.0;
        for _ in 0..DRAWS {
            let gradient = fixed.gradient(&bench.batch(&draw.batch(size)))?;
            squares += gradient.iter().zip(full).map(|(g, f)| (g - f).powi(2)).sum::<f64>();
        }
        rows.push(json!([size, rounded((squares / DRAWS as f64).sqrt() / norm(full), 3)]));
    }
    Ok(rows)
}

/// By how many degrees one wrong label turns the gradient of a batch: the mean over batches.
fn wrong_label(bench: &Bench, fixed: &mut Fixed, draw: &mut Draw) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for size in ARROW_SIZES {
        let mut degrees = 0.0;
        for _ in 0..ARROWS {
            let batch = bench.batch(&draw.batch(size));
            let right = fixed.gradient(&batch)?;
            let wrong = fixed.gradient(&with_wrong_label(&batch, CLASSES))?;
            let cosine = dot(&right, &wrong) / (norm(&right) * norm(&wrong));
            degrees += cosine.clamp(-1.0, 1.0).acos().to_degrees();
        }
        rows.push(json!([size, rounded(degrees / ARROWS as f64, 3)]));
    }
    Ok(rows)
}

/// Where training goes from these weights, step by step, in the plane.
fn paths(bench: &Bench, fixed: &Fixed, plane: &Plane, draw: &mut Draw) -> Result<Vec<Value>, Box<dyn Error>> {
    let all: Vec<u32> = (0..bench.samples() as u32).collect();
    let mut rows = Vec::new();
    for size in PATH_SIZES {
        let mut engine = bench.engine(bench.samples(), PLAIN, 0)?;
        engine.set_weights(fixed.weights())?;
        let (mut points, mut now) = (vec![plane.point(&vec![0.0; fixed.weights().len()])], Vec::new());
        for _ in 0..PATH_STEPS {
            let indices = if size == all.len() { all.clone() } else { draw.batch(size) };
            engine.step(&bench.batch(&indices), PATH_RATE)?;
            engine.copy_weights(&mut now);
            let moved: Vec<f64> =
                fixed.weights().iter().zip(&now).map(|(&before, &now)| f64::from(before - now)).collect();
            points.push(plane.point(&moved));
        }
        rows.push(json!({ "batch": size, "points": points }));
    }
    Ok(rows)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
