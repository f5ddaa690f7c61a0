// A schedule that is being changed, directive by directive.
#pragma once

#include "dialect/Attn.h"

namespace attune::tune {

/// Argument `i` where it is a word or a number.
std::optional<llvm::StringRef> wordOf(attn::DirectiveAttr directive, unsigned i);
std::optional<int64_t> numberOf(attn::DirectiveAttr directive, unsigned i);
/// Arguments from `first` on that are words.
llvm::SmallVector<llvm::StringRef> wordsOf(attn::DirectiveAttr directive, unsigned first = 0);

attn::DirectiveAttr makeDirective(mlir::MLIRContext *context, llvm::StringRef keyword,
                                  llvm::ArrayRef<mlir::Attribute> arguments);

/// The AXIS of AXIS.LABEL.
llvm::StringRef axisOfLabel(llvm::StringRef label);

/// An axis that `unroll` names, with the place of its count where it has one.
struct Unrolled {
  llvm::StringRef axis;
  std::optional<unsigned> place;
  int64_t count = 0; ///< 0: the whole loop
};
llvm::SmallVector<Unrolled> unrolledOf(attn::DirectiveAttr directive);

/// A schedule that is being changed.
struct Draft {
  struct Entry {
    std::string stage;
    llvm::SmallVector<attn::DirectiveAttr> directives;
  };
  llvm::SmallVector<attn::DirectiveAttr> tiles; ///< of the kernel
  std::vector<Entry> entries;

  explicit Draft(attn::ScheduleAttr schedule);
  void setArgument(unsigned entry, unsigned directive, unsigned argument, mlir::Attribute value);
  void setNumber(unsigned entry, unsigned directive, unsigned argument, int64_t value);
  attn::ScheduleAttr build(mlir::MLIRContext *context) const;
};

} // namespace attune::tune
