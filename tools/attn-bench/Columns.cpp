#include "tools/attn-bench/Columns.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"

namespace attune::bench {
namespace {

/// How many places of a terminal the text takes.
size_t widthOf(llvm::StringRef text) {
  int width = llvm::sys::unicode::columnWidthUTF8(text);
  return width < 0 ? text.size() : static_cast<size_t>(width);
}

} // namespace

void Columns::addRemark(std::string name, std::string remark) {
  rows.push_back({std::move(name), std::move(remark)});
}

void Columns::print(llvm::raw_ostream &os) const {
  std::vector<size_t> widths;
  for (const Column &column : columns)
    widths.push_back(widthOf(column.title));
  for (const auto &row : rows) {
    bool isRemark = row.size() < columns.size();
    for (size_t i = 0; i < (isRemark ? 1 : row.size()); ++i)
      widths[i] = std::max(widths[i], widthOf(row[i]));
  }
  auto print = [&](size_t i, llvm::StringRef cell, bool isName, bool isLast) {
    size_t taken = widthOf(cell);
    unsigned padding = static_cast<unsigned>(widths[i] > taken ? widths[i] - taken : 0);
    if (!isName)
      os.indent(padding);
    os << cell;
    if (isLast)
      os << "\n";
    else
      os.indent((isName ? padding : 0) + 2);
  };
  for (const auto &[i, column] : llvm::enumerate(columns))
    print(i, column.title, column.isName, i + 1 == columns.size());
  for (const auto &row : rows)
    for (const auto &[i, cell] : llvm::enumerate(row))
      print(i, cell, columns[i].isName || row.size() < columns.size(), i + 1 == row.size());
}

std::string milliseconds(double value) {
  if (!(value > 0))
    return "-";
  int digits = 3;
  for (double limit = 1; value < limit && digits < 6; limit /= 10)
    ++digits;
  for (double limit = 10; value >= limit && digits > 0; limit *= 10)
    --digits;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*f", digits, value);
  return text;
}

} // namespace attune::bench
