// Modules as text, run on arrays.
#pragma once

#include "reference/Interpreter.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <random>

namespace attune::reference {

class Interpreted {
public:
  explicit Interpreted(llvm::StringRef text) {
    context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect, mlir::math::MathDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  }

  Array floats(std::vector<int64_t> shape, std::vector<double> data) {
    return {mlir::Float32Type::get(&context), std::move(shape), std::move(data)};
  }
  Array integers(std::vector<int64_t> shape, std::vector<double> data,
                 unsigned width = 32) {
    return {mlir::IntegerType::get(&context, width), std::move(shape),
            std::move(data)};
  }
  Array random(std::vector<int64_t> shape) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    std::vector<double> data(count);
    std::uniform_real_distribution<double> values(-1, 1);
    for (double &value : data)
      value = values(engine);
    return floats(std::move(shape), std::move(data));
  }

  llvm::Expected<std::vector<Array>> run(std::vector<Array> inputs,
                                         InterpreterOptions options = {},
                                         WeightLookup weights = {}) {
    return Interpreter(*module, std::move(weights), options)
        .run("", std::move(inputs));
  }
  /// The one result, where the run must end well.
  std::vector<double> result(std::vector<Array> inputs) {
    auto results = run(std::move(inputs));
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return std::move(results->front().data);
  }
  /// The message, where it must not.
  std::string error(std::vector<Array> inputs, InterpreterOptions options = {},
                    WeightLookup weights = {}) {
    auto results = run(std::move(inputs), options, std::move(weights));
    if (results)
      return "no error";
    return llvm::toString(results.takeError());
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::mt19937 engine{20240607};
};

} // namespace attune::reference
