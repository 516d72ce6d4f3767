//! Random changes of training images: mirrored, and moved by some pixels.
//!
//! Which change a sample gets is a pure function of (seed, sample, epoch), whatever batch it is in,
//! so that a run that is resumed sees the images it would have seen. The changes are made in place
//! on the encoded numbers, where the mean of a channel is 0: what moves in from outside the image
//! is the mean colour. Left out: rotations, colours, and everything that mixes two images.

use std::fmt;
use std::str::FromStr;

use crate::dataset::{Batch, Dataset, InputKind};
use crate::error::DataError;
use crate::problem::SettingProblem;
use crate::random::{Domain, RandomStream};
use crate::task::Task;

/// How training images are changed, each time they are drawn (`--augment`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Augmentation {
    /// Exchange left and right, for half of the samples.
    pub flip: bool,
    /// Move by up to this many pixels up or down, and left or right, each distance equally likely.
    pub shift: u16,
}

/// Why a text is no augmentation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "give flip, shift:PIXELS, or both as flip,shift:PIXELS; crop:PIXELS (pad by so many, then cut) is the same as shift:PIXELS"
)]
pub struct AugmentationError;

impl FromStr for Augmentation {
    type Err = AugmentationError;

    fn from_str(text: &str) -> Result<Self, AugmentationError> {
        let (mut flip, mut shift) = (false, None);
        for word in text.split(',') {
            match word.split_once(':') {
                None if word == "flip" && !flip => flip = true,
                Some(("shift" | "crop", pixels)) if shift.is_none() => {
                    let pixels = pixels.parse().ok().filter(|&pixels| pixels > 0);
                    shift = Some(pixels.ok_or(AugmentationError)?);
                }
                _ => return Err(AugmentationError),
            }
        }
        Ok(Self { flip, shift: shift.unwrap_or(0) })
    }
}

impl fmt::Display for Augmentation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self.flip, self.shift) {
            (flip, 0) => f.write_str(if flip { "flip" } else { "" }),
            (true, shift) => write!(f, "flip,shift:{shift}"),
            (false, shift) => write!(f, "shift:{shift}"),
        }
    }
}

impl Augmentation {
    /// Refuses what has no meaning for these samples.
    ///
    /// # Errors
    /// [`DataError::Setting`] if they are no images, or would be moved out of sight.
    pub fn check(self, data: &dyn Dataset) -> Result<(), DataError> {
        let refuse =
            |problem| Err(DataError::Setting { flag: "--augment", value: self.to_string(), problem });
        match *data.input_shape() {
            [_, height, width] if usize::from(self.shift) >= height.min(width) => {
                refuse(SettingProblem::OutOfSight)
            }
            [_, _, _] => Ok(()),
            _ => refuse(SettingProblem::ForImages),
        }
    }

    /// Changes an encoded image `[channels, height, width]`.
    fn change(self, image: &mut [f32], (height, width): (usize, usize), random: &mut RandomStream) {
        // All numbers are drawn in any case, so that images move alike with and without `flip`.
        let flipped = random.next_u32() & 1 == 1;
        let most = u32::from(self.shift);
        let mut distance = || i64::from(random.below(2 * most + 1)) - i64::from(most);
        let (down, right) = (distance(), distance());
        for plane in image.chunks_exact_mut(height * width) {
            slide(plane, down * width as i64);
            for row in plane.chunks_exact_mut(width) {
                slide(row, right);
                if self.flip && flipped {
                    row.reverse();
                }
            }
        }
    }
}

/// Moves values towards the end, or towards the start if `by` is negative; zeros follow.
fn slide(values: &mut [f32], by: i64) {
    let distance = (by.unsigned_abs() as usize).min(values.len());
    let kept = values.len() - distance;
    if by >= 0 {
        values.copy_within(..kept, distance);
        values[..distance].fill(0.0);
    } else {
        values.copy_within(distance.., 0);
        values[kept..].fill(0.0);
    }
}

