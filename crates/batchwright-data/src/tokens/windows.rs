//! Samples of a text: windows of `context` tokens without overlap. The target of each position is
//! the token that follows it.
//!
//! In training the first window of an epoch begins at an offset that is a pure function of (seed,
//! epoch), so that in other epochs the same tokens are seen with other tokens before them. Each
//! epoch has the same number of windows, and no token is a target twice in one.

use std::ops::Range;
use std::sync::Arc;

use crate::dataset::{Batch, Inputs, Targets};
use crate::encode::{Encoding, kinds_differ};
use crate::error::DataError;
use crate::random::{Domain, RandomStream};
use crate::source::Source;
use crate::tokens::parts::{windows_at_any_offset, windows_from_start};
use crate::tokens::raw_text::RawText;

/// The windows of a part of a text.
#[derive(Debug, Clone)]
pub(crate) struct TextWindows {
    text: Arc<RawText>,
    /// For each raw token its id in the vocabulary.
    ids: Arc<[u32]>,
    part: Range<usize>,
    /// Decides the offset of each epoch; without it all begin at the part's first token.
    seed: Option<u64>,
    shape: [usize; 1],
}

impl TextWindows {
    /// The windows of `part` (named `name`) of the text of a source.
    ///
    /// # Errors
    /// [`DataError::TextTooShort`] if there is none, [`DataError::KindMismatch`], and
    /// those of [`RawText::token_ids`].
    pub(crate) fn new(
        source: &Source,
        text: &Arc<RawText>,
        encoding: &Encoding,
        (part, name): (Range<usize>, &'static str),
        seed: Option<u64>,
    ) -> Result<Self, DataError> {
        let vocabulary = encoding.vocabulary().ok_or_else(|| kinds_differ(source, &encoding.input))?;
        let ids = text.token_ids(vocabulary, source.name())?.into();
        let (tokens, context) = (part.len(), text.context());
        let windows = Self { text: text.clone(), ids, part, seed, shape: [context] };
        if windows.count() == 0 {
            let name = (source.name().to_owned(), name);
            let needed = if seed.is_some() { context.saturating_mul(2) } else { context.saturating_add(1) };
            return Err(DataError::TextTooShort { name: name.0, part: name.1, tokens, needed, context });
        }
        Ok(windows)
    }

    /// Number of windows; the same in each epoch.
    pub(crate) fn count(&self) -> usize {
        let count = if self.seed.is_some() { windows_at_any_offset } else { windows_from_start };
        count(self.part.len(), self.text.context())
    }

    /// `[context]`
    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn offset(&self, epoch: u64) -> usize {
        let context = u32::try_from(self.text.context()).unwrap_or(u32::MAX);
        let random = |seed| RandomStream::new(seed, Domain::TextOffset, epoch, 0).below(context);
        self.seed.map_or(0, |seed| random(seed) as usize)
    }

    /// Appends the windows `numbers` to the batch, as they lie in this epoch. If the batch has room
    /// for them, nothing is allocated.
    pub(crate) fn gather(&self, numbers: impl Iterator<Item = u32>, epoch: u64, batch: &mut Batch) {
        let (inputs, targets) = tokens_of(batch);
        let (context, start) = (self.text.context(), self.part.start + self.offset(epoch));
        for number in numbers {
            let first = start + number as usize * context;
            self.text.ids().for_each(first..first + context, |id| inputs.push(self.ids[id as usize]));
            self.text
                .ids()
                .for_each(first + 1..first + context + 1, |id| targets.push(self.ids[id as usize]));
        }
    }
}

/// The tokens of a batch, for writing. What was made for another task is replaced; only then is
/// memory allocated.
fn tokens_of(batch: &mut Batch) -> (&mut Vec<u32>, &mut Vec<u32>) {
    if let Inputs::Numbers(_) = batch.inputs {
        batch.inputs = Inputs::Tokens(Vec::new());
    }
    if let Targets::Classes(_) | Targets::Values(_) = batch.targets {
        batch.targets = Targets::Tokens(Vec::new());
    }
    match (&mut batch.inputs, &mut batch.targets) {
        (Inputs::Tokens(inputs), Targets::Tokens(targets)) => (inputs, targets),
        _ => unreachable!("others were replaced above"),
    }
}
