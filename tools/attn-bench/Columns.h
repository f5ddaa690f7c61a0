// Tables for people: names stand left, numbers right.
#pragma once

#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace attune::bench {

class Columns {
public:
  struct Column {
    std::string title;
    bool isName = false;
  };
  explicit Columns(std::vector<Column> columns) : columns(std::move(columns)) {}

  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  /// A row without numbers: a name, and what is to say about it.
  void addRemark(std::string name, std::string remark);
  void print(llvm::raw_ostream &os) const;

private:
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows; // of one cell for each column, or two: a remark
};

/// A time with four digits that count, down to nanoseconds; "-" for none.
std::string milliseconds(double value);

} // namespace attune::bench
