// What a program says about itself (its description, see program.h), read and checked.
#ifndef ATTUNE_RUNTIME_DESCRIPTION_H
#define ATTUNE_RUNTIME_DESCRIPTION_H

#include "error.h"
#include "size_expression.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attune::runtime {

/// A tensor whose sizes are constants: a weight or a prepared tensor.
struct FixedTensor {
  std::string name;
  attn_type type;
  std::vector<int64_t> sizes;
  int64_t elements;
  int64_t bytes;
};

/// Calls, both included.
struct CallRange {
  int64_t first, last;
};

struct WeightTensor : FixedTensor {
  /// The calls of the preparation that alone read it; none where entries do.
  std::optional<CallRange> preparesOnly;
};

/// A tensor whose sizes follow from the inputs.
struct SizedTensor {
  std::string name; // empty for temporaries
  attn_type type;
  std::vector<SizeExpression> sizes;
};

struct Temporary {
  SizedTensor tensor;
  int64_t first, last; // calls between which it lives, both included
};

struct KernelCall {
  std::string kernel;
  std::string name; // the place in the model
  SizeExpression flops, bytes;
};

struct SizeCheck {
  SizeExpression size, atMost;
  std::string message;
};

struct IndexCheck {
  std::string message;
  int64_t input; // whose values are checked, or -1
};

/// What runs: an entry or the preparation (which has temporaries and calls alone).
struct Entry {
  std::string name;
  std::vector<std::string> symbols;
  std::optional<size_t> seedSymbol; // the number of words of the seed, if it takes one
  std::vector<SizedTensor> inputs, outputs;
  std::vector<SizeCheck> sizeChecks;
  std::vector<IndexCheck> indexChecks;
  std::vector<Temporary> temporaries;
  std::vector<KernelCall> calls;
};

struct Description {
  std::string name, target;
  std::vector<std::string> cpuFeatures;
  std::vector<WeightTensor> weights;
  std::vector<FixedTensor> prepared;
  bool hasPrepare = false;
  Entry prepare;
  std::vector<Entry> entries;
};

Error parseDescription(std::string_view json, Description &description);

/// The same for the description of `program`, after checking its ABI.
Error readDescription(const attn_program *program, Description &description);

/// The index of the entry called `name` (null: the first).
Error findEntry(const Description &description, const char *name, size_t &index);

/// "f32 [batch, tokens, 384]"
std::string signatureText(const SizedTensor &tensor,
                          const std::vector<std::string> &symbols);

} // namespace attune::runtime

#endif
