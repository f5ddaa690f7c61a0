#include "Printing.h"
#include "reference/Tensor.h"
#include "llvm/Support/Format.h"
#include <cmath>

namespace attune::interpret {
namespace {

/// Rows past this are for files, not for eyes.
constexpr int64_t mostPrinted = 4096;

void printNumber(llvm::raw_ostream &os, double value, unsigned digits,
                 bool isInteger = false) {
  if (std::isnan(value))
    os << "nan"; // whatever its sign is
  else if (value == 0)
    os << '0'; // -0 too
  else if (isInteger)
    os << static_cast<int64_t>(value);
  else
    os << llvm::format("%.*g", static_cast<int>(digits), value);
}

} // namespace

void printArray(llvm::raw_ostream &os, llvm::StringRef name,
                const reference::Array &array, const CommandLine &line) {
  if (line.print == Print::None)
    return;
  os << name << " : " << reference::shapeText(array.shape, array.elementType);
  if (line.print == Print::Summary) {
    double sum = 0, largest = 0;
    int64_t notFinite = 0;
    for (double value : array.data) {
      if (!std::isfinite(value)) {
        ++notFinite;
        continue;
      }
      sum += value;
      largest = std::max(largest, std::fabs(value));
    }
    os << "  sum ";
    printNumber(os, sum, line.digits);
    os << "  largest ";
    printNumber(os, largest, line.digits);
    if (notFinite)
      os << "  not finite " << notFinite;
    os << '\n';
    return;
  }
  os << '\n';
  int64_t count = array.data.size();
  int64_t row = array.shape.empty() ? 1 : array.shape.back();
  for (int64_t i = 0; i < std::min(count, mostPrinted); ++i) {
    os << (i % row ? " " : "  ");
    printNumber(os, array.data[i], line.digits,
                array.elementType.isIntOrIndex());
    if (i % row == row - 1)
      os << '\n';
  }
  if (count > mostPrinted)
    os << "\n  and " << count - mostPrinted << " more\n";
}

Difference compareArrays(const reference::Array &a, const reference::Array &b) {
  double scale = 1;
  for (double value : a.data)
    if (std::isfinite(value))
      scale = std::max(scale, std::fabs(value));
  Difference worst;
  for (size_t i = 0; i < a.data.size(); ++i) {
    double x = a.data[i], y = b.data[i];
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    if (!std::isfinite(x) || !std::isfinite(y))
      return {INFINITY, static_cast<int64_t>(i), true};
    double difference = std::fabs(x - y) / scale;
    if (difference > worst.scaled)
      worst = {difference, static_cast<int64_t>(i), false};
  }
  return worst;
}

} // namespace attune::interpret
