/* A stand-in for NVIDIA's driver with one device, whose memory is the host's and whose kernels
 * do nothing: what a run says of calls that fail can be tested without a card. FAILING_CALL is
 * the name of the call that is to fail, FAILING_CODE what it gives. NO_DEVICE is what it says. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
typedef uint64_t Pointer;

static int state; /* contexts, streams and the like are its address */

static Result outcome(const char *call) {
  const char *failing = getenv("FAILING_CALL");
  return failing && strcmp(failing, call) == 0 ? atoi(getenv("FAILING_CODE")) : 0;
}

static Result give(const char *call, void **handle) {
  *handle = &state;
  return outcome(call);
}

static Result copy(const char *call, void *to, const void *from, size_t bytes) {
  Result code = outcome(call);
  if (code == 0)
    memcpy(to, from, bytes);
  return code;
}

static void *at(Pointer place) { return (void *)(uintptr_t)place; }

#define NOTHING(NAME, PARAMETERS) Result NAME PARAMETERS { return outcome(#NAME); }

NOTHING(cuInit, (unsigned flags))
NOTHING(cuCtxDestroy_v2, (void *context))
NOTHING(cuCtxSynchronize, (void))
NOTHING(cuCtxPushCurrent_v2, (void *context))
NOTHING(cuDevicePrimaryCtxRelease_v2, (int device))
NOTHING(cuProfilerStop, (void))
NOTHING(cuModuleUnload, (void *module))
NOTHING(cuStreamDestroy_v2, (void *stream))
NOTHING(cuStreamSynchronize, (void *stream))
NOTHING(cuEventDestroy_v2, (void *event))
NOTHING(cuEventRecord, (void *event, void *stream))
NOTHING(cuMemcpy3D_v2, (const void *how))

/* What no card has (CUDA C++ Programming Guide, compute capabilities) is an invalid value. */
Result cuLaunchKernel(void *kernel, unsigned x, unsigned y, unsigned z, unsigned tx, unsigned ty, unsigned tz, unsigned shared,
                      void *stream, void **parameters, void **extra) {
  int isGrid = x && y && z && x < 1u << 31 && y < 1u << 16 && z < 1u << 16;
  int isBlock = tx && ty && tz && tz <= 64 && (uint64_t)tx * ty * tz <= 1024 && shared <= 48u << 10;
  return isGrid && isBlock ? outcome("cuLaunchKernel") : 1;
}

Result cuDeviceGetCount(int *count) {
  *count = !getenv("NO_DEVICE");
  return outcome("cuDeviceGetCount");
}
Result cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return outcome("cuDeviceGet");
}
Result cuDeviceGetName(char *name, int length, int device) {
  snprintf(name, (size_t)length, "Stand-in");
  return outcome("cuDeviceGetName");
}
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = 8;
  return outcome("cuDeviceGetAttribute");
}
Result cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = (size_t)1 << 30;
  return outcome("cuDeviceTotalMem");
}
Result cuDevicePrimaryCtxRetain(void **context, int device) { return give("cuDevicePrimaryCtxRetain", context); }
Result cuCtxCreate_v2(void **context, unsigned flags, int device) { return give("cuCtxCreate", context); }
Result cuCtxPopCurrent_v2(void **context) { return give("cuCtxPopCurrent", context); }
Result cuCtxGetDevice(int *device) {
  *device = 0;
  return outcome("cuCtxGetDevice");
}
Result cuCtxGetApiVersion(void *context, unsigned *version) {
  *version = 3020;
  return outcome("cuCtxGetApiVersion");
}
Result cuModuleLoadData(void **module, const void *image) { return give("cuModuleLoadData", module); }
Result cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options, void **values) {
  return give("cuModuleLoadData", module);
}
Result cuModuleGetFunction(void **kernel, void *module, const char *name) { return give("cuModuleGetFunction", kernel); }
Result cuStreamCreate(void **stream, unsigned flags) { return give("cuStreamCreate", stream); }
Result cuEventCreate(void **event, unsigned flags) { return give("cuEventCreate", event); }
Result cuEventElapsedTime(float *milliseconds, void *first, void *second) {
  *milliseconds = 1;
  return outcome("cuEventElapsedTime");
}
Result cuMemAlloc_v2(Pointer *start, size_t bytes) {
  Result code = outcome("cuMemAlloc");
  if (code == 0)
    *start = (Pointer)(uintptr_t)calloc(1, bytes);
  return code;
}
Result cuMemFree_v2(Pointer start) {
  free(at(start));
  return outcome("cuMemFree");
}
Result cuPointerGetAttribute(void *value, int attribute, Pointer place) {
  *(void **)value = &state;
  return outcome("cuPointerGetAttribute");
}
Result cuMemcpyHtoD_v2(Pointer to, const void *from, size_t bytes) { return copy("cuMemcpyHtoD", at(to), from, bytes); }
Result cuMemcpyDtoH_v2(void *to, Pointer from, size_t bytes) { return copy("cuMemcpyDtoH", to, at(from), bytes); }
Result cuMemcpyDtoD_v2(Pointer to, Pointer from, size_t bytes) { return copy("cuMemcpyDtoD", at(to), at(from), bytes); }
Result cuMemcpyHtoDAsync_v2(Pointer to, const void *from, size_t bytes, void *stream) {
  return copy("cuMemcpyHtoDAsync", at(to), from, bytes);
}
Result cuMemcpyDtoHAsync_v2(void *to, Pointer from, size_t bytes, void *stream) {
  return copy("cuMemcpyDtoHAsync", to, at(from), bytes);
}
Result cuMemcpyDtoDAsync_v2(Pointer to, Pointer from, size_t bytes, void *stream) {
  return copy("cuMemcpyDtoDAsync", at(to), at(from), bytes);
}
Result cuGetErrorString(Result code, const char **text) {
  static char known[64];
  snprintf(known, sizeof known, "error %d of the stand-in", code);
  *text = known;
  return 0;
}
