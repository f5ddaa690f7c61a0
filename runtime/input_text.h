// Inputs as people write them on a command line.
#ifndef ATTUNE_RUNTIME_INPUT_TEXT_H
#define ATTUNE_RUNTIME_INPUT_TEXT_H

#include "array.h"
#include "random.h"

#include <string>
#include <vector>

namespace attune::runtime {

/// NAME=@FILE.npy, NAME=2x128xi32=VALUE (one value for all elements, or as many as there
/// are, with commas), NAME=2x128xf32=random[:SEED[:LOW..HIGH]], the same with `integers`
/// for whole numbers in floats, NAME=f32=VALUE for a scalar.
struct InputText {
  std::string name;
  std::string path; // of the file; what follows is for inputs that come from none
  attn_type type = ATTN_F32;
  std::vector<int64_t> sizes;
  std::vector<double> values; // none: random
  bool hasSeed = false;
  uint64_t seed = 0;
  RandomRange range{0, 0};
  bool isWhole = false; // random numbers are rounded down
};

/// The place of --input's forms in a help text.
extern const char *const inputForms;

/// "" or what is wrong with the text, as a usage error.
std::string parseInputText(const std::string &text, InputText &input);

/// Reads the file or makes the values. `seed` is for random inputs without one.
Error makeInput(const InputText &input, uint64_t seed, Array &array);

} // namespace attune::runtime

#endif
