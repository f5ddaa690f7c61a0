#include "tools/attn-bench/Columns.h"
#include <gtest/gtest.h>

using namespace attune::bench;

TEST(Columns, NamesLeftNumbersRight) {
  Columns columns({{"case", true}, {"ms"}, {"verdict", true}});
  columns.add({"a", "10.5", "same"});
  columns.addRemark("longer", "a remark that is wider than its column");
  columns.add({"ä", "1", "gone"});
  std::string text;
  llvm::raw_string_ostream os(text);
  columns.print(os);
  EXPECT_EQ(text, "case      ms  verdict\n"
                  "a       10.5  same\n"
                  "longer  a remark that is wider than its column\n"
                  "ä          1  gone\n");
}

TEST(Columns, FourDigitsOfATime) {
  EXPECT_EQ(milliseconds(0), "-");
  EXPECT_EQ(milliseconds(0.00026), "0.000260");
  EXPECT_EQ(milliseconds(0.0123456), "0.01235");
  EXPECT_EQ(milliseconds(0.123456), "0.1235");
  EXPECT_EQ(milliseconds(1.23456), "1.235");
  EXPECT_EQ(milliseconds(12.3456), "12.35");
  EXPECT_EQ(milliseconds(123.456), "123.5");
  EXPECT_EQ(milliseconds(12345.6), "12346");
}
