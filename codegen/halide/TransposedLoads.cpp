#include "codegen/halide/TransposedLoads.h"
#include "codegen/halide/Statements.h"
#include "llvm/ADT/ArrayRef.h"
#include <utility>

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

namespace {

using Values = std::map<std::string, Expr>;

/// An index as the sum that it is: names are what they stand for, and conversions, which indices do not overflow in, those
/// of terms.
class Terms : public IRMutator {
public:
  explicit Terms(const Values &values) : values(values) {}

protected:
  using IRMutator::visit;
  Expr visit(const Variable *variable) override {
    auto found = values.find(variable->name);
    return found == values.end() ? Expr(variable) : mutate(found->second);
  }
  Expr visit(const Cast *cast) override {
    Expr value = mutate(cast->value);
    const Add *sum = value.type().element_of() == Halide::Int(32) && cast->type.is_int() ? value.as<Add>() : nullptr;
    return sum ? mutate(Cast::make(cast->type, sum->a)) + mutate(Cast::make(cast->type, sum->b)) : Cast::make(cast->type, value);
  }

private:
  const Values &values;
};

/// Rows and columns of what is transposed: as many elements of f32 as 128 bits have, within which shuffles are cheap.
constexpr int side = 4;

bool isUnconditional(const Expr &predicate) { return is_const_one(predicate); }

/// What a statement copies, vector by vector, from rows of another buffer; null if it does not.
const Load *loadFromRows(const Stmt &statement) {
  const Store *store = statement.as<Store>();
  const Load *load = store && isUnconditional(store->predicate) ? store->value.as<Load>() : nullptr;
  if (!load || !isUnconditional(load->predicate) || load->name == store->name || load->type.lanes() % side ||
      load->index.as<Broadcast>())
    return nullptr;
  const Ramp *ramp = load->index.as<Ramp>();
  return ramp && is_const_one(ramp->stride) ? nullptr : load;
}

/// Whether `statements` copy neighbours, each its element of the same rows, to one buffer.
bool copyNeighbours(llvm::ArrayRef<Stmt> statements, const Values &values) {
  const Load *first = loadFromRows(statements.front());
  if (!first)
    return false;
  Expr start = Terms(values).mutate(first->index);
  for (size_t i = 1; i < statements.size(); ++i) {
    const Load *load = loadFromRows(statements[i]);
    if (!load || load->name != first->name || load->type != first->type ||
        statements[i].as<Store>()->name != statements.front().as<Store>()->name ||
        !is_const(simplify(Terms(values).mutate(load->index) - start), static_cast<int64_t>(i)))
      return false;
  }
  return true;
}

/// Of each four lanes of two vectors the elements that `places` says, as unpack instructions do: 0 to 3 of the first one's,
/// 4 to 7 of the second one's.
Expr withinFours(const Expr &a, const Expr &b, llvm::ArrayRef<int> places) {
  int lanes = a.type().lanes();
  std::vector<int> indices;
  for (int from = 0; from < lanes; from += side)
    for (int place : places)
      indices.push_back(place < side ? from + place : lanes + from + place - side);
  return Shuffle::make({a, b}, indices);
}

Stmt transposed(llvm::ArrayRef<Stmt> statements) {
  const Load *first = loadFromRows(statements.front());
  Halide::Type type = first->type;
  std::vector<std::pair<std::string, Expr>> lets;
  auto name = [&](Expr value) {
    lets.emplace_back(unique_name("transposed"), value);
    return Variable::make(type, lets.back().first);
  };
  std::vector<Expr> rows, halves;
  for (int row = 0; row < side; ++row) {
    std::vector<Expr> parts;
    for (int lane = row; lane < type.lanes(); lane += side) {
      Expr from = extract_lane(first->index, lane);
      parts.push_back(Load::make(type.with_lanes(side), first->name, Ramp::make(from, make_one(from.type()), side), first->image,
                                 first->param, const_true(side), ModulusRemainder()));
    }
    rows.push_back(name(Shuffle::make_concat(parts)));
  }
  for (int pair = 0; pair < side; pair += 2) {
    halves.push_back(name(withinFours(rows[pair], rows[pair + 1], {0, 4, 1, 5})));
    halves.push_back(name(withinFours(rows[pair], rows[pair + 1], {2, 6, 3, 7})));
  }
  std::vector<Stmt> stores;
  for (int i = 0; i < side; ++i) {
    const Store *store = statements[i].as<Store>();
    const Expr &low = halves[i / 2], &high = halves[2 + i / 2];
    Expr value = i % 2 ? withinFours(low, high, {2, 3, 6, 7}) : withinFours(low, high, {0, 1, 4, 5});
    stores.push_back(Store::make(store->name, value, store->index, store->param, store->predicate, store->alignment));
  }
  Stmt result = Block::make(stores);
  for (auto let = lets.rbegin(); let != lets.rend(); ++let)
    result = LetStmt::make(let->first, let->second, result);
  return result;
}

} // namespace

Stmt TransposedLoads::visit(const LetStmt *let) {
  // Copies of a loop have the same names with values of their own.
  Expr outer = std::exchange(values[let->name], let->value);
  Stmt result = IRMutator::visit(let);
  if (outer.defined())
    values[let->name] = outer;
  else
    values.erase(let->name);
  return result;
}

Stmt TransposedLoads::visit(const Block *block) {
  std::vector<Stmt> statements = statementsOf(block), result;
  for (size_t i = 0; i < statements.size();) {
    auto next = llvm::ArrayRef(statements).drop_front(i).take_front(side);
    bool isFound = next.size() == side && copyNeighbours(next, values);
    result.push_back(isFound ? transposed(next) : mutate(statements[i]));
    i += isFound ? side : 1;
  }
  return Block::make(result);
}

} // namespace attune::kernels
