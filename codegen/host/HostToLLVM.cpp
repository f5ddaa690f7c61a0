#include "codegen/host/HostToLLVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace attune {

std::string entryFunctionName(unsigned i) { return "attn_entry_" + std::to_string(i); }

namespace {

using namespace attn;

/// Halide's type codes (HalideRuntime.h: halide_type_code_t).
enum HalideTypeCode { HalideInt = 0, HalideUInt = 1, HalideFloat = 2, HalideBFloat = 4 };

/// Kernels of devices take bf16 and f16 as the bits of their numbers.
std::pair<HalideTypeCode, unsigned> halideType(Type type, StringRef device) {
  if (type.isBF16())
    return {device.empty() ? HalideBFloat : HalideUInt, 16};
  if (type.isF16() && !device.empty())
    return {HalideUInt, 16};
  if (isa<FloatType>(type))
    return {HalideFloat, type.getIntOrFloatBitWidth()};
  if (type.isInteger(1))
    return {HalideUInt, 8};
  return {HalideInt, type.getIntOrFloatBitWidth()};
}

/// Sizes of the function being lowered, as values.
class SizeCode {
public:
  SizeCode(OpBuilder &builder, Location loc, Value sizes, ArrayRef<StringAttr> symbols) {
    MLIRContext *context = builder.getContext();
    Type i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(context);
    for (auto [i, symbol] : llvm::enumerate(symbols)) {
      Value address = LLVM::GEPOp::create(builder, loc, pointer, i64, sizes,
                                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      values[symbol] = LLVM::LoadOp::create(builder, loc, i64, address);
    }
  }

  /// A 64-bit integer. Divisors that are not positive count as 1: whether a
  /// size has a value at all is checked by the runtime before the code runs.
  Value emit(OpBuilder &builder, Location loc, SizeAttr size) const {
    return emit(builder, loc, size.getSymbols(), size.getExpr());
  }

private:
  Value emit(OpBuilder &builder, Location loc, ArrayRef<StringAttr> symbols,
             AffineExpr expr) const {
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIntOp::create(builder, loc, value, 64);
    };
    if (auto value = dyn_cast<AffineConstantExpr>(expr))
      return constant(value.getValue());
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      return values.lookup(symbols[symbol.getPosition()]);
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Value l = emit(builder, loc, symbols, binary.getLHS());
    Value r = emit(builder, loc, symbols, binary.getRHS());
    if (expr.getKind() == AffineExprKind::Add)
      return arith::AddIOp::create(builder, loc, l, r);
    if (expr.getKind() == AffineExprKind::Mul)
      return arith::MulIOp::create(builder, loc, l, r);
    r = arith::MaxSIOp::create(builder, loc, r, constant(1));
    if (expr.getKind() == AffineExprKind::CeilDiv) // floor((l + r - 1) / r)
      l = arith::AddIOp::create(builder, loc, l,
                                arith::SubIOp::create(builder, loc, r, constant(1)));
    Value quotient = arith::DivSIOp::create(builder, loc, l, r);
    Value rest = arith::RemSIOp::create(builder, loc, l, r);
    Value negative = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                           rest, constant(0));
    if (expr.getKind() == AffineExprKind::Mod)
      return arith::SelectOp::create(builder, loc, negative,
                                     arith::AddIOp::create(builder, loc, rest, r), rest);
    return arith::SelectOp::create(
        builder, loc, negative,
        arith::SubIOp::create(builder, loc, quotient, constant(1)), quotient);
  }

  DenseMap<StringAttr, Value> values;
};

