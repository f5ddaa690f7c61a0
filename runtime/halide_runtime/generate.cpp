// Writes Halide's own runtime (thread pool, synchronisation, error texts) as an object
// for libattune.a: generate OUTPUT.o
#include <Halide.h>

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s OUTPUT.o\n", argv[0]);
    return 2;
  }
  try {
    // No features: the object is part of every binary, whatever its kernels need.
    Halide::compile_standalone_runtime(std::string(argv[1]),
                                       Halide::Target("x86-64-linux"));
  } catch (const std::exception &problem) {
    std::fprintf(stderr, "%s: %s\n", argv[0], problem.what());
    return 1;
  }
  return 0;
}
