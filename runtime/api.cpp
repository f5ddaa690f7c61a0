// The C API over the classes of the runtime.
#include "attune.h"
#include "context.h"
#include "describe.h"
#include "device_choice.h"
#include "model.h"
#include "processor_count.h"
#include "profile.h"

#include <cstdlib>
#include <cstring>

using namespace attune::runtime;

extern "C" int halide_set_num_threads(int count);

static Error nullArgument(const char *name) {
  return failure(ATTN_ERROR_ARGUMENT, name, " is a null pointer");
}

/// A copy that attn_text_free frees; null when there is no memory.
static Error copyText(const std::string &source, char **copy) {
  *copy = static_cast<char *>(std::malloc(source.size() + 1));
  if (!*copy)
    return Error(outOfMemory());
  std::memcpy(*copy, source.c_str(), source.size() + 1);
  return Error();
}

static Error open(const attn_program *program, const char *const *files, size_t count,
                  const uint64_t *seed, attn_model **model) {
  if (!model)
    return nullArgument("model");
  *model = nullptr;
  if (count > 0 && !files)
    return nullArgument("weight_files");
  std::vector<std::string> paths;
  for (size_t i = 0; i < count; ++i) {
    if (!files[i])
      return nullArgument("a weight file's name");
    paths.emplace_back(files[i]);
  }
  std::unique_ptr<attn_model> result;
  if (Error error = openModel(program, paths, seed, result))
    return error;
  *model = result.release();
  return Error();
}

extern "C" {

attn_error *attn_model_open(const attn_program *program,
                            const char *const *weight_files, size_t file_count,
                            attn_model **model) {
  return guarded(
      [&] { return open(program, weight_files, file_count, nullptr, model); });
}

attn_error *attn_model_open_random(const attn_program *program, uint64_t seed,
                                   attn_model **model) {
  return guarded([&] { return open(program, nullptr, 0, &seed, model); });
}

const char *attn_model_notes(const attn_model *model) {
  return model ? model->weights.notes.c_str() : "";
}

void attn_model_close(attn_model *model) { delete model; }

attn_error *attn_program_describe(const attn_program *program, char **json) {
  return guarded([&] {
    if (!json)
      return nullArgument("json");
    *json = nullptr;
    Description description;
    if (Error error = readDescription(program, description))
      return error;
    return copyText(describeJson(description, program->weights != nullptr), json);
  });
}

void attn_text_free(char *text) { std::free(text); }

attn_error *attn_context_create(const attn_model *model, const char *entry,
                                attn_context **context) {
  return guarded([&] {
    if (!context)
      return nullArgument("context");
    *context = nullptr;
    if (!model)
      return nullArgument("model");
    size_t index;
    if (Error error = findEntry(model->description, entry, index))
      return error;
    *context = new attn_context(*model, index);
    return Error();
  });
}

void attn_context_free(attn_context *context) { delete context; }

attn_error *attn_bind_input(attn_context *context, const char *name,
                            const attn_tensor *tensor) {
  return guarded([&] {
    if (!context || !name || !tensor)
      return nullArgument(!context ? "context" : !name ? "name" : "tensor");
    return context->bind(name, *tensor);
  });
}

attn_error *attn_run(attn_context *context) {
  return guarded([&] {
    if (!context)
      return nullArgument("context");
    return context->execute();
  });
}

attn_error *attn_output(const attn_context *context, const char *name,
                        attn_tensor *tensor) {
  return guarded([&] {
    if (!context || !tensor)
      return nullArgument(!context ? "context" : "tensor");
    return context->output(name, *tensor);
  });
}

size_t attn_output_count(const attn_context *context) {
  return context ? context->entry.outputs.size() : 0;
}

const char *attn_output_name(const attn_context *context, size_t index) {
  if (!context || index >= context->entry.outputs.size())
    return nullptr;
  return context->entry.outputs[index].name.c_str();
}

void attn_set_seed(attn_context *context, uint64_t seed) {
  if (context)
    context->setSeed(seed);
}

void attn_clear_seed(attn_context *context) {
  if (context)
    context->setSeed(std::nullopt);
}

attn_error *attn_set_threads(int32_t count) {
  return guarded([&] {
    if (count < 0 || count > maxThreads)
      return failure(ATTN_ERROR_ARGUMENT, "the number of threads must be from 0 to ",
                     maxThreads, ", not ", count);
    halide_set_num_threads(count == 0 ? usableProcessors() : count);
    return Error();
  });
}

attn_error *attn_set_device(const char *device) {
  return guarded([&] {
    chooseDevice(device ? device : "");
    return Error();
  });
}

attn_error *attn_set_profile(attn_context *context, int32_t on) {
  return guarded([&] {
    if (!context)
      return nullArgument("context");
    context->run.setProfile(on != 0);
    return Error();
  });
}

attn_error *attn_profile_json(const attn_context *context, char **json) {
  return guarded([&] {
    if (!context || !json)
      return nullArgument(!context ? "context" : "json");
    *json = nullptr;
    return copyText(profileJson(context->entry, context->run), json);
  });
}

} // extern "C"
