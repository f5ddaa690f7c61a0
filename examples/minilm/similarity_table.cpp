//===- similarity_table.cpp - How alike sentences are ---------------------===//

#include "similarity_table.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace {

constexpr int maxColumns = 48; // Of a sentence; the rest is cut off.

/// Places a character takes in a terminal.
int columnsOf(UChar32 c) {
  switch (u_charType(c)) {
  case U_NON_SPACING_MARK:
  case U_ENCLOSING_MARK:
  case U_FORMAT_CHAR:
    return 0;
  }
  switch (u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH)) {
  case U_EA_FULLWIDTH:
  case U_EA_WIDE:
    return 2;
  default:
    return 1;
  }
}

/// As much of `text` as fits, and the number of columns it takes. Control and
/// format characters could rewrite the terminal and become spaces or nothing.
std::string fit(const std::string &text, int &columns) {
  std::string out;
  columns = 0;
  for (size_t i = 0; i < text.size();) {
    size_t begin = i;
    UChar32 c;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c < 0 || u_charType(c) == U_FORMAT_CHAR)
      continue;
    bool plain = !u_iscntrl(c) && !u_isUWhiteSpace(c);
    int width = plain ? columnsOf(c) : 1;
    if (columns + width > maxColumns) {
      out += "…";
      ++columns;
      break;
    }
    out += plain ? text.substr(begin, i - begin) : " ";
    columns += width;
  }
  return out;
}

} // namespace

std::string
minilm::similarityTable(const std::vector<std::string> &sentences,
                        const std::vector<std::vector<float>> &embeddings) {
  size_t count = sentences.size();
  std::vector<std::string> labels(count);
  std::vector<int> columns(count);
  for (size_t i = 0; i < count; ++i)
    labels[i] = fit(sentences[i], columns[i]);
  int widest = count ? *std::max_element(columns.begin(), columns.end()) : 0;

  char cell[32];
  std::string table(4 + size_t(widest), ' ');
  for (size_t j = 0; j < count; ++j) {
    std::snprintf(cell, sizeof cell, "%6zu", j + 1);
    table += cell;
  }
  table += '\n';
  for (size_t i = 0; i < count; ++i) {
    std::snprintf(cell, sizeof cell, "%2zu  ", i + 1);
    table += cell + labels[i] + std::string(size_t(widest - columns[i]), ' ');
    for (size_t j = 0; j < count; ++j) {
      double cosine = std::inner_product(
          embeddings[i].begin(), embeddings[i].end(), embeddings[j].begin(), 0.0);
      if (std::fabs(cosine) < 0.005)
        cosine = 0; // Not "-0.00".
      std::snprintf(cell, sizeof cell, "%6.2f", cosine);
      table += cell;
    }
    table += '\n';
  }
  return table;
}
