// Where the time of runs went.
#ifndef ATTUNE_RUNTIME_PROFILE_H
#define ATTUNE_RUNTIME_PROFILE_H

#include "machine_peak.h"
#include "run.h"

#include <optional>
#include <string>

namespace attune::runtime {

/// The form is described at attn_profile_json.
std::string profileJson(const Entry &entry, const Run &run);

/// A table for people: one line a kernel, the longest first, with the nearer of its rates
/// as a part of the machine's peak; that of a device is not measured.
std::string profileTable(const Entry &entry, const Run &run, const std::optional<MachinePeak> &measured);

} // namespace attune::runtime

#endif
