// The schedule file: how kernels are scheduled, as text beside the model. Its
// grammar is in docs/schedules.md.
#pragma once

#include "dialect/Attn.h"
#include <optional>
#include <string>
#include <vector>

namespace attune {

/// Part by part of the path: `*` stands for any text in a part, {a,b} for one of
/// both or for itself.
bool pathMatches(llvm::StringRef pattern, llvm::StringRef path);
/// The same where {a,b} stands for itself alone: a joined product is called so.
bool pathIsCalled(llvm::StringRef pattern, llvm::StringRef path);

/// The directives of one stage; they take the place of the default's.
struct StageBlock {
  attn::StageScheduleAttr schedule;
  mlir::Location where;
  std::vector<mlir::Location> places; ///< of the directives
};

/// `SIZE <= BOUND`: the size as it is written, since sizes are the program's.
struct Condition {
  std::string size;
  int64_t bound;
};

/// `kernel PATTERN when SIZE <= BOUND { … }`
struct KernelBlock {
  std::string pattern;
  /// Nothing for the variant of all other sizes.
  std::optional<Condition> condition;
  std::vector<attn::DirectiveAttr> tiles; ///< `tile AXIS NUMBER`, of the kernel as a whole
  std::vector<StageBlock> stages;
  mlir::Location where;

  bool matches(llvm::StringRef kernel) const { return pathMatches(pattern, kernel); }
};

/// The kernels of one function of the program.
struct FunctionBlock {
  enum Kind { First, Named, Prepare } kind; ///< the first model's stand by themselves
  std::string model;
  std::vector<KernelBlock> kernels;
  mlir::Location where;
};

struct TargetBlock {
  std::string target;
  std::vector<FunctionBlock> functions;
  mlir::Location where;
};

struct ScheduleFile {
  std::string path;
  std::vector<attn::FusionAttr> fusions; ///< for all targets
  std::vector<TargetBlock> targets;

  /// Null where the file has no section for `target`.
  const TargetBlock *find(llvm::StringRef target) const;
};

/// Errors are emitted at their place in the text.
mlir::FailureOr<ScheduleFile> parseScheduleFile(llvm::StringRef text, llvm::StringRef path,
                                                mlir::MLIRContext *context);

/// Reads and parses; larger files than people write are refused.
mlir::FailureOr<ScheduleFile> readScheduleFile(llvm::StringRef path, mlir::MLIRContext *context);

/// The condition among the program's sizes; fails with an error at `where` where
/// the text is no size.
mlir::FailureOr<attn::ConditionAttr> parseCondition(const Condition &condition, mlir::Location where);

} // namespace attune
