#include "tools/attnc/ProgressLine.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

namespace attune {

ProgressLine::ProgressLine(std::string program)
    : program(std::move(program)), wanted(llvm::sys::Process::StandardErrIsDisplayed()) {}

void ProgressLine::show(const llvm::Twine &text) {
  if (!wanted)
    return;
  shown = true;
  llvm::errs() << "\r\033[K" << program << ": " << text;
}

void ProgressLine::clear() {
  if (shown)
    llvm::errs() << "\r\033[K";
  shown = false;
}

} // namespace attune
