// Names and widths of element types.
#ifndef ATTUNE_RUNTIME_ELEMENT_TYPE_H
#define ATTUNE_RUNTIME_ELEMENT_TYPE_H

#include "attune.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace attune::runtime {

/// As the language writes it ("f32"); "unknown" for a value that is no attn_type.
const char *typeName(attn_type type);
/// 0 for a value that is no attn_type.
int64_t typeBytes(attn_type type);
std::optional<attn_type> typeFromName(std::string_view name);
/// Whether models take and give this type.
bool isModelType(attn_type type);
/// What a user can do who has `given` where `wanted` is asked for: text that starts with
/// "; ", or "".
const char *conversionHint(attn_type given, attn_type wanted);

} // namespace attune::runtime

#endif
