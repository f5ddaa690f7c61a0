// Compiles a kernel with attn-kernelc, links it with Halide's runtime and loads it.
#pragma once

#include "HalideRuntime.h"
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace kernel_test {

/// Which end of an array touches a page without access.
enum class Side { End, Start };

/// Elements that end (or start) at a page that cannot be read or written.
template <typename T> class GuardedArray {
public:
  GuardedArray(size_t count, Side side) : count(count) {
    size_t page = sysconf(_SC_PAGESIZE), bytes = (count * sizeof(T) + page - 1) / page * page;
    length = bytes + 2 * page;
    base = static_cast<char *>(mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base == MAP_FAILED || mprotect(base + page, bytes, PROT_READ | PROT_WRITE))
      throw std::runtime_error("no memory for a test");
    data = reinterpret_cast<T *>(side == Side::Start ? base + page : base + page + bytes - count * sizeof(T));
  }
  GuardedArray(const GuardedArray &) = delete;
  GuardedArray &operator=(const GuardedArray &) = delete;
  ~GuardedArray() { munmap(base, length); }
  T &operator[](size_t i) { return data[i]; }
  const T &operator[](size_t i) const { return data[i]; }
  size_t size() const { return count; }
  T *get() { return data; }

private:
  char *base;
  size_t length, count;
  T *data;
};

/// A contiguous buffer for a kernel; sizes outermost first.
struct Buffer {
  halide_buffer_t raw = {};
  std::vector<halide_dimension_t> dimensions;

  template <typename T> Buffer(T *data, std::vector<int> sizes) {
    int stride = 1;
    for (size_t i = sizes.size(); i-- > 0;) {
      dimensions.emplace_back(0, sizes[i], stride);
      stride *= sizes[i];
    }
    raw.host = reinterpret_cast<uint8_t *>(data);
    raw.type = halide_type_of<T>();
    raw.dimensions = static_cast<int>(sizes.size());
    raw.dim = dimensions.data();
  }
  Buffer(const Buffer &) = delete;
  operator halide_buffer_t *() { return &raw; }
};

class KernelLibrary {
public:
  /// `compiler`: the path of attn-kernelc; `folder`: where files may be written.
  KernelLibrary(const std::string &compiler, const std::string &folder, const std::string &source,
                const std::string &kernel, const std::string &target) {
    std::string stem = folder + "/" + kernel + "-" + target, runtime = folder + "/runtime.o";
    if (access(runtime.c_str(), R_OK))
      run(compiler + " --runtime --target=x86-64-v3 -o " + runtime);
    run(compiler + " " + source + " --kernel=" + kernel + " --target=" + target + " -o " + stem + ".o");
    run(KERNEL_LINKER " -shared -Wl,-Bsymbolic -o " + stem + ".so " + stem + ".o " + runtime + " -ldl -lm -lpthread");
    handle = dlopen((stem + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
      throw std::runtime_error(dlerror());
    entry = dlsym(handle, kernel.c_str());
    auto setHandler = reinterpret_cast<void *(*)(void (*)(void *, const char *))>(symbol("halide_set_error_handler"));
    setHandler(&recordError);
  }
  KernelLibrary(const KernelLibrary &) = delete;
  ~KernelLibrary() {
    // The pool's threads must be gone before their code is.
    reinterpret_cast<void (*)()>(symbol("halide_shutdown_thread_pool"))();
    dlclose(handle);
  }

  /// Calls the kernel; the last error's text goes into `*user_context`.
  template <typename... Arguments> std::string call(Arguments... arguments) {
    std::string error;
    auto function = reinterpret_cast<int (*)(void *, Arguments...)>(entry);
    int code = function(&error, arguments...);
    return code && error.empty() ? "status " + std::to_string(code) : error;
  }

private:
  static void recordError(void *context, const char *text) { *static_cast<std::string *>(context) = text; }
  static void run(const std::string &command) {
    if (std::system(command.c_str()))
      throw std::runtime_error("failed: " + command);
  }
  void *symbol(const char *name) {
    void *address = dlsym(handle, name);
    if (!address)
      throw std::runtime_error(std::string("no ") + name);
    return address;
  }
  void *handle, *entry;
};

} // namespace kernel_test
