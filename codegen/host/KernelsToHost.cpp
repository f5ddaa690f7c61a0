#include "codegen/host/KernelsToHost.h"
#include "dialect/Attn.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attune {
namespace {

using namespace attn;

/// The value whose memory `value` shares: reshapes cost nothing.
Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getSource();
  return value;
}

TensorType tensorOf(Value value) { return cast<TensorType>(value.getType()); }

/// Rewrites one function. The old one is read, the new one is written from
/// top to bottom.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp source)
      : source(source), body(source.getBody().front()),
        preparing(source->hasAttr(prepareAttrName)), builder(source) {}

  LogicalResult run() {
    eraseDeadOps();
    if (failed(checkOps()) || failed(collectSymbols()))
      return failure();
    placeResults();
    createTarget();
    if (failed(emitBody()))
      return failure();
    std::string name = source.getName().str();
    source.erase();
    target.setName(name);
    return success();
  }

private:
  void eraseDeadOps() {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  LogicalResult checkOps() {
    if (!source.getBody().hasOneBlock())
      return source.emitError("has branches, which no phase makes");
    for (Operation &op : body) {
      if (auto call = dyn_cast<CallOp>(op)) {
        producer[call.getResult()] = callCount;
        callNumber[call] = callCount++;
      } else if (isa<WriteOp>(op) && !preparing) {
        return op.emitError("writes a prepared tensor outside @prepare");
      } else if (!isa<ReadOp, WriteOp, ReshapeOp, CheckIndexOp, CheckSizeOp,
                      func::ReturnOp>(op)) {
        return op.emitError("is not in a kernel: at phase 'kernels' everything "
                            "that is computed must be an attn.call; start from "
                            "an earlier phase with --compile-from");
      }
    }
    return success();
  }

  /// The size symbols, in the order in which inputs bind them.
  LogicalResult collectSymbols() {
    for (Type type : source.getArgumentTypes())
      for (SizeAttr size : cast<TensorType>(type).getSizes())
        if (size.getSymbols().size() == 1 &&
            size == SizeAttr::symbol(size.getContext(), size.getSymbols()[0]))
          symbols.insert(size.getSymbols()[0]);
    LogicalResult result = success();
    auto check = [&](Operation *op, SizeAttr size) {
      for (StringAttr symbol : size.getSymbols())
        if (succeeded(result) && !symbols.contains(symbol))
          result = op->emitError("size '")
                   << symbol.getValue()
                   << "' is no axis of an input, so nothing gives it a value";
    };
    auto checkType = [&](Operation *op, Type type) {
      if (auto tensor = dyn_cast<TensorType>(type))
        for (SizeAttr size : tensor.getSizes())
          check(op, size);
    };
    for (Type type : source.getArgumentTypes())
      checkType(source, type);
    for (Operation &op : body) {
      for (Type type : op.getResultTypes())
        checkType(&op, type);
      if (auto size = dyn_cast<CheckSizeOp>(op)) {
        check(size, size.getSize());
        check(size, size.getBound());
      } else if (auto index = dyn_cast<CheckIndexOp>(op)) {
        check(index, index.getSize());
      } else if (auto call = dyn_cast<CallOp>(op)) {
        for (NamedAttribute size : call.getSizes())
          check(call, cast<SizeAttr>(size.getValue()));
        for (unsigned i = 0; i + 1 < call.getKernels().size(); ++i)
          check(call, conditionSize(call, i));
      }
    }
    return result;
  }

  /// What variant `i` depends on, in the symbols of this function.
  SizeAttr conditionSize(CallOp call, unsigned i) {
    return substitute(call.getCondition(i).getSize(), [&](StringAttr symbol) {
      return symbols.contains(symbol) ? SizeAttr()
                                      : call.getSizes().getAs<SizeAttr>(symbol);
    });
  }

  /// Lets calls write straight into the outputs and prepared tensors that they
  /// make; what is left of `return` and `attn.write` are copies.
  void placeResults() {
    auto place = [&](OpOperand &operand) {
      Value root = rootOf(operand.get());
      if (producer.count(root) && !destination.count(root))
        destination[root] = &operand;
      else
        copies.insert(&operand);
    };
    for (Operation &op : body) {
      if (auto write = dyn_cast<WriteOp>(op))
        place(write.getValueMutable());
      if (isa<func::ReturnOp>(op))
        for (OpOperand &operand : op.getOpOperands())
          place(operand);
    }
  }

  void createTarget() {
    SmallVector<Type> types;
    SmallVector<DictionaryAttr> attributes;
    auto add = [&](Type type, Attribute name, std::string fallback, StringRef role) {
      NamedAttrList list;
      list.set(nameAttrName, name ? name : builder.getStringAttr(fallback));
      list.set(tensorAttrName, TypeAttr::get(type));
      if (!role.empty())
        list.set(role, builder.getUnitAttr());
      types.push_back(bufferType(cast<TensorType>(type)));
      attributes.push_back(list.getDictionary(builder.getContext()));
    };
    auto numbered = [](StringRef name, unsigned i, unsigned count) {
      return count == 1 ? name.str() : (name + Twine(i)).str();
    };
    for (auto [i, type] : llvm::enumerate(source.getArgumentTypes()))
      add(type, source.getArgAttr(i, nameAttrName),
          numbered("input", i, source.getNumArguments()),
          source.getArgument(i) == seedOf(source) ? StringRef(seedAttrName) : StringRef());
    for (auto [i, type] : llvm::enumerate(source.getResultTypes()))
      add(type, source.getResultAttr(i, nameAttrName),
          numbered("result", i, source.getNumResults()), outputAttrName);

    target = func::FuncOp::create(builder, source.getLoc(), source.getName(),
                                  builder.getFunctionType(types, {}));
    SmallVector<Attribute> names(symbols.begin(), symbols.end());
    target->setAttr(preparing ? prepareAttrName : modelAttrName,
                    builder.getUnitAttr());
    target->setAttr(symbolsAttrName, builder.getArrayAttr(names));
    target.setAllArgAttrs(attributes);
    Block *entry = target.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    for (auto [argument, buffer] : llvm::zip(body.getArguments(), entry->getArguments()))
      buffers[argument] = buffer;
  }

  LogicalResult emitBody() {
    // Checks come as early as their values: before whoever reads at the indices.
    llvm::MapVector<Value, SmallVector<CheckIndexOp>> checks;
    for (auto check : body.getOps<CheckIndexOp>())
      checks[rootOf(check.getIndices())].push_back(check);
    for (auto &[root, list] : checks)
      if (!producer.count(root))
        for (CheckIndexOp check : list)
          if (failed(emitCheck(check)))
            return failure();

    for (Operation &op : body) {
      LogicalResult done =
          TypeSwitch<Operation *, LogicalResult>(&op)
              .Case([&](CallOp call) {
                if (failed(emitCall(call)))
                  return failure();
                for (CheckIndexOp check : checks.lookup(call.getResult()))
                  if (failed(emitCheck(check)))
                    return failure();
                return success();
              })
              .Case([&](CheckSizeOp check) { return emitSizeCheck(check); })
              .Case([&](WriteOp write) {
                written.insert(write.getTargetAttr());
                return emitCopy(write.getValueMutable());
              })
              .Case([&](func::ReturnOp op) {
                for (OpOperand &operand : op->getOpOperands())
                  if (failed(emitCopy(operand)))
                    return failure();
                func::ReturnOp::create(builder, op.getLoc());
                return success();
              })
              .Default([](Operation *) { return success(); });
      if (failed(done))
        return failure();
    }
    return success();
  }

  LogicalResult emitSizeCheck(CheckSizeOp check) {
    std::optional<int64_t> size = check.getSize().getConstant(),
                           bound = check.getBound().getConstant();
    if (!size || !bound) {
      builder.clone(*check);
      return success();
    }
    if (*size > *bound)
      return check.emitError("size ") << *size << " is more than " << *bound
                                      << ": " << check.getWhat();
    return success();
  }

  LogicalResult emitCheck(CheckIndexOp check) {
    FailureOr<Value> indices = bufferOf(check.getIndices(), check);
    if (failed(indices))
      return failure();
    CheckIndicesOp::create(builder, check.getLoc(), *indices, check.getSize(),
                           check.getIfAny(), check.getWhatAttr());
    return success();
  }

  LogicalResult emitCopy(OpOperand &operand) {
    if (!copies.contains(&operand))
      return success();
    FailureOr<Value> from = bufferOf(operand.get(), operand.getOwner());
    if (failed(from))
      return failure();
    memref::CopyOp::create(builder, operand.getOwner()->getLoc(), *from,
                           targetBuffer(operand));
    return success();
  }

  /// Where the operand of a return or a write has to end up.
  Value targetBuffer(OpOperand &operand) {
    if (auto write = dyn_cast<WriteOp>(operand.getOwner()))
      return namedBuffer(write.getTargetAttr(), tensorOf(write.getValue()),
                         write.getLoc());
    return target.getArgument(source.getNumArguments() + operand.getOperandNumber());
  }

  LogicalResult emitCall(CallOp call) {
    int64_t number = callNumber.lookup(call);
    SmallVector<Value> inputs;
    for (Value input : call.getInputs()) {
      FailureOr<Value> buffer = bufferOf(input, call);
      if (failed(buffer))
        return failure();
      inputs.push_back(*buffer);
    }
    Value result = resultBuffer(call, number);
    buffers[call.getResult()] = result;
    BeginCallOp::create(builder, call.getLoc(), number, call.getName());
    emitVariant(call, 0, inputs, result);
    EndCallOp::create(builder, call.getLoc(), number);
    return success();
  }

  void emitVariant(CallOp call, unsigned i, ValueRange inputs, Value result) {
    Location loc = call.getLoc();
    auto launch = [&] {
      LaunchOp::create(builder, loc, call.getKernel(i), inputs, result, call.getSizes());
      emitTileCount(call, i, inputs);
    };
    ConditionAttr condition = call.getCondition(i);
    if (!condition)
      return launch();
    Value size = SizeOp::create(builder, loc, conditionSize(call, i));
    Value bound = arith::ConstantIndexOp::create(builder, loc, condition.getBound());
    Value holds = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, size, bound);
    auto branch = scf::IfOp::create(builder, loc, holds, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    launch();
    builder.setInsertionPointToStart(branch.elseBlock());
    emitVariant(call, i + 1, inputs, result);
  }

  /// Where a run is profiled, the variant's mask tiles are counted.
  void emitTileCount(CallOp call, unsigned i, ValueRange inputs) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getKernel(i));
    auto counter = kernel ? kernel->getAttrOfType<FlatSymbolRefAttr>(tileCounterAttrName) : FlatSymbolRefAttr();
    if (!counter)
      return;
    Location loc = call.getLoc();
    auto branch = scf::IfOp::create(builder, loc, ProfilingOp::create(builder, loc, builder.getI1Type()), false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    int64_t number = callNumber.lookup(call);
    auto type = TensorType::get(builder.getI32Type(), SizeAttr::constant(builder.getContext(), 3));
    Value counts = TemporaryOp::create(builder, loc, bufferType(type), sizeList(type), number, number);
    LaunchOp::create(builder, loc, counter, inputs, counts, call.getSizes());
    CountTilesOp::create(builder, loc, counts);
  }

  Value resultBuffer(CallOp call, int64_t number) {
    Location loc = call.getLoc();
    TensorType type = tensorOf(call.getResult());
    if (OpOperand *operand = destination.lookup(call.getResult())) {
      Value whole = targetBuffer(*operand);
      if (operand->get().getType() == type)
        return whole;
      return view(whole, type, loc);
    }
    return TemporaryOp::create(builder, loc, bufferType(type), sizeList(type), number,
                               lastUse(call.getResult(), number));
  }

  /// The last call that reads the memory of `value`.
  int64_t lastUse(Value value, int64_t last) {
    for (Operation *user : value.getUsers()) {
      if (auto reshape = dyn_cast<ReshapeOp>(user))
        last = lastUse(reshape.getResult(), last);
      else if (auto call = dyn_cast<CallOp>(user))
        last = std::max(last, callNumber.lookup(call));
    }
    return last;
  }

  FailureOr<Value> bufferOf(Value value, Operation *user) {
    if (Value buffer = buffers.lookup(value))
      return buffer;
    if (auto reshape = value.getDefiningOp<ReshapeOp>()) {
      FailureOr<Value> from = bufferOf(reshape.getSource(), user);
      if (failed(from))
        return failure();
      return buffers[value] = view(*from, tensorOf(value), reshape.getLoc());
    }
    auto read = value.getDefiningOp<ReadOp>();
    if (!read) // SSA order makes every other value known by now.
      return user->emitError("uses a value before it is computed");
    if (preparing && !written.contains(read.getSourceAttr()) &&
        isa<PreparedOp>(SymbolTable::lookupNearestSymbolFrom(read, read.getSourceAttr())))
      return read.emitError("reads ") << read.getSourceAttr() << " before it is written";
    return buffers[value] =
               namedBuffer(read.getSourceAttr(), tensorOf(value), read.getLoc());
  }

  Value namedBuffer(FlatSymbolRefAttr symbol, TensorType type, Location loc) {
    Value &buffer = named[symbol];
    if (!buffer)
      buffer = BufferOp::create(builder, loc, bufferType(type), symbol);
    return buffer;
  }

  Value view(Value buffer, TensorType type, Location loc) {
    return ViewOp::create(builder, loc, bufferType(type), buffer, sizeList(type));
  }

  ArrayAttr sizeList(TensorType type) {
    SmallVector<Attribute> sizes(type.getSizes().begin(), type.getSizes().end());
    return builder.getArrayAttr(sizes);
  }

  func::FuncOp source, target;
  Block &body;
  bool preparing;
  OpBuilder builder;
  int64_t callCount = 0;
  llvm::SetVector<StringAttr> symbols;
  DenseMap<Operation *, int64_t> callNumber;
  DenseMap<Value, int64_t> producer;         // results of calls
  DenseMap<Value, OpOperand *> destination;  // results that have a place of their own
  llvm::SmallPtrSet<OpOperand *, 8> copies;
  DenseMap<Value, Value> buffers;
  DenseMap<Attribute, Value> named;
  llvm::DenseSet<Attribute> written;
};

