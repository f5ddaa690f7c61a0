// How far a command is, for those who watch it.
#pragma once

#include "llvm/ADT/Twine.h"
#include <string>

namespace attune {

/// One line of standard error that is written over, on a terminal alone.
class ProgressLine {
public:
  explicit ProgressLine(std::string program);
  ~ProgressLine() { clear(); }

  void show(const llvm::Twine &text);
  /// Makes room for a message.
  void clear();

private:
  std::string program;
  bool shown = false;
  bool wanted;
};

} // namespace attune
