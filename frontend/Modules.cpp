#include "frontend/Modules.h"
#include "frontend/Limits.h"
#include "frontend/Parser.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace attune::frontend {

static std::string realPath(StringRef path) {
  SmallString<256> real;
  if (sys::fs::real_path(path, real))
    return path.str();
  return real.str().str();
}

bool Program::load() {
  SourceMgr &sources = diag.sourceManager();
  unsigned id = sources.getMainFileID();
  byPath[realPath(sources.getMemoryBuffer(id)->getBufferIdentifier())] =
      nullptr;
  loadBuffer(id);
  return diag.errorCount() == 0;
}

Module *Program::loadBuffer(unsigned buffer) {
  const MemoryBuffer *memory = diag.sourceManager().getMemoryBuffer(buffer);
  StringRef name = memory->getBufferIdentifier();
  modules.push_back(std::make_unique<Module>());
  Module &module = *modules.back();
  byPath[realPath(name)] = &module;
  if (memory->getBufferSize() > limits::fileBytes) {
    diag.plainError(Twine(name) + ": the file has " +
                    Twine(memory->getBufferSize()) +
                    " bytes; a model has at most " + Twine(limits::fileBytes));
    return &module;
  }
  if (!checkText(memory->getBuffer(), name, diag))
    return &module;
  Parser parser(module.file, tokenize(memory->getBuffer(), diag), diag);
  parser.parseFile();
  for (Decl *decl : module.file.decls)
    module.decls.insert({decl->name.name, decl}); // the first one counts
  for (UseDecl *use : module.file.uses)
    resolveUse(module, use, name);
  return &module;
}

void Program::resolveUse(Module &module, UseDecl *use, StringRef from) {
  SmallString<128> relative;
  std::string spelled;
  for (const Identifier &part : use->path) {
    sys::path::append(relative, part.name);
    spelled += (spelled.empty() ? "" : ".") + part.name.str();
  }
  relative += ".attn";
  SmallVector<std::string> folders;
  StringRef beside = sys::path::parent_path(from);
  folders.push_back(beside.empty() ? "." : beside.str());
  folders.append(options.includeDirs.begin(), options.includeDirs.end());
  if (!options.stdDir.empty())
    folders.push_back(options.stdDir);
  for (const std::string &folder : folders) {
    SmallString<256> path(folder);
    sys::path::append(path, relative);
    sys::fs::file_status status;
    if (sys::fs::status(path, status) || !sys::fs::is_regular_file(status))
      continue;
    auto known = byPath.find(realPath(path));
    if (known != byPath.end() && known->second) {
      if (known->second != &module &&
          !llvm::is_contained(module.imports, known->second))
        module.imports.push_back(known->second);
      return;
    }
    if (modules.size() >= limits::files) {
      diag.error(use->range, "more than " + Twine(limits::files) +
                                 " files are used together");
      return;
    }
    if (status.getSize() > limits::fileBytes) {
      diag.error(use->range, "'" + path.str() + "' has " +
                                 Twine(status.getSize()) +
                                 " bytes; a model has at most " +
                                 Twine(limits::fileBytes));
      return;
    }
    auto buffer = MemoryBuffer::getFile(path);
    if (!buffer) {
      diag.error(use->range, "cannot read '" + path.str() +
                                 "': " + buffer.getError().message());
      return;
    }
    unsigned id = diag.sourceManager().AddNewSourceBuffer(std::move(*buffer),
                                                          use->range.Start);
    module.imports.push_back(loadBuffer(id));
    return;
  }
  std::string searched;
  for (const std::string &folder : folders)
    searched += (searched.empty() ? "" : ", ") + folder;
  diag.error(use->range, "cannot find '" + relative.str() + "' for 'use " +
                             spelled + "'; looked in " + searched);
}

Found Program::lookup(Module &module, StringRef name, SMRange where) {
  if (Decl *own = module.decls.lookup(name))
    return {own, &module};
  Found found;
  for (Module *import : module.imports) {
    Decl *decl = import->decls.lookup(name);
    if (!decl)
      continue;
    // A dim is known by its name, wherever it is declared.
    if (found && !(isa<DimDecl>(decl) && isa<DimDecl>(found.decl))) {
      if (diag.error(where, "'" + name + "' is declared in two used files; "
                                         "declare it here to choose")) {
        diag.note(found.decl->name.range, "here");
        diag.note(decl->name.range, "and here");
      }
      return found;
    }
    if (!found)
      found = {decl, import};
  }
  return found;
}

void Program::suggest(Module &module, Suggestion &suggestion) {
  for (const auto &entry : module.decls)
    suggestion.consider(entry.getKey());
  for (Module *import : module.imports)
    for (const auto &entry : import->decls)
      suggestion.consider(entry.getKey());
}

} // namespace attune::frontend
