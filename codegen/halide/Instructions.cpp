#include "codegen/halide/Instructions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/Module.h"

namespace attune::kernels {
namespace {

using llvm::CallInst;
using llvm::InsertElementInst;
using llvm::Value;

/// An instruction on a register of 4, 8 or 16 lanes, with a mask that keeps them all.
Value *createMasked(llvm::IRBuilder<> &builder, llvm::ArrayRef<llvm::Intrinsic::ID> byWidth, llvm::SmallVector<Value *> operands) {
  auto *type = llvm::cast<llvm::FixedVectorType>(operands[0]->getType());
  unsigned width = llvm::Log2_32(type->getNumElements()) - 2;
  operands.push_back(llvm::Constant::getNullValue(type));
  operands.push_back(llvm::ConstantInt::getAllOnesValue(builder.getIntNTy(width == 2 ? 16 : 8)));
  if (width == 2)
    operands.push_back(builder.getInt32(4)); // rounds as the processor is set to
  return builder.CreateIntrinsic(type, byWidth[width], operands);
}

Value *createPowerOfTwo(llvm::IRBuilder<> &builder, Value *x) {
  llvm::Type *type = x->getType();
  auto number = [&](double value) { return llvm::ConstantFP::get(type, value); };
  constexpr int downwards = 1;
  Value *rest = createMasked(builder,
                             {llvm::Intrinsic::x86_avx512_mask_reduce_ps_128, llvm::Intrinsic::x86_avx512_mask_reduce_ps_256,
                              llvm::Intrinsic::x86_avx512_mask_reduce_ps_512},
                             {x, builder.getInt32(downwards)});
  // A minimax fit on [0, 1] whose first coefficient is 1, within 8.2e-8.
  Value *power = number(0.00186713);
  for (double coefficient : {0.00901703, 0.05579991, 0.24016445, 0.69315131, 1.0})
    power = builder.CreateIntrinsic(type, llvm::Intrinsic::fma, {power, rest, number(coefficient)});
  Value *scaled = createMasked(builder,
                               {llvm::Intrinsic::x86_avx512_mask_scalef_ps_128, llvm::Intrinsic::x86_avx512_mask_scalef_ps_256,
                                llvm::Intrinsic::x86_avx512_mask_scalef_ps_512},
                               {power, x});
  return builder.CreateSelect(builder.CreateFCmpUGE(x, number(-126)), scaled, number(0));
}

/// One number, in a register's first lane.
Value *createSinglePowerOfTwo(llvm::IRBuilder<> &builder, Value *x) {
  auto *type = llvm::FixedVectorType::get(x->getType(), 4);
  Value *result = createPowerOfTwo(builder, builder.CreateInsertElement(llvm::PoisonValue::get(type), x, uint64_t(0)));
  return builder.CreateExtractElement(result, uint64_t(0));
}

/// A vector whose lanes are calls: what each lane was put into, from the first one on.
using Chain = llvm::SmallVector<InsertElementInst *, 16>;

CallInst *callIn(InsertElementInst *insert, llvm::Function &function) {
  auto *call = llvm::dyn_cast<CallInst>(insert->getOperand(1));
  return call && call->getCalledFunction() == &function ? call : nullptr;
}

/// The next lane's, where nobody else sees what is there so far.
InsertElementInst *next(InsertElementInst *insert) {
  auto *after = insert->hasOneUse() ? llvm::dyn_cast<InsertElementInst>(insert->user_back()) : nullptr;
  return after && after->getOperand(0) == insert ? after : nullptr;
}

/// The call of each lane, which several may share, if all lanes of what `chain` puts together are calls of `function`.
llvm::SmallVector<CallInst *> lanesOf(const Chain &chain, llvm::Function &function) {
  auto *type = llvm::cast<llvm::FixedVectorType>(chain.back()->getType());
  llvm::SmallVector<CallInst *> lanes(type->getNumElements());
  for (InsertElementInst *insert : chain) {
    auto *lane = llvm::dyn_cast<llvm::ConstantInt>(insert->getOperand(2));
    if (!lane || lane->getZExtValue() >= lanes.size())
      return {};
    lanes[lane->getZExtValue()] = callIn(insert, function);
  }
  return llvm::is_contained(lanes, nullptr) ? llvm::SmallVector<CallInst *>() : lanes;
}

/// The arguments of calls as one vector: most often there is one that they were taken from.
Value *joined(llvm::ArrayRef<CallInst *> lanes, llvm::IRBuilder<> &builder) {
  Value *first = lanes.front()->getArgOperand(0);
  auto *type = llvm::FixedVectorType::get(first->getType(), lanes.size());
  auto *extract = llvm::dyn_cast<llvm::ExtractElementInst>(first);
  Value *source = extract && extract->getVectorOperandType() == type ? extract->getVectorOperand() : nullptr;
  for (auto [lane, call] : llvm::enumerate(lanes)) {
    auto *each = llvm::dyn_cast<llvm::ExtractElementInst>(call->getArgOperand(0));
    auto *index = each ? llvm::dyn_cast<llvm::ConstantInt>(each->getIndexOperand()) : nullptr;
    if (!index || each->getVectorOperand() != source || index->getZExtValue() != lane)
      source = nullptr;
  }
  if (source)
    return source;
  Value *vector = llvm::PoisonValue::get(type);
  for (auto [lane, call] : llvm::enumerate(lanes))
    vector = builder.CreateInsertElement(vector, call->getArgOperand(0), uint64_t(lane));
  return vector;
}

std::vector<Chain> chainsOf(llvm::Function &function) {
  std::vector<Chain> chains;
  // A chain begins where no lane was put into what it begins with.
  for (llvm::User *call : function.users())
    for (llvm::User *reader : call->users())
      if (auto *insert = llvm::dyn_cast<InsertElementInst>(reader);
          insert && callIn(insert, function) && !llvm::isa<InsertElementInst>(insert->getOperand(0))) {
        Chain &chain = chains.emplace_back();
        for (; insert; insert = next(insert))
          chain.push_back(insert);
      }
  return chains;
}

} // namespace

void placeInstructions(llvm::Module &module) {
  llvm::Function *function = module.getFunction(powerOfTwoCall);
  if (!function)
    return;
  for (Chain &chain : chainsOf(*function)) {
    llvm::SmallVector<CallInst *> lanes = lanesOf(chain, *function);
    if (!llvm::is_contained({4u, 8u, 16u}, lanes.size()))
      continue;
    llvm::IRBuilder<> builder(chain.back());
    chain.back()->replaceAllUsesWith(createPowerOfTwo(builder, joined(lanes, builder)));
    for (InsertElementInst *insert : llvm::reverse(chain))
      insert->eraseFromParent();
  }
  for (llvm::User *user : llvm::make_early_inc_range(function->users())) {
    auto *call = llvm::cast<CallInst>(user);
    llvm::IRBuilder<> builder(call);
    if (!call->use_empty())
      call->replaceAllUsesWith(createSinglePowerOfTwo(builder, call->getArgOperand(0)));
    call->eraseFromParent();
  }
  function->eraseFromParent();
}

} // namespace attune::kernels
