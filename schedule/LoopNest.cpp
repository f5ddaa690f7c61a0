#include "schedule/LoopNest.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace attune {

LoopNest::LoopNest(std::string owner, bool guarded, bool isUpdate)
    : owner(std::move(owner)), guarded(guarded), isUpdate(isUpdate) {}

void LoopNest::add(StringRef axis, unsigned position, std::optional<int64_t> size, bool isReduced) {
  // Loops of inner stages run as far as consumers ask.
  ++axisCount;
  std::optional<int64_t> extent = isReduced || guarded ? size : std::nullopt;
  loops.push_back({axis.str(), newId(position), {position}, isReduced, extent, extent});
}

unsigned LoopNest::newId(ArrayRef<unsigned> axes) {
  axesById.emplace_back(axes);
  return axesById.size() - 1;
}

void LoopNest::fail(const llvm::Twine &why) {
  if (problem.empty())
    problem = why.str();
}

const Loop *LoopNest::lookup(StringRef name) const {
  for (const Loop &loop : loops)
    if (loop.isCalled(name))
      return &loop;
  return nullptr;
}

const Loop *LoopNest::byId(unsigned id) const {
  for (const Loop &loop : loops)
    if (loop.id == id)
      return &loop;
  return nullptr;
}

Loop *LoopNest::find(StringRef name) {
  const Loop *loop = lookup(name);
  if (!loop)
    fail("there is no loop '" + name + "' in stage '" + owner + "'; it has " + list());
  return const_cast<Loop *>(loop);
}

bool LoopNest::isReduced(StringRef loop) const {
  const Loop *found = lookup(loop);
  return found && found->isReduced;
}

std::string LoopNest::list() const {
  std::string text;
  for (const Loop &loop : loops)
    if (!loop.consumed)
      text += (text.empty() ? "" : ", ") + loop.name;
  return text.empty() ? "none" : text;
}

const Loop *LoopNest::innermostExcept(ArrayRef<std::string> names) const {
  for (const Loop &loop : loops)
    if (!loop.consumed && !llvm::is_contained(names, loop.name))
      return &loop;
  return nullptr;
}

Tail LoopNest::tailFor(const Loop &loop, int64_t factor, Tail tail) const {
  // What would be padded in a tile of an update belongs to the next tile too,
  // and would be added twice. Where the factor divides, the test is constant.
  if (isUpdate && loop.depth)
    return Tail::Guard;
  if (tail != Tail::Default)
    return tail;
  if (loop.isReduced)
    return Tail::Guard;
  if (loop.extent && *loop.extent % factor == 0)
    return isUpdate ? Tail::Guard : Tail::Pad;
  return guarded ? Tail::Guard : Tail::Pad;
}

bool LoopNest::split(StringRef name, int64_t factor, Tail tail, StringRef outer, StringRef inner) {
  if (outer != name && has(outer)) {
    fail("stage '" + owner + "' already has a loop '" + outer + "'");
    return false;
  }
  Loop *found = find(name);
  if (!found)
    return false;
  Loop old = *found;
  if (guarded && !old.isReduced && tail == Tail::Pad && (!old.extent || *old.extent % factor)) {
    fail("'" + name + "' of stage '" + owner + "' cannot be padded: it is the kernel's result; use guard");
    return false;
  }
  if (guarded && !old.isReduced && old.depth && tail == Tail::Shift && *old.length < factor) {
    fail("'" + name + "' of stage '" + owner + "' cannot be shifted: it is the kernel's result, and a tile has " +
         llvm::Twine(*old.length) + " of it; use guard");
    return false;
  }
  if (isUpdate && old.depth && tail != Tail::Default && tail != Tail::Guard && (!old.extent || *old.extent % factor)) {
    fail("'" + name + "' of stage '" + owner + "' cannot be padded inside a tile: what is past its end is computed in the next "
         "tile too; use guard");
    return false;
  }
  Loop in = old, out = old;
  ++in.depth;
  in.name = inner.str();
  in.id = newId(old.axes);
  in.extent = in.length = factor;
  out.name = outer.str();
  out.id = newId(old.axes);
  out.extent = old.extent && *old.extent % factor == 0 ? std::optional(*old.extent / factor) : std::nullopt;
  out.length = old.length ? std::optional<int64_t>(llvm::divideCeil(*old.length, factor)) : std::nullopt;
  steps.push_back({LoopStep::Split, {old.id, out.id, in.id}, factor, tailFor(old, factor, tail)});
  size_t position = found - loops.data();
  loops[position] = out;
  loops.insert(loops.begin() + position, in);
  return true;
}