/// Every prepared tensor is written exactly once.
LogicalResult checkPrepared(ModuleOp module) {
  llvm::DenseSet<Attribute> written;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function->hasAttr(prepareAttrName))
      continue;
    for (auto write : function.getOps<WriteOp>())
      if (!written.insert(write.getTargetAttr()).second)
        return write.emitError("writes ") << write.getTargetAttr() << " again";
  }
  for (auto prepared : module.getOps<PreparedOp>())
    if (!written.contains(FlatSymbolRefAttr::get(prepared.getSymNameAttr())))
      return prepared.emitError("is never written: @prepare has to");
  return success();
}

struct KernelsToHostPass
    : PassWrapper<KernelsToHostPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(KernelsToHostPass)
  StringRef getName() const override { return "KernelsToHost"; }
  StringRef getArgument() const override { return "attn-kernels-to-host"; }
  StringRef getDescription() const override {
    return "Turn tensors into buffers and calls of kernels into launches";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<AttnDialect, memref::MemRefDialect, scf::SCFDialect>();
  }
  void runOnOperation() override {
    if (failed(lowerKernelsToHost(getOperation())))
      signalPassFailure();
  }
};

} // namespace

LogicalResult lowerKernelsToHost(ModuleOp module) {
  if (failed(checkPrepared(module)))
    return failure();
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (function->hasAttr(kernelAttrName))
      continue;
    if (!function->hasAttr(modelAttrName) && !function->hasAttr(prepareAttrName))
      return function.emitError("is neither a model, @prepare nor a kernel");
    if (function.isDeclaration())
      return function.emitError("has no body");
    if (failed(FunctionLowering(function).run()))
      return failure();
  }
  return success();
}

std::unique_ptr<Pass> createKernelsToHostPass() {
  return std::make_unique<KernelsToHostPass>();
}

void registerKernelsToHostPass() { registerPass(createKernelsToHostPass); }

} // namespace attune
