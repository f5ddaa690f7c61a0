#include "element_type.h"

namespace attune::runtime {

namespace {
struct TypeRow {
  attn_type type;
  const char *name;
  int64_t bytes;
  const char *hint; // when this type is wanted and another was given
};

const TypeRow typeTable[] = {
    {ATTN_F32, "f32", 4, "; in NumPy: x.astype(numpy.float32)"},
    {ATTN_F16, "f16", 2, "; in NumPy: x.astype(numpy.float16)"},
    {ATTN_BF16, "bf16", 2, ""},
    {ATTN_I32, "i32", 4, "; in NumPy: x.astype(numpy.int32)"},
    {ATTN_I8, "i8", 1, "; in NumPy: x.astype(numpy.int8)"},
    {ATTN_BOOL, "bool", 1, "; in NumPy: x.astype(bool)"},
    {ATTN_I64, "i64", 8, ""},
    {ATTN_F64, "f64", 8, ""},
    {ATTN_U8, "u8", 1, ""},
    {ATTN_I16, "i16", 2, ""},
    {ATTN_U16, "u16", 2, ""},
    {ATTN_U32, "u32", 4, ""},
    {ATTN_U64, "u64", 8, ""},
};

const TypeRow *find(attn_type type) {
  for (const TypeRow &row : typeTable)
    if (row.type == type)
      return &row;
  return nullptr;
}
} // namespace

const char *typeName(attn_type type) {
  const TypeRow *row = find(type);
  return row ? row->name : "unknown";
}

int64_t typeBytes(attn_type type) {
  const TypeRow *row = find(type);
  return row ? row->bytes : 0;
}

std::optional<attn_type> typeFromName(std::string_view name) {
  for (const TypeRow &row : typeTable)
    if (name == row.name)
      return row.type;
  return std::nullopt;
}

bool isModelType(attn_type type) {
  return type >= ATTN_F32 && type <= ATTN_BOOL;
}

const char *conversionHint(attn_type given, attn_type wanted) {
  const TypeRow *row = find(wanted);
  return row && given != wanted ? row->hint : "";
}

} // namespace attune::runtime