/// What all functions of a program share.
struct ProgramLowering {
  ProgramLowering(ModuleOp module, const HostProgram &program, StringRef device,
                  function_ref<std::string(StringRef)> kernelSymbol)
      : module(module), device(device), kernelSymbol(kernelSymbol), converter(module.getContext()) {
    for (auto weight : program.weights)
      constants[WeightOp(weight).getSymNameAttr()] = constants.size();
    for (auto prepared : program.prepared)
      constants[PreparedOp(prepared).getSymNameAttr()] = constants.size();
    MLIRContext *context = module.getContext();
    pointer = LLVM::LLVMPointerType::get(context);
    i8 = IntegerType::get(context, 8);
    i16 = IntegerType::get(context, 16);
    i32 = IntegerType::get(context, 32);
    i64 = IntegerType::get(context, 64);
    // halide_dimension_t {min, extent, stride, flags}
    dimension = LLVM::LLVMStructType::getLiteral(context, {i32, i32, i32, i32});
    // halide_buffer_t {device, device_interface, host, flags, type {code, bits,
    // lanes}, dimensions, dim, padding}
    buffer = LLVM::LLVMStructType::getLiteral(
        context, {i64, pointer, pointer, i64,
                  LLVM::LLVMStructType::getLiteral(context, {i8, i8, i16}), i32,
                  pointer, pointer});
  }

  LLVM::LLVMFuncOp declare(StringRef name, Type result, ArrayRef<Type> arguments) {
    LLVM::LLVMFuncOp &function = declared[name];
    if (!function) {
      OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
      function = LLVM::LLVMFuncOp::create(
          builder, module.getLoc(), name,
          LLVM::LLVMFunctionType::get(result, arguments));
    }
    return function;
  }

  bool isOnDevice() const { return !device.empty(); }

  ModuleOp module;
  StringRef device;
  function_ref<std::string(StringRef)> kernelSymbol;
  LLVMTypeConverter converter;
  DenseMap<StringAttr, unsigned> constants; // weights, then prepared tensors
  Type pointer, i8, i16, i32, i64, dimension, buffer;
  llvm::StringMap<LLVM::LLVMFuncOp> declared;
};

/// Expands the ops of the dialect in one function, whose control flow is
/// branches by now.
class FunctionLowering {
public:
  FunctionLowering(ProgramLowering &program, HostFunction &function)
      : program(program), function(function), op(function.op),
        builder(op.getContext()), loc(op.getLoc()) {}

  void run(StringRef name) {
    Block &entry = op.getBody().front();
    runContext = entry.insertArgument(0u, program.pointer, loc);
    Value sizes = entry.insertArgument(1u, program.pointer, loc);
    bufferTable = entry.insertArgument(2u, program.pointer, loc);
    builder.setInsertionPointToStart(&entry);
    sizeCode.emplace(builder, loc, sizes, function.symbols);
    if (program.isOnDevice()) {
      auto interface = program.declare(("halide_" + program.device + "_device_interface").str(), program.pointer, {});
      deviceInterface = LLVM::CallOp::create(builder, loc, interface, ValueRange{}).getResult();
    }
    createFrame();
    unsigned arguments = entry.getNumArguments() - 3;
    for (unsigned i = 0; i < arguments; ++i) {
      auto type = cast<TensorType>(
          op.getArgAttrOfType<TypeAttr>(i, tensorAttrName).getValue());
      BlockArgument argument = entry.getArgument(i + 3);
      argument.replaceAllUsesWith(
          bufferValue(i, cast<MemRefType>(argument.getType()), type.getSizes()));
    }
    entry.eraseArguments(3, arguments);
    firstConstant = arguments;
    for (TemporaryOp temporary : function.temporaries)
      temporaryNumber[temporary] = temporaryNumber.size();
    for (CheckIndicesOp check : function.indexChecks)
      checkNumber[check] = checkNumber.size();

    SmallVector<Operation *> work;
    op.walk([&](Operation *inner) {
      if (isa<AttnDialect>(inner->getDialect()) || isa<func::ReturnOp>(inner) ||
          (program.isOnDevice() && isa<memref::CopyOp>(inner)))
        work.push_back(inner);
    });
    for (Operation *inner : work) {
      builder.setInsertionPoint(inner);
      loc = inner->getLoc();
      expand(inner);
    }

    op.removeArgAttrsAttr();
    for (StringRef attribute : {modelAttrName, prepareAttrName, symbolsAttrName})
      op->removeAttr(attribute);
    op.setFunctionType(builder.getFunctionType(entry.getArgumentTypes(), {program.i32}));
    op.setName(name);
  }

private:
  Value constant(int64_t value, unsigned bits) {
    return arith::ConstantIntOp::create(builder, loc, value, bits);
  }

