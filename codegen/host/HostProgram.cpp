#include "codegen/host/HostProgram.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;

namespace attune {

using namespace attn;

Value viewRoot(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewOp>())
    buffer = view.getSource();
  return buffer;
}

namespace {

class FunctionReader {
public:
  FunctionReader(HostFunction &function) : function(function) {}

  LogicalResult read() {
    func::FuncOp op = function.op;
    auto symbols = op->getAttrOfType<ArrayAttr>(symbolsAttrName);
    if (!symbols || op.isDeclaration() || op.getNumResults() != 0)
      return op.emitError("is not at phase 'host': its symbols or its body are "
                          "missing, or it has results");
    for (auto symbol : symbols.getAsRange<StringAttr>())
      function.symbols.push_back(symbol);
    for (unsigned i = 0; i < op.getNumArguments(); ++i) {
      auto tensor = op.getArgAttrOfType<TypeAttr>(i, tensorAttrName);
      auto type = tensor ? dyn_cast<TensorType>(tensor.getValue()) : TensorType();
      if (!type || bufferType(type) != op.getArgumentTypes()[i])
        return op.emitError("needs '") << tensorAttrName << "' on argument " << i
                                       << " with a tensor type that fits its buffer";
      if (!op.getArgAttrOfType<StringAttr>(i, nameAttrName))
        return op.emitError("needs '") << nameAttrName << "' on argument " << i;
      for (SizeAttr size : type.getSizes())
        if (failed(checkSize(op, size)))
          return failure();
      bool output = static_cast<bool>(op.getArgAttr(i, outputAttrName));
      bool input = !output && !op.getArgAttr(i, seedAttrName);
      if (!output && i != function.inputCount)
        return op.emitError("has inputs after its seed or its outputs");
      function.inputCount += input;
      if (!output && !input)
        function.seed = type.getSize(0).getSymbols().front();
    }
    bool failedInside = op.walk([&](Operation *inner) {
      return failed(visit(inner)) ? WalkResult::interrupt() : WalkResult::advance();
    }).wasInterrupted();
    if (failedInside)
      return failure();
    if (open)
      return function.calls.back().emitError("call is not ended");
    return success();
  }

private:
  LogicalResult checkSize(Operation *op, SizeAttr size) {
    for (StringAttr symbol : size.getSymbols())
      if (!llvm::is_contained(function.symbols, symbol))
        return op->emitError("size '")
               << symbol.getValue() << "' is not one of the function's sizes";
    return success();
  }

  int64_t currentCall() const { return static_cast<int64_t>(function.calls.size()) - 1; }

  LogicalResult visit(Operation *op) {
    int64_t call = open ? currentCall() : -1;
    for (Value operand : op->getOperands()) {
      Value root = viewRoot(operand);
      if (auto buffer = root.getDefiningOp<BufferOp>(); buffer && !isa<ViewOp>(op)) {
        auto [use, isNew] = function.uses.try_emplace(buffer.getSourceAttr().getAttr(), CallRange{call, call});
        use->second = {std::min(use->second.first, call), std::max(use->second.last, call)};
      }
      if (auto temporary = root.getDefiningOp<TemporaryOp>())
        if (!isa<ViewOp>(op) &&
            (currentCall() < static_cast<int64_t>(temporary.getFirst()) ||
             currentCall() > static_cast<int64_t>(temporary.getLast())))
          return op->emitError("uses memory at call ")
                 << currentCall() << " that is alive from call "
                 << temporary.getFirst() << " to call " << temporary.getLast();
    }
    for (NamedAttribute attribute : op->getAttrs()) {
      WalkResult walked = attribute.getValue().walk([&](SizeAttr size) {
        return failed(checkSize(op, size)) ? WalkResult::interrupt() : WalkResult::advance();
      });
      if (walked.wasInterrupted() && !isa<func::FuncOp>(op))
        return failure();
    }
    if (auto begin = dyn_cast<BeginCallOp>(op)) {
      function.calls.push_back(begin);
      function.launches.emplace_back();
      if (open || static_cast<int64_t>(begin.getNumber()) != currentCall())
        return begin.emitError("must be the start of call ")
               << currentCall() << ", after the one before has ended";
      open = true;
    } else if (auto end = dyn_cast<EndCallOp>(op)) {
      if (!open || static_cast<int64_t>(end.getNumber()) != currentCall() ||
          function.launches.back().empty())
        return end.emitError("must end a call that has begun and launched a kernel");
      open = false;
    } else if (auto launch = dyn_cast<LaunchOp>(op)) {
      if (!open)
        return launch.emitError("is not inside a call");
      function.launches.back().push_back(launch);
    } else if (auto temporary = dyn_cast<TemporaryOp>(op)) {
      function.temporaries.push_back(temporary);
    } else if (auto check = dyn_cast<CheckSizeOp>(op)) {
      function.sizeChecks.push_back(check);
    } else if (auto check = dyn_cast<CheckIndicesOp>(op)) {
      function.indexChecks.push_back(check);
    }
    return success();
  }

  HostFunction &function;
  bool open = false;
};

/// Lives end with a call that exists.
LogicalResult checkLives(const HostFunction &function) {
  for (TemporaryOp temporary : function.temporaries)
    if (temporary.getLast() >= function.calls.size())
      return TemporaryOp(temporary).emitError("is alive to call ")
             << temporary.getLast() << ", but there are " << function.calls.size();
  return success();
}

} // namespace

std::optional<CallRange> HostProgram::preparesOnly(WeightOp weight) const {
  StringAttr name = weight.getSymNameAttr();
  for (const HostFunction &entry : entries)
    if (entry.uses.contains(name))
      return std::nullopt;
  auto use = prepare ? prepare->uses.find(name) : llvm::DenseMap<StringAttr, CallRange>::const_iterator();
  if (!prepare || use == prepare->uses.end() || use->second.first < 0)
    return std::nullopt;
  return use->second;
}

FailureOr<HostProgram> HostProgram::read(ModuleOp module) {
  HostProgram program;
  for (Operation &op : *module.getBody()) {
    if (auto weight = dyn_cast<WeightOp>(op)) {
      program.weights.push_back(weight);
    } else if (auto prepared = dyn_cast<PreparedOp>(op)) {
      program.prepared.push_back(prepared);
    } else if (auto function = dyn_cast<func::FuncOp>(op)) {
      if (function->hasAttr(kernelAttrName))
        continue;
      HostFunction host;
      host.op = function;
      if (failed(FunctionReader(host).read()) || failed(checkLives(host)))
        return failure();
      if (!function->hasAttr(prepareAttrName))
        program.entries.push_back(std::move(host));
      else if (program.prepare)
        return function.emitError("is a second @prepare");
      else
        program.prepare = std::move(host);
    } else {
      return op.emitError("has no place in a program at phase 'host'");
    }
  }
  if (program.entries.empty())
    return module.emitError("the program has no model");
  return program;
}

} // namespace attune
