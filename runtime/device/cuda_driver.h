// What this runtime takes of NVIDIA's driver interface (CUDA Driver API reference,
// docs.nvidia.com/cuda/cuda-driver-api): libcuda.so.1 comes with the driver, its header
// with a toolkit that programs do not need.
#ifndef ATTUNE_RUNTIME_DEVICE_CUDA_DRIVER_H
#define ATTUNE_RUNTIME_DEVICE_CUDA_DRIVER_H

#include <cstddef>
#include <cstdint>

using CudaResult = int; // 0 is success
using CudaDevice = int;
using CudaPointer = uint64_t;
struct CudaContextState;
struct CudaStreamState;
struct CudaEventState;
using CudaContext = CudaContextState *;
using CudaStream = CudaStreamState *;
using CudaEvent = CudaEventState *;

constexpr CudaResult cudaSuccess = 0, cudaOutOfMemory = 2, cudaNoDevice = 100,
                     cudaUnknownPtx = 222; // of a version that the driver does not know

// The functions, by the names of their current versions.
#define ATTUNE_CUDA_FUNCTIONS(X)                                                       \
  X(cuInit, (unsigned))                                                                \
  X(cuDeviceGetCount, (int *))                                                         \
  X(cuDeviceGet, (CudaDevice *, int))                                                  \
  X(cuDeviceGetName, (char *, int, CudaDevice))                                        \
  X(cuDevicePrimaryCtxRetain, (CudaContext *, CudaDevice))                             \
  X(cuDevicePrimaryCtxRelease_v2, (CudaDevice))                                        \
  X(cuCtxPushCurrent_v2, (CudaContext))                                                \
  X(cuCtxPopCurrent_v2, (CudaContext *))                                               \
  X(cuStreamCreate, (CudaStream *, unsigned))                                          \
  X(cuStreamDestroy_v2, (CudaStream))                                                  \
  X(cuStreamSynchronize, (CudaStream))                                                 \
  X(cuMemAlloc_v2, (CudaPointer *, size_t))                                            \
  X(cuMemFree_v2, (CudaPointer))                                                       \
  X(cuMemcpyHtoDAsync_v2, (CudaPointer, const void *, size_t, CudaStream))             \
  X(cuMemcpyDtoHAsync_v2, (void *, CudaPointer, size_t, CudaStream))                   \
  X(cuMemcpyDtoDAsync_v2, (CudaPointer, CudaPointer, size_t, CudaStream))              \
  X(cuEventCreate, (CudaEvent *, unsigned))                                            \
  X(cuEventDestroy_v2, (CudaEvent))                                                    \
  X(cuEventRecord, (CudaEvent, CudaStream))                                            \
  X(cuEventElapsedTime, (float *, CudaEvent, CudaEvent))                               \
  X(cuGetErrorString, (CudaResult, const char **))

#endif
