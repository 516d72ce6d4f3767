//! What exactly is wrong with data, and what to do, as values; their display is English.

/// Why no images can have these dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DimensionProblem {
    /// The number of images is 0.
    #[error("so there is no image")]
    NoImage,
    /// Width or height is 0.
    #[error("so an image has no pixel")]
    NoPixel,
    /// The product exceeds 64 bits.
    #[error("more than any memory holds")]
    TooLarge,
}

/// What to do about a column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnRemedy {
    /// Leave the column out.
    #[error("leave it out with --ignore-columns {column}")]
    LeaveOut {
        /// The column.
        column: String,
    },
    /// Correct the value, leave it empty, or leave the column out.
    #[error("correct it or leave it empty; --ignore-columns {column} trains without the column")]
    CorrectOrLeaveOut {
        /// The column.
        column: String,
    },
    /// Correct the label, or predict classes.
    #[error("correct it or remove the row, or predict classes with --task classify")]
    CorrectOrClassify,
    /// Predict a number, or something else.
    #[error("predict it as a number with --task regress, or choose another --label")]
    RegressOrOtherLabel,
}

/// Why a setting does not fit the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingProblem {
    /// It is about tables.
    #[error("is for tables; these are images with classes")]
    ForTables,
    /// It is about files of images.
    #[error("is for folders of PNG or JPEG files")]
    ForImageFiles,
    /// It is about images.
    #[error("is for images; these data are none")]
    ForImages,
    /// It moves images by their whole side or more.
    #[error("moves an image out of sight: its shorter side has no more pixels than that")]
    OutOfSight,
    /// It is no share.
    #[error("must lie in 0 to 1")]
    NotAShare,
    /// It is about classes.
    #[error("replaces classes, but a number is predicted here")]
    ForClasses,
    /// It is about tables or images.
    #[error("is not for texts")]
    NotForText,
    /// It is about texts.
    #[error("is for texts (.txt); these are images or a table")]
    ForText,
    /// It is 0.
    #[error("must be at least 1")]
    Zero,
}
