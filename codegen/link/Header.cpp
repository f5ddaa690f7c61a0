// The C header of a compiled program.
#include "codegen/link/Link.h"
#include "dialect/Attn.h"

using namespace mlir;

namespace attune {
namespace {

using namespace attn;

/// "ids: i32 [batch, tokens]", without what could end a C comment.
void printTensor(llvm::raw_ostream &os, StringRef name, Type type) {
  auto tensor = cast<TensorType>(type);
  std::string text;
  llvm::raw_string_ostream line(text);
  line << name << ": ";
  if (tensor.getElementType().isInteger(1))
    line << "bool";
  else
    line << tensor.getElementType();
  line << " [";
  llvm::interleaveComma(tensor.getSizes(), line, [&](SizeAttr size) { line << size.str(); });
  line << "]";
  for (char &c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '/')
      c = '_';
  os << text;
}

void printEntry(llvm::raw_ostream &os, func::FuncOp entry) {
  std::string name = entry.getName().str();
  for (char &c : name)
    if (static_cast<unsigned char>(c) < ' ' || c == '/')
      c = '_';
  os << " *\n *   " << name << "\n";
  auto line = [&](const char *direction, StringAttr name, StringRef fallback, Type type) {
    os << " *     " << direction << " ";
    printTensor(os, name ? name.getValue() : fallback, type);
    os << "\n";
  };
  for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
    Type type = entry.getArgumentTypes()[i];
    if (auto tensor = entry.getArgAttrOfType<TypeAttr>(i, tensorAttrName))
      type = tensor.getValue();
    if (entry.getArgAttr(i, seedAttrName))
      os << " *     seed of its dropout: attn_set_seed\n";
    else
      line(entry.getArgAttr(i, outputAttrName) ? "output" : "input ",
           entry.getArgAttrOfType<StringAttr>(i, nameAttrName), "input", type);
  }
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    line("output", entry.getResultAttrOfType<StringAttr>(i, nameAttrName), "result",
         entry.getResultTypes()[i]);
}

} // namespace

std::string programHeader(ModuleOp module, StringRef name, StringRef source) {
  std::string file = source.str();
  for (char &c : file)
    if (static_cast<unsigned char>(c) < ' ' || c == '*')
      c = '_';
  std::string guard = "ATTN_PROGRAM_" + name.upper() + "_H";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "/* " << name << ".h - made by attnc from " << file << ".\n"
     << " *\n"
     << " * Models, the first one being the default:\n";
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(modelAttrName))
      printEntry(os, function);
  os << " *\n"
     << " * attune.h says how to run it. */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#include \"attune.h\"\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "extern const attn_program attn_program_" << name << ";\n\n"
     << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

} // namespace attune
