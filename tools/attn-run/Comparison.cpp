#include "tools/attn-run/Comparison.h"
#include "reference/Rounding.h"
#include "runtime/npy.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <limits>

using attune::reference::Precision;

namespace attune {
namespace {

/// What a type's last digit is worth at 1, and how many of them the floor takes
/// at the largest magnitude of the result. Where the plain computation happens
/// to be exact (a softmax over one key), a program may still divide by
/// multiplying with a reciprocal and approximate exp to a few digits of f32. A
/// narrower result is rounded once more, at most to the next number.
struct Floor {
  Precision precision;
  double digit;
  int digits;
};
constexpr Floor floors[] = {{Precision::F32, 0x1p-23, 4},
                            {Precision::F16, 0x1p-10, 1},
                            {Precision::BF16, 0x1p-7, 1}};

double floorOf(Precision precision, double magnitude) {
  for (const Floor &row : floors)
    if (row.precision == precision)
      return row.digits * row.digit * magnitude;
  return 0; // integers
}

/// JSON has no infinity.
llvm::json::Value number(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(nullptr);
}

} // namespace

Comparison compareResult(const ReferenceResult &exact, const ReferenceResult &plain,
                         const runtime::Array &got) {
  Comparison result;
  result.name = exact.name;
  llvm::raw_string_ostream(result.type) << exact.elementType;
  Precision precision = reference::precisionOf(exact.elementType);
  double magnitude = 0;
  attn_tensor tensor = got.tensor();
  for (size_t i = 0; i < exact.array.data.size(); ++i) {
    double want = exact.array.data[i], simple = plain.array.data[i];
    double have = runtime::elementAt(tensor, static_cast<int64_t>(i));
    // Past the largest number of the type, infinity is right.
    if (double written = reference::rounded(want, precision); !std::isfinite(written)) {
      if (written != have && !(std::isnan(written) && std::isnan(have)))
        result.error = std::numeric_limits<double>::infinity();
      continue;
    }
    magnitude = std::max(magnitude, std::abs(want));
    if (!std::isfinite(simple)) {
      ++result.lost;
      continue;
    }
    result.plainError = std::max(result.plainError, std::abs(want - simple));
    double error = std::abs(want - have);
    result.error = std::isnan(error) ? std::numeric_limits<double>::infinity()
                                     : std::max(result.error, error);
  }
  result.bound = 2 * result.plainError + floorOf(precision, magnitude);
  return result;
}

std::string Comparison::text() const {
  std::string text = llvm::formatv("{0}: largest error {1:e2}, {2} {3:e2} (plain {4}: {5:e2})",
                                   name, error, isWithin() ? "within" : "past", bound,
                                   type, plainError);
  if (lost)
    text += llvm::formatv("; {0} elements are no finite numbers in plain {1}", lost, type);
  return text;
}

llvm::json::Object Comparison::json() const {
  return llvm::json::Object{
          {"name", name},
          {"max_error", number(error)},
          {"plain_error", plainError},
          {"bound", bound},
          {"lost", lost},
          {"within", isWithin()}};
}

} // namespace attune