  /// Room for the arguments of one launch; launches share it.
  void createFrame() {
    size_t buffers = 0, dimensions = 0;
    for (const auto &launches : function.launches)
      for (LaunchOp launch : launches) {
        size_t count = 0;
        for (Value operand : launch->getOperands())
          count += cast<MemRefType>(operand.getType()).getRank();
        buffers = std::max<size_t>(buffers, launch->getNumOperands());
        dimensions = std::max(dimensions, count);
      }
    auto allocate = [&](Type type, size_t count) {
      return LLVM::AllocaOp::create(
          builder, loc, program.pointer, type,
          constant(static_cast<int64_t>(std::max<size_t>(count, 1)), 64), 8);
    };
    bufferFrame = allocate(program.buffer, buffers);
    dimensionFrame = allocate(program.dimension, dimensions);
  }

  Value tablePointer(unsigned index) {
    Value address = LLVM::GEPOp::create(builder, loc, program.pointer, program.pointer,
                                        bufferTable,
                                        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
    return LLVM::LoadOp::create(builder, loc, program.pointer, address);
  }

  /// The dense buffer at `pointer`.
  Value describe(Value pointer, MemRefType type, ArrayRef<SizeAttr> sizes) {
    auto descriptor = MemRefDescriptor::poison(builder, loc, program.converter.convertType(type));
    descriptor.setAllocatedPtr(builder, loc, pointer);
    descriptor.setAlignedPtr(builder, loc, pointer);
    descriptor.setConstantOffset(builder, loc, 0);
    Value stride = constant(1, 64);
    for (int axis = static_cast<int>(type.getRank()) - 1; axis >= 0; --axis) {
      Value size = sizeCode->emit(builder, loc, sizes[axis]);
      descriptor.setSize(builder, loc, axis, size);
      descriptor.setStride(builder, loc, axis, stride);
      if (axis > 0)
        stride = arith::MulIOp::create(builder, loc, stride, size);
    }
    Value whole = descriptor;
    return UnrealizedConversionCastOp::create(builder, loc, type, whole).getResult(0);
  }

  Value bufferValue(unsigned index, MemRefType type, ArrayRef<SizeAttr> sizes) {
    return describe(tablePointer(index), type, sizes);
  }

  MemRefDescriptor descriptorOf(Value buffer) {
    Type type = program.converter.convertType(buffer.getType());
    return MemRefDescriptor(
        UnrealizedConversionCastOp::create(builder, loc, type, buffer).getResult(0));
  }

  SmallVector<SizeAttr> constantSizes(MemRefType type) {
    SmallVector<SizeAttr> sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(SizeAttr::constant(builder.getContext(), size));
    return sizes;
  }

  /// Ends the function with `status` where it is not 0.
  void returnOnError(Value status) {
    Block *here = builder.getInsertionBlock();
    Block *next = here->splitBlock(builder.getInsertionPoint());
    if (!errorBlock) {
      errorBlock = builder.createBlock(&op.getBody(), op.getBody().end(), {program.i32}, {loc});
      func::ReturnOp::create(builder, loc, errorBlock->getArgument(0));
    }
    builder.setInsertionPointToEnd(here);
    Value bad = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, status,
                                      constant(0, 32));
    cf::CondBranchOp::create(builder, loc, bad, errorBlock, ValueRange{status}, next,
                             ValueRange{});
    builder.setInsertionPointToStart(next);
  }

