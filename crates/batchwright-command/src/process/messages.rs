//! The messages of well-known programs for "out of memory", "unknown flag" and "killed". Collected
//! from their sources and from reports of users.
//!
//! A pattern may match anywhere in a line; `*` stands for any text, `#` for a digit. Patterns
//! follow the form in which an error is *thrown*, with its type or its number of bytes: a line that
//! only mentions "CUDA out of memory" is no evidence.

use crate::process::end::MemoryPlace;
use crate::process::end::MemoryPlace::{Gpu, Host};
use crate::process::line::Tail;

const OUT_OF_MEMORY: &[(MemoryPlace, &str)] = &[
    // PyTorch. Version 2 has an error type for it, older versions and other devices do not.
    (Gpu, "torch.OutOfMemoryError: "),
    (Gpu, "torch.cuda.OutOfMemoryError: "),
    (Gpu, "RuntimeError: CUDA out of memory"),
    (Gpu, "out of memory. Tried to allocate #"),
    (Gpu, "Error: CUDA error: out of memory"),
    (Gpu, "Error: HIP error: out of memory"),
    (Gpu, "CUBLAS_STATUS_ALLOC_FAILED"),
    (Gpu, "HIPBLAS_STATUS_ALLOC_FAILED"),
    (Gpu, "CUDNN_STATUS_ALLOC_FAILED"),
    (Gpu, "MPS backend out of memory (MPS allocated: #"),
    (Gpu, "RuntimeError: Invalid buffer size: #"),
    (Gpu, "Error: XPU error: out of memory"),
    (Gpu, "hipErrorOutOfMemory: out of memory"),
    // PyTorch and ONNX Runtime on DirectML; ONNX Runtime elsewhere.
    (Gpu, "Could not allocate tensor with #* bytes. There is not enough GPU video memory available"),
    (Gpu, "8007000E Not enough memory resources are available to complete this operation"),
    (Gpu, "CUDA failure 2: out of memory"),
    (Host, "Failed to allocate memory for requested buffer of size #"),
    (Host, "is smaller than requested bytes of #"),
    (Host, "DefaultCPUAllocator: can't allocate memory: you tried to allocate #"),
    (Host, "DefaultCPUAllocator: not enough memory: you tried to allocate #"),
    // Shared memory, which also grows with the batch.
    (Host, "DataLoader worker (pid*is killed by signal: Bus error"),
    // JAX, which prints the same on a CPU.
    (Gpu, "RESOURCE_EXHAUSTED: Out of memory"),
    (Gpu, "Resource exhausted: Out of memory"),
    (Gpu, "RESOURCE_EXHAUSTED: Failed to allocate request for #"),
    (Gpu, "Resource exhausted: Failed to allocate request for #"),
    (Gpu, "RESOURCE_EXHAUSTED: Error allocating device buffer: Attempting to allocate #"),
    (Gpu, "RESOURCE_EXHAUSTED: Attempting to reserve #"),
    (Gpu, "RESOURCE_EXHAUSTED: XLA:TPU compile permanent error. Ran out of memory"),
    (Gpu, "RESOURCE_EXHAUSTED: Ran out of memory"),
    (Gpu, "RESOURCE_EXHAUSTED: CUDA_ERROR_OUT_OF_MEMORY"),
    (Gpu, "RESOURCE_EXHAUSTED: Failed to allocate #* bytes"),
    // TensorFlow, Keras.
    (Host, "OOM when allocating tensor with shape[*device:CPU:#"),
    (Gpu, "OOM when allocating tensor with shape["),
    (Gpu, "ResourceExhaustedError: *failed to allocate memory"),
    // MLX and other programs on Metal.
    (Gpu, "kIOGPUCommandBufferCallbackErrorOutOfMemory"),
    (Gpu, "[metal::malloc] Attempting to allocate #*greater than the maximum allowed buffer size"),
    // Burn, CubeCL, wgpu, candle.
    (Gpu, "can't allocate buffer of size: #"),
    (Gpu, "No memory pool big enough to reserve #"),
    (Gpu, "No pool handles allocation of size #"),
    (Gpu, "    Not enough memory left"),
    (Gpu, "    not enough memory left"),
    (Gpu, "wgpu error: Out of Memory"),
    (Gpu, "DriverError(CUDA_ERROR_OUT_OF_MEMORY"),
    // oneDNN, oneAPI, SYCL.
    (Host, "dnnl_out_of_memory"),
    (Gpu, "UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY"),
    (Gpu, "UR_RESULT_ERROR_OUT_OF_RESOURCES"),
    (Gpu, "PI_ERROR_OUT_OF_RESOURCES"),
    (Gpu, "ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY"),
    // OpenCL, Vulkan.
    (Gpu, "CL_MEM_OBJECT_ALLOCATION_FAILURE"),
    (Gpu, "MEM_OBJECT_ALLOCATION_FAILURE"),
    (Gpu, "CL_OUT_OF_RESOURCES"),
    (Gpu, "failed: OUT_OF_RESOURCES"),
    (Host, "CL_OUT_OF_HOST_MEMORY"),
    (Gpu, "VK_ERROR_OUT_OF_DEVICE_MEMORY"),
    (Gpu, "vk::OutOfDeviceMemoryError"),
    (Gpu, "ErrorOutOfDeviceMemory"),
    (Host, "VK_ERROR_OUT_OF_HOST_MEMORY"),
    // CUDA by hand, CuPy, Numba, tinygrad, RAPIDS, MXNet, NCCL, Paddle, Julia.
    (Gpu, "CUDA Error: out of memory"),
    (Gpu, "CUDA Error 2, out of memory"),
    (Gpu, "cuda runtime error (2) : out of memory"),
    (Gpu, "cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY"),
    (Gpu, "cuMemAlloc failed: out of memory"),
    (Gpu, "std::bad_alloc: out_of_memory: CUDA error"),
    (Gpu, "cudaMalloc retry failed: out of memory"),
    (Gpu, "hipMalloc failed: out of memory"),
    (Gpu, "Cuda failure 'out of memory'"),
    (Gpu, "Cuda failure 2 'out of memory'"),
    (Gpu, "HIPError(hipErrorOutOfMemory"),
    (Gpu, "[CUDA ERROR] at file *out of memory"),
    (Gpu, "cudaErrorMemoryAllocation: out of memory"),
    (Gpu, "cudaMalloc failed: out of memory"),
    (Gpu, "cupy.cuda.memory.OutOfMemoryError: "),
    (Gpu, "Out of memory error on GPU #"),
    (Host, "ResourceExhaustedError: Fail to alloc memory of #* size"),
    (Gpu, "ERROR: Out of GPU memory"),
    (Gpu, "ERROR: LoadError: Out of GPU memory"),
    (Host, "ERROR: OutOfMemoryError()"),
    (Host, "ERROR: LoadError: OutOfMemoryError()"),
    // Python, NumPy.
    (Host, "MemoryError: Unable to allocate #"),
    (Host, "MemoryError: std::bad_alloc"),
    (Host, "[Errno 12] Cannot allocate memory"),
    // C++, Fortran.
    (Host, "terminate called after throwing an instance of 'std::bad_alloc'"),
    (Host, "what():  std::bad_alloc"),
    (Host, "exception of type std::bad_alloc"),
    (Host, "RuntimeError: std::bad_alloc"),
    (Host, "Error allocating #* bytes"),
    // Java, .NET, R, MATLAB, Octave, JavaScript, Go.
    (Host, "java.lang.OutOfMemoryError: "),
    (Host, "There is insufficient memory for the Java Runtime Environment to continue"),
    (Host, "System.OutOfMemoryException: "),
    (Host, "cannot allocate vector of size #"),
    (Host, "Error: vector memory exhausted (limit reached?)"),
    (Host, "Error: vector memory limit of #* Gb reached"),
    (Gpu, "Out of memory on device. To view more detail about available memory"),
    (Host, "error: out of memory or dimension too large for Octave's index type"),
    (Host, "JavaScript heap out of memory"),
    (Host, "fatal error: runtime: out of memory"),
    (Host, "lua: not enough memory"),
    (Gpu, "TT_FATAL*Out of Memory: Not enough space to allocate"),
    (Host, "メモリが不足しています"),
    (Host, "fatal error: runtime: cannot allocate memory"),
    // Cluster managers.
    (Host, "Detected #* oom_kill event"),
    (Host, "Detected #* oom-kill event"),
    (Host, "Some of your processes may have been killed by the cgroup out-of-memory handler"),
    (Host, "srun: error: *: Out Of Memory"),
    // GNU dd, whose message ends with the size.
    (Host, ": memory exhausted by input buffer of size #"),
    // A shell that cannot start a program.
    (Host, "fork: Cannot allocate memory"),
    (Host, "fork: retry: Cannot allocate memory"),
];

