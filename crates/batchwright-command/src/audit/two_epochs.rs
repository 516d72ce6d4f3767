//! The runs over two epochs from which the steps of an epoch are counted.
//!
//! Left out: what the numbers of steps mean (`epochs`, `equality`).

use crate::audit::audited::AuditNeed;
use crate::audit::inquiry::Inquiry;
use crate::audit::setting::AuditSetting;

/// The two runs over two epochs, in whole batches and in micro-batches.
pub(crate) struct Epoch {
    pub(crate) samples: u64,
    /// Samples of its whole steps.
    pub(crate) whole_steps: u64,
    pub(crate) whole: AuditSetting,
    pub(crate) divided: AuditSetting,
}

impl Epoch {
    pub(crate) fn of(inquiry: &Inquiry) -> Result<Self, AuditNeed> {
        let design = inquiry.design;
        let (whole, samples) = design.long().zip(design.samples).ok_or(AuditNeed::Samples)?;
        design.rest().ok_or(AuditNeed::BatchSize { range: design.sizes })?;
        let divided = whole.divided(design.accumulation);
        Ok(Self { samples, whole_steps: design.whole_steps(), whole, divided })
    }

    /// Steps of an epoch, as a run shows them.
    pub(crate) fn steps(&self, inquiry: &mut Inquiry, setting: &AuditSetting) -> Result<f64, AuditNeed> {
        let run = inquiry.run(setting)?;
        let whole_epochs = setting.until_end.then_some(setting.max_samples / self.samples);
        run.steps_of_epoch(setting.batch_size, self.samples, whole_epochs).ok_or(AuditNeed::StepsInRows)
    }
}