  void expand(Operation *inner) {
    if (auto size = dyn_cast<SizeOp>(inner)) {
      Value value = arith::IndexCastOp::create(
          builder, loc, builder.getIndexType(),
          sizeCode->emit(builder, loc, size.getSize()));
      size.getResult().replaceAllUsesWith(value);
    } else if (auto buffer = dyn_cast<BufferOp>(inner)) {
      auto type = cast<MemRefType>(buffer.getResult().getType());
      unsigned index = firstConstant + program.constants.lookup(buffer.getSourceAttr().getAttr());
      buffer.getResult().replaceAllUsesWith(bufferValue(index, type, constantSizes(type)));
    } else if (auto temporary = dyn_cast<TemporaryOp>(inner)) {
      auto type = cast<MemRefType>(temporary.getResult().getType());
      unsigned index = firstConstant + program.constants.size() +
                       temporaryNumber.lookup(temporary);
      temporary.getResult().replaceAllUsesWith(bufferValue(
          index, type, llvm::to_vector(temporary.getSizes().getAsRange<SizeAttr>())));
    } else if (auto view = dyn_cast<ViewOp>(inner)) {
      auto type = cast<MemRefType>(view.getResult().getType());
      Value pointer = descriptorOf(view.getSource()).alignedPtr(builder, loc);
      view.getResult().replaceAllUsesWith(describe(
          pointer, type, llvm::to_vector(view.getSizes().getAsRange<SizeAttr>())));
    } else if (auto begin = dyn_cast<BeginCallOp>(inner)) {
      auto notified = program.declare("attn_run_begin_call", program.i32, {program.pointer, program.i32});
      returnOnError(
          LLVM::CallOp::create(builder, loc, notified, ValueRange{runContext, constant(begin.getNumber(), 32)}).getResult());
    } else if (auto end = dyn_cast<EndCallOp>(inner)) {
      auto notified = program.declare("attn_run_end_call", LLVM::LLVMVoidType::get(builder.getContext()),
                                      {program.pointer, program.i32});
      LLVM::CallOp::create(builder, loc, notified, ValueRange{runContext, constant(end.getNumber(), 32)});
    } else if (auto profiling = dyn_cast<ProfilingOp>(inner)) {
      auto asked = program.declare("attn_run_profiling", program.i32, {program.pointer});
      Value answer = LLVM::CallOp::create(builder, loc, asked, ValueRange{runContext}).getResult();
      profiling.getResult().replaceAllUsesWith(
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, answer, constant(0, 32)).getResult());
    } else if (auto count = dyn_cast<CountTilesOp>(inner)) {
      auto counter = program.declare("attn_run_count_tiles", program.i32, {program.pointer, program.pointer});
      Value counts = descriptorOf(count.getCounts()).alignedPtr(builder, loc);
      returnOnError(LLVM::CallOp::create(builder, loc, counter, ValueRange{runContext, counts}).getResult());
    } else if (auto copy = dyn_cast<memref::CopyOp>(inner)) {
      expandCopy(copy);
    } else if (auto check = dyn_cast<CheckIndicesOp>(inner)) {
      expandCheck(check);
    } else if (auto launch = dyn_cast<LaunchOp>(inner)) {
      expandLaunch(launch);
    } else if (isa<func::ReturnOp>(inner)) {
      func::ReturnOp::create(builder, loc, constant(0, 32));
    } // attn.check_size is in the description.
    inner->erase();
  }

  Value elementCount(Value buffer) {
    MemRefDescriptor descriptor = descriptorOf(buffer);
    Value count = constant(1, 64);
    for (unsigned axis = 0; axis < cast<MemRefType>(buffer.getType()).getRank(); ++axis)
      count = arith::MulIOp::create(builder, loc, count, descriptor.size(builder, loc, axis));
    return count;
  }

  /// Of a device's tensors; both are dense.
  void expandCopy(memref::CopyOp copy) {
    auto type = cast<MemRefType>(copy.getSource().getType());
    auto copier = program.declare("attn_run_copy", program.i32,
                                  {program.pointer, program.pointer, program.pointer, program.i64});
    unsigned bits = halideType(type.getElementType(), program.device).second;
    Value bytes = arith::MulIOp::create(builder, loc, elementCount(copy.getSource()), constant(bits / 8, 64));
    Value from = descriptorOf(copy.getSource()).alignedPtr(builder, loc);
    Value to = descriptorOf(copy.getTarget()).alignedPtr(builder, loc);
    returnOnError(LLVM::CallOp::create(builder, loc, copier, ValueRange{runContext, to, from, bytes}).getResult());
  }

  void expandCheck(CheckIndicesOp check) {
    MemRefDescriptor descriptor = descriptorOf(check.getIndices());
    Value count = elementCount(check.getIndices());
    auto checker = program.declare("attn_run_check_indices", program.i32,
                                   {program.pointer, program.pointer, program.i64,
                                    program.i64, program.i32, program.i32});
    Value upper = sizeCode->emit(builder, loc, check.getSize());
    returnOnError(LLVM::CallOp::create(
                      builder, loc, checker,
                      ValueRange{runContext, descriptor.alignedPtr(builder, loc), count, upper,
                                 constant(checkNumber.lookup(check), 32), constant(check.getIfAny(), 32)})
                      .getResult());
  }

  Value field(Type record, Value base, ArrayRef<int32_t> path) {
    SmallVector<LLVM::GEPArg> indices(path.begin(), path.end());
    return LLVM::GEPOp::create(builder, loc, program.pointer, record, base, indices);
  }

  /// Fills slot `slot` of the frame; `firstDimension` moves past its axes.
  Value fillBuffer(Value operand, int32_t slot, int32_t &firstDimension) {
    auto type = cast<MemRefType>(operand.getType());
    MemRefDescriptor descriptor = descriptorOf(operand);
    auto store = [&](Value value, Type record, Value base, ArrayRef<int32_t> path) {
      LLVM::StoreOp::create(builder, loc, value, field(record, base, path));
    };
    int32_t rank = type.getRank();
    // Halide counts dimensions from the innermost.
    for (int32_t d = 0; d < rank; ++d) {
      int32_t axis = rank - 1 - d, position = firstDimension + d;
      auto narrow = [&](Value value) {
        return arith::TruncIOp::create(builder, loc, program.i32, value);
      };
      store(constant(0, 32), program.dimension, dimensionFrame, {position, 0});
      store(narrow(descriptor.size(builder, loc, axis)), program.dimension, dimensionFrame, {position, 1});
      store(narrow(descriptor.stride(builder, loc, axis)), program.dimension, dimensionFrame, {position, 2});
      store(constant(0, 32), program.dimension, dimensionFrame, {position, 3});
    }
    Value null = LLVM::ZeroOp::create(builder, loc, program.pointer);
    auto [code, bits] = halideType(type.getElementType(), program.device);
    Value tensor = descriptor.alignedPtr(builder, loc), handle = constant(0, 64), interface = null;
    if (program.isOnDevice()) {
      handle = LLVM::PtrToIntOp::create(builder, loc, program.i64, tensor);
      interface = deviceInterface;
      tensor = null;
    }
    store(handle, program.buffer, bufferFrame, {slot, 0});
    store(interface, program.buffer, bufferFrame, {slot, 1});
    store(tensor, program.buffer, bufferFrame, {slot, 2});
    store(constant(0, 64), program.buffer, bufferFrame, {slot, 3});
    store(constant(code, 8), program.buffer, bufferFrame, {slot, 4, 0});
    store(constant(bits, 8), program.buffer, bufferFrame, {slot, 4, 1});
    store(constant(1, 16), program.buffer, bufferFrame, {slot, 4, 2});
    store(constant(rank, 32), program.buffer, bufferFrame, {slot, 5});
    store(field(program.dimension, dimensionFrame, {firstDimension}), program.buffer, bufferFrame, {slot, 6});
    store(null, program.buffer, bufferFrame, {slot, 7});
    firstDimension += rank;
    return field(program.buffer, bufferFrame, {slot});
  }

  /// What follows runs only where the buffer has elements.
  void skipWhereEmpty(Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    if (type.hasStaticShape())
      return;
    MemRefDescriptor descriptor = descriptorOf(buffer);
    Value count = constant(1, 64);
    for (unsigned axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis))
        count = arith::MulIOp::create(builder, loc, count, descriptor.size(builder, loc, axis));
    Block *here = builder.getInsertionBlock();
    Block *rest = here->splitBlock(std::next(builder.getInsertionPoint()));
    Block *filled = here->splitBlock(builder.getInsertionPoint());
    builder.setInsertionPointToEnd(here);
    Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, count, constant(0, 64));
    cf::CondBranchOp::create(builder, loc, any, filled, ValueRange{}, rest, ValueRange{});
    builder.setInsertionPointToEnd(filled);
    cf::BranchOp::create(builder, loc, rest);
    builder.setInsertionPointToStart(filled);
  }

  void expandLaunch(LaunchOp launch) {
    skipWhereEmpty(launch.getOutput());
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        launch, launch.getKernelAttr());
    SmallVector<Value> arguments{runContext};
    int32_t slot = 0, dimension = 0;
    for (Value input : launch.getInputs())
      arguments.push_back(fillBuffer(input, slot++, dimension));
    if (auto symbols = kernel->getAttrOfType<ArrayAttr>(symbolsAttrName))
      for (auto symbol : symbols.getAsRange<StringAttr>()) {
        auto size = launch.getSizes().getAs<SizeAttr>(symbol);
        arguments.push_back(arith::TruncIOp::create(builder, loc, program.i32,
                                                    sizeCode->emit(builder, loc, size)));
      }
    arguments.push_back(fillBuffer(launch.getOutput(), slot, dimension));
    SmallVector<Type> types;
    for (Value argument : arguments)
      types.push_back(argument.getType());
    auto callee = program.declare(program.kernelSymbol(launch.getKernel()), program.i32, types);
    returnOnError(LLVM::CallOp::create(builder, loc, callee, arguments).getResult());
  }

  ProgramLowering &program;
  HostFunction &function;
  func::FuncOp op;
  OpBuilder builder;
  Location loc;
  Value runContext, bufferTable, bufferFrame, dimensionFrame, deviceInterface;
  std::optional<SizeCode> sizeCode;
  unsigned firstConstant = 0;
  DenseMap<Operation *, unsigned> temporaryNumber, checkNumber;
  Block *errorBlock = nullptr;
};

