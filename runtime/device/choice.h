// Which of several devices a user means.
#ifndef ATTUNE_RUNTIME_DEVICE_CHOICE_H
#define ATTUNE_RUNTIME_DEVICE_CHOICE_H

#include "../error.h"

#include <string>
#include <vector>

namespace attune::runtime {

/// The index of the device that `choice` means: its number or a part of its name, whatever
/// the case of letters; the first for "". The error lists all of them.
Error chooseFrom(const std::vector<std::string> &names, const std::string &choice,
                 size_t &index);

} // namespace attune::runtime

#endif
