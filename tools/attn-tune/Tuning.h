// Tuning a model: which kernels, for how long, and what comes of it.
#pragma once

#include "codegen/link/Installation.h"
#include "tools/attn-tune/Options.h"

namespace attune::tune {

/// Tunes and writes; gives the exit status, and has said what was wrong.
int tuneModel(const Options &options, const Installation &installation);

} // namespace attune::tune
