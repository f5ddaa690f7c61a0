#include "passes/RowVariants.h"
#include <algorithm>
#include <cmath>
#include <vector>

namespace attune {
namespace {

constexpr int64_t mostRows = 1 << 16;
/// What another variant saves to be worth its compile time: a third of the time for one of the numbers of rows, or
/// less for more of them.
constexpr double leastSaving = 0.4;

/// Two in each octave: 1, 2, 3, 4, 6, 8, 12 …
std::vector<int64_t> numbersOfRows(int64_t fewest) {
  std::vector<int64_t> rows;
  for (int64_t power = 1; power <= mostRows; power *= 2)
    for (int64_t number : {power, power + power / 2})
      if (number >= fewest && (rows.empty() || number > rows.back()))
        rows.push_back(number);
  return rows;
}

} // namespace

llvm::SmallVector<RowVariant> chooseByRows(size_t candidates, int64_t fewest, llvm::function_ref<double(size_t, int64_t)> cycles) {
  std::vector<int64_t> rows = numbersOfRows(fewest);
  // The cheapest way to each number of rows that ends with each candidate, in logarithms of times.
  std::vector<double> cost(candidates, 0);
  std::vector<std::vector<size_t>> before;
  for (int64_t number : rows) {
    size_t best = std::min_element(cost.begin(), cost.end()) - cost.begin();
    double other = cost[best] + leastSaving;
    std::vector<size_t> &from = before.emplace_back();
    for (size_t c = 0; c < candidates; ++c) {
      bool isOther = before.size() > 1 && other < cost[c];
      from.push_back(isOther ? best : c);
      cost[c] = (isOther ? other : cost[c]) + std::log(cycles(c, number));
    }
  }
  size_t at = std::min_element(cost.begin(), cost.end()) - cost.begin();
  llvm::SmallVector<RowVariant> chosen{{at, std::nullopt}};
  for (size_t i = rows.size(); i-- > 1;) {
    size_t earlier = before[i][at];
    if (earlier != at)
      chosen.push_back({earlier, rows[i - 1]});
    at = earlier;
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

} // namespace attune