void LoopNest::tile(StringRef axis, StringRef outer, int64_t factor, Tail tail) { split(axis, factor, tail, outer, axis); }

void LoopNest::reorder() {
  LoopStep step{LoopStep::Reorder, {}};
  for (const Loop &loop : loops)
    step.loops.push_back(loop.id);
  if (step.loops.size() > 1)
    steps.push_back(step);
}

void LoopNest::order(ArrayRef<std::string> names) {
  std::vector<Loop> wanted;
  for (const std::string &name : names) {
    if (llvm::count(names, name) > 1)
      return fail("order names loop '" + name + "' of stage '" + owner + "' twice");
    if (Loop *loop = find(name))
      wanted.push_back(*loop);
    else
      return;
  }
  size_t next = 0;
  for (Loop &loop : loops)
    if (!loop.consumed && llvm::is_contained(names, loop.name))
      loop = wanted[next++];
  reorder();
}

void LoopNest::moveInnermost(ArrayRef<std::string> names) {
  std::vector<Loop> inner, named, rest;
  for (const std::string &name : names)
    if (Loop *loop = find(name))
      named.push_back(*loop);
    else
      return;
  for (const Loop &loop : loops)
    if (loop.consumed)
      inner.push_back(loop);
    else if (!llvm::is_contained(names, loop.name))
      rest.push_back(loop);
  llvm::append_range(inner, named);
  llvm::append_range(inner, rest);
  loops = std::move(inner);
  reorder();
}

void LoopNest::moveOutermost(ArrayRef<std::string> names) {
  std::vector<Loop> moved;
  for (const std::string &name : llvm::reverse(names))
    moved.push_back(*lookup(name));
  llvm::erase_if(loops, [&](const Loop &loop) { return !loop.consumed && llvm::is_contained(names, loop.name); });
  llvm::append_range(loops, moved);
  reorder();
}

Loop *LoopNest::consume(StringRef name, StringRef inner, int64_t count, Tail tail, Loop::Kind kind) {
  if (!split(name, count, tail, name, inner))
    return nullptr;
  auto part = llvm::find_if(loops, [&](const Loop &loop) { return loop.name == inner && !loop.consumed; });
  part->consumed = true;
  part->kind = kind;
  std::rotate(loops.begin(), part, part + 1);
  reorder();
  return &loops.front();
}

void LoopNest::lanes(StringRef name, int64_t count, Tail tail) {
  if (isReduced(name))
    steps.push_back({LoopStep::Atomic, {}});
  if (Loop *vector = consume(name, (name + ".lanes").str(), count, tail, Loop::Vector))
    steps.push_back({LoopStep::Vectorize, {vector->id}});
}

void LoopNest::unroll(StringRef name, int64_t count) {
  Loop *loop = find(name);
  if (!loop)
    return;
  if (count == 0 || loop->extent == count) {
    if (loop->isReduced && !loop->extent)
      return fail("loop '" + name + "' of stage '" + owner +
                  "' cannot be unrolled whole: its length is known only when running; give a number");
    loop->kind = Loop::Unrolled;
    steps.push_back({LoopStep::Unroll, {loop->id}});
  } else if (loop->isReduced) {
    loop->copies = count;
    steps.push_back({LoopStep::UnrollBy, {loop->id}, count});
  } else if (count > 1) {
    if (Loop *copies = consume(name, (name + ".unrolled").str(), count, Tail::Default, Loop::Unrolled))
      steps.push_back({LoopStep::Unroll, {copies->id}});
  }
}

