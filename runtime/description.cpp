#include "description.h"
#include "element_type.h"
#include "message.h"
#include "program.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace attune::runtime {

namespace {

using Json = nlohmann::json;

/// A value in the description with its place, for messages. The first complaint of a
/// document is kept in `problem`; what is read after it means nothing.
class Node {
public:
  Node(const Json &value, std::string place, std::string &problem)
      : value(value), place(std::move(place)), problem(problem) {}

  bool failed() const { return !problem.empty(); }

  void complain(const std::string &expected) const {
    if (problem.empty())
      problem = (place.empty() ? "it" : place) + " must be " + expected;
  }

  Node member(const char *key) const {
    static const Json null;
    std::string inner = place.empty() ? key : place + "." + key;
    if (!value.is_object()) {
      complain("an object");
      return Node(null, inner, problem);
    }
    auto found = value.find(key);
    return Node(found == value.end() ? null : *found, inner, problem);
  }

  bool isNull() const { return value.is_null(); }

  std::string string() const {
    if (!value.is_string()) {
      complain("a text");
      return "";
    }
    return value.get<std::string>();
  }

  int64_t integer(int64_t least, int64_t most) const {
    if (value.is_number_integer() &&
        !(value.is_number_unsigned() &&
          value.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max()))) {
      int64_t result = value.get<int64_t>();
      if (result >= least && result <= most)
        return result;
    }
    complain(text("an integer from ", least, " to ", most));
    return least;
  }

  template <typename Body> void each(Body body) const {
    if (!value.is_array()) {
      complain("a list");
      return;
    }
    for (size_t i = 0; i < value.size() && !failed(); ++i)
      body(Node(value[i], place + "[" + std::to_string(i) + "]", problem));
  }

  SizeExpression size(const std::vector<std::string> &symbols,
                      size_t depth = 0) const;

private:
  const Json &value;
  std::string place;
  std::string &problem;
};

SizeExpression Node::size(const std::vector<std::string> &symbols,
                          size_t depth) const {
  if (value.is_number_integer())
    return SizeExpression(integer(std::numeric_limits<int64_t>::min(),
                                  std::numeric_limits<int64_t>::max()));
  if (value.is_string()) {
    const std::string &name = value.get_ref<const std::string &>();
    for (size_t i = 0; i < symbols.size(); ++i)
      if (symbols[i] == name)
        return SizeExpression::symbol(i);
    complain("one of the entry's sizes, which " + quote(name) + " is not");
    return SizeExpression(0);
  }
  if (value.is_array() && value.size() == 3 && value[0].is_string()) {
    using Operation = SizeExpression::Operation;
    const std::pair<const char *, Operation> operations[] = {
        {"add", Operation::add},
        {"mul", Operation::mul},
        {"floordiv", Operation::floordiv},
        {"ceildiv", Operation::ceildiv},
        {"mod", Operation::mod}};
    for (const auto &[name, operation] : operations) {
      if (value[0].get_ref<const std::string &>() != name)
        continue;
      if (depth >= SizeExpression::maxDepth) {
        complain("a size of less nesting");
        return SizeExpression(0);
      }
      return SizeExpression::binary(
          operation, Node(value[1], place, problem).size(symbols, depth + 1),
          Node(value[2], place, problem).size(symbols, depth + 1));
    }
  }
  complain("a size: an integer, a symbol, or [add|mul|floordiv|ceildiv|mod, "
           "size, size]");
  return SizeExpression(0);
}

attn_type readType(const Node &node) {
  std::optional<attn_type> type = typeFromName(node.string());
  if (type && isModelType(*type))
    return *type;
  node.complain("one of the types f32, f16, bf16, i32, i8, bool");
  return ATTN_F32;
}

void readFixedTensor(const Node &node, FixedTensor &tensor) {
  tensor.name = node.member("name").string();
  tensor.type = readType(node.member("type"));
  node.member("sizes").each([&](const Node &size) {
    tensor.sizes.push_back(size.integer(0, sizeLimit - 1));
  });
  if (!elementCount(tensor.sizes.data(), tensor.sizes.size(), tensor.elements) ||
      tensor.elements >= sizeLimit)
    node.member("sizes").complain("of less than 2^31 elements");
  else
    tensor.bytes = tensor.elements * typeBytes(tensor.type);
}

WeightTensor readWeight(const Node &node) {
  WeightTensor weight;
  readFixedTensor(node, weight);
  if (Node calls = node.member("prepares_only"); !calls.isNull()) {
    std::vector<int64_t> ends;
    calls.each([&](const Node &call) {
      ends.push_back(call.integer(ends.empty() ? 0 : ends.back(), sizeLimit));
    });
    if (ends.size() == 2)
      weight.preparesOnly = CallRange{ends[0], ends[1]};
    else
      calls.complain("null or a list of two calls");
  }
  return weight;
}

SizedTensor readSizedTensor(const Node &node, bool named,
                            const std::vector<std::string> &symbols) {
  SizedTensor tensor;
  if (named)
    tensor.name = node.member("name").string();
  tensor.type = readType(node.member("type"));
  node.member("sizes").each([&](const Node &size) {
    tensor.sizes.push_back(size.size(symbols));
  });
  return tensor;
}

/// The part that entries and the preparation have in common.
void readWork(const Node &node, Entry &entry) {
  node.member("calls").each([&](const Node &item) {
    KernelCall call;
    call.kernel = item.member("kernel").string();
    call.name = item.member("name").string();
    call.flops = item.member("flops").size(entry.symbols);
    call.bytes = item.member("bytes").size(entry.symbols);
    entry.calls.push_back(std::move(call));
  });
  node.member("temporaries").each([&](const Node &item) {
    Temporary temporary;
    temporary.tensor = readSizedTensor(item, false, entry.symbols);
    temporary.first = item.member("first").integer(0, sizeLimit);
    temporary.last = item.member("last").integer(temporary.first, sizeLimit);
    entry.temporaries.push_back(std::move(temporary));
  });
}