/// A training split whose images are changed each time they are drawn. Evaluation reads the split
/// itself.
#[derive(Clone, Copy)]
pub struct Augmented<'a> {
    data: &'a dyn Dataset,
    augmentation: Option<Augmentation>,
    seed: u64,
}

impl<'a> Augmented<'a> {
    /// The samples of `data` as a run with this seed draws them; unchanged without an augmentation,
    /// and if they are no images.
    pub fn new(data: &'a dyn Dataset, augmentation: Option<Augmentation>, seed: u64) -> Self {
        Self { data, augmentation, seed }
    }
}

impl Dataset for Augmented<'_> {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn input_shape(&self) -> &[usize] {
        self.data.input_shape()
    }

    fn input_kind(&self) -> InputKind {
        self.data.input_kind()
    }

    fn task(&self) -> Task {
        self.data.task()
    }

    fn gather(&self, indices: &[u32], epoch: u64, batch: &mut Batch) {
        self.data.gather(indices, epoch, batch);
        let (Some(augmentation), &[channels, height, width]) = (self.augmentation, self.data.input_shape())
        else {
            return;
        };
        let images = batch.inputs.numbers_mut().chunks_exact_mut(channels * height * width);
        for (image, &id) in images.zip(&batch.ids) {
            let mut random = RandomStream::new(self.seed, Domain::Augment, epoch, id.into());
            augmentation.change(image, (height, width), &mut random);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrays::Arrays;
    use crate::dataset::sample_shape;
    use crate::open::open;
    use crate::options::OpenOptions;
    use crate::split::{SplitOptions, Splits};
    use std::collections::BTreeSet;

    const BOTH: Augmentation = Augmentation { flip: true, shift: 2 };

    fn digits() -> Splits {
        Splits::new(&open(None, &OpenOptions::default()).unwrap(), &SplitOptions::default()).unwrap()
    }

    fn gathered(data: &dyn Dataset, indices: &[u32], epoch: u64) -> Vec<Vec<f32>> {
        let mut batch = Batch::with_capacity(indices.len(), sample_shape(data));
        data.gather(indices, epoch, &mut batch);
        assert_eq!((&batch.ids[..], batch.epoch), (indices, epoch));
        batch.inputs.numbers().unwrap().chunks_exact(64).map(<[f32]>::to_vec).collect()
    }

    /// The image mirrored or not, moved, by a plain loop over its pixels.
    fn changed(image: &[f32], flip: bool, down: i64, right: i64) -> Vec<f32> {
        let at = |row: i64, column: i64| {
            let inside = (0..8).contains(&row) && (0..8).contains(&column);
            if inside { image[(row * 8 + column) as usize] } else { 0.0 }
        };
        let pixel = |place: i64| {
            let (row, column) = (place / 8, place % 8);
            at(row - down, if flip { 7 - column } else { column } - right)
        };
        (0..64).map(pixel).collect()
    }

    #[test]
    fn texts_are_read_and_written() {
        for (text, flip, shift) in
            [("flip", true, 0), ("shift:2", false, 2), ("flip,shift:12", true, 12), ("crop:4,flip", true, 4)]
        {
            let augmentation: Augmentation = text.parse().unwrap();
            assert_eq!(augmentation, Augmentation { flip, shift });
            assert_eq!(augmentation.to_string().parse(), Ok(augmentation));
        }
        for text in
            ["", "flop", "flip,flip", "shift", "shift:0", "shift:-1", "flip:2", "shift:1,crop:2", "flip,"]
        {
            assert_eq!(text.parse::<Augmentation>(), Err(AugmentationError), "{text}");
        }
    }

    /// Every image is one of the 50 that it may become, and in many epochs each of them.
    #[test]
    fn images_become_what_they_may_become_and_nothing_else() {
        let splits = digits();
        let plain = &gathered(&splits.train, &[7], 0)[0];
        let augmented = Augmented::new(&splits.train, Some(BOTH), 3);
        let may_be: Vec<Vec<f32>> = [false, true]
            .into_iter()
            .flat_map(|flip| (-2..=2).flat_map(move |down| (-2..=2).map(move |right| (flip, down, right))))
            .map(|(flip, down, right)| changed(plain, flip, down, right))
            .collect();
        let mut counts = vec![0; may_be.len()];
        for epoch in 0..2_000 {
            let image = &gathered(&augmented, &[7], epoch)[0];
            counts[may_be.iter().position(|may| may == image).unwrap()] += 1;
        }
        // 40 expected; five standard deviations are 31.
        assert!(counts.iter().all(|count| (9..=71).contains(count)), "{counts:?}");
    }

    /// A sample must not depend on the batch that it is in, nor a resumed run on what it saw before.
    #[test]
    fn a_change_is_a_function_of_seed_sample_and_epoch() {
        let splits = digits();
        let of = |seed, indices: &[u32], epoch| {
            gathered(&Augmented::new(&splits.train, Some(BOTH), seed), indices, epoch)
        };
        let whole = of(1, &[4, 9, 2, 7], 5);
        for (place, index) in [4, 9, 2, 7].into_iter().enumerate() {
            assert_eq!(of(1, &[index], 5)[0], whole[place]);
        }
        let all: Vec<u32> = (0..100).collect();
        assert!(of(1, &all, 5) != of(2, &all, 5) && of(1, &all, 5) != of(1, &all, 6));
        let distinct: BTreeSet<String> = (0..20).map(|epoch| format!("{:?}", of(1, &[3], epoch))).collect();
        assert!(distinct.len() > 10, "{}", distinct.len());
    }

    /// One more kind of change must not change the others.
    #[test]
    fn images_move_alike_with_and_without_being_mirrored() {
        let splits = digits();
        let only = |augmentation| Augmented::new(&splits.train, Some(augmentation), 3);
        let moved = gathered(&only(Augmentation { flip: false, shift: 2 }), &[1, 2, 3, 4, 5], 0);
        let both = gathered(&only(BOTH), &[1, 2, 3, 4, 5], 0);
        let mut mirrored = 0;
        for (moved, both) in moved.iter().zip(&both) {
            let flipped = changed(moved, true, 0, 0);
            assert!(both == moved || *both == flipped);
            mirrored += i32::from(*both == flipped);
        }
        assert!((1..5).contains(&mirrored), "{mirrored}");
    }

    #[test]
    fn channels_move_together() {
        let mut image: Vec<f32> = (1..=18).map(|value| value as f32).collect();
        let mut other = image.clone();
        let stream = || RandomStream::new(0, Domain::Augment, 0, 8);
        BOTH.change(&mut image, (3, 3), &mut stream());
        other[9..].iter_mut().for_each(|value| *value -= 9.0);
        BOTH.change(&mut other, (3, 3), &mut stream());
        assert_eq!(other[..9], other[9..]);
        assert_eq!(other[..9], image[..9]);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let (splits, table) = (digits(), [0.0; 4]);
        let table = Arrays::classify(&table, 2, &[0, 1], 2).unwrap();
        let problem = |data: &dyn Dataset, shift| match (Augmentation { flip: true, shift }).check(data) {
            Err(DataError::Setting { flag: "--augment", problem, .. }) => Some(problem),
            Err(other) => panic!("{other}"),
            Ok(()) => None,
        };
        assert_eq!(problem(&splits.train, 7), None);
        assert_eq!(problem(&splits.train, 8), Some(SettingProblem::OutOfSight));
        assert_eq!(problem(&splits.train, u16::MAX), Some(SettingProblem::OutOfSight));
        assert_eq!(problem(&table, 1), Some(SettingProblem::ForImages));
    }
}
