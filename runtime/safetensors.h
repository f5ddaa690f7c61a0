// Reading safetensors files (https://github.com/huggingface/safetensors, "Format").
// Nothing of the file is believed: every number is checked before it is used.
#ifndef ATTUNE_RUNTIME_SAFETENSORS_H
#define ATTUNE_RUNTIME_SAFETENSORS_H

#include "mapped_file.h"

#include <optional>
#include <unordered_map>
#include <vector>

namespace attune::runtime {

struct SafeTensor {
  std::string name;
  std::string dtype;             // as the file has it: "F32"
  std::optional<attn_type> type; // if it is one that the runtime knows
  std::vector<int64_t> sizes;
  const uint8_t *data; // any alignment: the format promises none
  uint64_t bytes;
};

class SafetensorsFile {
public:
  /// Maps and checks a file.
  static Error open(const std::string &path, SafetensorsFile &file);
  /// Checks a file that is in memory already and stays there.
  static Error read(const std::string &name, const void *data, uint64_t size,
                    SafetensorsFile &file);

  const std::string &name() const { return title; }
  const std::vector<SafeTensor> &tensors() const { return list; }
  const SafeTensor *find(const std::string &name) const;
  /// Gives pages of a mapped file back until they are read again.
  void forget() const { mapping.forget(); }

private:
  std::string title;
  MappedFile mapping;
  std::vector<SafeTensor> list; // in the order of the header
  std::unordered_map<std::string, size_t> index;
};

} // namespace attune::runtime

#endif
