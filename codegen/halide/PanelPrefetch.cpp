#include "codegen/halide/PanelPrefetch.h"
#include "codegen/halide/WideIndices.h"
#include "llvm/ADT/STLExtras.h"

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

namespace {

/// Loads of whole vectors from the kernel's arguments.
class ArgumentVectors : public IRGraphVisitor {
public:
  std::vector<const Load *> found;
  bool hasLoops = false;

protected:
  using IRGraphVisitor::visit;
  void visit(const Load *load) override {
    const Ramp *ramp = load->index.as<Ramp>();
    if (load->param.defined() && ramp && is_const_one(ramp->stride))
      found.push_back(load);
    IRGraphVisitor::visit(load);
  }
  void visit(const For *) override { hasLoops = true; }
};

/// Differences show however Halide mixes widths.
Expr wide(const Expr &value) { return simplify(wideIndex(value)); }

Expr variable(const For *loop) { return Variable::make(Halide::Int(32), loop->name); }

/// What the iterations of a loop read one after another, each `step` elements.
struct Panel {
  const Load *first; ///< of an iteration
  int64_t step;

  Expr base() const { return wide(first->index.as<Ramp>()->base); }
  Expr baseAt(const For *loop, const Expr &iteration) const {
    return wide(substitute(loop->name, iteration, first->index.as<Ramp>()->base));
  }
};

/// One where a tile reads one, and as many as lie beside each other where it is wider. Weights are what is read in the widest
/// vectors: of rows dot products read a few terms.
std::vector<Panel> panelsOf(const For *loop, llvm::ArrayRef<const Load *> loads) {
  std::vector<Panel> panels;
  int lanes = 0;
  for (const Load *load : loads)
    lanes = std::max(lanes, load->type.lanes());
  for (const Load *load : loads) {
    if (load->type.lanes() < lanes)
      continue;
    Panel panel{load, 0};
    auto step = as_const_int(simplify(panel.baseAt(loop, variable(loop) + 1) - panel.base()));
    bool isPart = llvm::any_of(panels, [&](Panel &other) {
      auto place = as_const_int(simplify(panel.base() - other.base()));
      return place && *place >= 0 && *place < other.step;
    });
    if (!step || *step <= 0 || isPart || (!panels.empty() && panels[0].first->name != load->name))
      continue;
    panel.step = *step;
    panels.push_back(panel);
  }
  return panels;
}

/// Into the second cache, for a read. Halide's own prefetches are of data that is used once; its modules declare this
/// intrinsic for them.
Stmt prefetch(const std::string &buffer, const Expr &bytes) {
  constexpr int read = 0, secondCache = 2, data = 1;
  Expr start = reinterpret(Halide::UInt(64), Variable::make(Halide::Handle(), buffer));
  Expr address = reinterpret(Halide::Handle(), start + cast(Halide::UInt(64), bytes));
  return Evaluate::make(Call::make(Halide::Int(32), "llvm.prefetch.p0", {address, read, secondCache, data}, Call::Extern));
}

} // namespace

Stmt PanelPrefetch::visit(const LetStmt *let) {
  ScopedBinding<Expr> bind(lets, let->name, let->value);
  return IRMutator::visit(let);
}

Stmt PanelPrefetch::visit(const For *loop) {
  if (loop->is_parallel()) {
    std::vector<const For *> outside;
    std::swap(outside, loops);
    Stmt result = IRMutator::visit(loop);
    std::swap(outside, loops);
    return result;
  }
  bool isOfTerms = llvm::any_of(ofTerms, [&](const std::string &name) { return starts_with(loop->name, name); });
  if (Stmt result = isOfTerms ? withPrefetch(loop) : Stmt(); result.defined())
    return result;
  loops.push_back(loop);
  Stmt result = IRMutator::visit(loop);
  loops.pop_back();
  return result;
}

/// The loop, each of whose iterations fetches a part of this tile's share of what follows; undefined where it reads no panels.
Stmt PanelPrefetch::withPrefetch(const For *loop) {
  ArgumentVectors loads;
  Stmt body = substitute_in_all_lets(loop->body);
  body.accept(&loads);
  std::vector<Panel> panels = panelsOf(loop, loads.found);
  if (loads.hasLoops || panels.empty())
    return Stmt();
  // Which of how many tiles of these panels it is.
  Expr tile = IntImm::make(Halide::Int(64), 0), tiles = IntImm::make(Halide::Int(64), 1);
  for (const For *outer : llvm::reverse(loops)) {
    if (expr_uses_var(panels[0].first->index, outer->name, lets))
      break;
    tile = tile + wide(variable(outer) - outer->min) * tiles;
    tiles = tiles * wide(outer->extent);
  }
  Expr bytes = panels[0].first->type.bytes(), step = Expr(panels[0].step) * bytes, iteration = wide(variable(loop) - loop->min);
  std::string name = unique_name("part");
  Stmt result = loop->body;
  std::vector<std::pair<std::string, Expr>> shares;
  for (const Panel &panel : panels) {
    Expr whole = Expr(panel.step) * wide(loop->extent) * bytes, others = static_cast<int>(panels.size() - 1);
    Expr share = panel.baseAt(loop, loop->min + loop->extent) * bytes + whole * others + whole * tile / tiles;
    shares.emplace_back(unique_name("share"), share);
    Expr at = Variable::make(Halide::Int(64), shares.back().first) + iteration * Variable::make(Halide::Int(64), name);
    result = Block::make(prefetch(panel.first->name, at), result);
  }
  result = For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api, result);
  for (const auto &[share, value] : shares)
    result = LetStmt::make(share, simplify(value), result);
  return LetStmt::make(name, simplify((step + tiles - 1) / tiles), result);
}

} // namespace attune::kernels