/// Messages of a process that ends because of a failed allocation. They count only in its last
/// lines, and only at the end of a line.
const FATAL_ENDINGS: [&str; 3] = ["Cannot allocate memory", ": memory exhausted", ": out of memory"];
/// How many of the last lines of a stream that are.
const FATAL_LINES: usize = 3;

/// Messages that a program prints only if it was given a flag or a value that it does not accept.
const BAD_FLAG: &[&str] = &[
    // argparse, jsonargparse.
    "error: unrecognized arguments: ",
    "error: Unrecognized arguments: ",
    "error: the following arguments are required: ",
    "error: argument -*: ",
    "error: ambiguous option: ",
    // clap.
    "error: unexpected argument '",
    "error: invalid value '*' for '",
    "error: the following required arguments were not provided",
    // click, typer.
    "No such option: -",
    "Error: Invalid value for ",
    "Error: Missing option ",
    "Error: Missing argument ",
    "Error: Got unexpected extra argument",
    // getopt, Go, absl.
    ": unrecognized option '",
    ": unrecognized option `",
    ": invalid option -- ",
    ": option requires an argument -- ",
    "flag provided but not defined: -",
    "Unknown command line flag '",
    // Hugging Face, Fire, Hydra.
    "arguments are not used by the HfArgumentParser",
    "Could not consume arg: ",
    "Could not override '",
];

