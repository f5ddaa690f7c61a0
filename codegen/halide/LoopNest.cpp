#include "codegen/halide/LoopNest.h"
#include <algorithm>

using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

namespace attune::kernels {

LoopNest::LoopNest(Halide::Stage stage, std::string owner, bool guarded, bool isPiece)
    : stage(std::move(stage)), owner(std::move(owner)), guarded(guarded), isPiece(isPiece) {}

void LoopNest::add(const Axis &axis, VarOrRVar variable) {
  // Extents of pure loops of inner stages are what consumers ask for.
  bool known = variable.is_rvar || guarded;
  loops.push_back({axis.name, variable, known ? axis.constant : std::nullopt});
}

bool LoopNest::has(const std::string &name) const {
  return std::any_of(loops.begin(), loops.end(), [&](const Loop &loop) { return loop.name == name && !loop.consumed; });
}

const LoopNest::Loop &LoopNest::find(const std::string &name) const {
  for (const Loop &loop : loops)
    if (loop.name == name && !loop.consumed)
      return loop;
  throw KernelError("there is no loop '" + name + "' in stage '" + owner + "'; it has " + list());
}

LoopNest::Loop &LoopNest::find(const std::string &name) {
  return const_cast<Loop &>(static_cast<const LoopNest *>(this)->find(name));
}

VarOrRVar LoopNest::get(const std::string &loop) const { return find(loop).variable; }
bool LoopNest::isReduced(const std::string &loop) const { return find(loop).variable.is_rvar; }

std::string LoopNest::list() const {
  std::string text;
  for (const Loop &loop : loops)
    if (!loop.consumed)
      text += (text.empty() ? "" : ", ") + loop.name;
  return text.empty() ? "none" : text;
}

VarOrRVar LoopNest::innermostExcept(const std::vector<std::string> &names) const {
  for (const Loop &loop : loops)
    if (!loop.consumed && std::find(names.begin(), names.end(), loop.name) == names.end())
      return loop.variable;
  throw KernelError("stage '" + owner + "' has no loop left");
}

/// A new variable; the suffix keeps axes called alike apart.
VarOrRVar LoopNest::fresh(const Loop &like, const std::string &name) const {
  static unsigned count = 0;
  std::string text;
  for (char c : name)
    text += isalnum(static_cast<unsigned char>(c)) ? c : '_';
  text += "_" + std::to_string(++count);
  if (like.variable.is_rvar)
    return RVar(text);
  return Var(text);
}

TailStrategy LoopNest::tailFor(const Loop &loop, int64_t factor, Tail tail) const {
  switch (tail) {
  case Tail::Guard: return TailStrategy::GuardWithIf;
  case Tail::Pad: return TailStrategy::RoundUp;
  case Tail::Shift: return TailStrategy::ShiftInwards;
  case Tail::Default: break;
  }
  if (loop.variable.is_rvar)
    return TailStrategy::GuardWithIf;
  // Halide pads no piece of a loop of an update; the test is constant here.
  if (loop.extent && *loop.extent % factor == 0)
    return isPiece ? TailStrategy::GuardWithIf : TailStrategy::RoundUp;
  return guarded ? TailStrategy::GuardWithIf : TailStrategy::RoundUp;
}

void LoopNest::split(const std::string &name, int64_t factor, Tail tail, const std::string &outer,
                     const std::string &inner) {
  if (factor < 1 || factor > (1 << 20))
    throw KernelError("a factor of " + std::to_string(factor) + " for loop '" + name + "' of stage '" + owner +
                      "' is not between 1 and 1048576");
  if (outer != name && has(outer))
    throw KernelError("stage '" + owner + "' already has a loop '" + outer + "'");
  auto position = std::find_if(loops.begin(), loops.end(), [&](const Loop &l) { return l.name == name && !l.consumed; });
  Loop old = find(name);
  TailStrategy strategy = tailFor(old, factor, tail);
  if (guarded && !old.variable.is_rvar && tail == Tail::Pad && (!old.extent || *old.extent % factor))
    throw KernelError("'" + name + "' of stage '" + owner + "' cannot be padded: it is the kernel's result; use guard");
  Loop in{inner, fresh(old, inner), factor}, out{outer, fresh(old, outer), std::nullopt};
  if (old.extent && *old.extent % factor == 0)
    out.extent = *old.extent / factor;
  stage.split(old.variable, out.variable, in.variable, static_cast<int>(factor), strategy);
  *position = out;
  loops.insert(loops.begin() + (position - loops.begin()), in);
}

void LoopNest::tile(const std::string &axis, const std::string &outer, int64_t factor, Tail tail) {
  split(axis, factor, tail, outer, axis);
}

void LoopNest::reorder() {
  std::vector<VarOrRVar> variables;
  for (const Loop &loop : loops)
    variables.push_back(loop.variable);
  if (variables.size() > 1)
    stage.reorder(variables);
}

void LoopNest::order(const std::vector<std::string> &names) {
  std::vector<Loop> wanted;
  for (const std::string &name : names) {
    if (std::count(names.begin(), names.end(), name) > 1)
      throw KernelError("order names loop '" + name + "' of stage '" + owner + "' twice");
    wanted.push_back(find(name));
  }
  size_t next = 0;
  for (Loop &loop : loops)
    if (!loop.consumed && std::find(names.begin(), names.end(), loop.name) != names.end())
      loop = wanted[next++];
  reorder();
}

void LoopNest::moveInnermost(const std::vector<std::string> &names) {
  std::vector<Loop> inner, named, rest;
  for (const std::string &name : names)
    named.push_back(find(name));
  for (const Loop &loop : loops)
    if (loop.consumed)
      inner.push_back(loop);
    else if (std::find(names.begin(), names.end(), loop.name) == names.end())
      rest.push_back(loop);
  inner.insert(inner.end(), named.begin(), named.end());
  inner.insert(inner.end(), rest.begin(), rest.end());
  loops = std::move(inner);
  reorder();
}

void LoopNest::moveOutermost(const std::vector<std::string> &names) {
  std::vector<Loop> moved;
  for (const std::string &name : names)
    moved.insert(moved.begin(), find(name));
  loops.erase(std::remove_if(loops.begin(), loops.end(),
                             [&](const Loop &l) {
                               return !l.consumed && std::find(names.begin(), names.end(), l.name) != names.end();
                             }),
              loops.end());
  loops.insert(loops.end(), moved.begin(), moved.end());
  reorder();
}

void LoopNest::consume(const std::string &name, const std::string &inner, int64_t count, Tail tail) {
  split(name, count, tail, name, inner);
  auto part = std::find_if(loops.begin(), loops.end(), [&](const Loop &l) { return l.name == inner; });
  part->consumed = true;
  std::rotate(loops.begin(), part, part + 1);
  reorder();
}

void LoopNest::lanes(const std::string &name, int64_t count, Tail tail) {
  if (isReduced(name))
    stage.atomic();
  consume(name, name + ".lanes", count, tail);
  stage.vectorize(loops.front().variable);
}

void LoopNest::unroll(const std::string &name, int64_t count) {
  Loop &loop = find(name);
  if (count == 0 || loop.extent == count) {
    if (loop.variable.is_rvar && !loop.extent)
      throw KernelError("loop '" + name + "' of stage '" + owner +
                        "' cannot be unrolled whole: its length is known only when running; give a number");
    stage.unroll(loop.variable);
  } else if (loop.variable.is_rvar) {
    stage.unroll(loop.variable, static_cast<int>(count), TailStrategy::GuardWithIf);
  } else if (count > 1) {
    consume(name, name + ".unrolled", count, Tail::Default);
    stage.unroll(loops.front().variable);
  }
}

void LoopNest::parallel(const std::vector<std::string> &names) {
  moveOutermost(names);
  bool anyReduced = std::any_of(names.begin(), names.end(), [&](const std::string &n) { return isReduced(n); });
  if (anyReduced) {
    // Reduced and other loops do not fuse: they nest.
    for (const std::string &name : names)
      stage.parallel(get(name));
    Loop alias = find(names.back());
    alias.name = "parallel";
    loops.push_back(alias);
    return;
  }
  Loop fused = find(names.back());
  for (size_t i = names.size() - 1; i-- > 0;) {
    Loop outer = find(names[i]);
    VarOrRVar both = fresh(fused, "parallel");
    stage.fuse(fused.variable, outer.variable, both.var);
    fused.variable = both;
  }
  stage.parallel(fused.variable);
  if (names.size() > 1)
    loops.erase(std::remove_if(loops.begin(), loops.end(),
                               [&](const Loop &l) {
                                 return !l.consumed && std::find(names.begin(), names.end(), l.name) != names.end();
                               }),
                loops.end());
  fused.name = "parallel";
  loops.push_back(fused);
}

} // namespace attune::kernels
