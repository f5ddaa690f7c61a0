// Errors as values. Inside the runtime a function that can fail returns an Error, which
// converts to true when there is one; at the C API it becomes an attn_error pointer.
#ifndef ATTUNE_RUNTIME_ERROR_H
#define ATTUNE_RUNTIME_ERROR_H

#include "attune.h"

#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

struct attn_error {
  attn_error_kind kind;
  std::string message;
};

namespace attune::runtime {

class [[nodiscard]] Error {
public:
  Error() = default;
  Error(attn_error_kind kind, std::string message)
      : value(new attn_error{kind, std::move(message)}) {}
  /// Takes over an error from the C API.
  explicit Error(attn_error *taken) : value(taken) {}

  explicit operator bool() const { return value != nullptr; }
  const std::string &message() const { return value->message; }
  attn_error_kind kind() const { return value->kind; }
  attn_error *release() { return value.release(); }

private:
  struct Free {
    void operator()(attn_error *error) const { attn_error_free(error); }
  };
  std::unique_ptr<attn_error, Free> value;
};

/// The parts one after another, as a stream prints them.
template <typename... Parts> std::string text(const Parts &...parts) {
  std::ostringstream stream;
  (stream << ... << parts);
  return stream.str();
}

template <typename... Parts>
Error failure(attn_error_kind kind, const Parts &...parts) {
  return Error(kind, text(parts...));
}

/// The error for a failed allocation; needs no memory itself.
attn_error *outOfMemory() noexcept;

/// The border of the C API: no exception leaves it.
template <typename Body> attn_error *guarded(Body &&body) noexcept {
  try {
    return body().release();
  } catch (const std::bad_alloc &) {
    return outOfMemory();
  } catch (const std::exception &problem) {
    try {
      return failure(ATTN_ERROR_PROGRAM, "internal error: ", problem.what())
          .release();
    } catch (...) {
      return outOfMemory();
    }
  } catch (...) {
    return outOfMemory();
  }
}

} // namespace attune::runtime

#endif
