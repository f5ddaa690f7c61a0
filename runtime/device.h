// A GPU as runs use it. A program that was compiled for one brings the class that does
// the work (runtime/device), so that libattune.a needs neither OpenCL nor CUDA.
#ifndef ATTUNE_RUNTIME_DEVICE_H
#define ATTUNE_RUNTIME_DEVICE_H

#include "error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace attune::runtime {

/// Memory of a device. Tensors lie in it at offsets; what stands for one of them, its
/// handle, is what kernels get as `device` of a halide_buffer_t.
class DeviceMemory {
public:
  virtual ~DeviceMemory() = default;
  /// `offset` is a multiple of the device's alignment. Handles hold as long as the memory.
  virtual Error place(uint64_t offset, uint64_t bytes, void *&handle) = 0;
};

/// Does what it is asked for in order, and later: `finish` waits for it. Errors that only
/// show then are given there. Virtual, so that a model in a shared library can be run by
/// another copy of this runtime; changing it changes ATTN_PROGRAM_ABI.
class Device {
public:
  virtual ~Device() = default;

  /// What it is called, and by which driver.
  virtual std::string name() const = 0;
  /// Of the offsets of tensors in memory, in bytes; a power of two.
  virtual uint64_t alignment() const = 0;
  /// `purpose` completes "cannot allocate 3 GB for ...".
  virtual Error allocate(uint64_t bytes, const char *purpose,
                         std::unique_ptr<DeviceMemory> &memory) = 0;

  /// Host memory must hold until `finish`.
  virtual Error upload(void *tensor, const void *data, uint64_t bytes) = 0;
  virtual Error download(const void *tensor, void *data, uint64_t bytes) = 0;
  virtual Error copy(void *to, const void *from, uint64_t bytes) = 0;
  virtual Error finish() = 0;

  /// What it means that a kernel failed with this message of Halide's runtime; empty where
  /// the message says all there is.
  virtual std::string meaningOf(std::string_view failure) const = 0;

  /// Notes the time at which all that was asked for before is done. Marks count from 0
  /// since the last `forgetMarks`.
  virtual Error mark() = 0;
  /// Nanoseconds between marks, by their numbers; after `finish`.
  virtual Error between(size_t first, size_t second, double &nanoseconds) = 0;
  virtual void forgetMarks() = 0;
};

} // namespace attune::runtime

#endif
