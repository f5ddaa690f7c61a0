#include "schedule/PrintSchedules.h"
#include "dialect/KernelWork.h"
#include "schedule/Kernels.h"
#include "schedule/ScheduleFile.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <set>

using namespace mlir;
using llvm::StringRef;

namespace attune {
namespace {

constexpr size_t lineWidth = 110;

std::string quoted(StringRef name) {
  bool isWord = !name.empty() && llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  return isWord ? name.str() : "\"" + name.str() + "\"";
}

bool isScheduledAlike(attn::KernelOp a, attn::KernelOp b) {
  return a.getSchedules() == b.getSchedules() && a.getConditions() == b.getConditions();
}

void printStage(attn::StageScheduleAttr stage, unsigned depth, llvm::raw_ostream &os) {
  std::string line;
  llvm::raw_string_ostream text(line);
  StringRef name = stage.getStage();
  bool isWord = llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
  text << std::string(2 * depth, ' ') << (isWord ? name.str() : "\"" + name.str() + "\"") << " {";
  for (auto [i, directive] : llvm::enumerate(stage.getDirectives())) {
    std::string word = directive.str() + (i + 1 < stage.getDirectives().size() ? "," : "");
    if (line.size() + 1 + word.size() > lineWidth) {
      os << line << '\n';
      line = std::string(2 * depth + 2, ' ');
      line.pop_back();
    }
    text << ' ' << word;
  }
  os << line << " }\n";
}

class Printer {
public:
  explicit Printer(llvm::raw_ostream &os) : os(os) {}

  void print(func::FuncOp function, unsigned depth) {
    llvm::MapVector<StringRef, std::vector<NamedKernel>> groups;
    std::vector<NamedKernel> kernels = namedKernels(function);
    std::vector<std::string> patterns;
    for (NamedKernel &kernel : kernels)
      patterns.push_back(kernel.pattern());
    for (auto [kernel, pattern] : llvm::zip(kernels, patterns))
      groups[pattern].push_back(kernel);
    for (auto &[pattern, group] : groups) {
      bool alike = llvm::all_of(group, [first = group[0].op](const NamedKernel &other) {
        return isScheduledAlike(other.op, first);
      });
      if (alike && group.size() > 1)
        print(pattern, group[0].op, depth);
      else
        for (const NamedKernel &kernel : group)
          print(kernel.numbered, kernel.op, depth);
    }
  }

private:
  void print(StringRef name, attn::KernelOp kernel, unsigned depth) {
    for (unsigned i = 0; i < kernel.getSchedules().size(); ++i) {
      attn::ScheduleAttr schedule = kernel.getSchedule(i);
      printKernelBlock(name, kernel.getCondition(i), schedule ? schedule.getTiles() : ArrayRef<attn::DirectiveAttr>(),
                       schedule ? schedule.getStages() : ArrayRef<attn::StageScheduleAttr>(), depth, os);
    }
  }

  llvm::raw_ostream &os;
};

/// What is computed in each kernel besides what it is called after.
class FusionPrinter {
public:
  void add(attn::FusionAttr choice) {
    std::string line = stringifyFusionKind(choice.getKind()).str() + " ";
    if (!choice.getStage().empty())
      line += quoted(choice.getStage()) + " from ";
    asked.push_back(line + quoted(choice.getKernel()));
  }

  void add(func::FuncOp function) {
    for (const NamedKernel &kernel : namedKernels(function))
      add(kernel);
  }

