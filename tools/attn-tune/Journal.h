// What was measured, in a file beside the schedule: a tuning that was interrupted
// goes on from it.
#pragma once

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>

namespace attune::tune {

enum class Outcome {
  Best,   ///< the schedule that the kernel's search went on from
  Slower, ///< no faster than the best at that time
  Failed, ///< did not compile or run
  Wrong   ///< gave another result than the default
};

/// One line of JSON a schedule. Schedules are known by their text, kernels by a
/// hash of everything that their times depend on.
class Journal {
public:
  /// Reads what is there; a last line that was cut off is dropped. Errors name
  /// the line.
  static llvm::Expected<Journal> open(std::string path);

  bool knows(llvm::StringRef kernel, llvm::StringRef schedule) const;
  /// Of the kernel.
  size_t count(llvm::StringRef kernel) const;
  /// The best schedule so far, where there is one.
  std::optional<std::string> best(llvm::StringRef kernel) const;
  /// Writes the line at once. `remarks` are more fields, for people.
  llvm::Error add(llvm::StringRef kernel, llvm::StringRef schedule, Outcome outcome, llvm::json::Object remarks = {});

private:
  struct Kernel {
    llvm::StringMap<Outcome> schedules;
    std::string best;
  };
  std::string path;
  llvm::StringMap<Kernel> kernels;
};

} // namespace attune::tune
