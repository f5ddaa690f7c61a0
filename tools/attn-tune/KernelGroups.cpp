#include "tools/attn-tune/KernelGroups.h"
#include "codegen/link/Cache.h"
#include "schedule/ScheduleFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace mlir;

namespace attune::tune {
namespace {

/// What is compiled, without the numbers in names, which tell layers apart.
std::string anonymous(const std::string &text) {
  // Weights and the kernel itself are called by paths in quotes or after @.
  std::string result;
  StringRef rest = text;
  while (!rest.empty()) {
    size_t at = rest.find_first_of("@\"");
    result += rest.take_front(at);
    if (at == StringRef::npos)
      break;
    rest = rest.drop_front(at);
    size_t end = rest.starts_with("@\"") ? rest.find('"', 2)
                 : rest[0] == '"'         ? rest.find('"', 1)
                                          : rest.find_first_of(" :,)\n");
    if (end == StringRef::npos)
      end = rest.size() - 1;
    bool isQuoted = rest[end] == '"';
    StringRef name = rest.take_front(end + isQuoted);
    for (char c : name)
      if (!llvm::isDigit(c))
        result += c;
    rest = rest.drop_front(name.size());
  }
  return result;
}

/// The names of a group: a pattern where it has no other kernel, else each.
std::vector<std::string> namesOf(ArrayRef<const NamedKernel *> members, ArrayRef<NamedKernel> all) {
  std::vector<std::string> names;
  std::string pattern = members.front()->pattern();
  KernelBlock block{pattern, {}, {}, {}, UnknownLoc::get(members.front()->op->getContext())};
  auto isMember = [&](const NamedKernel &kernel) {
    return llvm::any_of(members, [&](const NamedKernel *member) { return member->op == kernel.op; });
  };
  bool fits = llvm::all_of(all, [&](const NamedKernel &kernel) {
    return isMember(kernel) == (block.matches(kernel.name) || block.matches(kernel.numbered));
  });
  if (fits && members.size() > 1)
    return {pattern};
  for (const NamedKernel *member : members)
    names.push_back(member->numbered);
  return names;
}

} // namespace

std::vector<KernelGroup> groupKernels(func::FuncOp model, func::FuncOp fused, const ModelInputs &inputs, StringRef circumstances,
                                      StringRef folder, llvm::function_ref<void(const llvm::Twine &)> warn) {
  std::vector<NamedKernel> kernels = namedKernels(model), before = namedKernels(fused);
  struct Members {
    std::string key;
    KernelModel model; ///< of the first
    SmallVector<const NamedKernel *> kernels;
  };
  std::vector<Members> found;
  for (auto [i, kernel] : llvm::enumerate(kernels)) {
    std::string inner = (folder + "/kernel" + Twine(i)).str();
    std::error_code code = llvm::sys::fs::create_directories(inner);
    auto alone = code ? llvm::createStringError("cannot make the folder " + inner + ": " + code.message())
                      : KernelModel::make(kernel.op, i < before.size() ? before[i].op : attn::KernelOp(), inputs, inner);
    if (!alone) {
      warn("kernel " + kernel.numbered + " keeps its default: " + llvm::toString(alone.takeError()));
      continue;
    }
    std::string text = anonymous(alone->text(alone->defaultSchedule())) + circumstances.str();
    std::string key = contentHash(text);
    auto same = llvm::find_if(found, [&](const Members &other) { return other.key == key; });
    if (same == found.end()) {
      found.push_back({key, std::move(*alone), {}});
      same = std::prev(found.end());
    }
    same->kernels.push_back(&kernel);
  }
  std::vector<KernelGroup> groups;
  for (Members &members : found) {
    groups.push_back({std::move(members.model), members.key, namesOf(members.kernels, kernels), {}, 0});
    for (const NamedKernel *member : members.kernels)
      groups.back().shown.push_back(member->name);
  }
  return groups;
}

void shareTime(std::vector<KernelGroup> &groups, const llvm::json::Object &profile) {
  std::map<std::string, double> times;
  std::map<std::string, size_t> kernels;
  double total = 0;
  if (const llvm::json::Array *list = profile.getArray("kernels"))
    for (const llvm::json::Value &value : *list)
      if (const llvm::json::Object *kernel = value.getAsObject()) {
        double time = kernel->getNumber("ms").value_or(0);
        times[kernel->getString("name").value_or("").str()] += time;
        total += time;
      }
  for (const KernelGroup &group : groups)
    for (const std::string &name : group.shown)
      ++kernels[name];
  for (KernelGroup &group : groups)
    for (const std::string &name : group.shown)
      group.share += total > 0 ? times[name] / kernels[name] / total : 0;
  std::stable_sort(groups.begin(), groups.end(),
                   [](const KernelGroup &a, const KernelGroup &b) { return a.share > b.share; });
}

} // namespace attune::tune
