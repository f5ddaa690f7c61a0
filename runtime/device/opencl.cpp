// OpenCL devices. Halide's runtime compiles and starts the kernels; context, queue and
// memory are of this class.
#define CL_TARGET_OPENCL_VERSION 120
#include "../device.h"
#include "../memory.h"
#include "../message.h"
#include "../program.h"
#include "../run.h"
#include "choice.h"
#include "driver_library.h"

#include <CL/cl.h>
#include <HalideRuntimeOpenCL.h>

#include <atomic>
#include <utility>
#include <vector>

namespace attune::runtime {

namespace {

#define ATTUNE_CL_FUNCTIONS(X)                                                         \
  X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo)        \
  X(clCreateContext) X(clReleaseContext) X(clCreateCommandQueue)                       \
  X(clReleaseCommandQueue) X(clCreateBuffer) X(clCreateSubBuffer)                      \
  X(clReleaseMemObject) X(clEnqueueWriteBuffer) X(clEnqueueReadBuffer)                 \
  X(clEnqueueCopyBuffer) X(clEnqueueMarkerWithWaitList) X(clReleaseEvent)              \
  X(clGetEventProfilingInfo) X(clFlush) X(clFinish)

/// The driver's functions, by their names.
struct Driver {
#define ATTUNE_DECLARE(name) decltype(::name) *name;
  ATTUNE_CL_FUNCTIONS(ATTUNE_DECLARE)
#undef ATTUNE_DECLARE

