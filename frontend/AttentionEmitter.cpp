#include "frontend/AttentionEmitter.h"
#include "frontend/Limits.h"

using namespace llvm;
using attune::attn::TensorType;

namespace attune::frontend {

namespace {

enum SizeName { Batch, Heads, KvHeads, Queries, Keys, Depth, Features };
constexpr StringRef sizeSpellings[] = {"batch",   "heads", "kv_heads",
                                       "queries", "keys",  "depth",
                                       "features"};
constexpr StringRef indexSpellings[] = {"b", "h", "i", "j"};
constexpr StringRef lineSpellings[] = {"score", "keep", "weight"};

/// The symbol that stands for an index in sizes: "%i".
std::string indexSymbol(StringRef name) { return "%" + name.str(); }

} // namespace

ArrayRef<StringRef> AttentionEmitter::indexNames() { return indexSpellings; }
ArrayRef<StringRef> AttentionEmitter::sizeNames() { return sizeSpellings; }
ArrayRef<StringRef> AttentionEmitter::lineNames() { return lineSpellings; }

//===-- The call -----------------------------------------------------------===//

Value AttentionEmitter::run(const CallExpr *call) {
  if (mb.region)
    return mb.failAt(call->range, "an attention definition cannot use another "
                                  "attention");
  if (decl->parameters.size() < 3)
    return {}; // reported by the parser
  if (evaluator.isRecursive(decl, call->callee.range))
    return {};
  std::vector<Value> values;
  std::vector<SMRange> places;
  bool fine =
      evaluator.evaluateArguments(decl->parameters, call, values, places);
  std::optional<std::string> path;
  if (call->path && !(path = evaluator.evaluatePath(call->path)))
    return {};
  if (!fine || !checkOperands(call, values, places))
    return {};
  Scope scope;
  Frame inner;
  inner.decl = decl;
  inner.module = module;
  inner.scope = &scope;
  FrameScope frames(evaluator, inner);
  evaluator.active.push_back(decl);
  for (auto [name, size] : llvm::zip(sizeSpellings, sizes))
    evaluator.define(name, makeInt(size));
  Value result;
  if (evaluator.bindArguments(decl->parameters, 3, values, places,
                              decl->name.name)) {
    std::string savedPath = mb.path;
    mb.calls.push_back({decl->name.name, call->callee.range});
    if (path)
      mb.path = *path;
    if (readBody())
      result = emit(call);
    mb.path = savedPath;
    mb.calls.pop_back();
  }
  evaluator.active.pop_back();
  return result;
}

bool AttentionEmitter::checkOperands(const CallExpr *call,
                                     ArrayRef<Value> values,
                                     ArrayRef<SMRange> places) {
  StringRef roles[] = {"query [batch, queries, heads, depth]",
                       "key [batch, keys, kv_heads, depth]",
                       "value [batch, keys, kv_heads, features]"};
  mlir::Value *tensors[] = {&query, &key, &value};
  ArrayPtr arrays[3];
  for (unsigned i = 0; i < 3; ++i) {
    arrays[i] = values[i].array();
    if (!arrays[i] || arrays[i]->rank() != 4 || !isFloat(arrays[i]->element)) {
      mb.failAt(places[i], "the operand '" + decl->parameters[i].name.name +
                               "' of '" + decl->name.name + "' is the " +
                               roles[i] + " of floats, not " +
                               describe(values[i]));
      return false;
    }
  }
  const Array &q = *arrays[0], &k = *arrays[1], &v = *arrays[2];
  sizes = {q.sizes[0], q.sizes[2], k.sizes[2], q.sizes[1],
           k.sizes[1], q.sizes[3], v.sizes[3]};
  struct Same {
    StringRef what;
    unsigned first, firstAxis, second, secondAxis;
  };
  StringRef names[] = {"query", "key", "value"};
  for (Same same : {Same{"batch", 0, 0, 1, 0}, Same{"batch", 0, 0, 2, 0},
                    Same{"keys", 1, 1, 2, 1}, Same{"kv_heads", 1, 2, 2, 2},
                    Same{"depth", 0, 3, 1, 3}}) {
    SizeAttr a = arrays[same.first]->sizes[same.firstAxis];
    SizeAttr b = arrays[same.second]->sizes[same.secondAxis];
    if (a == b)
      continue;
    mb.failAt(places[same.second],
              "the size '" + same.what + "' is " + describe(a) + " in the " +
                  names[same.first] + " but " + describe(b) + " in the " +
                  names[same.second]);
    return false;
  }
  std::optional<int64_t> heads = sizes[Heads].getConstant(),
                         kvHeads = sizes[KvHeads].getConstant();
  if (!heads || !kvHeads) {
    mb.failAt(call->range, "the numbers of heads must be known when compiling, "
                           "not " +
                               describe(sizes[Heads]) + " and " +
                               describe(sizes[KvHeads]));
    return false;
  }
  if (*heads % *kvHeads) {
    mb.failAt(call->range, "the number of heads, " + Twine(*heads) +
                               ", must be a multiple of kv_heads, " +
                               Twine(*kvHeads));
    return false;
  }
  for (unsigned i = 0; i < 3; ++i)
    if (!(*tensors[i] = mb.materialize(arrays[i], names[i])))
      return false;
  return true;
}

bool AttentionEmitter::readBody() {
  bool fine = true;
  for (const Stmt *statement : decl->body) {
    if (auto *params = dyn_cast<ParamsStmt>(statement)) {
      evaluator.executeParams(params);
      continue;
    }
    auto *bind = dyn_cast<BindStmt>(statement);
    if (bind && !bind->isVar) {
      lets.push_back(bind);
      continue;
    }
    auto *line = dyn_cast<AssignStmt>(statement);
    StringRef name = line ? line->name.name : "";
    const AssignStmt **slot = name == "score"    ? &score
                              : name == "keep"   ? &keep
                              : name == "weight" ? &weight
                                                 : nullptr;
    if (!slot) {
      mb.failAt(line ? line->name.range : statement->range,
                "an attention definition holds 'score = …', 'keep = …', "
                "'weight = …', 'let' and 'param'");
      fine = false;
    } else if (*slot) {
      mb.failAt(line->name.range, "'" + name + "' is given twice");
      fine = false;
    } else {
      *slot = line;
    }
  }
  return fine;
}

//===-- Regions ------------------------------------------------------------===//

const Expr *AttentionEmitter::lineOf(RegionState::Kind kind) const {
  const AssignStmt *line = kind == RegionState::Score  ? score
                           : kind == RegionState::Keep ? keep
                                                       : weight;
  return line ? line->value : nullptr;
}

SmallVector<SizeAttr> AttentionEmitter::pairSizes() const {
  return {sizes[Batch], sizes[Heads], sizes[Queries], sizes[Keys]};
}

RegionState AttentionEmitter::makeState(RegionState::Kind kind,
                                        mlir::ValueRange indices) {
  RegionState state;
  state.kind = kind;
  SizeAttr one = SizeAttr::constant(mb.context(), 1);
  SmallVector<SizeAttr> ends = pairSizes();
  state.pairSizes.assign(ends);
  for (auto [n, name] : llvm::enumerate(indexSpellings)) {
    std::string symbol = indexSymbol(name);
    state.indices[symbol] = indices[n];
    state.pair.push_back(indices[n]);
    state.facts.indexEnd[symbol] = ends[n] - one;
  }
  if (kind == RegionState::Score || kind == RegionState::Weight)
    state.facts.nonNegative = keptFacts.nonNegative;
  return state;
}

Value AttentionEmitter::features(mlir::Value tensor, bool isKey) {
  auto type = cast<TensorType>(tensor.getType());
  int64_t group = *sizes[Heads].getConstant() / *sizes[KvHeads].getConstant();
  auto array = std::make_shared<Array>();
  array->element = computeElement(elementOf(type.getElementType()));
  array->sizes = {sizes[Depth]};
  array->isView = true;
  array->at = [tensor, isKey, group](Body &body, ArrayRef<mlir::Value> e) {
    using namespace mlir::arith;
    auto index = [&](StringRef name) {
      return body.indices->lookup(indexSymbol(name));
    };
    mlir::Value head = index("h");
    if (isKey && group != 1)
      head = FloorDivSIOp::create(body.builder, body.loc, head,
                                  indexConstant(body, group));
    mlir::Value row = index(isKey ? "j" : "i");
    return widen(body, attn::LoadOp::create(
                           body.builder, body.loc, tensor,
                           mlir::ValueRange{index("b"), row, head, e[0]}));
  };
  return Value(ArrayPtr(array));
}

void AttentionEmitter::defineNames(RegionState::Kind kind,
                                   mlir::Value scoreValue) {
  Evaluator &e = evaluator;
  auto hide = [&](StringRef name, const Twine &why) {
    Variable variable;
    variable.hidden = why.str();
    e.frame->scope->variables[name] = std::move(variable);
  };
  for (StringRef name : indexSpellings)
    e.define(name,
             makeInt(SizeAttr::symbol(mb.context(), indexSymbol(name))));
  StringRef q = decl->parameters[0].name.name, k = decl->parameters[1].name.name,
            v = decl->parameters[2].name.name;
  if (kind == RegionState::Keep) {
    for (StringRef name : {q, k})
      hide(name, "'" + Twine(name) + "' cannot decide what is kept: 'keep' is "
                                     "made of indices, sizes and arguments");
  } else {
    e.define(q, features(query, false));
    e.define(k, features(key, true));
  }
  hide(v, "'" + Twine(v) + "' is what the weights apply to; the lines of a "
                           "definition cannot read it");
  if (kind == RegionState::Weight) {
    auto array = std::make_shared<Array>();
    array->isView = true;
    array->at = [scoreValue](Body &, ArrayRef<mlir::Value>) {
      return scoreValue;
    };
    e.define("score", Value(ArrayPtr(array)));
  } else {
    hide("score", "'score' is known in 'weight' alone");
  }
  for (const BindStmt *let : lets) {
    auto [it, isNew] = e.frame->scope->variables.insert({let->name.name, {}});
    if (!isNew)
      mb.failAt(let->name.range, "'" + let->name.name + "' is declared twice");
    it->second.pending = let->value;
  }
}

Value AttentionEmitter::asScalar(const Value &value, Element element,
                                 const Expr *line, StringRef what) {
  if (value.isPoison())
    return {};
  const Constant *constant = value.constant();
  ArrayPtr array = value.array();
  bool isBool = constant ? constant->isBool()
                         : array && array->element == Element::Bool;
  bool fits = (constant || (array && array->rank() == 0)) &&
              isBool == (element == Element::Bool);
  if (!fits)
    return mb.failAt(line->range,
                     "'" + what + "' must be one " +
                         (element == Element::Bool ? "truth value" : "number") +
                         " for each pair, not " +
                         (array && array->rank() == 1
                              ? "a feature vector; close it with sum(…)"
                              : describe(value)));
  return value;
}

mlir::Value AttentionEmitter::defaultScore() {
  Value product = elementwise(
      mb, Operation::Multiply, {features(query, false), features(key, true)});
  Value sum = reduceFeatures(mb, Reduction::Sum, product);
  Value root = elementwise(mb, Operation::Sqrt, makeInt(sizes[Depth]));
  Value result = elementwise(mb, Operation::Divide, {sum, root});
  if (result.isPoison())
    return {};
  Body here = mb.body();
  return result.array()->at(here, {});
}

mlir::Value AttentionEmitter::emitLine(RegionState::Kind kind,
                                       mlir::Value scoreValue) {
  const Expr *line = lineOf(kind);
  NameScope names(*evaluator.frame);
  defineNames(kind, scoreValue);
  Body here = mb.body();
  if (!line) {
    if (kind == RegionState::Score)
      return defaultScore();
    if (kind == RegionState::Keep)
      return emitConstant(here, {true, {}}, Element::Bool);
    mb.region->hasNormalizer = true;
    return attn::NormalizeOp::create(
        here.builder, here.loc, here.builder.getF32Type(),
        attn::Normalizer::Softmax, scoreValue, mlir::Value());
  }
  mb.where = line->range;
  Element element = kind == RegionState::Keep ? Element::Bool : Element::F32;
  Value result = asScalar(evaluator.evaluate(line), element, line,
                          lineSpellings[kind]);
  if (result.isPoison())
    return {};
  Body body = mb.body();
  if (const Constant *constant = result.constant())
    return emitConstant(body, *constant, element);
  return convert(body, result.array()->at(body, {}), element);
}

void AttentionEmitter::emitRegion(mlir::Region &region,
                                  RegionState::Kind kind) {
  mlir::OpBuilder::InsertionGuard guard(mb.builder);
  mlir::Block *block = mb.builder.createBlock(&region);
  mlir::Location loc = mb.location();
  for (unsigned n = 0; n < 4; ++n)
    block->addArgument(mb.builder.getIndexType(), loc);
  mlir::Value scoreValue;
  if (kind == RegionState::Weight)
    scoreValue = block->addArgument(mb.builder.getF32Type(), loc);
  RegionState state =
      makeState(kind, block->getArguments().take_front(4));
  RegionState *saved = std::exchange(mb.region, &state);
  mlir::Value result = emitLine(kind, scoreValue);
  mb.region = saved;
  if (!result) { // an error was reported; keep the operation well formed
    Body body = mb.body();
    result = kind == RegionState::Keep
                 ? emitConstant(body, {true, {}}, Element::Bool)
                 : floatConstant(body, 0);
  }
  attn::YieldOp::create(mb.builder, mb.location(), result);
  checkGathers(region.getParentOfType<attn::AttentionOp>(), region, state);
  eraseDead(*block);
}

Value AttentionEmitter::emit(const CallExpr *call) {
  mb.where = call->range;
  auto valueType = cast<TensorType>(value.getType());
  auto type = TensorType::get(
      valueType.getElementType(),
      {sizes[Batch], sizes[Queries], sizes[Heads], sizes[Features]});
  if (mb.isStopped() ||
      !mb.checkShape(elementOf(valueType.getElementType()), type.getSizes()))
    return {};
  auto op = attn::AttentionOp::create(
      mb.builder, mb.location(), type,
      mb.builder.getStringAttr(decl->name.name), query, key, value,
      /*path=*/mlir::StringAttr());
  // `keep` first: what it says about kept pairs proves gathers elsewhere.
  emitRegion(op.getKeep(), RegionState::Keep);
  emitRegion(op.getScore(), RegionState::Score);
  emitRegion(op.getWeight(), RegionState::Weight);
  return Value(makeTensor(op.getResult()));
}

} // namespace attune::frontend
