// What a model runs with while it is tuned.
#pragma once

#include "dialect/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/input_text.h"
#include "tools/attn-tune/KernelAxes.h"
#include "llvm/Support/Error.h"

namespace attune::tune {

struct ModelInputs {
  Sizes sizes; ///< of every symbol of the inputs
  /// One for each input of the model but the seed, as `--input` takes them.
  std::vector<std::string> texts;
  std::vector<runtime::InputText> parsed;

  std::vector<std::string> options() const;
  const runtime::InputText *find(llvm::StringRef name) const;
};

/// Random floats, integers that the model's checks allow and true truth values
/// for inputs that `given` does not have. Errors name the size or input.
llvm::Expected<ModelInputs> chooseInputs(mlir::func::FuncOp model, const Sizes &sizes,
                                         const std::vector<std::string> &given);

/// "1x128xf32"; nothing where a size is unknown.
std::optional<std::string> typeText(attn::TensorType type, const Sizes &sizes);

} // namespace attune::tune