/// How a usage line starts.
const USAGE: [&str; 3] = ["usage:", "Usage:", "USAGE:"];
/// How many of the last lines may hold a message about flags: a usage text may be long.
const FLAG_LINES: usize = 100;

/// The newest line that shows a lack of memory, and whose memory. `aborted`: the process ended
/// itself by SIGABRT.
pub(crate) fn out_of_memory(tail: &Tail, aborted: bool) -> Option<(MemoryPlace, &str)> {
    tail.newest().enumerate().find_map(|(age, line)| {
        let place =
            OUT_OF_MEMORY.iter().find(|(_, pattern)| contains(line, pattern)).map(|(place, _)| *place);
        let host = is_memory_error(line)
            || aborted && contains(line, "memory allocation of #*bytes failed")
            || age < FATAL_LINES && FATAL_ENDINGS.iter().any(|words| line.ends_with(words));
        Some((place.or(host.then_some(Host))?, line))
    })
}

/// Whether a line is such an error of memory, as it is thrown.
pub(crate) fn shows_out_of_memory(line: &str) -> bool {
    OUT_OF_MEMORY.iter().any(|(_, pattern)| contains(line, pattern))
}

/// Python's error, which mostly stands alone on its line. Launchers put the rank before it:
/// `[rank0]: MemoryError`.
fn is_memory_error(line: &str) -> bool {
    let message = match line.strip_prefix("[rank").and_then(|line| line.split_once("]: ")) {
        Some((_, message)) => message,
        None => line,
    };
    message.strip_prefix("MemoryError").is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// The line with which a program refused its flags. A usage line alone counts if the exit code (2)
/// means the same.
pub(crate) fn bad_flag(tail: &Tail, code: i32) -> Option<&str> {
    let mut last = tail.newest().take(FLAG_LINES);
    let complaint = last.find(|line| BAD_FLAG.iter().any(|pattern| contains(line, pattern)));
    let begins = |line: &&str| USAGE.iter().any(|usage| line.trim_start().starts_with(usage));
    complaint.or_else(|| tail.newest().take(FLAG_LINES).find(begins).filter(|_| code == 2))
}

/// Messages of launchers, data loaders and shells about another process that was killed.
const KILLED: [&str; 4] = ["SIGKILL", "exitcode*: -9", "by signal: Killed", "signal: 9"];

/// Whether a process of the child reports that another one was killed.
pub(crate) fn reports_kill(tail: &Tail) -> bool {
    tail.newest().any(|line| line.trim() == "Killed" || KILLED.iter().any(|pattern| contains(line, pattern)))
}

/// Whether a line contains a pattern.
fn contains(line: &str, pattern: &str) -> bool {
    pattern.split('*').try_fold(line, after).is_some()
}

/// The rest of the line after a part of a pattern.
fn after<'a>(line: &'a str, part: &str) -> Option<&'a str> {
    let Some(text) = part.strip_suffix('#') else {
        return line.split_once(part).map(|(_, rest)| rest);
    };
    let mut rests = line.match_indices(text).map(|(at, _)| &line[at + text.len()..]);
    rests.find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(lines: &str) -> Tail {
        let mut tail = Tail::default();
        lines.lines().for_each(|line| tail.push(line));
        tail
    }

    /// A size that does not fit would count as a crash, and the search would end instead of going
    /// lower.
    #[test]
    fn what_well_known_programs_say_when_memory_runs_out() {
        for (place, line) in [
            (
                Gpu,
                "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 23.65 GiB of which 11.06 MiB is free.",
            ),
            (
                Gpu,
                "[rank1]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 79.15 GiB",
            ),
            (
                Gpu,
                "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.70 GiB. GPU 0 has a total capacty of 6.00 GiB of which 0 bytes is free.",
            ),
            (
                Gpu,
                "torch.cuda.OutOfMemoryError: Allocation on device 0 would exceed allowed memory. (out of memory)",
            ),
            (
                Gpu,
                "torch.OutOfMemoryError: HIP out of memory. Tried to allocate 978.00 MiB. GPU 0 has a total capacity of 15.98 GiB",
            ),
            (
                Gpu,
                "RuntimeError: CUDA out of memory. Tried to allocate 12.50 MiB (GPU 0; 10.92 GiB total capacity; 8.57 MiB already allocated)",
            ),
            (Gpu, "RuntimeError: CUDA error: out of memory"),
            (Gpu, "torch.AcceleratorError: CUDA error: out of memory"),
            (Gpu, "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
            (Gpu, "RuntimeError: cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
            (
                Gpu,
                "RuntimeError: MPS backend out of memory (MPS allocated: 9.57 GiB, other allocations: 17.35 GiB, max allowed: 27.20 GiB). Tried to allocate 292.50 MiB on private pool.",
            ),
            (
                Gpu,
                "RuntimeError: MPS backend out of memory (MPS allocated: 16.00 GB, other allocations: 3.31 GB, max allowed: 18.13 GB). Tried to allocate 256 bytes on shared pool.",
            ),
            (
                Host,
                "RuntimeError: [enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 132426121216 bytes. Error code 12 (Cannot allocate memory)",
            ),
            (
                Host,
                "RuntimeError: [enforce fail at alloc_cpu.cpp:117] data. DefaultCPUAllocator: not enough memory: you tried to allocate 31850496000 bytes.",
            ),
            (
                Host,
                "RuntimeError: DataLoader worker (pid 1234) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory.",
            ),
            (
                Gpu,
                "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 7406166528 bytes.",
            ),
            (
                Gpu,
                "jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 20029400304 bytes.",
            ),
            (Gpu, "RuntimeError: Resource exhausted: Out of memory while trying to allocate 24 bytes."),
            (
                Gpu,
                "RuntimeError: Resource exhausted: Failed to allocate request for 32.00MiB (33554432B) on device ordinal 0",
            ),
            (
                Gpu,
                "tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating tensor with shape[128,768] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc [Op:StridedSliceGrad]",
            ),
            (
                Host,
                "  (0) Resource exhausted: OOM when allocating tensor with shape[16,112] and type float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu",
            ),
            (
                Gpu,
                "ResourceExhaustedError (see above for traceback): OOM when allocating tensor with shape[100,4096,32]",
            ),
            (
                Gpu,
                "tensorflow.python.framework.errors_impl.ResourceExhaustedError: {{function_node __wrapped__Mul}} failed to allocate memory [Op:Mul]",
            ),
            (
                Gpu,
                "libc++abi: terminating due to uncaught exception of type std::runtime_error: [METAL] Command buffer execution failed: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
            ),
            (
                Gpu,
                "RuntimeError: [metal::malloc] Attempting to allocate 48736917632 bytes which is greater than the maximum allowed buffer size of 30150672384 bytes.",
            ),
            (Gpu, "can't allocate buffer of size: 4395368448"),
            (Gpu, "No memory pool big enough to reserve 262144000 bytes."),
            (Gpu, "No pool handles allocation of size 411041792"),
            (Gpu, "    Not enough memory left."),
            (Gpu, "    not enough memory left"),
            (Gpu, "Error: DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")"),
            (Gpu, "[CUDA ERROR] at file train_gpt2.cu:1059: out of memory"),
            (
                Gpu,
                "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 8,000,000,000 bytes (allocated so far: 0 bytes).",
            ),
            (Gpu, "ERROR: Out of GPU memory trying to allocate 1.000 GiB"),
            (Host, "ERROR: LoadError: OutOfMemoryError()"),
            (Host, "MemoryError"),
            (Host, "[rank0]: MemoryError"),
            (Host, "MemoryError: cannot allocate the batch"),
            (
                Host,
                "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.28 TiB for an array with shape (1000000, 1000000) and data type float64",
            ),
            (Host, "numpy.core._exceptions.MemoryError: Unable to allocate 3.00 GiB for an array"),
            (Host, "OSError: [Errno 12] Cannot allocate memory"),
            (Host, "terminate called after throwing an instance of 'std::bad_alloc'"),
            (Host, "  what():  std::bad_alloc"),
            (Host, "libc++abi: terminating due to uncaught exception of type std::bad_alloc: std::bad_alloc"),
            (Host, "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space"),
            (Host, "Error: cannot allocate vector of size 7.5 Gb"),
            (Host, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
            (Host, "fatal error: runtime: out of memory"),
            (
                Host,
                "slurmstepd: error: Detected 1 oom_kill event in StepId=647226.7. Some of the step tasks have been OOM Killed.",
            ),
            (Host, "srun: error: nid002680: task 0: Out Of Memory"),
            (Host, "sh: 1: fork: Cannot allocate memory"),
            (Host, "tail: memory exhausted"),
            (Host, "train: cannot map weights: Cannot allocate memory"),
        ] {
            let text = format!("step 1 loss 2.3\n{line}\nsome more");
            assert_eq!(out_of_memory(&tail(&text), false), Some((place, line)));
        }
        for (place, line) in LATER {
            assert_eq!(out_of_memory(&tail(line), false), Some((*place, *line)));
        }
        let line = "memory allocation of 4096 bytes failed";
        assert_eq!(out_of_memory(&tail(line), true), Some((Host, line)));
        assert_eq!(
            out_of_memory(&tail(line), false),
            None,
            "Rust aborts there: a process that goes on did not end because of it"
        );
    }

    /// The same of programs that train less often.
    const LATER: &[(MemoryPlace, &str)] = &[
        (Gpu, "RuntimeError: Invalid buffer size: 58.07 GiB"),
        (
            Gpu,
            "RuntimeError: Could not allocate tensor with 4194304 bytes. There is not enough GPU video memory available!",
        ),
        (
            Gpu,
            "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : DmlCommittedResourceAllocator.cpp(22): Exception(1) 8007000E Not enough memory resources are available to complete this operation.",
        ),
        (
            Gpu,
            "torch.OutOfMemoryError: XPU out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 15.59 GiB",
        ),
        (Gpu, "hipErrorOutOfMemory: out of memory"),
        (Gpu, "RuntimeError: HIP error: out of memory"),
        (
            Host,
            "[E:onnxruntime:, sequential_executor.cc:516] Non-zero status code: Failed to allocate memory for requested buffer of size 536870912",
        ),
        (
            Gpu,
            "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Error allocating device buffer: Attempting to allocate 1.50G. That was not possible. There are 1.10G free.",
        ),
        (
            Gpu,
            "jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: XLA:TPU compile permanent error. Ran out of memory in memory space hbm. Used 20.51G of 15.48G hbm.",
        ),
        (Gpu, "XlaRuntimeError: RESOURCE_EXHAUSTED: Ran out of memory in memory space vmem"),
        (Host, "dnnl::error: could not create a memory object: dnnl_out_of_memory"),
        (
            Gpu,
            "RuntimeError: level_zero backend failed with error: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)",
        ),
        (Gpu, "pyopencl._cl.MemoryError: create_buffer failed: MEM_OBJECT_ALLOCATION_FAILURE"),
        (Gpu, "OpenCL error: clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES (-5)"),
        (Host, "clCreateBuffer: CL_OUT_OF_HOST_MEMORY (-6)"),
        (Gpu, "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory"),
        (Gpu, "vkAllocateMemory failed: VK_ERROR_OUT_OF_DEVICE_MEMORY"),
        (Gpu, "CUDA Error: out of memory: File exists"),
        (Gpu, "RuntimeError: CUDA Error 2, out of memory"),
        (Gpu, "RuntimeError: cuda runtime error (2) : out of memory at THCStorage.cu:58"),
        (
            Gpu,
            "numba.cuda.cudadrv.driver.CudaAPIError: [2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY",
        ),
        (
            Gpu,
            "MemoryError: std::bad_alloc: out_of_memory: CUDA error at: rmm/mr/device/cuda_memory_resource.hpp",
        ),
        (Gpu, "mxnet.base.MXNetError: pooled_storage_manager.h:161: cudaMalloc retry failed: out of memory"),
        (Gpu, "ncclUnhandledCudaError: Cuda failure 2 'out of memory'"),
        (
            Gpu,
            "Out of memory error on GPU 0. Cannot allocate 2.000000GB memory on GPU 0, 15.7GB memory has been allocated",
        ),
        (Host, "ResourceExhaustedError: Fail to alloc memory of 34359738368 size."),
        (Host, "Error allocating 8589934592 bytes"),
        (
            Host,
            "Unhandled exception. System.OutOfMemoryException: Array dimensions exceeded supported range.",
        ),
        (Host, "Error: vector memory limit of 16.0 Gb reached, see mem.maxVSize()"),
        (Host, "# There is insufficient memory for the Java Runtime Environment to continue."),
        (Host, "error: out of memory or dimension too large for Octave's index type"),
    ];

    /// A bug that is taken for a lack of memory would make the answer too small, and nobody would
    /// notice.
    #[test]
    fn lines_that_only_speak_of_memory_are_no_sign() {
        for line in [
            "hint: if you see CUDA out of memory, lower --batch-size",
            "CUDA out of memory. Tried to allocate more? Use PYTORCH_CUDA_ALLOC_CONF",
            "    except torch.cuda.OutOfMemoryError:",
            "    raise MemoryError(\"no\")",
            "class MyMemoryError: x",
            "memory: 123 MiB, peak memory: 456 MiB",
            "pin_memory=True, memory_format=torch.channels_last",
            "grpc RESOURCE_EXHAUSTED: Received message larger than max (5000000 vs. 4194304)",
            "W external/local_xla/xla/tsl/framework/cpu_allocator_impl.cc:83] Allocation of 411041792 exceeds 10% of free system memory.",
            "Hint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to RunOptions",
            "failed to allocate 17.79G (19104890880 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory, retrying",
            "ImportError: libgomp.so.1: cannot allocate memory in static TLS block",
            "RuntimeError: CUDA error: an illegal memory access was encountered",
            "RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
            "Segmentation fault (core dumped)",
            "IndexError: list index out of range",
            "the train set is not enough; memory left",
        ] {
            assert_eq!(out_of_memory(&tail(line), true), None, "{line}");
        }
        let early = format!("x: Cannot allocate memory\n{}", "step\n".repeat(FATAL_LINES));
        assert_eq!(out_of_memory(&tail(&early), false), None, "it went on after that");
    }

    /// Every trial would fail in the same way, although one sentence could tell how to correct the
    /// command.
    #[test]
    fn what_programs_say_of_flags_that_they_do_not_take() {
        for (code, lines, evidence) in [
            (
                2,
                "usage: train.py [-h] [--lr LR]\ntrain.py: error: unrecognized arguments: --batch_size 8",
                "unrecognized",
            ),
            (
                2,
                "usage: train.py [-h]\ntrain.py: error: argument --lr: invalid float value: 'x'",
                "invalid float",
            ),
            (
                2,
                "usage: t.py [-h] --data DATA\nt.py: error: the following arguments are required: --data",
                "required",
            ),
            (
                2,
                "error: unexpected argument '--lr' found\n\nUsage: train [OPTIONS]\n\nFor more information, try '--help'.",
                "unexpected",
            ),
            (2, "error: invalid value 'x' for '--lr <LR>': invalid float literal", "invalid value"),
            (
                2,
                "Usage: train.py [OPTIONS]\nTry 'train.py --help' for help.\n\nError: No such option: --lr",
                "No such option",
            ),
            (2, "flag provided but not defined: -lr\nUsage of train:\n  -rate float", "not defined"),
            (1, "train: unrecognized option '--lr'\nTry 'train --help'", "unrecognized option"),
            (
                1,
                "FATAL Flags parsing error: Unknown command line flag 'lr'. Did you mean: l ?\nPass --helpshort",
                "Unknown command line",
            ),
            (
                1,
                "ValueError: Some specified arguments are not used by the HfArgumentParser: ['--lr', '0.1']",
                "HfArgumentParser",
            ),
            (2, "ERROR: Could not consume arg: --lr\nUsage: train.py <flags>", "Could not consume"),
            (2, "Usage: train BATCH RATE", "Usage: train BATCH"),
        ] {
            let tail = tail(lines);
            assert!(bad_flag(&tail, code).unwrap_or_default().contains(evidence), "{lines}");
        }
        for (code, lines) in [
            (2, "python3: can't open file '/a/train.py': [Errno 2] No such file or directory"),
            (1, "Usage: 3 of 4 GPUs"),
            (1, "ValueError: unrecognized optimizer option"),
        ] {
            assert_eq!(bad_flag(&tail(lines), code), None, "{lines}");
        }
    }

    #[test]
    fn who_reports_kill() {
        for line in [
            "  traceback : Signal 9 (SIGKILL) received by PID 14750",
            "  exitcode  : -9 (pid: 14750)",
            "E0325 api.py:869] failed (exitcode: -9) local_rank: 5 (pid: 2630) of binary: python",
            "RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed.",
            "Killed",
        ] {
            assert!(reports_kill(&tail(line)), "{line}");
        }
        assert!(!reports_kill(&tail("Killed 3 of 4 bugs\nexitcode: -11")));
    }
}