  Error load() {
    DriverLibrary library;
    if (Error error = DriverLibrary::open(
            "libOpenCL.so.1",
            "this program runs on OpenCL devices, and needs a loader of OpenCL drivers "
            "(Debian: ocl-icd-libopencl1) and a driver (for processors: pocl-opencl-icd)",
            library))
      return error;
#define ATTUNE_FIND(name)                                                              \
  if (Error error = library.find(#name, name))                                         \
    return error;
    ATTUNE_CL_FUNCTIONS(ATTUNE_FIND)
#undef ATTUNE_FIND
    return Error();
  }
};

const char *meaning(cl_int code) {
  switch (code) {
  case CL_DEVICE_NOT_AVAILABLE: return "the device is not available";
  case CL_MEM_OBJECT_ALLOCATION_FAILURE:
  case CL_OUT_OF_RESOURCES: return "the device is out of memory or other resources";
  case CL_OUT_OF_HOST_MEMORY: return "there is no memory left";
  case CL_INVALID_BUFFER_SIZE: return "the device takes no buffers of that size";
  case CL_PROFILING_INFO_NOT_AVAILABLE: return "the device measures no times";
  case CL_INVALID_COMMAND_QUEUE:
  case CL_INVALID_CONTEXT: return "the device was lost";
  default: return "the driver refused";
  }
}

/// As Halide's runtime names codes that have a meaning.
constexpr std::pair<const char *, cl_int> explained[] = {
    {"CL_DEVICE_NOT_AVAILABLE", CL_DEVICE_NOT_AVAILABLE},
    {"CL_MEM_OBJECT_ALLOCATION_FAILURE", CL_MEM_OBJECT_ALLOCATION_FAILURE},
    {"CL_OUT_OF_RESOURCES", CL_OUT_OF_RESOURCES},
    {"CL_OUT_OF_HOST_MEMORY", CL_OUT_OF_HOST_MEMORY},
    {"CL_INVALID_COMMAND_QUEUE", CL_INVALID_COMMAND_QUEUE},
    {"CL_INVALID_CONTEXT", CL_INVALID_CONTEXT}};

Error problem(const std::string &device, const char *call, cl_int code) {
  return failure(ATTN_ERROR_DEVICE, device, ": ", meaning(code), " (", call,
                 " gives OpenCL error ", code, ")");
}

class OpenCLDevice;

class OpenCLMemory final : public DeviceMemory {
public:
  OpenCLMemory(const OpenCLDevice &device, cl_mem whole) : device(device), whole(whole) {}
  ~OpenCLMemory() override;
  Error place(uint64_t offset, uint64_t bytes, void *&handle) override;

private:
  const OpenCLDevice &device;
  cl_mem whole;
  std::vector<halide_buffer_t> parts;
};

class OpenCLDevice final : public Device {
public:
  OpenCLDevice(const Driver &cl, cl_context context, cl_command_queue queue,
               std::string title, bool hasDoubles, uint64_t alignment, uint64_t largest)
      : cl(cl), context(context), queue(queue), hasDoubles(hasDoubles),
        title(std::move(title)), alignmentBytes(alignment), largestBuffer(largest) {}

  ~OpenCLDevice() override;

  std::string name() const override { return title; }
  uint64_t alignment() const override { return alignmentBytes; }

  Error allocate(uint64_t bytes, const char *purpose,
                 std::unique_ptr<DeviceMemory> &memory) override {
    cl_int code = CL_INVALID_BUFFER_SIZE;
    cl_mem whole = bytes > largestBuffer
                       ? nullptr
                       : cl.clCreateBuffer(context, CL_MEM_READ_WRITE,
                                           static_cast<size_t>(bytes), nullptr, &code);
    if (!whole)
      return failure(ATTN_ERROR_MEMORY, title, ": cannot allocate ", exactBytesText(bytes),
                     " for ", purpose, ": ", meaning(code), "; one allocation may have ", bytesText(largestBuffer));
    memory = std::make_unique<OpenCLMemory>(*this, whole);
    return Error();
  }

  Error upload(void *tensor, const void *data, uint64_t bytes) override {
    return check("clEnqueueWriteBuffer",
                 cl.clEnqueueWriteBuffer(queue, memoryOf(tensor), CL_FALSE, 0,
                                         static_cast<size_t>(bytes), data, 0, nullptr,
                                         nullptr));
  }
  Error download(const void *tensor, void *data, uint64_t bytes) override {
    return check("clEnqueueReadBuffer",
                 cl.clEnqueueReadBuffer(queue, memoryOf(tensor), CL_FALSE, 0,
                                        static_cast<size_t>(bytes), data, 0, nullptr,
                                        nullptr));
  }
  Error copy(void *to, const void *from, uint64_t bytes) override {
    return check("clEnqueueCopyBuffer",
                 cl.clEnqueueCopyBuffer(queue, memoryOf(from), memoryOf(to), 0, 0,
                                        static_cast<size_t>(bytes), 0, nullptr, nullptr));
  }
  Error finish() override { return check("clFinish", cl.clFinish(queue)); }

  std::string meaningOf(std::string_view failure) const override {
    if (!hasDoubles && failure.find("clBuildProgram") != failure.npos)
      return title + " has no f64, in which its kernel computes";
    for (auto [name, code] : explained)
      if (failure.find(name) != failure.npos)
        return title + ": " + meaning(code);
    return "";
  }

  Error mark() override {
    cl_event event;
    if (Error error = check("clEnqueueMarkerWithWaitList",
                            cl.clEnqueueMarkerWithWaitList(queue, 0, nullptr, &event)))
      return error;
    marks.push_back(event);
    return Error();
  }
  Error between(size_t first, size_t second, double &nanoseconds) override {
    cl_ulong from, to;
    if (Error error = timeOf(first, from))
      return error;
    if (Error error = timeOf(second, to))
      return error;
    nanoseconds = static_cast<double>(to) - static_cast<double>(from);
    return Error();
  }
  void forgetMarks() override {
    for (cl_event event : marks)
      cl.clReleaseEvent(event);
    marks.clear();
  }

  Error check(const char *call, cl_int code) const {
    return code == CL_SUCCESS ? Error() : problem(title, call, code);
  }

  const Driver cl;
  const cl_context context;
  const cl_command_queue queue;
  const bool hasDoubles;
  /// Halide's runtime has opened the driver: it has no functions before.
  std::atomic<bool> isHalides{false};

private:
  static cl_mem memoryOf(const void *handle) {
    halide_buffer_t buffer{};
    buffer.device = reinterpret_cast<uintptr_t>(handle);
    buffer.device_interface = halide_opencl_device_interface();
    return reinterpret_cast<cl_mem>(halide_opencl_get_cl_mem(nullptr, &buffer));
  }
  Error timeOf(size_t mark, cl_ulong &time) {
    return check("clGetEventProfilingInfo",
                 cl.clGetEventProfilingInfo(marks[mark], CL_PROFILING_COMMAND_END, sizeof time,
                                            &time, nullptr));
  }

  const std::string title;
  const uint64_t alignmentBytes, largestBuffer;
  std::vector<cl_event> marks;
};

/// The device that Halide's runtime is asked to leave.
thread_local OpenCLDevice *closing = nullptr;

OpenCLDevice::~OpenCLDevice() {
  forgetMarks();
  if (isHalides) {
    closing = this;
    halide_device_release(nullptr, halide_opencl_device_interface());
    closing = nullptr;
  }
  cl.clReleaseCommandQueue(queue);
  cl.clReleaseContext(context);
}

OpenCLMemory::~OpenCLMemory() {
  for (halide_buffer_t &part : parts) {
    cl_mem memory = reinterpret_cast<cl_mem>(halide_opencl_get_cl_mem(nullptr, &part));
    halide_opencl_detach_cl_mem(nullptr, &part);
    device.cl.clReleaseMemObject(memory);
  }
  device.cl.clReleaseMemObject(whole);
}

Error OpenCLMemory::place(uint64_t offset, uint64_t bytes, void *&handle) {
  cl_buffer_region region{static_cast<size_t>(offset), static_cast<size_t>(bytes)};
  cl_int code;
  cl_mem memory = device.cl.clCreateSubBuffer(whole, CL_MEM_READ_WRITE,
                                              CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  if (!memory)
    return device.check("clCreateSubBuffer", code);
  halide_buffer_t part{};
  if (halide_opencl_wrap_cl_mem(nullptr, &part, reinterpret_cast<uintptr_t>(memory)) != 0) {
    device.cl.clReleaseMemObject(memory);
    return Error(outOfMemory());
  }
  parts.push_back(part);
  handle = reinterpret_cast<void *>(part.device);
  return Error();
}

struct Candidate {
  cl_platform_id platform;
  cl_device_id device;
};

template <typename Get> std::string textOf(Get &&get) {
  size_t size = 0;
  if (get(size_t(0), nullptr, &size) != CL_SUCCESS || size == 0)
    return "?";
  std::string text(size, '\0');
  if (get(size, text.data(), nullptr) != CL_SUCCESS)
    return "?";
  return text.c_str();
}

/// GPUs before other devices, each in the order of the drivers.
Error findDevices(const Driver &cl, std::vector<Candidate> &found,
                  std::vector<std::string> &names) {
  cl_uint platformCount = 0;
  cl.clGetPlatformIDs(0, nullptr, &platformCount);
  std::vector<cl_platform_id> platforms(platformCount);
  if (platformCount)
    cl.clGetPlatformIDs(platformCount, platforms.data(), nullptr);
  for (cl_device_type type : {cl_device_type(CL_DEVICE_TYPE_GPU),
                              CL_DEVICE_TYPE_ALL & ~cl_device_type(CL_DEVICE_TYPE_GPU)})
    for (cl_platform_id platform : platforms) {
      cl_uint count = 0;
      if (cl.clGetDeviceIDs(platform, type, 0, nullptr, &count) != CL_SUCCESS || !count)
        continue;
      std::vector<cl_device_id> devices(count);
      cl.clGetDeviceIDs(platform, type, count, devices.data(), nullptr);
      for (cl_device_id device : devices) {
        found.push_back({platform, device});
        names.push_back(textOf([&](size_t size, void *to, size_t *needed) {
                          return cl.clGetDeviceInfo(device, CL_DEVICE_NAME, size, to, needed);
                        }) +
                        " (" + textOf([&](size_t size, void *to, size_t *needed) {
                          return cl.clGetPlatformInfo(platform, CL_PLATFORM_NAME, size, to, needed);
                        }) +
                        ")");
      }
    }
  if (found.empty())
    return failure(ATTN_ERROR_DEVICE,
                   "there is no OpenCL device: install a driver for one (for this "
                   "processor, Debian's pocl-opencl-icd), or compile the model for the "
                   "processor (--target=host)");
  return Error();
}

Error open(const std::string &choice, std::unique_ptr<OpenCLDevice> &device) {
  Driver cl;
  if (Error error = cl.load())
    return error;
  std::vector<Candidate> found;
  std::vector<std::string> names;
  if (Error error = findDevices(cl, found, names))
    return error;
  size_t index;
  if (Error error = chooseFrom(names, choice, index))
    return error;
  cl_device_id id = found[index].device;
  cl_uint alignmentBits = 0;
  cl_ulong largest = 0;
  cl_device_fp_config doubles = 0;
  cl.clGetDeviceInfo(id, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof alignmentBits, &alignmentBits,
                     nullptr);
  cl.clGetDeviceInfo(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, nullptr);
  cl.clGetDeviceInfo(id, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof doubles, &doubles, nullptr);
  uint64_t alignment = memoryAlignment;
  while (alignment < alignmentBits / 8)
    alignment *= 2;
  cl_context_properties properties[] = {
      CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(found[index].platform), 0};
  cl_int code;
  cl_context context = cl.clCreateContext(properties, 1, &id, nullptr, nullptr, &code);
  if (!context)
    return problem(names[index], "clCreateContext", code);
  cl_command_queue queue =
      cl.clCreateCommandQueue(context, id, CL_QUEUE_PROFILING_ENABLE, &code);
  if (!queue) {
    cl.clReleaseContext(context);
    return problem(names[index], "clCreateCommandQueue", code);
  }
  device = std::make_unique<OpenCLDevice>(cl, context, queue, names[index], doubles != 0,
                                          alignment, largest);
  return Error();
}

OpenCLDevice *deviceOf(void *run) {
  return run ? static_cast<OpenCLDevice *>(static_cast<RunInterface *>(run)->device())
             : closing;
}

} // namespace

} // namespace attune::runtime

using namespace attune::runtime;

attn_error *attn_open_opencl(const char *choice, void **device) {
  return guarded([&] {
    std::unique_ptr<OpenCLDevice> opened;
    if (Error error = open(choice, opened))
      return error;
    *device = static_cast<Device *>(opened.release());
    return Error();
  });
}

// Halide's runtime asks here, not for a context of its own. Queues take commands from any
// thread, so nothing is locked.

extern "C" int halide_acquire_cl_context(void *run, cl_context *context,
                                         cl_command_queue *queue, bool) {
  OpenCLDevice *device = deviceOf(run);
  if (device)
    device->isHalides = true;
  *context = device ? device->context : nullptr;
  *queue = device ? device->queue : nullptr;
  return 0;
}

extern "C" int halide_release_cl_context(void *) { return 0; }

extern "C" const char *halide_opencl_get_build_options(void *) {
  return "-w"; // generated code has what compilers warn of
}
