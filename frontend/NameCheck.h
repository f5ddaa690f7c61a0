// Finds names that mean nothing, in functions that no model calls too.
#ifndef ATTUNE_FRONTEND_NAMECHECK_H
#define ATTUNE_FRONTEND_NAMECHECK_H

#include "frontend/Modules.h"

namespace attune::frontend {

/// Reports every use of an unknown name in the program's files.
void checkNames(Program &program, Diagnostics &diag);

} // namespace attune::frontend

#endif
