//! Arithmetic on the CPU: a team of threads, the matrix product, and row-wise loops compiled for
//! the processor in use.
//!
//! This is the only module of the crate with unsafe code. Its interface is safe: every function
//! checks the lengths of its slices. It knows nothing of layers. Results do not depend on the
//! number of threads: work is split by output element, and every element is summed in one fixed
//! order.

#![allow(unsafe_code)]

pub(crate) mod bf16;
pub(crate) mod block;
pub(crate) mod context;
pub(crate) mod gemm;
pub(crate) mod isa;
pub(crate) mod matrix;
pub(crate) mod micro;
pub(crate) mod numbers;
pub(crate) mod owners;
pub(crate) mod pack;
#[cfg(target_arch = "x86_64")]
pub(crate) mod pairs;
pub(crate) mod precision;
pub(crate) mod rounded;
pub(crate) mod team;
pub(crate) mod vector;

pub use crate::compute::context::Compute;
pub use crate::compute::gemm::{gemm, gemm_alone, gemm_scratch};
pub use crate::compute::isa::Isa;
pub use crate::compute::matrix::{Matrix, MatrixMut};
pub use crate::compute::precision::{Arithmetic, Precision, UnknownPrecision};
