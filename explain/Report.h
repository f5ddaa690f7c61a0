// An explanation as one page to look at.
#pragma once

#include "explain/Explanation.h"
#include "explain/MaskPicture.h"
#include "explain/ProgramGraph.h"

namespace attune {

/// Loops of a compiled kernel, as its compiler prints them.
struct KernelStatement {
  std::string kernel; ///< the explanation's name of it
  std::string text;
};

struct Report {
  std::string title;
  Explanation explanation;
  std::vector<ProgramGraph> graphs;
  std::vector<MaskPicture> masks;
  std::vector<KernelStatement> statements;
};

/// One file of HTML that needs nothing else: no script, no network.
void printHtml(const Report &report, llvm::raw_ostream &os);

} // namespace attune
