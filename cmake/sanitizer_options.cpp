// LLVM's and MLIR's libraries are not instrumented, but their headers are wherever
// they are included: what one side poisons or grows, the other does not know of.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:detect_container_overflow=0";
}
