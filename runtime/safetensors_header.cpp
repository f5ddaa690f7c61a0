#include "safetensors_header.h"
#include "message.h"

#include <nlohmann/json.hpp>

#include <unordered_set>

namespace attune::runtime {

namespace {

// The deepest nesting inside members that the format does not define.
constexpr int maxIgnoredDepth = 64;
constexpr size_t maxRank = 64;
// A header of the largest size allowed could name more tensors than this only by names
// too short to be of use.
constexpr size_t maxTensors = 1000000;

/// Receives the header's JSON piece by piece. Returning false ends the reading.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
public:
  explicit HeaderReader(std::vector<SafetensorsEntry> &entries)
      : entries(entries) {}

  std::string problem;

  bool null() override { return scalar("null"); }
  bool boolean(bool) override { return scalar("a boolean"); }
  bool number_integer(number_integer_t) override {
    return scalar("a negative number");
  }
  bool number_float(number_float_t, const string_t &) override {
    return scalar("a fraction or a number past 64 bits");
  }
  bool binary(binary_t &) override { return scalar("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (state != State::shape && state != State::offsets)
      return scalar("a number");
    if (state == State::offsets) {
      if (offsetCount == 2)
        return refuse("data_offsets of " + where() + " has more than 2 numbers");
      (offsetCount++ == 0 ? entries.back().begin : entries.back().end) = value;
      return true;
    }
    if (value > uint64_t(std::numeric_limits<int64_t>::max()))
      return refuse("a size of " + where() + " is past 64 bits");
    if (entries.back().shape.size() == maxRank)
      return refuse(where() + " has more than " + std::to_string(maxRank) +
                    " sizes");
    entries.back().shape.push_back(static_cast<int64_t>(value));
    return true;
  }

  bool string(string_t &value) override {
    if (state != State::dtype)
      return scalar("a text");
    entries.back().dtype = std::move(value);
    state = State::tensor;
    return true;
  }

  bool start_object(std::size_t) override {
    switch (state) {
    case State::start:
      state = State::header;
      return true;
    case State::tensorValue:
      state = State::tensor;
      return true;
    case State::metadataValue:
      state = State::metadata;
      return true;
    case State::ignored:
      return nest();
    default:
      return scalar("an object");
    }
  }

  bool end_object() override {
    switch (state) {
    case State::header:
      state = State::end;
      return true;
    case State::metadata:
      state = State::header;
      return true;
    case State::tensor:
      state = State::header;
      if (!hasDtype || !hasShape || !hasOffsets)
        return refuse(where() + " has no " +
                      (!hasDtype ? "dtype" : !hasShape ? "shape" : "data_offsets"));
      return true;
    default: // ignored
      return unnest();
    }
  }

  bool start_array(std::size_t) override {
    if (state == State::shapeValue)
      state = State::shape;
    else if (state == State::offsetsValue)
      state = State::offsets;
    else if (state == State::ignored)
      return nest();
    else
      return scalar("a list");
    return true;
  }

  bool end_array() override {
    if (state == State::offsets && offsetCount != 2)
      return refuse("data_offsets of " + where() + " has less than 2 numbers");
    if (state == State::ignored)
      return unnest();
    state = State::tensor;
    return true;
  }

  bool key(string_t &key) override {
    if (state == State::header) {
      if (!names.insert(key).second)
        return refuse("tensor " + quote(key) + " is there twice");
      if (key == "__metadata__") {
        state = State::metadataValue;
        return true;
      }
      if (entries.size() == maxTensors)
        return refuse("it has more than " + std::to_string(maxTensors) + " tensors");
      entries.emplace_back();
      entries.back().name = key;
      hasDtype = hasShape = hasOffsets = false;
      state = State::tensorValue;
    } else if (state == State::tensor) {
      bool *seen = key == "dtype"          ? &hasDtype
                   : key == "shape"        ? &hasShape
                   : key == "data_offsets" ? &hasOffsets
                                           : nullptr;
      if (!seen) {
        state = State::ignored;
        depth = 0;
        return true;
      }
      if (*seen)
        return refuse(where() + " has two members " + quote(key));
      *seen = true;
      offsetCount = seen == &hasOffsets ? 0 : offsetCount;
      state = seen == &hasDtype   ? State::dtype
              : seen == &hasShape ? State::shapeValue
                                  : State::offsetsValue;
    }
    return true; // in metadata and ignored members any key will do
  }

  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::detail::exception &) override {
    return refuse("its header is not JSON from byte " + std::to_string(position) +
                  " on");
  }

private:
  // What the next piece belongs to. A ...Value state waits for the value of a key.
  enum class State {
    start,
    header,
    metadataValue,
    metadata,
    tensorValue,
    tensor,
    dtype,
    shapeValue,
    shape,
    offsetsValue,
    offsets,
    ignored,
    end
  };

  std::string where() const { return "tensor " + quote(entries.back().name); }

  bool refuse(std::string why) {
    if (problem.empty())
      problem = std::move(why);
    return false;
  }

  bool nest() {
    return ++depth <= maxIgnoredDepth || refuse("its header is nested too deeply");
  }
  bool unnest() {
    if (--depth == 0)
      state = State::tensor;
    return true;
  }

  /// A value that is welcome only in metadata and in members that are ignored.
  bool scalar(const char *what) {
    switch (state) {
    case State::metadata:
      return what == std::string_view("a text") ||
             refuse(std::string("its __metadata__ holds ") + what +
                    " where only texts may be");
    case State::ignored:
      if (depth == 0)
        state = State::tensor;
      return true;
    case State::start:
      return refuse(std::string("its header is ") + what + ", not an object");
    case State::metadataValue:
      return refuse(std::string("its __metadata__ is ") + what +
                    ", not an object");
    default:
      return refuse(std::string("in ") + where() + " there is " + what +
                    (state == State::tensorValue ? " where an object must be"
                     : state == State::dtype     ? " where the dtype must be"
                     : state == State::shape || state == State::shapeValue
                         ? " where the shape's integers must be"
                         : " where the data_offsets must be"));
    }
  }

  std::vector<SafetensorsEntry> &entries;
  std::unordered_set<std::string> names;
  State state = State::start;
  bool hasDtype = false, hasShape = false, hasOffsets = false;
  int offsetCount = 0;
  int depth = 0; // inside a member that is ignored
};

} // namespace

std::string readSafetensorsHeader(std::string_view json,
                                  std::vector<SafetensorsEntry> &entries) {
  HeaderReader reader(entries);
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader) &&
      reader.problem.empty())
    return "its header is not JSON";
  return reader.problem;
}

} // namespace attune::runtime
