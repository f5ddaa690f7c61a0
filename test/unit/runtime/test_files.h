// Files that tests make, in a folder of their own that goes with the test.
#ifndef ATTUNE_TEST_UNIT_RUNTIME_TEST_FILES_H
#define ATTUNE_TEST_UNIT_RUNTIME_TEST_FILES_H

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

class FileTest : public ::testing::Test {
protected:
  FileTest() {
    std::string pattern = ::testing::TempDir() + "attune-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~FileTest() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string &name) const { return folder + "/" + name; }

  std::string write(const std::string &name, const std::string &content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  std::string read(const std::string &name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto &file : std::filesystem::directory_iterator(folder))
      names.push_back(file.path().filename());
    return names;
  }

  std::string folder;
};

template <typename Value> std::string bytesOf(const std::vector<Value> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(Value));
}

inline std::string littleEndian64(uint64_t value) {
  std::string result;
  for (int i = 0; i < 8; ++i)
    result += static_cast<char>(value >> 8 * i & 255);
  return result;
}

/// A safetensors file: length, header, data.
inline std::string safetensors(const std::string &header, const std::string &data) {
  return littleEndian64(header.size()) + header + data;
}

/// A .npy file of version 1.
inline std::string npy(const std::string &header, const std::string &data) {
  return std::string("\x93NUMPY\x01\x00", 8) +
         static_cast<char>(header.size() & 255) + static_cast<char>(header.size() >> 8) +
         header + data;
}

/// Whether the error's message has the part.
#define EXPECT_SAYS(message, part)                                                     \
  EXPECT_NE(std::string(message).find(part), std::string::npos)                        \
      << "the message is: " << (message)

#endif
