#include "device_choice.h"

#include <mutex>

namespace attune::runtime {

static std::mutex mutex;
static std::string current;

void chooseDevice(const std::string &choice) {
  std::lock_guard<std::mutex> lock(mutex);
  current = choice;
}

std::string chosenDevice() {
  std::lock_guard<std::mutex> lock(mutex);
  return current;
}

} // namespace attune::runtime