Entry readEntry(const Node &node) {
  Entry entry;
  entry.name = node.member("name").string();
  node.member("sizes").each(
      [&](const Node &size) { entry.symbols.push_back(size.string()); });
  if (Node seed = node.member("seed"); !seed.isNull()) {
    SizeExpression size = seed.size(entry.symbols);
    if (size.isSymbol())
      entry.seedSymbol = static_cast<size_t>(size.value());
    else
      seed.complain("null or one of the entry's sizes");
  }
  node.member("inputs").each([&](const Node &item) {
    entry.inputs.push_back(readSizedTensor(item, true, entry.symbols));
  });
  node.member("outputs").each([&](const Node &item) {
    entry.outputs.push_back(readSizedTensor(item, true, entry.symbols));
  });
  node.member("size_checks").each([&](const Node &item) {
    entry.sizeChecks.push_back({item.member("size").size(entry.symbols),
                                item.member("at_most").size(entry.symbols),
                                item.member("message").string()});
  });
  node.member("index_checks").each([&](const Node &item) {
    IndexCheck check{item.member("message").string(), -1};
    Node source = item.member("source");
    if (!source.isNull()) {
      std::string name = source.string();
      for (size_t i = 0; i < entry.inputs.size(); ++i)
        if (entry.inputs[i].name == name)
          check.input = static_cast<int64_t>(i);
      if (check.input < 0)
        source.complain("the name of an input");
    }
    entry.indexChecks.push_back(std::move(check));
  });
  readWork(node, entry);
  return entry;
}

} // namespace

Error parseDescription(std::string_view json, Description &description) {
  // Generated code, so whatever is wrong with it is no fault of the user's data.
  auto damaged = [](const std::string &why) {
    return failure(ATTN_ERROR_PROGRAM, "the program's description is damaged: ",
                   why);
  };
  Json root = Json::parse(json.begin(), json.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (root.is_discarded())
    return damaged("it is not JSON");
  std::string problem;
  Node node(root, "", problem);
  int64_t abi = node.member("abi").integer(0, sizeLimit);
  if (problem.empty() && abi != ATTN_PROGRAM_ABI)
    return failure(ATTN_ERROR_PROGRAM, "the program has interface version ", abi,
                   ", this runtime has ", ATTN_PROGRAM_ABI,
                   ": compile the model again with the attnc that belongs to it");
  description = Description();
  description.name = node.member("name").string();
  description.target = node.member("target").string();
  node.member("cpu_features").each([&](const Node &feature) {
    description.cpuFeatures.push_back(feature.string());
  });
  node.member("weights").each([&](const Node &weight) {
    description.weights.push_back(readWeight(weight));
  });
  node.member("prepared").each([&](const Node &tensor) {
    readFixedTensor(tensor, description.prepared.emplace_back());
  });
  Node prepare = node.member("prepare");
  description.hasPrepare = !prepare.isNull();
  if (description.hasPrepare)
    readWork(prepare, description.prepare);
  node.member("entries").each([&](const Node &entry) {
    description.entries.push_back(readEntry(entry));
  });
  if (problem.empty() && description.entries.empty())
    node.member("entries").complain("a list of at least one entry");
  return problem.empty() ? Error() : damaged(problem);
}

Error readDescription(const attn_program *program, Description &description) {
  if (!program)
    return failure(ATTN_ERROR_ARGUMENT, "the program is a null pointer");
  if (program->abi != ATTN_PROGRAM_ABI)
    return failure(ATTN_ERROR_PROGRAM, "the program has interface version ",
                   program->abi, ", this runtime has ", ATTN_PROGRAM_ABI,
                   ": compile the model again with the attnc that belongs to it");
  if (Error error = parseDescription(
          std::string_view(program->description, program->description_size),
          description))
    return error;
  if (program->entry_count != description.entries.size() || !program->entries)
    return failure(ATTN_ERROR_PROGRAM, "the program's description is damaged: it "
                   "has ", counted(description.entries.size(), "entry function"),
                   ", the code has ", program->entry_count);
  for (uint32_t i = 0; i < program->entry_count; ++i)
    if (!program->entries[1 + i])
      return failure(ATTN_ERROR_PROGRAM, "the program has no code for entry ",
                     quote(description.entries[i].name));
  if (description.hasPrepare && !program->entries[0])
    return failure(ATTN_ERROR_PROGRAM, "the program has no code to prepare its "
                                       "weights");
  return Error();
}

Error findEntry(const Description &description, const char *name,
                size_t &index) {
  index = 0;
  if (!name)
    return Error();
  std::vector<std::string_view> candidates;
  std::vector<std::string> names;
  for (; index < description.entries.size(); ++index) {
    if (description.entries[index].name == name)
      return Error();
    candidates.push_back(description.entries[index].name);
    names.push_back(description.entries[index].name);
  }
  std::string close = closestName(name, candidates);
  return failure(ATTN_ERROR_ARGUMENT, "the program has no model ", quote(name),
                 close.empty() ? "; it has " + listed(names)
                               : "; did you mean " + quote(close) + "?");
}

std::string signatureText(const SizedTensor &tensor,
                          const std::vector<std::string> &symbols) {
  std::string result = std::string(typeName(tensor.type)) + " [";
  for (size_t i = 0; i < tensor.sizes.size(); ++i)
    result += (i > 0 ? ", " : "") + tensor.sizes[i].toText(symbols);
  return result + "]";
}

} // namespace attune::runtime