  void print(llvm::raw_ostream &os) const {
    std::vector<std::string> lines(asked);
    for (const auto &[pattern, kernels] : found)
      if (kernels.size() == kernelsOf.lookup(pattern.second))
        lines.push_back(pattern.first + quoted(pattern.second));
      else // as the last layer has, whose norm nothing else reads
        for (const auto &[words, kernel] : kernels)
          lines.push_back(words + quoted(kernel));
    if (lines.empty())
      return;
    os << "fusion {\n";
    for (const std::string &line : lines)
      os << "  " << line << '\n';
    os << "}\n";
  }

private:
  void add(const NamedKernel &kernel) {
    attn::KernelOp op = kernel.op;
    std::string pattern = kernel.pattern();
    ++kernelsOf[pattern];
    SmallVector<attn::StageOp> stages(op.getVariants().back().getOps<attn::StageOp>());
    auto namesake = llvm::find_if(stages, [&](attn::StageOp stage) { return stage.getPath() == StringRef(kernel.name); });
    if (namesake == stages.end())
      return;
    auto add = [&](const std::string &ofPattern, const std::string &ofKernel) {
      found[{ofPattern, pattern}].insert({ofKernel, kernel.name});
    };
    if (StringRef(kernel.name).contains('{'))
      add("join ", "join ");
    attn::StageOp first = *namesake;
    llvm::DenseSet<Operation *> ofAttention = stagesOfKnownWork(op.getVariants().back().front());
    for (attn::StageOp stage : stages) {
      if (ofAttention.contains(stage))
        continue; // its result is among the others
      StringRef definition = stage.getName().split('.').first, path = stage.getPath().value_or("");
      // A reduction with a path of its own was a kernel of its own.
      bool wasKernel = stage.isReduction() && path != kernel.name && definition == first.getName().split('.').first;
      if (wasKernel)
        add("fuse " + quoted(patternOf(path)) + " into ", "fuse " + quoted(path) + " into ");
      else if (path != kernel.name && definition != first.getName().split('.').first)
        add("fuse " + quoted(definition) + " into ", "fuse " + quoted(definition) + " into ");
    }
  }

  std::vector<std::string> asked; ///< by a schedule file
  using Line = std::pair<std::string, std::string>; ///< words, and the kernel that they are about
  /// By patterns, in which layers are alike: what each of the kernels that have it would say.
  llvm::MapVector<Line, std::set<Line>, std::map<Line, unsigned>> found;
  llvm::StringMap<size_t> kernelsOf; ///< a pattern, how many
};

} // namespace

std::string tilesText(ArrayRef<attn::DirectiveAttr> tiles) {
  std::string text;
  for (attn::DirectiveAttr tile : tiles) {
    std::string one = tile.str();
    text += text.empty() ? one : ", " + StringRef(one).split(' ').second.str();
  }
  return text;
}

void printKernelBlock(StringRef name, attn::ConditionAttr condition, ArrayRef<attn::DirectiveAttr> tiles,
                      ArrayRef<attn::StageScheduleAttr> stages, unsigned depth, llvm::raw_ostream &os) {
  os.indent(2 * depth) << "kernel \"" << name << '"';
  if (condition)
    os << " when " << condition.getSize().str() << " <= " << condition.getBound();
  os << " {\n";
  if (!tiles.empty())
    os.indent(2 * depth + 2) << tilesText(tiles) << "\n";
  for (attn::StageScheduleAttr stage : stages)
    printStage(stage, depth + 1, os);
  os.indent(2 * depth) << "}\n";
}

void printSchedules(ModuleOp module, ArrayRef<attn::FusionAttr> apart, StringRef target, llvm::raw_ostream &os) {
  Printer printer(os);
  bool isFirst = true;
  FusionPrinter fusions;
  for (attn::FusionAttr choice : apart)
    fusions.add(choice);
  for (func::FuncOp function : scheduledFunctions(module))
    if (!function->hasAttr(attn::prepareAttrName))
      fusions.add(function);
  fusions.print(os);
  os << "target " << target << " {\n";
  for (func::FuncOp function : scheduledFunctions(module)) {
    if (namedKernels(function).empty())
      continue;
    if (function->hasAttr(attn::prepareAttrName)) {
      os << "  prepare {\n";
      printer.print(function, 2);
      os << "  }\n";
    } else if (isFirst) {
      printer.print(function, 1);
    } else {
      os << "  model " << function.getName() << " {\n";
      printer.print(function, 2);
      os << "  }\n";
    }
    isFirst &= !function->hasAttr(attn::modelAttrName);
  }
  os << "}\n";
}

} // namespace attune
