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
    /// The same, and an instruction that rounds to bf16; rounded numbers are multiplied in single
    /// precision.
    Avx512Bf16,
    /// The same, and bf16 numbers are multiplied by an instruction for two products at a time.
    Avx512Bf16Pairs,
}

impl Isa {
    /// The fastest instruction set of this processor.
    ///
    /// Two products of bf16 numbers by one instruction take half of the time of two in single precision
    /// on AMD's processors, and twice that time on Intel's, which have other units for bf16 (measured
    /// on an Emerald Rapids). So on the latter, rounded numbers are multiplied in single precision.
    pub fn detect() -> Self {
        match Self::widest() {
            Self::Avx512Bf16Pairs if !multiplies_pairs_fast() => Self::Avx512Bf16,
            widest => widest,
        }
    }

    fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            // A hypervisor may hide AVX2 and show AVX-512.
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                let wide = is_x86_feature_detected!("avx512f");
                let halves = is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512bw");
                return match (wide, halves) {
                    (true, true) => Self::Avx512Bf16Pairs,
                    (true, false) => Self::Avx512,
                    _ => Self::Avx2,
                };
            }
        }
        Self::Portable
    }

    /// Whether this processor can run it.
    pub(super) fn is_available(self) -> bool {
        self <= Self::widest()
    }

    /// It, or the fastest of this processor if it lacks it.
    pub(super) fn or_fastest(self) -> Self {
        if self.is_available() { self } else { Self::detect() }
    }

    /// Whether products of bf16 numbers are faster than those in single precision. On the others,
    /// numbers are rounded and multiplied in single precision, which is slower than not to round.
    pub fn has_fast_bf16(self) -> bool {
        self == Self::Avx512Bf16Pairs
    }

    /// All instruction sets that this processor can run, narrowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Portable, Self::Avx2, Self::Avx512, Self::Avx512Bf16, Self::Avx512Bf16Pairs]
            .into_iter()
            .filter(|isa| isa.is_available())
    }

    /// Runs `body`, compiled for this instruction set as far as it is inlined. The compiler does
    /// not fuse or reorder floating-point operations, so the result is the same for each
    /// instruction set.
    ///
    /// `self` comes from [`Compute`](crate::compute::Compute), which allows only what the processor
    /// has.
    pub(super) fn run(self, body: impl FnOnce()) {
        match self.or_fastest() {
            Self::Portable => body(),
            // SAFETY: clamped to what the processor has.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { with_avx2(body) },
            // SAFETY: clamped to what the processor has.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 | Self::Avx512Bf16 | Self::Avx512Bf16Pairs => unsafe { with_avx512(body) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => body(),
        }
    }
}

/// Whether the processor is one on which products of pairs were found to be fast.
fn multiplies_pairs_fast() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        use std::sync::LazyLock;
        // The question is answered once: a virtual machine's host is asked for the answer.
        static IS_AMD: LazyLock<bool> = LazyLock::new(|| {
            let name = __cpuid(0);
            [name.ebx, name.edx, name.ecx].map(u32::to_le_bytes).as_flattened() == b"AuthenticAMD"
        });
        *IS_AMD
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
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
