#ifndef ATTUNE_RUNTIME_HALIDE_HOOKS_H
#define ATTUNE_RUNTIME_HALIDE_HOOKS_H

namespace attune::runtime {

/// Does nothing but make linkers take the hooks out of the archive: those in Halide's
/// own runtime are weak, and win only where nothing else asks for ours.
void linkHalideHooks();

} // namespace attune::runtime

#endif
