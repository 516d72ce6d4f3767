//! Which vector instructions this processor has, found at run time.

/// An instruction set that loops and the matrix product are compiled for, narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every processor of the target has. Multiplication and addition are rounded separately.
    Portable,
    /// 8 lanes with fused multiply-add.
    Avx2,
    /// 16 lanes with fused multiply-add; bit-equal to [`Isa::Avx2`].
    Avx512,
}

impl Isa {
    /// The widest instruction set of this processor.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            // A hypervisor may hide AVX2 and show AVX-512.
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return if is_x86_feature_detected!("avx512f") { Self::Avx512 } else { Self::Avx2 };
            }
        }
        Self::Portable
    }

    /// All instruction sets that this processor can run, narrowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Portable, Self::Avx2, Self::Avx512].into_iter().filter(|&isa| isa <= Self::detect())
    }

    /// Runs `body`, compiled for this instruction set as far as it is inlined. The compiler does
    /// not fuse or reorder floating-point operations, so the result is the same for each
    /// instruction set.
    ///
    /// `self` comes from [`Compute`](crate::compute::Compute), which allows only what the processor
    /// has.
    pub(super) fn run(self, body: impl FnOnce()) {
        match self.min(Self::detect()) {
            Self::Portable => body(),
            // SAFETY: clamped to what the processor has.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { with_avx2(body) },
            // SAFETY: clamped to what the processor has.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { with_avx512(body) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => body(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(body: impl FnOnce()) {
    body();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn with_avx512(body: impl FnOnce()) {
    body();
}
