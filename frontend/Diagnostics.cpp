#include "frontend/Diagnostics.h"
#include "frontend/Limits.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

#include <algorithm>
#include <tuple>

using namespace llvm;

namespace attune::frontend {

bool Diagnostics::isFull() const { return count >= limits::errors; }

/// `message`, cut between characters where it is too long to read.
static std::string shorten(StringRef message) {
  if (message.size() <= limits::messageLength)
    return message.str();
  size_t end = limits::messageLength;
  while (end > 0 && (message[end] & 0xC0) == 0x80)
    --end;
  return message.take_front(end).str() + "…";
}

Diagnostics::~Diagnostics() {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry &a, const Entry &b) {
                     return std::tie(a.buffer, a.place) <
                            std::tie(b.buffer, b.place);
                   });
  for (const Entry &entry : entries)
    out << entry.text;
  if (isFull())
    out << "error: too many errors; the rest is not shown\n";
}

bool Diagnostics::error(SMRange where, const Twine &message) {
  if (isFull() || !seen.insert(where.Start.getPointer()).second)
    return false;
  ++count;
  unsigned buffer = where.Start.isValid()
                        ? sources.FindBufferContainingLoc(where.Start)
                        : 0;
  entries.push_back({buffer, where.Start.getPointer(),
                     format(where, "error", message.str())});
  return true;
}

void Diagnostics::note(SMRange where, const Twine &message) {
  if (!entries.empty())
    entries.back().text += format(where, "note", message.str());
}

void Diagnostics::plainError(const Twine &message) {
  ++count;
  entries.push_back({0, nullptr, "error: " + shorten(message.str()) + "\n"});
}

std::string Diagnostics::describe(SMLoc loc) const {
  unsigned id = loc.isValid() ? sources.FindBufferContainingLoc(loc) : 0;
  if (!id)
    return "an unknown place";
  auto [line, column] = sources.getLineAndColumn(loc, id);
  return (sources.getMemoryBuffer(id)->getBufferIdentifier() + ":" +
          Twine(line))
      .str();
}

/// Bytes of the UTF-8 sequence at `text[at]`; 1 for anything malformed.
static size_t characterBytes(StringRef text, size_t at) {
  size_t bytes = getNumBytesForUTF8(static_cast<UTF8>(text[at]));
  return std::min(bytes, text.size() - at);
}

std::string Diagnostics::format(SMRange where, StringRef kind,
                                StringRef whole) const {
  std::string text, message = shorten(whole);
  raw_string_ostream out(text);
  SMLoc loc = where.Start;
  unsigned id = loc.isValid() ? sources.FindBufferContainingLoc(loc) : 0;
  if (!id) {
    out << kind << ": " << message << '\n';
    return text;
  }
  const MemoryBuffer *buffer = sources.getMemoryBuffer(id);
  const char *start = loc.getPointer();
  const char *lineBegin = start, *lineEnd = start;
  while (lineBegin != buffer->getBufferStart() && lineBegin[-1] != '\n')
    --lineBegin;
  while (lineEnd != buffer->getBufferEnd() && *lineEnd != '\n' &&
         *lineEnd != '\r')
    ++lineEnd;
  unsigned column = start - lineBegin;
  out << buffer->getBufferIdentifier() << ':'
      << sources.getLineAndColumn(loc, id).first << ':' << column + 1 << ": "
      << kind << ": " << message << '\n';

  // A line can be the whole file: show a window around the caret.
  StringRef line(lineBegin, lineEnd - lineBegin);
  size_t first = 0;
  if (line.size() > limits::printedColumns) {
    first = column > limits::printedColumns / 2
                ? column - limits::printedColumns / 2
                : 0;
    while (first < column && (line[first] & 0xC0) == 0x80)
      ++first;
  }
  size_t last = std::min(line.size(), first + limits::printedColumns);
  while (last < line.size() && (line[last] & 0xC0) == 0x80)
    ++last;
  size_t rangeEnd = column + 1;
  if (where.End.isValid() && where.End.getPointer() > start)
    rangeEnd = where.End.getPointer() - lineBegin;

  std::string shown, marks;
  if (first > 0) {
    shown += "...";
    marks += "   ";
  }
  for (size_t at = first; at < last;) {
    size_t bytes = characterBytes(line, at);
    char c = line[at];
    if (bytes == 1 && c != '\t' && (c < ' ' || c == 0x7F))
      shown += '?';
    else
      shown += line.substr(at, bytes).str();
    marks += at == column                     ? '^'
             : at > column && at < rangeEnd   ? '~'
             : c == '\t'                      ? '\t'
                                              : ' ';
    at += bytes;
  }
  if (column >= last)
    marks += '^';
  if (last < line.size())
    shown += "...";
  out << shown << '\n' << StringRef(marks).rtrim(' ') << '\n';
  return text;
}

} // namespace attune::frontend
