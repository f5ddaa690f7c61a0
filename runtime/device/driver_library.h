// A driver's shared library, opened while the program runs, so that programs start where
// there is none.
#ifndef ATTUNE_RUNTIME_DEVICE_DRIVER_LIBRARY_H
#define ATTUNE_RUNTIME_DEVICE_DRIVER_LIBRARY_H

#include "../error.h"

#include <dlfcn.h>

namespace attune::runtime {

class DriverLibrary {
public:
  /// `advice` says where to get it. The library stays open: drivers do not like to leave.
  static Error open(const char *file, const char *advice, DriverLibrary &library) {
    library.file = file;
    library.handle = dlopen(file, RTLD_LAZY | RTLD_GLOBAL);
    if (library.handle)
      return Error();
    return failure(ATTN_ERROR_DEVICE, "cannot open ", file, " (", dlerror(), "): ", advice);
  }

  template <typename Function> Error find(const char *name, Function *&function) const {
    function = reinterpret_cast<Function *>(dlsym(handle, name));
    if (function)
      return Error();
    return failure(ATTN_ERROR_DEVICE, file, " is too old: it has no ", name);
  }

private:
  const char *file = "";
  void *handle = nullptr;
};

} // namespace attune::runtime

#endif
