#include "codegen/host/Description.h"
#include "dialect/KernelWork.h"
#include "runtime/program.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
namespace json = llvm::json;

namespace attune {
namespace {

using namespace attn;

/// The runtime reads expressions up to a depth of 64 and evaluates each in a
/// loop; a count of work past this many steps is left out.
constexpr unsigned maxWorkSteps = 512;
constexpr unsigned maxWorkDepth = 60;

StringRef operationName(AffineExprKind kind) {
  switch (kind) {
  case AffineExprKind::Add: return "add";
  case AffineExprKind::Mul: return "mul";
  case AffineExprKind::FloorDiv: return "floordiv";
  case AffineExprKind::CeilDiv: return "ceildiv";
  default: return "mod";
  }
}

void flattenSum(AffineExpr expr, SmallVectorImpl<AffineExpr> &terms) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary || expr.getKind() != AffineExprKind::Add) {
    terms.push_back(expr);
    return;
  }
  flattenSum(binary.getLHS(), terms);
  flattenSum(binary.getRHS(), terms);
}

json::Value sizeJson(ArrayRef<StringAttr> symbols, AffineExpr expr);

/// A balanced tree: sums can be long, and the runtime limits depth.
json::Value sumJson(ArrayRef<StringAttr> symbols, ArrayRef<AffineExpr> terms) {
  if (terms.size() == 1)
    return sizeJson(symbols, terms[0]);
  size_t half = terms.size() / 2;
  return json::Array{"add", sumJson(symbols, terms.take_front(half)),
                     sumJson(symbols, terms.drop_front(half))};
}

json::Value sizeJson(ArrayRef<StringAttr> symbols, AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()].str();
  if (expr.getKind() == AffineExprKind::Add) {
    SmallVector<AffineExpr> terms;
    flattenSum(expr, terms);
    return sumJson(symbols, terms);
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  return json::Array{operationName(expr.getKind()), sizeJson(symbols, binary.getLHS()),
                     sizeJson(symbols, binary.getRHS())};
}

json::Value sizeJson(SizeAttr size) { return sizeJson(size.getSymbols(), size.getExpr()); }

unsigned depthOf(const json::Value &value) {
  const json::Array *array = value.getAsArray();
  if (!array)
    return 1;
  unsigned depth = 0;
  for (const json::Value &element : *array)
    depth = std::max(depth, depthOf(element));
  return depth + 1;
}

/// 0, which means unknown, where the expression is longer than a profile is worth.
json::Value workJson(SizeAttr size) {
  unsigned steps = 0;
  size.getExpr().walk([&](AffineExpr) { ++steps; });
  if (steps > maxWorkSteps)
    return 0;
  json::Value value = sizeJson(size);
  return depthOf(value) > maxWorkDepth ? json::Value(0) : std::move(value);
}

StringRef typeName(Type type) {
  if (type.isF32()) return "f32";
  if (type.isF16()) return "f16";
  if (type.isBF16()) return "bf16";
  if (type.isInteger(32)) return "i32";
  if (type.isInteger(8)) return "i8";
  return "bool";
}

json::Array sizesJson(ArrayRef<SizeAttr> sizes) {
  json::Array array;
  for (SizeAttr size : sizes)
    array.push_back(sizeJson(size));
  return array;
}

/// Writes to a stream rather than building json::Objects: those forget the order
/// of their members.
class Writer {
public:
  Writer(llvm::raw_ostream &os) : json(os) {}

  void tensor(StringRef name, TensorType type) {
    json.object([&] { tensorMembers(name, type); });
  }

  void weight(WeightOp op, std::optional<CallRange> preparesOnly) {
    json.object([&] {
      tensorMembers(op.getSymName(), cast<TensorType>(op.getType()));
      json.attribute("prepares_only", preparesOnly ? json::Value(json::Array{preparesOnly->first, preparesOnly->last})
                                                   : json::Value(nullptr));
    });
  }

  void temporaries(const HostFunction &function) {
    json.attributeArray("temporaries", [&] {
      for (TemporaryOp temporary : function.temporaries)
        json.object([&] {
          auto type = cast<MemRefType>(temporary.getResult().getType());
          json.attribute("type", typeName(type.getElementType()));
          json.attribute("sizes", sizesJson(llvm::to_vector(
                                      temporary.getSizes().getAsRange<SizeAttr>())));
          json.attribute("first", static_cast<int64_t>(temporary.getFirst()));
          json.attribute("last", static_cast<int64_t>(temporary.getLast()));
        });
    });
  }

