// Memory on a device for what kernels keep between their own launches.
#include <HalideRuntime.h>

/// Halide's own function, which its build here names so.
extern "C" int halide_plain_device_malloc(void *run, halide_buffer_t *buffer,
                                          const halide_device_interface_t *interface);

/// Where a buffer has no elements Halide's function ends the process: it gets one.
extern "C" int halide_device_malloc(void *run, halide_buffer_t *buffer,
                                    const halide_device_interface_t *interface) {
  halide_buffer_t wanted = *buffer;
  halide_dimension_t one(0, 1, 1);
  if (buffer->size_in_bytes() == 0) {
    wanted.dimensions = 1;
    wanted.dim = &one;
  }
  int code = halide_plain_device_malloc(run, &wanted, interface);
  buffer->device = wanted.device;
  buffer->device_interface = wanted.device_interface;
  return code;
}
