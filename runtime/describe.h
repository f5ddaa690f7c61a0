// What a program is, for people and for other programs.
#ifndef ATTUNE_RUNTIME_DESCRIBE_H
#define ATTUNE_RUNTIME_DESCRIBE_H

#include "description.h"

#include <string>

namespace attune::runtime {

/// The form is described at attn_program_describe.
std::string describeJson(const Description &description, bool embeddedWeights);
std::string describeText(const Description &description, bool embeddedWeights);

} // namespace attune::runtime

#endif
