// CUDA devices. Halide's runtime loads and starts the kernels; context, stream and memory
// are of this class.
#include "../device.h"
#include "../memory.h"
#include "../message.h"
#include "../program.h"
#include "../run.h"
#include "choice.h"
#include "cuda_driver.h"
#include "driver_library.h"

#include <HalideRuntimeCuda.h>

#include <utility>
#include <vector>

namespace attune::runtime {

namespace {

struct Driver {
#define ATTUNE_DECLARE(name, arguments) CudaResult(*name) arguments;
  ATTUNE_CUDA_FUNCTIONS(ATTUNE_DECLARE)
#undef ATTUNE_DECLARE

  Error load() {
    DriverLibrary library;
    if (Error error = DriverLibrary::open(
            "libcuda.so.1",
            "this program runs on NVIDIA cards, and needs their driver; compile the model "
            "for the processor (--target=host) or for OpenCL (--target=opencl) to run it "
            "without one",
            library))
      return error;
#define ATTUNE_FIND(name, arguments)                                                   \
  if (Error error = library.find(#name, name))                                         \
    return error;
    ATTUNE_CUDA_FUNCTIONS(ATTUNE_FIND)
#undef ATTUNE_FIND
    return Error();
  }

  std::string meaning(CudaResult code) const {
    const char *text = nullptr;
    cuGetErrorString(code, &text);
    return text ? text : "unknown error";
  }
};

constexpr const char *isLost = "the card is lost to this process: start the program again";
constexpr const char *isOld = "the card or its driver is too old for this program: update the "
                              "driver, or compile the model with --target=cuda-sm_75";

/// Codes that have a meaning, and what Halide's runtime calls them.
struct Explained {
  CudaResult code;
  const char *name;
  const char *meaning;
};
constexpr Explained explained[] = {
    {cudaOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "the card is out of memory"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", isLost},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", isLost},
    {719, "CUDA_ERROR_LAUNCH_FAILED", isLost},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", isLost},
    {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", isLost},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "a block of the kernel asks for more registers or shared memory than the card has: a "
     "schedule file with smaller tiles asks for less"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", isOld},
    {218, "CUDA_ERROR_INVALID_PTX", isOld},
    // Newer than Halide's names.
    {cudaUnknownPtx, "cuModuleLoadData failed: <Unknown error>", isOld}};

/// Makes a context the thread's own for a while.
class Current {
public:
  Current(const Driver &cuda, CudaContext context) : cuda(cuda) {
    cuda.cuCtxPushCurrent_v2(context);
  }
  ~Current() {
    CudaContext context;
    cuda.cuCtxPopCurrent_v2(&context);
  }

private:
  const Driver &cuda;
};

class CudaGpu;

class CudaMemory final : public DeviceMemory {
public:
  CudaMemory(const CudaGpu &device, CudaPointer start) : device(device), start(start) {}
  ~CudaMemory() override;
  Error place(uint64_t offset, uint64_t, void *&handle) override {
    handle = reinterpret_cast<void *>(start + offset);
    return Error();
  }

private:
  const CudaGpu &device;
  CudaPointer start;
};

class CudaGpu final : public Device {
public:
  CudaGpu(const Driver &cuda, CudaDevice device, CudaContext context, CudaStream stream,
          std::string title)
      : cuda(cuda), context(context), stream(stream), device(device),
        title(std::move(title)) {}

  ~CudaGpu() override;

  std::string name() const override { return title; }
  /// What cuMemAlloc aligns to: kernels load 16 bytes at a time, cards 128.
  uint64_t alignment() const override { return 256; }

  Error allocate(uint64_t bytes, const char *purpose,
                 std::unique_ptr<DeviceMemory> &memory) override {
    Current here(cuda, context);
    CudaPointer start = 0;
    CudaResult code = cuda.cuMemAlloc_v2(&start, static_cast<size_t>(bytes));
    if (code != cudaSuccess)
      return failure(ATTN_ERROR_MEMORY, title, ": cannot allocate ", exactBytesText(bytes),
                     " for ", purpose, ": ", cuda.meaning(code));
    memory = std::make_unique<CudaMemory>(*this, start);
    return Error();
  }

  std::string meaningOf(std::string_view failure) const override {
    for (const Explained &one : explained)
      if (failure.find(one.name) != failure.npos)
        return title + ": " + one.meaning;
    return "";
  }

  Error upload(void *tensor, const void *data, uint64_t bytes) override {
    Current here(cuda, context);
    return check("cuMemcpyHtoDAsync",
                 cuda.cuMemcpyHtoDAsync_v2(pointer(tensor), data, static_cast<size_t>(bytes),
                                           stream));
  }
  Error download(const void *tensor, void *data, uint64_t bytes) override {
    Current here(cuda, context);
    return check("cuMemcpyDtoHAsync",
                 cuda.cuMemcpyDtoHAsync_v2(data, pointer(tensor), static_cast<size_t>(bytes),
                                           stream));
  }
  Error copy(void *to, const void *from, uint64_t bytes) override {
    Current here(cuda, context);
    return check("cuMemcpyDtoDAsync",
                 cuda.cuMemcpyDtoDAsync_v2(pointer(to), pointer(from),
                                           static_cast<size_t>(bytes), stream));
  }
  Error finish() override {
    Current here(cuda, context);
    return check("cuStreamSynchronize", cuda.cuStreamSynchronize(stream));
  }

  Error mark() override {
    Current here(cuda, context);
    CudaEvent event;
    if (Error error = check("cuEventCreate", cuda.cuEventCreate(&event, 0)))
      return error;
    marks.push_back(event);
    return check("cuEventRecord", cuda.cuEventRecord(event, stream));
  }
  Error between(size_t first, size_t second, double &nanoseconds) override {
    Current here(cuda, context);
    float milliseconds = 0;
    Error error = check("cuEventElapsedTime",
                        cuda.cuEventElapsedTime(&milliseconds, marks[first], marks[second]));
    nanoseconds = double(milliseconds) * 1e6;
    return error;
  }
  void forgetMarks() override {
    Current here(cuda, context);
    for (CudaEvent event : marks)
      cuda.cuEventDestroy_v2(event);
    marks.clear();
  }

  Error check(const char *call, CudaResult code) const {
    if (code == cudaSuccess)
      return Error();
    std::string consequence;
    for (const Explained &one : explained)
      if (one.code == code)
        consequence = std::string("; ") + one.meaning;
    return failure(ATTN_ERROR_DEVICE, title, ": ", cuda.meaning(code), " (", call,
                   " gives CUDA error ", code, ")", consequence);
  }

  const Driver cuda;
  const CudaContext context;
  const CudaStream stream;

private:
  static CudaPointer pointer(const void *handle) {
    return reinterpret_cast<uintptr_t>(handle);
  }

  const CudaDevice device;
  const std::string title;
  std::vector<CudaEvent> marks;
};

/// The device that Halide's runtime is asked to leave.
thread_local CudaGpu *closing = nullptr;

CudaGpu::~CudaGpu() {
  forgetMarks();
  closing = this;
  halide_device_release(nullptr, halide_cuda_device_interface());
  closing = nullptr;
  {
    Current here(cuda, context);
    cuda.cuStreamDestroy_v2(stream);
  }
  cuda.cuDevicePrimaryCtxRelease_v2(device);
}

CudaMemory::~CudaMemory() {
  Current here(device.cuda, device.context);
  device.cuda.cuMemFree_v2(start);
}

Error open(const std::string &choice, std::unique_ptr<CudaGpu> &opened) {
  Driver cuda;
  if (Error error = cuda.load())
    return error;
  CudaResult code = cuda.cuInit(0);
  int count = 0;
  if (code == cudaSuccess)
    code = cuda.cuDeviceGetCount(&count);
  if (code != cudaSuccess || count == 0)
    return failure(ATTN_ERROR_DEVICE, "there is no CUDA device (",
                   cuda.meaning(code == cudaSuccess ? cudaNoDevice : code),
                   "): compile the model for the processor (--target=host) or for OpenCL "
                   "(--target=opencl)");
  std::vector<std::string> names;
  std::vector<CudaDevice> devices;
  for (int i = 0; i < count; ++i) {
    CudaDevice device = 0;
    char name[256] = "?";
    cuda.cuDeviceGet(&device, i);
    cuda.cuDeviceGetName(name, sizeof name, device);
    devices.push_back(device);
    names.push_back(std::string(name) + " (CUDA)");
  }
  size_t index;
  if (Error error = chooseFrom(names, choice, index))
    return error;
  auto failed = [&](const char *call) {
    return failure(ATTN_ERROR_DEVICE, names[index], ": ", cuda.meaning(code), " (", call,
                   " gives CUDA error ", code, ")");
  };
  CudaContext context = nullptr;
  if ((code = cuda.cuDevicePrimaryCtxRetain(&context, devices[index])) != cudaSuccess)
    return failed("cuDevicePrimaryCtxRetain");
  CudaStream stream = nullptr;
  {
    Current here(cuda, context);
    constexpr unsigned nonBlocking = 1; // apart from the stream that all share
    code = cuda.cuStreamCreate(&stream, nonBlocking);
  }
  if (code != cudaSuccess) {
    cuda.cuDevicePrimaryCtxRelease_v2(devices[index]);
    return failed("cuStreamCreate");
  }
  opened = std::make_unique<CudaGpu>(cuda, devices[index], context, stream, names[index]);
  return Error();
}

CudaGpu *deviceOf(void *run) {
  return run ? static_cast<CudaGpu *>(static_cast<RunInterface *>(run)->device()) : closing;
}

} // namespace

} // namespace attune::runtime

using namespace attune::runtime;

attn_error *attn_open_cuda(const char *choice, void **device) {
  return guarded([&] {
    std::unique_ptr<CudaGpu> opened;
    if (Error error = open(choice, opened))
      return error;
    // Scratch memory of kernels is kept for the next run: to free it would wait for the
    // device.
    halide_reuse_device_allocations(nullptr, true);
    *device = static_cast<Device *>(opened.release());
    return Error();
  });
}

// Halide's runtime asks here, not for a context and stream of its own.

extern "C" int halide_cuda_acquire_context(void *run, CudaContext *context, bool) {
  CudaGpu *device = deviceOf(run);
  *context = device ? device->context : nullptr;
  return 0;
}

extern "C" int halide_cuda_release_context(void *) { return 0; }

extern "C" int halide_cuda_get_stream(void *run, CudaContext, CudaStream *stream) {
  CudaGpu *device = deviceOf(run);
  *stream = device ? device->stream : nullptr;
  return 0;
}
