//===- embedding_file.h - Embeddings kept on disk until all are there -----===//

#ifndef MINILM_EMBEDDING_FILE_H
#define MINILM_EMBEDDING_FILE_H

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace minilm {

/// Rows of float32 in an unnamed temporary file. Any number of sentences fits,
/// and results appear only once every sentence has one.
class EmbeddingFile {
public:
  /// All report failure by returning false, with the reason in `error`.
  bool append(const std::vector<float> &rows, size_t width, std::string &error);
  bool rewind(std::string &error);
  bool next(std::vector<float> &row, std::string &error);

  /// Writes all rows as a NumPy array of shape [rows, width]. A file at `path`
  /// is replaced when the new one is complete, and left alone on failure.
  bool writeNpy(const std::string &path, std::string &error);

  size_t rows() const { return rowCount; }
  size_t width() const { return rowWidth; }

private:
  bool copyAsNpy(std::FILE *out);

  struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file;
  size_t rowCount = 0, rowWidth = 0;
};

} // namespace minilm

#endif // MINILM_EMBEDDING_FILE_H
