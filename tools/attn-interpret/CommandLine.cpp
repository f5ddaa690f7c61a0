#include "CommandLine.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

namespace attune::interpret {

const char usage[] =
    R"(usage: attn-interpret FILE.mlir [options]
Runs a module of the attn dialect (phases input to kernels) in float64.
FILE and the other module may be - for standard input.

  --entry NAME          the function to run (default: the first model)
  --size NAME=N         a size symbol; the others get small sizes of their own
  --input NAME=VALUE    an input: a number for every element, [1, 2, ...] for
                        each, ramp (0, 1, 2, ...), ramp:START:STEP or
                        random:SEED; with a type in front, as in
                        NAME=2x3xf32=ramp, its sizes bind the size symbols
  --seed N              of inputs that are not given and of weights, whose values
                        depend on their names alone (default 0), and of dropout,
                        which does nothing without it
  --same-as OTHER.mlir  runs OTHER on the same inputs and weights and compares
  --tolerance X         largest difference, against the largest number of the
                        result where that is above 1 (default 1e-9)
  --variant N           runs variant N of each kernel, or its last one
  --each-variant        with --same-as: compares every variant of OTHER's kernels
  --memory BYTES        limit for tensors (default: 3/4 of the machine's memory)
  --print values|summary|none
  --digits N            significant digits to print (default 6)
)";

namespace {

llvm::Error bad(llvm::StringRef option, llvm::StringRef value,
                llvm::StringRef wanted) {
  return llvm::createStringError("--" + option + " is '" + value +
                                 "', but must be " + wanted);
}

llvm::Error setOption(CommandLine &line, llvm::StringRef option,
                      llvm::StringRef value) {
  auto integer = [&](auto &target, llvm::StringRef wanted) -> llvm::Error {
    if (value.getAsInteger(10, target))
      return bad(option, value, wanted);
    return llvm::Error::success();
  };
  if (option == "entry") {
    line.entry = value.str();
  } else if (option == "same-as") {
    line.other = value.str();
  } else if (option == "seed") {
    return integer(line.seed.emplace(), "an integer of 0 or more");
  } else if (option == "memory") {
    return integer(line.memoryLimit, "a number of bytes");
  } else if (option == "variant") {
    return integer(line.variant.emplace(), "the number of a variant, from 0");
  } else if (option == "digits") {
    if (value.getAsInteger(10, line.digits) || line.digits < 1 || line.digits > 17)
      return bad(option, value, "from 1 to 17");
  } else if (option == "tolerance") {
    if (!llvm::to_float(value, line.tolerance) || !(line.tolerance >= 0))
      return bad(option, value, "a number of 0 or more");
  } else if (option == "print") {
    if (value == "values")
      line.print = Print::Values;
    else if (value == "summary")
      line.print = Print::Summary;
    else if (value == "none")
      line.print = Print::None;
    else
      return bad(option, value, "values, summary or none");
  } else if (option == "size") {
    auto [name, number] = value.split('=');
    int64_t size;
    if (name.empty() || number.getAsInteger(10, size) || size < 0)
      return bad(option, value, "NAME=N with N of 0 or more");
    line.sizes[name] = size;
  } else if (option == "input") {
    auto [name, rest] = value.split('=');
    if (name.empty() || rest.empty())
      return bad(option, value, "NAME=VALUE");
    line.inputs.push_back({name.str(), rest.str()});
  } else {
    return llvm::createStringError("there is no option --" + option);
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<CommandLine>
parseCommandLine(llvm::ArrayRef<const char *> arguments) {
  CommandLine line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    llvm::StringRef argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      line.help = true;
      return line;
    }
    if (argument == "--each-variant") {
      line.eachVariant = true;
      continue;
    }
    if (!argument.consume_front("--")) {
      if (!line.file.empty())
        return llvm::createStringError("got a second file, '" + argument +
                                       "': --same-as compares two");
      line.file = argument.str();
      continue;
    }
    auto [option, value] = argument.split('=');
    if (!argument.contains('=')) {
      if (i + 1 == arguments.size())
        return llvm::createStringError("--" + option + " needs a value");
      value = arguments[++i];
    }
    if (llvm::Error error = setOption(line, option, value))
      return error;
  }
  if (line.file.empty())
    return llvm::createStringError("no file was given");
  if (line.eachVariant && line.other.empty())
    return llvm::createStringError("--each-variant needs --same-as");
  return line;
}

} // namespace attune::interpret
