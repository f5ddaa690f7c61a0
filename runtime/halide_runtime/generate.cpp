// Writes Halide's own runtime (thread pool, synchronisation, error texts) as an object
// for libattune.a, or with a device's part for that device's archive:
// generate OUTPUT.o [opencl|cuda]
#include <Halide.h>

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: %s OUTPUT.o [opencl|cuda]\n", argv[0]);
    return 2;
  }
  try {
    // No features of processors: the object is part of every binary, whatever its
    // kernels need.
    std::string target = "x86-64-linux";
    if (argc == 3)
      target += std::string("-") + argv[2];
    Halide::compile_standalone_runtime(std::string(argv[1]), Halide::Target(target));
  } catch (const std::exception &problem) {
    std::fprintf(stderr, "%s: %s\n", argv[0], problem.what());
    return 1;
  }
  return 0;
}