void LoopNest::makeTasks(ArrayRef<std::string> names, Loop::Kind kind) {
  std::string word = kind == Loop::Block ? "block" : "parallel";
  LoopStep::Kind step = kind == Loop::Block ? LoopStep::Block : LoopStep::Parallel;
  for (const std::string &name : names) {
    if (llvm::count(names, name) > 1)
      return fail(word + " names loop '" + name + "' of stage '" + owner + "' twice");
    if (!find(name))
      return;
  }
  // Reduced and other loops do not become one: they nest. Where one is reduced, tasks nest
  // all; blocks nest as many of the innermost as they have dimensions.
  std::vector<std::string> joined, nested;
  for (const std::string &name : names)
    (isReduced(name) ? nested : joined).push_back(name);
  if (kind == Loop::Parallel && !nested.empty()) {
    joined.clear();
    nested = names;
  } else if (kind == Loop::Block) {
    if (nested.size() + !joined.empty() > mostBlockLoops)
      return fail("block names " + llvm::Twine(nested.size()) + " loops of stage '" + owner + "' that are reduced, and blocks have " +
                  llvm::Twine(mostBlockLoops) + " dimensions");
    size_t apart = mostBlockLoops - nested.size();
    while (joined.size() > 1 && apart-- > 1) {
      nested.insert(nested.begin(), joined.back());
      joined.pop_back();
    }
  }
  std::vector<std::string> order(joined);
  llvm::append_range(order, nested);
  moveOutermost(order);
  for (const std::string &name : nested) {
    Loop *loop = find(name);
    loop->kind = kind;
    steps.push_back({step, {loop->id}});
  }
  if (!joined.empty() && !join(joined, kind, word, names))
    return;
  (nested.empty() ? loops.back() : *find(nested.back())).isTask = true;
}

bool LoopNest::join(ArrayRef<std::string> names, Loop::Kind kind, StringRef word, ArrayRef<std::string> all) {
  for (const std::string &name : names)
    for (const Loop &tile : loops)
      if (names.size() > 1 && !tile.consumed && !llvm::is_contained(all, tile.name) && tile.axes == find(name)->axes &&
          tile.depth < find(name)->depth) {
        fail("'" + name + "' of stage '" + owner + "' runs inside of the tiles of '" + tile.name + "': to be one with other " +
             (kind == Loop::Block ? "blocks" : "parallel loops") + " it needs '" + tile.name + "' among them");
        return false;
      }
  Loop fused = *find(names.back());
  for (const std::string &name : llvm::drop_begin(llvm::reverse(names))) {
    const Loop *outer = lookup(name);
    llvm::append_range(fused.axes, outer->axes);
    fused.depth = std::max(fused.depth, outer->depth);
    unsigned id = newId(fused.axes);
    steps.push_back({LoopStep::Fuse, {fused.id, outer->id, id}});
    fused.extent = fused.length = std::nullopt; // many tasks: nothing asks how many
    fused.id = id;
  }
  fused.kind = kind;
  if (names.size() > 1)
    fused.name = word.str();
  steps.push_back({kind == Loop::Block ? LoopStep::Block : LoopStep::Parallel, {fused.id}});
  llvm::erase_if(loops, [&](const Loop &loop) { return !loop.consumed && llvm::is_contained(names, loop.name); });
  loops.push_back(fused);
  return true;
}

void LoopNest::block(ArrayRef<std::string> names) {
  if (names.empty())
    steps.push_back({LoopStep::Block, {}});
  else
    makeTasks(names, Loop::Block);
}

void LoopNest::thread(StringRef name, int64_t count) {
  if (isReduced(name))
    return fail("threads share '" + name + "' of stage '" + owner + "', which is reduced: their terms would be lost");
  std::string threads = (name + ".thread").str();
  // A thread that has nothing to do costs less than elements that nobody asked for.
  if (!split(name, count, Tail::Guard, name, threads))
    return;
  Loop *loop = find(threads);
  loop->kind = Loop::Thread;
  steps.push_back({LoopStep::Thread, {loop->id}});
  // The threads that came first stay the inner ones.
  moveOutermost({threads});
}

} // namespace attune
