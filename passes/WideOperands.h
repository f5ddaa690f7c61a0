// What is multiplied in f32 and has 16 bits.
#pragma once

#include "dialect/Attn.h"

namespace attune {

struct WideOperands {
  attn::StageOp rows, weights; ///< null where they are read as they are
};

/// Rows and weights of 16 bits that are multiplied in f32 are stages of their own, not widened once for each multiplication:
/// rows for each tile of them, and where tasks have many tiles, weights once a task, and rows before all tasks.
WideOperands addWideOperands(attn::KernelOp kernel, attn::StageOp product);

} // namespace attune
