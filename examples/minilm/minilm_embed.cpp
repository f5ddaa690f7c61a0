//===- minilm_embed.cpp - Sentences in, embeddings out --------------------===//
//
// An example of a program that links a model compiled by attnc. It reads
// sentences from standard input, one a line, and prints or writes the
// embedding of each, in order.
//
//===----------------------------------------------------------------------===//

#include "embedder.h"
#include "embedding_file.h"
#include "similarity_table.h"
#include "wordpiece.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

using namespace minilm;

namespace {

const char usage[] =
    "usage: minilm-embed --weights FILE --vocab FILE [options] < sentences.txt\n"
    "\n"
    "Reads sentences from standard input, one a line, and prints the embedding\n"
    "of each, one a line, in order. Sentences are cut at 256 tokens.\n"
    "\n"
    "  --weights FILE   the model's weights (model.safetensors)\n"
    "  --vocab FILE     its vocabulary (vocab.txt)\n"
    "  --output FILE    write a NumPy array [sentences, width] instead (.npy)\n"
    "  --json           print JSON: {\"sentences\", \"width\", \"embeddings\"}\n"
    "  --similarity     print a table of how alike the sentences are\n"
    "  --threads N      threads to use, 1 to 256 (default: all that are free)\n"
    "  --help           print this\n"
    "\n"
    "Exit status: 0 success, 1 an error in a file or the input, 2 wrong usage.\n";

enum ExitStatus { success = 0, userError = 1, wrongUsage = 2 };

/// What the model was trained to read at once (sentence_bert_config.json).
constexpr size_t maxTokens = 256;
/// `vocab` in minilm.attn. A vocabulary of another size is of another model, or
/// damaged: its ids would mean other tokens.
constexpr size_t tokensOfModel = 30522;
/// A line past this is no sentence; it bounds the memory a line takes.
constexpr size_t maxLineBytes = 16 << 20;
/// Sentences read before they are embedded; it bounds the memory they take
/// (a kilobyte each), and is plenty to find others of the same length.
constexpr size_t sentencesOfChunk = 8192;
/// More columns than this no terminal shows.
constexpr size_t maxSentencesOfTable = 60;

struct Options {
  std::string weights, vocabulary, output;
  bool json = false, similarity = false, help = false;
  int threads = 0;
};

int fail(const std::string &message, ExitStatus status = userError) {
  std::fprintf(stderr, "minilm-embed: %s\n", message.c_str());
  return status;
}

/// Fills `options`; on wrong usage returns false and the reason in `error`.
bool parseOptions(int argc, char **argv, Options &options, std::string &error) {
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    size_t equals = argument.find('=');
    std::string name(argument.substr(0, equals));
    bool *flag = name == "--json"         ? &options.json
                 : name == "--similarity" ? &options.similarity
                 : name == "--help"       ? &options.help
                                          : nullptr;
    if (flag) {
      if (equals != std::string_view::npos) {
        error = name + " takes no value";
        return false;
      }
      *flag = true;
      continue;
    }
    std::string threads;
    std::string *value = name == "--weights"   ? &options.weights
                         : name == "--vocab"   ? &options.vocabulary
                         : name == "--output"  ? &options.output
                         : name == "--threads" ? &threads
                                               : nullptr;
    if (!value) {
      error = "unknown argument '" + std::string(argument) + "'";
      return false;
    }
    *value = equals != std::string_view::npos ? argument.substr(equals + 1)
             : i + 1 < argc                   ? argv[++i]
                                              : "";
    if (value->empty()) {
      error = name + " needs a value";
      return false;
    }
    if (value == &threads) {
      const char *last = threads.data() + threads.size();
      auto [end, status] = std::from_chars(threads.data(), last, options.threads);
      if (status != std::errc() || end != last || options.threads < 1 ||
          options.threads > 256) {
        error = "--threads: '" + threads + "' is not a number from 1 to 256";
        return false;
      }
    }
  }
  if (options.help)
    return true;
  if (options.weights.empty() || options.vocabulary.empty())
    error = options.weights.empty() ? "--weights FILE is missing"
                                    : "--vocab FILE is missing";
  else if (options.json && options.similarity)
    error = "--json and --similarity exclude each other";
  return error.empty();
}

enum class Line { read, endOfInput, error };

/// Reads up to the next line feed.
Line readLine(std::FILE *in, std::string &line, std::string &error) {
  line.clear();
  int c;
  while ((c = getc_unlocked(in)) != EOF && c != '\n') {
    if (line.size() == maxLineBytes) {
      error = "is longer than " + std::to_string(maxLineBytes >> 20) +
              " MiB; expected one sentence a line";
      return Line::error;
    }
    line.push_back(static_cast<char>(c));
  }
  if (std::ferror(in)) {
    error = std::string("cannot be read: ") + std::strerror(errno);
    return Line::error;
  }
  return c == EOF && line.empty() ? Line::endOfInput : Line::read;
}

