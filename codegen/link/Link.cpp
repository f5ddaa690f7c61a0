#include "codegen/link/Link.h"
#include "codegen/link/Files.h"
#include "codegen/link/Processes.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>

using namespace llvm;

namespace attune {
namespace {

constexpr std::chrono::seconds linkTimeLimit(120);

/// What else might link, beside what PATH has: LLVM as Debian installs it.
constexpr const char *llvmFolder = ATTUNE_LLVM_TOOLS;

std::string findProgram(std::initializer_list<StringRef> names) {
  for (StringRef name : names)
    if (auto path = sys::findProgramByName(name))
      return *path;
  for (StringRef name : names)
    if (auto path = sys::findProgramByName(name, {llvmFolder}))
      return *path;
  return "";
}

struct Driver {
  std::string path;
  bool isClang;
};

Expected<Driver> findDriver() {
  if (const char *chosen = std::getenv("ATTUNE_CC"); chosen && *chosen) {
    auto path = sys::findProgramByName(chosen);
    if (!path)
      return createStringError(Twine("ATTUNE_CC names '") + chosen + "', which is not found");
    return Driver{*path, sys::path::filename(*path).contains("clang")};
  }
  if (std::string path = findProgram({"clang-22", "clang"}); !path.empty())
    return Driver{path, true};
  if (std::string path = findProgram({"gcc", "cc"}); !path.empty())
    return Driver{path, false};
  return createStringError("no linker driver: attnc needs clang-22, clang, gcc or cc in PATH "
                           "(or in ATTUNE_CC) to link programs; --emit=static needs none");
}

Error archive(ArrayRef<LinkInput> objects, StringRef path) {
  std::vector<NewArchiveMember> members;
  for (const LinkInput &object : objects)
    members.emplace_back(MemoryBufferRef(object.data, object.name));
  auto buffer = writeArchiveToBuffer(members, SymtabWritingMode::NormalSymtab,
                                     object::Archive::K_GNU, /*Deterministic=*/true,
                                     /*Thin=*/false);
  if (!buffer)
    return buffer.takeError();
  return writeFile(path, (*buffer)->getBuffer());
}

Expected<std::string> neededLibrary(const Installation &installation, StringRef name) {
  std::string path = installation.library(name);
  if (path.empty())
    return createStringError("Attune's installation is incomplete: " + name +
                             " is not in the lib folder beside " + installation.programs);
  return path;
}

} // namespace

Error linkProgram(ArrayRef<LinkInput> objects, Output output, StringRef device, StringRef path,
                  const Installation &installation) {
  if (output == Output::Static)
    return archive(objects, path);
  auto driver = findDriver();
  if (!driver)
    return driver.takeError();
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string product = folder->file("product");
  std::vector<std::string> command{driver->path, "-o", product};
  for (const LinkInput &object : objects) {
    std::string file = folder->file(object.name);
    if (Error error = writeFile(file, object.data))
      return error;
    command.push_back(file);
  }
  if (std::string linker = findProgram({"ld.lld", "ld.lld-22"}); !linker.empty()) {
    if (driver->isClang) {
      command.push_back("--ld-path=" + linker);
    } else {
      // gcc looks for a program called ld.lld in the folders of -B.
      std::string folderForLinker = folder->file("linker");
      if (!sys::fs::create_directory(folderForLinker) &&
          !sys::fs::create_link(linker, folderForLinker + "/ld.lld"))
        command.insert(command.end(), {"-fuse-ld=lld", "-B", folderForLinker});
    }
  }
  if (output == Output::Object) {
    command.insert(command.end(), {"-r", "-nostdlib"});
  } else {
    auto runtime = neededLibrary(installation, "libattune.a");
    if (!runtime)
      return runtime.takeError();
    // Before the runtime: its part of Halide's runtime replaces the plain one.
    if (!device.empty()) {
      auto ofDevice = neededLibrary(installation, ("libattune_" + device + ".a").str());
      if (!ofDevice)
        return ofDevice.takeError();
      command.push_back(*ofDevice);
    }
    if (output == Output::Executable) {
      auto entry = neededLibrary(installation, "libattune_main.a");
      if (!entry)
        return entry.takeError();
      command.insert(command.end() - !device.empty(), *entry);
      command.push_back(*runtime);
    } else {
      // The C API and the program; whatever else is inside stays inside.
      std::string script = folder->file("exports");
      if (Error error = writeFile(script, "{ global: attn_*; local: *; };\n"))
        return error;
      command.insert(command.end(),
                     {"-shared", "-Wl,--whole-archive", *runtime, "-Wl,--no-whole-archive",
                      "-Wl,-z,defs", "-Wl,--version-script=" + script,
                      "-Wl,-soname," + sys::path::filename(path).str()});
    }
    for (StringRef flag : {"-Wl,--gc-sections", "-lstdc++", "-lm", "-lpthread", "-ldl"})
      command.push_back(flag.str());
    SmallVector<StringRef> flags;
    StringRef(ATTUNE_LINK_FLAGS).split(flags, ' ', -1, /*KeepEmpty=*/false);
    for (StringRef flag : flags)
      command.push_back(flag.str());
  }
  ProcessResult linked =
      runProcess({command, folder->file("log")}, linkTimeLimit);
  if (!linked.problem.empty())
    return createStringError("linking failed: " + driver->path + " " + linked.problem +
                             (linked.text.empty() ? "" : "\n" + StringRef(linked.text).trim().str()));
  auto result = MemoryBuffer::getFile(product, false, false);
  if (!result)
    return createStringError("linking failed: " + driver->path + " wrote nothing");
  return writeFile(path, (*result)->getBuffer(), output != Output::Object);
}

} // namespace attune
