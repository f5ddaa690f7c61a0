// The compiled programs of a table: cases that differ in their inputs alone
// share one.
#pragma once

#include "tools/attn-bench/Table.h"
#include "tools/attnc/Execution.h"
#include <memory>

namespace attune::bench {

/// A program that runs a case, or why there is none.
struct Program {
  Executable executable;
  std::string problem;
  std::string remarks; // what the compiler had to say where there is a program
};

class Programs {
public:
  /// `arguments` are options of attnc for all cases, `log` a file for what
  /// compilers print.
  Programs(Installation installation, std::vector<std::string> arguments, std::string log)
      : installation(std::move(installation)), arguments(std::move(arguments)), log(std::move(log)) {}

  /// Compiles, unless it has before. Must be called from a process without
  /// other threads: the compiler works in a copy of it and may crash.
  const Program &of(const Case &one);

private:
  Program compile(const Case &one, const CompilerOptions &options);

  Installation installation;
  std::vector<std::string> arguments;
  std::string log;
  std::map<std::string, std::unique_ptr<Program>> known;
};

} // namespace attune::bench