  void calls(const HostFunction &function) {
    json.attributeArray("calls", [&] {
      for (size_t i = 0; i < function.calls.size(); ++i) {
        BeginCallOp call = function.calls[i];
        const auto &launches = function.launches[i];
        // The last variant; what counts its tiles is no part of the call.
        LaunchOp launch = *llvm::find_if(llvm::reverse(launches), [](LaunchOp other) {
          return llvm::none_of(other.getOutput().getUsers(), llvm::IsaPred<CountTilesOp>);
        });
        auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
            launch, launch.getKernelAttr());
        auto actual = [&](SizeAttr size) {
          return substitute(size, [&](StringAttr symbol) {
            return launch.getSizes().getAs<SizeAttr>(symbol);
          });
        };
        KernelWork work = workOf(kernel.getBody().front());
        json.object([&] {
          json.attribute("kernel", json::fixUTF8(launch.getKernel()));
          json.attribute("name", json::fixUTF8(BeginCallOp(call).getName()));
          json.attribute("flops", workJson(actual(work.flops)));
          json.attribute("bytes", workJson(actual(work.bytes)));
        });
      }
    });
  }

  void indexChecks(const HostFunction &function) {
    json.attributeArray("index_checks", [&] {
      for (CheckIndicesOp check : function.indexChecks)
        json.object([&] {
          json.attribute("message", json::fixUTF8(check.getWhat()));
          auto argument = dyn_cast<BlockArgument>(viewRoot(check.getIndices()));
          if (argument && argument.getArgNumber() < function.inputCount)
            json.attribute("source", json::fixUTF8(argumentName(function, argument.getArgNumber())));
          else
            json.attribute("source", nullptr);
        });
    });
  }

  void sizeChecks(const HostFunction &function) {
    json.attributeArray("size_checks", [&] {
      for (CheckSizeOp check : function.sizeChecks)
        sizeCheck(check.getSize(), check.getBound(), check.getWhat());
      // Kernels take sizes as 32-bit integers. Extents of tensors are checked
      // by the runtime; here is what is no extent.
      llvm::DenseSet<Attribute> known;
      for (StringAttr symbol : function.symbols)
        known.insert(SizeAttr::symbol(symbol.getContext(), symbol.getValue()));
      for (TemporaryOp temporary : function.temporaries)
        known.insert(temporary.getSizes().begin(), temporary.getSizes().end());
      for (const auto &launches : function.launches)
        for (LaunchOp launch : launches)
          for (NamedAttribute binding : launch.getSizes()) {
            auto size = cast<SizeAttr>(binding.getValue());
            if (!size.getConstant() && known.insert(size).second)
              sizeCheck(size, SizeAttr::constant(size.getContext(), INT32_MAX),
                        "a size of a kernel is below 2^31");
          }
    });
  }

  void entry(const HostFunction &function) {
    func::FuncOp op = function.op;
    json.object([&] {
      json.attribute("name", json::fixUTF8(op.getName()));
      json.attributeArray("sizes", [&] {
        for (StringAttr symbol : function.symbols)
          json.value(json::fixUTF8(symbol.getValue()));
      });
      json.attribute("seed", function.seed ? json::Value(json::fixUTF8(function.seed.getValue()))
                                           : json::Value(nullptr));
      json.attributeArray("inputs", [&] {
        for (unsigned i = 0; i < function.inputCount; ++i)
          tensor(argumentName(function, i), argumentType(function, i));
      });
      json.attributeArray("outputs", [&] {
        for (unsigned i = function.inputCount + (function.seed ? 1 : 0); i < op.getNumArguments(); ++i)
          tensor(argumentName(function, i), argumentType(function, i));
      });
      sizeChecks(function);
      indexChecks(function);
      temporaries(function);
      calls(function);
    });
  }

  json::OStream json;

private:
  void tensorMembers(StringRef name, TensorType type) {
    json.attribute("name", json::fixUTF8(name));
    json.attribute("type", typeName(type.getElementType()));
    json.attribute("sizes", sizesJson(type.getSizes()));
  }
  static StringRef argumentName(const HostFunction &function, unsigned i) {
    return func::FuncOp(function.op).getArgAttrOfType<StringAttr>(i, nameAttrName).getValue();
  }
  static TensorType argumentType(const HostFunction &function, unsigned i) {
    return cast<TensorType>(
        func::FuncOp(function.op).getArgAttrOfType<TypeAttr>(i, tensorAttrName).getValue());
  }
  void sizeCheck(SizeAttr size, SizeAttr bound, StringRef message) {
    json.object([&] {
      json.attribute("size", sizeJson(size));
      json.attribute("at_most", sizeJson(bound));
      json.attribute("message", json::fixUTF8(message));
    });
  }
};

} // namespace

std::string describeProgram(const HostProgram &program, StringRef name,
                            StringRef target,
                            const std::vector<std::string> &cpuFeatures) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Writer writer(os);
  json::OStream &json = writer.json;
  json.object([&] {
    json.attribute("abi", ATTN_PROGRAM_ABI);
    json.attribute("name", name);
    json.attribute("target", target);
    json.attributeArray("cpu_features", [&] {
      for (const std::string &feature : cpuFeatures)
        json.value(feature);
    });
    json.attributeArray("weights", [&] {
      for (WeightOp weight : program.weights)
        writer.weight(weight, program.preparesOnly(weight));
    });
    json.attributeArray("prepared", [&] {
      for (PreparedOp prepared : program.prepared)
        writer.tensor(prepared.getSymName(), cast<TensorType>(prepared.getType()));
    });
    if (program.prepare)
      json.attributeObject("prepare", [&] {
        writer.indexChecks(*program.prepare);
        writer.temporaries(*program.prepare);
        writer.calls(*program.prepare);
      });
    else
      json.attribute("prepare", nullptr);
    json.attributeArray("entries", [&] {
      for (const HostFunction &entry : program.entries)
        writer.entry(entry);
    });
  });
  return text;
}

} // namespace attune