/// Embeds standard input chunk by chunk. Keeps the text of the sentences for
/// the table alone.
bool embedInput(const Options &options, const WordPiece &tokenizer,
                Embedder &embedder, EmbeddingFile &embeddings,
                std::vector<std::string> &texts, std::string &error) {
  std::string line;
  std::vector<std::vector<int32_t>> sentences;
  std::vector<float> rows;
  Line state = Line::read;
  for (size_t number = 1; state == Line::read; ++number) {
    state = readLine(stdin, line, error);
    if (state == Line::error) {
      error = "standard input, line " + std::to_string(number) + " " + error;
      return false;
    }
    if (state == Line::read) {
      sentences.push_back(tokenizer.encode(line, maxTokens));
      if (options.similarity && number > maxSentencesOfTable) {
        error = "standard input has more than " +
                std::to_string(maxSentencesOfTable) +
                " sentences, too many for --similarity; use --output or --json";
        return false;
      }
      if (options.similarity)
        texts.push_back(line);
    }
    if (sentences.size() == sentencesOfChunk ||
        (state == Line::endOfInput && !sentences.empty())) {
      if (!embedder.embed(sentences, tokenizer.padding(), rows, error) ||
          !embeddings.append(rows, embedder.width(), error))
        return false;
      sentences.clear();
    }
  }
  if (embeddings.rows() == 0)
    error = "standard input has no sentences; expected one a line";
  return error.empty();
}

bool flushOutput(std::string &error) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout))
    return true;
  error = std::string("cannot write to standard output: ") + std::strerror(errno);
  return false;
}

void printRow(const std::vector<float> &row, char separator) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (i)
      std::putchar(separator);
    std::printf("%.9g", double(row[i])); // Enough to read the same float back.
  }
}

/// Writes the file or prints, as the options say.
bool report(const Options &options, EmbeddingFile &embeddings,
            const std::vector<std::string> &texts, std::string &error) {
  if (!options.output.empty() && !embeddings.writeNpy(options.output, error))
    return false;
  if (!embeddings.rewind(error))
    return false;
  std::vector<float> row;
  if (options.similarity) {
    std::vector<std::vector<float>> rows;
    for (size_t i = 0; i < embeddings.rows(); ++i) {
      if (!embeddings.next(row, error))
        return false;
      rows.push_back(row);
    }
    std::fputs(similarityTable(texts, rows).c_str(), stdout);
  } else if (options.json || options.output.empty()) {
    if (options.json)
      std::printf("{\"sentences\": %zu, \"width\": %zu, \"embeddings\": [",
                  embeddings.rows(), embeddings.width());
    for (size_t i = 0; i < embeddings.rows(); ++i) {
      if (!embeddings.next(row, error))
        return false;
      if (options.json)
        std::fputs(i ? ",\n[" : "\n[", stdout);
      printRow(row, options.json ? ',' : ' ');
      std::putchar(options.json ? ']' : '\n');
    }
    if (options.json)
      std::puts("]}");
  }
  return flushOutput(error);
}

/// Opens what is closed of standard input, output and error, so that no file
/// opened later takes their place. Reading and writing it fail as before.
void holdStandardStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF)
      (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int run(int argc, char **argv) {
  Options options;
  std::string error;
  if (!parseOptions(argc, argv, options, error))
    return fail(error + "; see minilm-embed --help", wrongUsage);
  if (options.help) {
    std::fputs(usage, stdout);
    return flushOutput(error) ? success : fail(error);
  }

  auto tokenizer = WordPiece::load(options.vocabulary, error);
  if (!tokenizer)
    return fail(error);
  if (tokenizer->size() != tokensOfModel)
    return fail("the vocabulary '" + options.vocabulary + "' has " +
                std::to_string(tokenizer->size()) + " tokens; the model has " +
                std::to_string(tokensOfModel));
  if (attn_error *problem = attn_set_threads(options.threads)) {
    error = attn_error_message(problem);
    attn_error_free(problem);
    return fail(error);
  }
  auto embedder = Embedder::open(options.weights, error);
  if (!embedder)
    return fail(error);
  EmbeddingFile embeddings;
  std::vector<std::string> texts;
  if (!embedInput(options, *tokenizer, *embedder, embeddings, texts, error) ||
      !report(options, embeddings, texts, error))
    return fail(error);
  return success;
}

} // namespace

int main(int argc, char **argv) {
  holdStandardStreams();
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc &) {
    return fail("out of memory");
  }
}
