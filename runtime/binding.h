// From the inputs that a user gave to the values of an entry's size symbols.
#ifndef ATTUNE_RUNTIME_BINDING_H
#define ATTUNE_RUNTIME_BINDING_H

#include "description.h"

#include <vector>

namespace attune::runtime {

/// The index of the entry's input called `name`.
Error findInput(const Entry &entry, std::string_view name, size_t &index);

/// Whether a tensor can be the entry's input `index`: type, rank, constant sizes, limits
/// and alignment.
Error checkInput(const Entry &entry, size_t index, const attn_tensor &tensor);

/// The values of the entry's size symbols that give the inputs' sizes, after checking
/// that the inputs agree with each other and that the entry's size checks hold.
/// `seedWords` is the size of the seed of an entry that takes one.
Error bindSizes(const Entry &entry, const std::vector<std::vector<int64_t>> &shapes,
                int64_t seedWords, std::vector<int64_t> &symbols);

} // namespace attune::runtime

#endif
