#include "error.h"

namespace attune::runtime {

// There before it is needed, and never freed.
static attn_error sharedOutOfMemory{ATTN_ERROR_MEMORY, "out of memory"};

attn_error *outOfMemory() noexcept { return &sharedOutOfMemory; }

} // namespace attune::runtime

extern "C" const char *attn_error_message(const attn_error *error) {
  return error ? error->message.c_str() : "no error";
}

extern "C" attn_error_kind attn_error_get_kind(const attn_error *error) {
  return error ? error->kind : ATTN_ERROR_ARGUMENT;
}

extern "C" void attn_error_free(attn_error *error) {
  if (error != attune::runtime::outOfMemory())
    delete error;
}
