// Errors with file, line, column, the line itself and a caret.
#ifndef ATTUNE_FRONTEND_DIAGNOSTICS_H
#define ATTUNE_FRONTEND_DIAGNOSTICS_H

#include "dialect/Suggestion.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/SMLoc.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <set>
#include <string>
#include <vector>

namespace attune::frontend {

class Diagnostics {
public:
  Diagnostics(llvm::SourceMgr &sources, llvm::raw_ostream &out)
      : sources(sources), out(out) {}
  /// Prints what was reported, in the order of the files and their lines.
  ~Diagnostics();

  /// Reports an error, one at most for each place: an unrolled loop or a
  /// function that is put in place several times reports its mistake a single
  /// time. Returns whether it is new, so that notes can follow it.
  bool error(llvm::SMRange where, const llvm::Twine &message);
  void note(llvm::SMRange where, const llvm::Twine &message);
  /// An error about a whole file or an option, without a line.
  void plainError(const llvm::Twine &message);

  unsigned errorCount() const { return count; }
  /// True once so many errors were reported that going on helps nobody.
  bool isFull() const;

  llvm::SourceMgr &sourceManager() { return sources; }
  /// "file:line" of a place, for messages that mention another place.
  std::string describe(llvm::SMLoc loc) const;

private:
  /// An error and its notes, as text.
  struct Entry {
    unsigned buffer; // 0 for none
    const char *place;
    std::string text;
  };

  std::string format(llvm::SMRange where, llvm::StringRef kind,
                     llvm::StringRef message) const;

  llvm::SourceMgr &sources;
  llvm::raw_ostream &out;
  std::vector<Entry> entries;
  unsigned count = 0;
  std::set<const char *> seen;
};

} // namespace attune::frontend

#endif
