#include "explain/Explanation.h"
#include "llvm/Support/Format.h"

namespace attune {
namespace {

/// 1234567 as "1.23 M".
std::string rounded(double value) {
  const char *units[] = {"", " k", " M", " G", " T"};
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(units)) {
    value /= 1000;
    ++unit;
  }
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(unit || value != static_cast<int64_t>(value) ? "%.3g" : "%.0f", value)
                                 << units[unit];
  return text;
}

std::string bytesText(int64_t bytes) {
  return bytes < 1000 ? std::to_string(bytes) + " bytes" : rounded(static_cast<double>(bytes)) + "B";
}

std::string bytesText(const Amount &amount) { return amount.value ? bytesText(*amount.value) : amount.size.str() + " bytes"; }

std::string operationsText(const Amount &amount) {
  return (amount.value ? rounded(static_cast<double>(*amount.value)) : amount.size.str()) + " operations";
}

class Printer {
public:
  explicit Printer(llvm::raw_ostream &os) : os(os) {}

  void print(const Explanation &explanation) {
    os << "target " << explanation.target;
    for (const auto &[name, value] : explanation.sizes)
      os << ", " << name << " = " << value;
    if (explanation.gflops > 0)
      os << llvm::format("; this machine's peaks: %.0f GFLOP/s (f32), %.1f GB/s", explanation.gflops,
                         explanation.gbytesPerSecond);
    os << "\n";
    std::string function;
    for (const KernelExplanation &kernel : explanation.kernels) {
      if (kernel.function != function)
        os << "\n" << (function = kernel.function) << "\n";
      print(kernel);
    }
  }

private:
  void print(const KernelExplanation &kernel) {
    os << "\n  kernel \"" << kernel.name << '"';
    if (kernel.count > 1)
      os << " (" << kernel.count << " alike)";
    os << "\n";
    if (!kernel.sources.empty())
      line("from") << llvm::join(kernel.sources, ", ") << "\n";
    for (const StageBytes &stage : kernel.fused)
      line(&stage == &kernel.fused.front() ? "fused" : "") << stage.name << ": saves " << bytesText(stage.bytes) << "\n";
    if (!kernel.ending.empty())
      line("ends as") << kernel.ending << "\n";
    line("work") << operationsText(kernel.flops) << ", " << bytesText(kernel.bytes) << " of input and result\n";
    if (std::optional<double> predicted = kernel.predictedMs()) {
      line("needs") << llvm::format("%.3f ms at least: arithmetic %.3f ms, memory %.3f ms", *predicted, *kernel.arithmeticMs,
                                    *kernel.memoryMs);
      if (kernel.measuredMs)
        os << llvm::format("; measured %.3f ms, %.0f %% of the limit", *kernel.measuredMs, 100 * *predicted / *kernel.measuredMs);
      os << "\n";
    } else if (kernel.measuredMs) {
      line("took") << llvm::format("%.3f ms a call\n", *kernel.measuredMs);
    }
    bool isKnown = llvm::any_of(kernel.variants, [](const KernelVariant &variant) { return variant.runs; });
    for (const KernelVariant &variant : kernel.variants)
      if (variant.runs || !isKnown)
        print(variant, kernel.variants.size());
  }

  void print(const KernelVariant &variant, size_t count) {
    line("loops");
    if (count > 1)
      os << (variant.condition.empty() ? "for all other sizes, " : "when " + variant.condition + ", ");
    if (!variant.tiles.empty())
      os << variant.tiles << ", ";
    os << (variant.isFromFile ? "of the schedule file" : "by default");
    if (variant.taskBytes && *variant.taskBytes > 0)
      os << "; " << bytesText(*variant.taskBytes) << " kept in a task";
    if (variant.block)
      os << "; " << blockText(*variant.block);
    os << "\n";
    for (const LoopTree &tree : variant.loops)
      print(tree, 3);
    for (const StageBytes &stage : variant.stored)
      os.indent(6) << "stored whole: " << stage.name << ", " << bytesText(stage.bytes) << " written and read\n";
    if (!variant.inlined.empty())
      os.indent(6) << "where they are read: " << llvm::join(variant.inlined, ", ") << "\n";
  }

  void print(const LoopTree &tree, unsigned depth) {
    os.indent(2 * depth) << (tree.kind == LoopTree::Stage ? "" : "for ") << tree.name;
    if (!tree.details.empty())
      os << (tree.kind == LoopTree::Stage ? ": " : "  ") << tree.details;
    os << "\n";
    for (const LoopTree &inner : tree.inside)
      print(inner, depth + 1);
  }

  llvm::raw_ostream &line(llvm::StringRef label) { return os << llvm::format("    %-9s", label.str().c_str()); }

  llvm::raw_ostream &os;
};

} // namespace

std::string blockText(const DeviceBlock &block) {
  std::string text = "blocks of " + std::to_string(block.threads) + (block.threads == 1 ? " thread" : " threads");
  if (block.sharedBytes)
    text += ", which share " + bytesText(block.sharedBytes);
  if (block.registers)
    text += "; " + std::to_string(*block.registers) + " registers a thread";
  if (block.spilledBytes && *block.spilledBytes > 0)
    text += ", and " + bytesText(*block.spilledBytes) + " in memory for lack of more";
  if (block.cycles)
    text += "; some " + std::to_string((*block.cycles + 500) / 1000) + " thousand cycles";
  return text;
}

void printText(const Explanation &explanation, llvm::raw_ostream &os) { Printer(os).print(explanation); }

} // namespace attune
