// The command line of compiled models: standalone binaries have it for main(), attn-run
// takes the same options for a program that it loaded.
#ifndef ATTUNE_RUNTIME_COMMAND_LINE_H
#define ATTUNE_RUNTIME_COMMAND_LINE_H

#include "array.h"
#include "input_text.h"
#include "output_files.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace attune::runtime {

/// Exit statuses.
enum : int { exitSuccess = 0, exitError = 1, exitUsage = 2 };

/// What a user asked for.
struct CommandLine {
  std::vector<std::string> weights; // files, or "random[:SEED]" alone
  std::vector<InputText> inputs;
  std::vector<std::string> outputs;
  std::optional<std::string> model;
  std::optional<int> benchmarkRuns; // 0: as many as a short time allows
  std::optional<int> threads;
  std::optional<std::string> device;
  std::optional<uint64_t> seed;
  bool json = false, profile = false, describe = false, help = false;
};

enum class Taken {
  yes,  // index is past the option and its value
  no,   // not one of these options
  wrong // `problem` is set: a usage error
};

/// Reads the option at arguments[index]. `--opt=V` and `--opt V` are the same.
Taken takeOption(const std::vector<std::string> &arguments, size_t &index,
                 CommandLine &line, std::string &problem);

/// The options, one a line, for a help text.
std::string optionsHelp();

/// "NAME: error: MESSAGE" on standard error; gives exitError.
int complain(const std::string &program, const std::string &message);
/// The same with a pointer to --help; gives exitUsage.
int complainUsage(const std::string &program, const std::string &message);

/// The inputs that the options name, in their order.
Error makeInputs(const CommandLine &line, std::vector<Array> &inputs);

/// Sees inputs and outputs after a run that succeeded and before anything is written.
/// What it returns, if not exitSuccess, ends the program with that status.
using Inspector = std::function<int(const std::vector<NamedTensor> &inputs,
                                    const std::vector<NamedTensor> &outputs)>;

/// Does what was asked for and gives the exit status. `name` is for messages.
int runCommandLine(const attn_program *program, const std::string &name,
                   const CommandLine &line, const Inspector &inspect = {});

/// The whole of a standalone binary's main().
int standaloneMain(const attn_program *program, int argc, char **argv);

} // namespace attune::runtime

#endif
