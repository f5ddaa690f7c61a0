// Where the time of runs went.
#ifndef ATTUNE_RUNTIME_PROFILE_H
#define ATTUNE_RUNTIME_PROFILE_H

#include "machine_peak.h"
#include "run.h"

#include <string>

namespace attune::runtime {

/// The form is described at attn_profile_json.
std::string profileJson(const Entry &entry, const Run &run);

/// A table for people: one line a kernel, the longest first, with the nearer of its rates
/// as a part of the machine's peak.
std::string profileTable(const Entry &entry, const Run &run, const MachinePeak &peak);

} // namespace attune::runtime

#endif
