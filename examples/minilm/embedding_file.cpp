//===- embedding_file.cpp - Embeddings kept on disk until all are there ---===//

#include "embedding_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

using namespace minilm;

bool EmbeddingFile::append(const std::vector<float> &rows, size_t width,
                           std::string &error) {
  if (!file)
    file.reset(std::tmpfile());
  if (!file || std::fwrite(rows.data(), sizeof(float), rows.size(),
                           file.get()) != rows.size()) {
    error = std::string("cannot write a temporary file: ") + std::strerror(errno);
    return false;
  }
  rowWidth = width;
  rowCount += rows.size() / width;
  return true;
}

bool EmbeddingFile::rewind(std::string &error) {
  if (std::fflush(file.get()) == 0 && std::fseek(file.get(), 0, SEEK_SET) == 0)
    return true;
  error = std::string("cannot write a temporary file: ") + std::strerror(errno);
  return false;
}

bool EmbeddingFile::next(std::vector<float> &row, std::string &error) {
  row.resize(rowWidth);
  if (std::fread(row.data(), sizeof(float), rowWidth, file.get()) == rowWidth)
    return true;
  error = std::string("cannot read a temporary file: ") + std::strerror(errno);
  return false;
}

/// Version 1.0 of the format of numpy.lib.format.
bool EmbeddingFile::copyAsNpy(std::FILE *out) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                       std::to_string(rowCount) + ", " +
                       std::to_string(rowWidth) + "), }";
  const char magic[] = "\x93NUMPY\x01\x00";
  const size_t magicSize = 8, lengthSize = 2, alignment = 64;
  size_t used = magicSize + lengthSize + header.size() + 1;
  header.append((alignment - used % alignment) % alignment, ' ');
  header.push_back('\n');
  unsigned char length[lengthSize] = {
      static_cast<unsigned char>(header.size() & 0xFF),
      static_cast<unsigned char>(header.size() >> 8)};
  std::fwrite(magic, 1, magicSize, out);
  std::fwrite(length, 1, lengthSize, out);
  std::fwrite(header.data(), 1, header.size(), out);
  std::string ignored;
  std::vector<float> row;
  for (size_t i = 0; i < rowCount; ++i) {
    if (!next(row, ignored))
      return false;
    std::fwrite(row.data(), sizeof(float), row.size(), out);
  }
  return std::fflush(out) == 0 && !std::ferror(out);
}

bool EmbeddingFile::writeNpy(const std::string &path, std::string &error) {
  if (!rewind(error))
    return false;
  // A pipe or a device cannot be replaced, only written to.
  std::error_code ignored;
  auto kind = std::filesystem::status(path, ignored).type();
  bool replace = kind == std::filesystem::file_type::regular ||
                 kind == std::filesystem::file_type::not_found;
  std::string target = replace ? path + ".partial" : path;
  std::unique_ptr<std::FILE, Close> out(std::fopen(target.c_str(), "wb"));
  bool written = out && copyAsNpy(out.get());
  if (written && replace)
    written = std::rename(target.c_str(), path.c_str()) == 0;
  if (written)
    return true;
  error = "cannot write '" + path + "': " + std::strerror(errno);
  if (out && replace)
    std::remove(target.c_str());
  return false;
}
