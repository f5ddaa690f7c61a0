#include "output_files.h"
#include "array.h"
#include "element_type.h"
#include "message.h"
#include "npy.h"
#include "size_expression.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace attune::runtime {

static bool isWord(std::string_view text) {
  for (char c : text)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
          (c >= 'A' && c <= 'Z')))
      return false;
  return !text.empty();
}

Error parseOutput(const std::string &whole, const std::vector<std::string> &names,
                  OutputFile &file) {
  file = {whole, 0};
  size_t equals = whole.find('=');
  if (equals != std::string::npos && isWord(whole.substr(0, equals))) {
    std::string name = whole.substr(0, equals);
    file.path = whole.substr(equals + 1);
    while (file.output < names.size() && names[file.output] != name)
      ++file.output;
    if (file.output == names.size()) {
      std::vector<std::string_view> candidates(names.begin(), names.end());
      std::string close = closestName(name, candidates);
      std::vector<std::string> all;
      for (const std::string &each : names)
        all.push_back(quote(each));
      return failure(ATTN_ERROR_ARGUMENT, "there is no output ", quote(name),
                     close.empty() ? "; there is " + listed(all)
                                   : "; did you mean " + quote(close) + "?");
    }
  }
  if (file.path.empty())
    return failure(ATTN_ERROR_ARGUMENT, "--output names no file");
  return Error();
}

namespace {

/// One file on its way: removed again unless it is committed.
class PendingFile {
public:
  explicit PendingFile(std::string path) : path(std::move(path)) {}
  PendingFile(const PendingFile &) = delete;
  ~PendingFile() {
    if (!temporary.empty())
      unlink(temporary.c_str());
  }

  Error write(const attn_tensor &tensor) {
    target = path;
    // Through a link the file it points to is replaced, not the link.
    if (char *real = realpath(path.c_str(), nullptr)) {
      target = real;
      std::free(real);
    }
    struct stat status;
    // A device or a pipe cannot be replaced, only written to.
    bool special = stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
    if (special && S_ISDIR(status.st_mode))
      return failed(EISDIR);
    int descriptor;
    FILE *file = nullptr;
    if (special) {
      file = std::fopen(target.c_str(), "we");
    } else {
      std::string pattern = target + ".XXXXXX";
      descriptor = mkstemp(pattern.data());
      if (descriptor >= 0) {
        temporary = pattern;
        // mkstemp's files are private; these are to be like any other.
        mode_t mask = umask(0);
        umask(mask);
        fchmod(descriptor, 0666 & ~mask);
        file = fdopen(descriptor, "w");
        if (!file)
          ::close(descriptor);
      }
    }
    if (!file)
      return failed(errno);
    Error error = writeNpy(file, path, tensor);
    if (std::fclose(file) != 0 && !error)
      return failed(errno);
    return error;
  }

  Error commit() {
    if (temporary.empty())
      return Error();
    if (std::rename(temporary.c_str(), target.c_str()) != 0)
      return failed(errno);
    temporary.clear();
    return Error();
  }

private:
  Error failed(int code) const {
    return failure(ATTN_ERROR_FILE, "cannot write ", quote(path), ": ",
                   std::strerror(code));
  }

  std::string path, target, temporary;
};

struct Summary {
  int64_t elements = 0;
  double least = NAN, most = NAN;
  bool finite = true;
};

Summary summarise(const attn_tensor &tensor) {
  Summary summary;
  elementCount(tensor.sizes, static_cast<size_t>(tensor.rank), summary.elements);
  for (int64_t i = 0; i < summary.elements; ++i) {
    double value = elementAt(tensor, i);
    summary.finite &= std::isfinite(value);
    summary.least = std::fmin(summary.least, value);
    summary.most = std::fmax(summary.most, value);
  }
  return summary;
}

} // namespace

Error writeOutputs(const std::vector<OutputFile> &files,
                   const std::vector<NamedTensor> &outputs) {
  std::vector<std::unique_ptr<PendingFile>> pending;
  for (const OutputFile &file : files) {
    pending.push_back(std::make_unique<PendingFile>(file.path));
    if (Error error = pending.back()->write(outputs[file.output].tensor))
      return error;
  }
  for (const auto &file : pending)
    if (Error error = file->commit())
      return error;
  return Error();
}

std::string outputsText(const std::vector<NamedTensor> &outputs) {
  std::string result;
  for (const NamedTensor &output : outputs) {
    const attn_tensor &tensor = output.tensor;
    Summary summary = summarise(tensor);
    result += output.name + ": " + typeName(tensor.type) + " " +
              shapeText(tensor.sizes, static_cast<size_t>(tensor.rank));
    char number[64];
    if (summary.elements > 8) {
      std::snprintf(number, sizeof number, ", from %.6g to %.6g", summary.least,
                    summary.most);
      result += number;
    }
    if (!summary.finite)
      result += ", not all finite";
    result += "\n ";
    for (int64_t i = 0; i < std::min<int64_t>(summary.elements, 8); ++i) {
      std::snprintf(number, sizeof number, " %.6g", elementAt(tensor, i));
      result += number;
    }
    result += summary.elements > 8 ? " ...\n" : "\n";
  }
  return result;
}

std::string outputsJson(const std::vector<NamedTensor> &outputs) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const NamedTensor &output : outputs) {
    const attn_tensor &tensor = output.tensor;
    Summary summary = summarise(tensor);
    Json first = Json::array(), sizes = Json::array();
    for (int64_t i = 0; i < std::min<int64_t>(summary.elements, 8); ++i)
      first.push_back(elementAt(tensor, i));
    for (int32_t i = 0; i < tensor.rank; ++i)
      sizes.push_back(tensor.sizes[i]);
    list.push_back({{"name", output.name},
                    {"type", typeName(tensor.type)},
                    {"sizes", sizes},
                    {"first", first},
                    {"least", summary.least},
                    {"most", summary.most}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace attune::runtime
