//===- similarity_table.h - How alike sentences are, for people to read ---===//

#ifndef MINILM_SIMILARITY_TABLE_H
#define MINILM_SIMILARITY_TABLE_H

#include <string>
#include <vector>

namespace minilm {

/// A row and a column a sentence; the cosine of their embeddings, which have
/// unit length, in each cell.
std::string similarityTable(const std::vector<std::string> &sentences,
                            const std::vector<std::vector<float>> &embeddings);

} // namespace minilm

#endif // MINILM_SIMILARITY_TABLE_H
