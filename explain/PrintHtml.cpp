#include "explain/Report.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

namespace attune {
namespace {

constexpr const char style[] = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d1d9e0;--paper:#fff;--panel:#f6f8fa;--accent:#0b61a4}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--paper:#0d1117;--panel:#151b23;--accent:#5aa9e6}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:64rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:.2rem 0;overflow-wrap:anywhere}
p,li,td,th{overflow-wrap:anywhere}.soft{color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td:first-child,th:first-child{min-width:11rem}td.number,th.number{text-align:right;white-space:nowrap}
.kernel{border:1px solid var(--line);border-radius:6px;padding:.6rem;margin:.8rem 0;background:var(--panel)}
.bar{height:.5rem;background:var(--line);border-radius:3px;overflow:hidden;min-width:3rem}.bar i{display:block;height:100%;background:var(--accent)}
.loop,.stage{border:1px solid var(--line);border-left-width:4px;border-radius:4px;padding:.15rem .4rem;margin:.2rem 0;font-size:.85rem;background:var(--paper);overflow-wrap:anywhere}
.stage{border-left-color:var(--accent);font-weight:600}.stage>*{font-weight:400}
.parallel{border-left-color:#d1570b}.vector{border-left-color:#1a7f37}.copies{border-left-color:#8250df}.adds{border-left-color:#bf3989}
summary{cursor:pointer}pre{overflow-x:auto;font-size:.75rem;background:var(--paper);border:1px solid var(--line);padding:.5rem}
svg text{fill:var(--ink);font:11px system-ui,sans-serif}svg .arc{fill:none;stroke:var(--soft);stroke-opacity:.45}
.mask{image-rendering:pixelated;width:min(100%,24rem);border:1px solid var(--line)}
.key span{display:inline-block;width:.8rem;height:.8rem;margin:0 .3rem 0 .8rem;border:1px solid var(--line);vertical-align:-1px}
)css";

constexpr const char *colours[] = {"#9ec5ee", "#f2c89b", "#a8d8b0", "#d9b8ea", "#f0b3c4", "#b8d8d8", "#e2d79a", "#c3c9f2"};

std::string escaped(llvm::StringRef text) {
  std::string result;
  for (char c : text)
    switch (c) {
    case '&': result += "&amp;"; break;
    case '<': result += "&lt;"; break;
    case '>': result += "&gt;"; break;
    case '"': result += "&quot;"; break;
    default: result += c;
    }
  return result;
}

/// So much of a name as fits a column of a picture.
std::string shortened(llvm::StringRef name, size_t most) {
  return name.size() <= most ? escaped(name) : "…" + escaped(name.take_back(most - 1));
}

class Printer {
public:
  Printer(const Report &report, llvm::raw_ostream &os) : report(report), explanation(report.explanation), os(os) {}

  void print() {
    os << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>"
       << escaped(report.title) << "</title><style>" << style << "</style></head><body>\n<h1>" << escaped(report.title) << "</h1>\n";
    printFacts();
    printTable();
    for (const ProgramGraph &graph : report.graphs)
      print(graph);
    if (!report.masks.empty())
      printMasks();
    os << "<h2>Kernels</h2>\n";
    for (size_t i = 0; i < explanation.kernels.size(); ++i)
      print(explanation.kernels[i], i);
    os << "</body></html>\n";
  }

private:
  void printFacts() {
    os << "<p class=\"soft\">target " << escaped(explanation.target);
    for (const auto &[name, value] : explanation.sizes)
      os << ", " << escaped(name) << " = " << value;
    if (explanation.gflops > 0)
      os << llvm::format("; peaks of this machine: %.0f GFLOP/s (f32), %.1f GB/s", explanation.gflops, explanation.gbytesPerSecond);
    os << "</p>\n";
  }

  // ---- time ----

  void printTable() {
    double total = 0;
    for (const KernelExplanation &kernel : explanation.kernels)
      total += kernel.isPreparation ? 0 : kernel.count * (kernel.measuredMs ? *kernel.measuredMs : kernel.predictedMs().value_or(0));
    os << "<h2>Time</h2>\n<div class=\"wide\"><table><tr><th>kernel</th><th class=\"number\">times</th><th class=\"number\">least "
          "ms</th><th class=\"number\">measured ms</th><th class=\"number\">of the limit</th><th>share</th></tr>\n";
    for (size_t i = 0; i < explanation.kernels.size(); ++i) {
      const KernelExplanation &kernel = explanation.kernels[i];
      if (kernel.isPreparation) // once, before any run
        continue;
      std::optional<double> least = kernel.predictedMs();
      double ms = kernel.measuredMs ? *kernel.measuredMs : least.value_or(0);
      os << "<tr><td><a href=\"#kernel" << i << "\">" << escaped(kernel.name) << "</a></td><td class=\"number\">" << kernel.count
         << "</td><td class=\"number\">" << number(least) << "</td><td class=\"number\">" << number(kernel.measuredMs)
         << "</td><td class=\"number\">";
      if (least && kernel.measuredMs && *kernel.measuredMs > 0)
        os << llvm::format("%.0f %%", 100 * *least / *kernel.measuredMs);
      os << "</td><td><div class=\"bar\"><i style=\"width:"
         << llvm::format("%.1f", total > 0 ? 100 * kernel.count * ms / total : 0.0) << "%\"></i></div></td></tr>\n";
    }
    os << "</table></div>\n";
    if (total == 0)
      os << "<p class=\"soft\">Give sizes with --size for the least time, and --with-profile for what was measured.</p>\n";
  }

  static std::string number(const std::optional<double> &ms) { return ms ? llvm::formatv("{0:f3}", *ms).str() : "–"; }

  // ---- the program ----

  /// Operations before fusion with what they read at the left, kernels after it at
  /// the right, each beside what it computes.
  void print(const ProgramGraph &graph) {
    constexpr int row = 16, left = 70, nodeWidth = 190, gap = 24, kernelWidth = 230, right = 60;
    int kernelX = left + nodeWidth + gap, width = kernelX + kernelWidth + right;
    int height = row * static_cast<int>(graph.nodes.size()) + 8;
    std::vector<std::pair<int, int>> extent(graph.kernels.size(), {-1, -1});
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      auto &[first, last] = extent[graph.nodes[i].kernel];
      first = first < 0 ? static_cast<int>(i) : first;
      last = static_cast<int>(i);
    }
    os << "<h2>" << escaped(graph.function) << ": before and after fusion</h2>\n<p class=\"soft\">" << graph.nodes.size()
       << " operations become " << graph.kernels.size() << " kernels. Arcs lead from what is read.</p>\n<details open><summary>Graph"
          "</summary><div class=\"wide\"><svg role=\"img\" aria-label=\"operations and kernels\" width=\""
       << width << "\" height=\"" << height << "\" viewBox=\"0 0 " << width << ' ' << height << "\">\n";
    auto middle = [&](size_t node) { return 4 + static_cast<int>(node) * row + row / 2; };
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      for (size_t source : graph.nodes[i].reads)
        arc(left, middle(source), middle(i), -1, left - 6);
    auto centre = [&](size_t kernel) { return (middle(extent[kernel].first) + middle(extent[kernel].second)) / 2; };
    for (size_t i = 0; i < graph.kernels.size(); ++i)
      for (size_t source : graph.kernels[i].reads)
        if (extent[i].first >= 0 && extent[source].first >= 0)
          arc(kernelX + kernelWidth, centre(source), centre(i), 1, right - 6);
    for (size_t i = 0; i < graph.kernels.size(); ++i) {
      if (extent[i].first < 0)
        continue;
      int top = middle(extent[i].first) - row / 2, bottom = middle(extent[i].second) + row / 2;
      const char *colour = colours[i % std::size(colours)];
      os << "<rect x=\"" << left << "\" y=\"" << top + 1 << "\" width=\"" << nodeWidth << "\" height=\"" << bottom - top - 2
         << "\" rx=\"3\" fill=\"" << colour << "\" fill-opacity=\".35\"/><path d=\"M" << left + nodeWidth << ' ' << top + 1 << "L" << kernelX
         << ' ' << top + 1 << "V" << bottom - 1 << "H" << left + nodeWidth << "Z\" fill=\"" << colour
         << "\" fill-opacity=\".2\"/><rect x=\"" << kernelX << "\" y=\"" << top + 1 << "\" width=\"" << kernelWidth << "\" height=\""
         << bottom - top - 2 << "\" rx=\"3\" fill=\"" << colour << "\" fill-opacity=\".7\"/><text x=\"" << kernelX + 6 << "\" y=\""
         << centre(i) + 4 << "\">" << shortened(graph.kernels[i].name, 38) << "</text>\n";
    }
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      os << "<text x=\"" << left + 6 << "\" y=\"" << middle(i) + 4 << "\">" << shortened(graph.nodes[i].name, 30) << "</text>\n";
    os << "</svg></div></details>\n";
  }

  void arc(int x, int from, int to, int side, int most) {
    int reach = std::min(most, 8 + std::abs(to - from) / 4);
    os << "<path class=\"arc\" d=\"M" << x << ' ' << from << "C" << x + side * reach << ' ' << from << ' ' << x + side * reach << ' ' << to
       << ' ' << x << ' ' << to << "\"/>\n";
  }

  // ---- masks ----

  void printMasks() {
    os << "<h2>Masks</h2>\n<p class=\"soft key\">tiles of queries (down) by keys (across): <span style=\"background:#fff\"></span>empty: skipped"
          "<span style=\"background:#f2a65a\"></span>cut: each pair is tested<span style=\"background:#0b61a4\"></span>full: no test</p>\n";
    for (const MaskPicture &mask : report.masks)
      print(mask);
  }

  void print(const MaskPicture &mask) {
    os << "<h3>" << escaped(mask.name) << "</h3>\n";
    if (!mask.problem.empty()) {
      os << "<p class=\"soft\">No picture: " << escaped(mask.problem) << ".</p>\n";
      return;
    }
    size_t counts[3] = {}, columns = mask.rows.front().size();
    for (const auto &row : mask.rows)
      for (MaskPicture::Tile tile : row)
        ++counts[tile];
    os << "<p class=\"soft\">" << mask.queries << " queries by " << mask.keys << " keys, drawn in tiles of " << mask.tileQueries << " by "
       << mask.tileKeys << ": " << counts[MaskPicture::Full] << " full, " << counts[MaskPicture::Cut] << " cut, "
       << counts[MaskPicture::Empty] << " empty" << (mask.isSampled ? "; not every pair was looked at" : "")
       << ". Batch 0, head 0.</p>\n<svg class=\"mask\" role=\"img\" aria-label=\"mask tiles\" viewBox=\"0 0 " << mask.keys << ' '
       << mask.queries << "\" shape-rendering=\"crispEdges\"><rect width=\"" << mask.keys << "\" height=\"" << mask.queries
       << "\" fill=\"#fff\"/>";
    for (size_t row = 0; row < mask.rows.size(); ++row)
      for (size_t first = 0; first < columns;) { // runs of one kind
        size_t end = first + 1;
        while (end < columns && mask.rows[row][end] == mask.rows[row][first])
          ++end;
        if (MaskPicture::Tile tile = mask.rows[row][first]; tile != MaskPicture::Empty)
          os << "<rect x=\"" << first * mask.tileKeys << "\" y=\"" << row * mask.tileQueries << "\" width=\""
             << (end - first) * mask.tileKeys << "\" height=\"" << mask.tileQueries << "\" fill=\"" << (tile == MaskPicture::Full ? "#0b61a4" : "#f2a65a") << "\"/>";
        first = end;
      }
    os << "</svg>\n";
  }

  // ---- kernels ----

  void print(const KernelExplanation &kernel, size_t index) {
    os << "<div class=\"kernel\" id=\"kernel" << index << "\"><h3>" << escaped(kernel.name) << "</h3>\n<p class=\"soft\">"
       << escaped(kernel.function);
    if (kernel.count > 1)
      os << ", " << kernel.count << " alike";
    if (!kernel.sources.empty())
      os << "; from " << escaped(llvm::join(kernel.sources, ", "));
    os << "</p>\n<ul>";
    for (const StageBytes &stage : kernel.fused)
      os << "<li>" << escaped(stage.name) << " stays inside: saves " << escaped(stage.bytes.text()) << " bytes of memory traffic</li>";
    if (!kernel.ending.empty())
      os << "<li>ends here: " << escaped(kernel.ending) << "</li>";
    os << "<li>" << escaped(kernel.flops.text()) << " operations on " << escaped(kernel.bytes.text()) << " bytes of input and result</li>";
    if (std::optional<double> least = kernel.predictedMs())
      os << llvm::format("<li>at least %.3f ms: arithmetic %.3f, memory %.3f</li>", *least, *kernel.arithmeticMs, *kernel.memoryMs);
    os << "</ul>\n";
    for (const KernelVariant &variant : kernel.variants) {
      os << "<details" << (variant.runs || kernel.variants.size() == 1 ? " open" : "") << "><summary>Loops "
         << (variant.condition.empty() ? kernel.variants.size() > 1 ? "for all other sizes" : "" : "when " + escaped(variant.condition))
         << (variant.tiles.empty() ? "" : ", " + escaped(variant.tiles))
         << (variant.isFromFile ? ", of the schedule file" : ", by default") << (variant.block ? ", " + blockText(*variant.block) : "") << (variant.runs ? ", runs with these sizes" : "") << "</summary>\n";
      for (const LoopTree &tree : variant.loops)
        print(tree);
      for (const StageBytes &stage : variant.stored)
        os << "<p class=\"soft\">stored whole: " << escaped(stage.name) << ", " << escaped(stage.bytes.text()) << " bytes written and read</p>\n";
      if (!variant.inlined.empty())
        os << "<p class=\"soft\">computed where they are read: " << escaped(llvm::join(variant.inlined, ", ")) << "</p>\n";
      os << "</details>\n";
    }
    for (const KernelStatement &statement : report.statements)
      if (statement.kernel == kernel.name)
        os << "<details><summary>What Halide makes of it</summary><pre>" << escaped(statement.text) << "</pre></details>\n";
    os << "</div>\n";
  }

  void print(const LoopTree &tree) {
    llvm::StringRef details = tree.details;
    const char *kind = tree.kind == LoopTree::Stage   ? "stage"
                       : details == "parallel"        ? "loop parallel"
                       : details.contains("vector")   ? "loop vector"
                       : details == "adds"            ? "loop adds"
                       : details.contains("copies") || details == "unrolled" ? "loop copies"
                                                                             : "loop";
    os << "<div class=\"" << kind << "\">" << (tree.kind == LoopTree::Loop ? "for " : "") << escaped(tree.name);
    if (!tree.details.empty())
      os << " <span class=\"soft\">" << escaped(tree.details) << "</span>";
    for (const LoopTree &inner : tree.inside)
      print(inner);
    os << "</div>\n";
  }

  const Report &report;
  const Explanation &explanation;
  llvm::raw_ostream &os;
};

} // namespace

void printHtml(const Report &report, llvm::raw_ostream &os) { Printer(report, os).print(); }

} // namespace attune
