#include "tools/attnc/Execution.h"
#include "codegen/link/Cache.h"
#include "codegen/link/Files.h"
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;

namespace attune {
namespace {

constexpr StringLiteral cacheKind = "models";
constexpr uint64_t maxScheduleBytes = uint64_t(64) << 20;

/// Everything that decides what the executable is.
std::string keyOf(Compiler &compiler, const CompilerOptions &options,
                  const Installation &installation) {
  std::string text = compiler.text();
  // One that cannot be read is an error of the compiler, not a model in the cache.
  if (!options.schedule.empty()) {
    auto schedule = readFile(options.schedule, maxScheduleBytes);
    text += "\nschedule " + (schedule && *schedule ? (*schedule)->getBuffer().str() : "unknown");
    if (!schedule)
      consumeError(schedule.takeError());
  }
  text += "\nphase " + stepName(compiler.step()).str() + " target " + compiler.target().name +
          " name " + options.source;
  for (const std::string &program : {installation.self, installation.program("attn-kernelc")})
    text += " " + fileIdentity(program);
  for (StringRef library : {"libattune.a", "libattune_main.a"})
    text += " " + fileIdentity(installation.library(library));
  return contentHash(text);
}

} // namespace

Executable::~Executable() {
  if (descriptor >= 0)
    close(descriptor);
}

bool Executable::reserve() {
  if (descriptor < 0)
    descriptor = memfd_create("attune-model", MFD_CLOEXEC);
  return descriptor >= 0;
}

bool Executable::write(StringRef data) {
  if (!reserve())
    return false;
  while (!data.empty()) {
    ssize_t written = ::write(descriptor, data.data(), data.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    data = data.drop_front(static_cast<size_t>(written));
  }
  return true;
}

bool Executable::make(Compiler &compiler, const CompilerOptions &options,
                      const Installation &installation, Executable &result) {
  std::optional<Cache> cache;
  if (options.useCache)
    if (std::optional<std::string> folder = Cache::defaultFolder())
      cache.emplace(*folder);
  std::string key = keyOf(compiler, options, installation);
  std::unique_ptr<MemoryBuffer> data = cache ? cache->load(cacheKind, key) : nullptr;
  // --dump-dir and options of passes want to see the phases, --emit-schedule what they choose.
  if (!data || !options.dumpDir.empty() || !options.emitSchedule.empty() || !options.passOptions.empty()) {
    if (!compiler.advance(Step::Host))
      return false;
    auto folder = TemporaryFolder::create();
    if (!folder)
      return compiler.complain(toString(folder.takeError()));
    std::string file = folder->file("model");
    if (!compiler.link(Output::Executable, file))
      return false;
    auto linked = MemoryBuffer::getFile(file, false, false);
    if (!linked)
      return compiler.complain("cannot read " + file + ": " + linked.getError().message());
    data = MemoryBuffer::getMemBufferCopy((*linked)->getBuffer());
    if (cache)
      cache->store(cacheKind, key, data->getBuffer());
  }
  if (!result.write(data->getBuffer()))
    return compiler.complain(Twine("cannot place the compiled model in memory: ") + std::strerror(errno));
  return true;
}

std::string Executable::path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

void Executable::become(const std::vector<std::string> &arguments) const {
  std::vector<char *> list;
  for (const std::string &argument : arguments)
    list.push_back(const_cast<char *>(argument.c_str()));
  list.push_back(nullptr);
  fexecve(descriptor, list.data(), environ);
}

} // namespace attune
