// --set NAME=VALUE: other values for the constants of a file.
#ifndef ATTUNE_FRONTEND_OVERRIDES_H
#define ATTUNE_FRONTEND_OVERRIDES_H

#include "frontend/Modules.h"

namespace attune::frontend {

/// Puts the values of the options in place of those in the main file. False
/// after errors.
bool applyOverrides(Program &program, const FrontendOptions &options,
                    Diagnostics &diag);

} // namespace attune::frontend

#endif
