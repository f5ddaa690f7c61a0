// Two models in shared libraries, each with a runtime of its own, in one program that
// has a third: as attn-run uses them, and as any host language would.
#include "attune.h"
#include "program.h"
#include "test_files.h"

#include <dlfcn.h>
#include <thread>

namespace {

struct Library {
  explicit Library(const char *path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_TRUE(handle) << dlerror();
  }
  ~Library() { dlclose(handle); }
  const attn_program *program() const {
    return static_cast<const attn_program *>(dlsym(handle, "attn_program_example"));
  }
  void *handle;
};

/// Runs entry "fail", which allocates and reports through its library's own hooks.
std::string runWith(const attn_program *program, float x) {
  attn_model *model;
  attn_context *context;
  if (attn_error *error = attn_model_open_random(program, 1, &model))
    return attn_error_message(error);
  EXPECT_FALSE(attn_context_create(model, "fail", &context));
  int64_t one = 1;
  attn_tensor tensor{ATTN_F32, 1, &one, &x};
  EXPECT_FALSE(attn_bind_input(context, "x", &tensor));
  attn_error *error = attn_run(context);
  std::string result = error ? attn_error_message(error) : "";
  attn_error_free(error);
  attn_context_free(context);
  attn_model_close(model);
  return result;
}

TEST(SharedLibrary, ReportsToTheRuntimeThatRunsIt) {
  Library one(EXAMPLE_LIBRARY_one), two(EXAMPLE_LIBRARY_two);
  ASSERT_TRUE(one.program() && two.program());
  EXPECT_NE(one.program(), two.program());
  for (const Library *library : {&one, &two}) {
    EXPECT_EQ(runWith(library->program(), 0), "");
    EXPECT_NE(runWith(library->program(), 1).find("something is wrong"), std::string::npos);
    EXPECT_NE(runWith(library->program(), 2).find("scratch memory"), std::string::npos);
  }
}

TEST(SharedLibrary, ExportsTheInterfaceAlone) {
  Library library(EXAMPLE_LIBRARY_one);
  for (const char *name : {"attn_model_open", "attn_run", "attn_error_free"}) {
    void *own = dlsym(library.handle, name);
    ASSERT_TRUE(own) << name;
  }
  for (const char *name : {"halide_malloc", "halide_do_par_for", "attn_run_begin_call",
                           "halide_set_num_threads"})
    EXPECT_FALSE(dlsym(library.handle, name)) << name;
}

TEST(SharedLibrary, WorksByItsOwnInterface) {
  Library library(EXAMPLE_LIBRARY_two);
  auto describe = reinterpret_cast<decltype(&attn_program_describe)>(
      dlsym(library.handle, "attn_program_describe"));
  auto release = reinterpret_cast<decltype(&attn_text_free)>(
      dlsym(library.handle, "attn_text_free"));
  char *text = nullptr;
  ASSERT_FALSE(describe(library.program(), &text));
  EXPECT_NE(std::string(text).find("example"), std::string::npos);
  release(text);
}

} // namespace