LogicalResult runPasses(ModuleOp module,
                        std::initializer_list<std::unique_ptr<Pass> (*)()> passes) {
  PassManager manager(module.getContext());
  manager.enableVerifier(true);
  for (auto create : passes)
    manager.addPass(create());
  return manager.run(module);
}

} // namespace

LogicalResult lowerHostToLLVM(ModuleOp module, HostProgram &program, StringRef device,
                              function_ref<std::string(StringRef)> kernelSymbol) {
  module.getContext()->loadDialect<LLVM::LLVMDialect, cf::ControlFlowDialect>();
  if (failed(runPasses(module, {[] { return createSCFToControlFlowPass(); }})))
    return failure();
  ProgramLowering lowering(module, program, device, kernelSymbol);
  if (program.prepare)
    FunctionLowering(lowering, *program.prepare).run(entryFunctionName(0));
  for (auto [i, entry] : llvm::enumerate(program.entries))
    FunctionLowering(lowering, entry).run(entryFunctionName(i + 1));
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<WeightOp, PreparedOp>(op) || op.hasAttr(kernelAttrName))
      op.erase();
  return runPasses(module, {[] { return createArithToLLVMConversionPass(); },
                            [] { return createConvertControlFlowToLLVMPass(); },
                            [] { return createFinalizeMemRefToLLVMConversionPass(); },
                            [] { return createConvertFuncToLLVMPass(); },
                            [] { return createReconcileUnrealizedCastsPass(); }});
}

} // namespace attune
