// The device that models are opened on, of the whole process.
#ifndef ATTUNE_RUNTIME_DEVICE_CHOICE_H
#define ATTUNE_RUNTIME_DEVICE_CHOICE_H

#include <string>

namespace attune::runtime {

/// A number or a part of a name; "" for the first device.
void chooseDevice(const std::string &choice);
std::string chosenDevice();

} // namespace attune::runtime

#endif
