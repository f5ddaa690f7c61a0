#include "machine_peak.h"
#include "processor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <memory>
#include <thread>
#include <vector>

namespace attune::runtime {

namespace {

using Clock = std::chrono::steady_clock;

// Long enough for clocks to rise, short enough not to be noticed.
constexpr std::chrono::milliseconds arithmeticTime(30);
// Past most last-level caches; what is smaller measures the cache.
constexpr size_t readBytes = size_t(192) << 20;
// Multiply-adds of one call of a burst, and enough of them at once to hide their latency.
constexpr int burstSteps = 4096;
constexpr int chains = 12;

// Each burst runs `chains` independent sums and gives the number of its operations. The
// results go through a volatile so that they are computed.
volatile float sink;

__attribute__((target("avx512f"))) double burst512() {
  __m512 sums[chains], factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
  for (__m512 &sum : sums)
    sum = term;
  for (int step = 0; step < burstSteps; ++step)
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i)
      sums[i] = _mm512_fmadd_ps(sums[i], factor, term);
  for (const __m512 &sum : sums)
    sink = _mm512_cvtss_f32(sum);
  return 2.0 * 16 * chains * burstSteps;
}

__attribute__((target("avx2,fma"))) double burst256() {
  __m256 sums[chains], factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (__m256 &sum : sums)
    sum = term;
  for (int step = 0; step < burstSteps; ++step)
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i)
      sums[i] = _mm256_fmadd_ps(sums[i], factor, term);
  for (const __m256 &sum : sums)
    sink = _mm256_cvtss_f32(sum);
  return 2.0 * 8 * chains * burstSteps;
}

double burst128() {
  __m128 sums[chains], factor = _mm_set1_ps(0.999f), term = _mm_set1_ps(0.001f);
  for (__m128 &sum : sums)
    sum = term;
  for (int step = 0; step < burstSteps; ++step)
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i)
      sums[i] = _mm_add_ps(_mm_mul_ps(sums[i], factor), term);
  for (const __m128 &sum : sums)
    sink = _mm_cvtss_f32(sum);
  return 2.0 * 4 * chains * burstSteps;
}

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// Runs the body on every thread at once and gives the seconds from first to last.
double onThreads(int threads, const std::function<void(int)> &body) {
  std::vector<std::thread> team;
  std::atomic<int> waiting{threads};
  std::atomic<bool> started{false};
  for (int i = 0; i < threads; ++i)
    team.emplace_back([&, i] {
      --waiting;
      while (!started)
        std::this_thread::yield();
      body(i);
    });
  while (waiting > 0)
    std::this_thread::yield();
  Clock::time_point start = Clock::now();
  started = true;
  for (std::thread &thread : team)
    thread.join();
  return seconds(Clock::now() - start);
}

double measureArithmetic(int threads) {
  auto burst = processorHas("avx512f")                        ? burst512
               : processorHas("avx2") && processorHas("fma") ? burst256
                                                             : burst128;
  std::vector<double> operations(static_cast<size_t>(threads));
  double time = onThreads(threads, [&](int thread) {
    double done = 0;
    for (Clock::time_point start = Clock::now();
         Clock::now() - start < arithmeticTime;)
      done += burst();
    operations[static_cast<size_t>(thread)] = done;
  });
  double total = 0;
  for (double done : operations)
    total += done;
  return total / time * 1e-9;
}

double measureReading(int threads) {
  std::unique_ptr<uint8_t, decltype(&std::free)> memory(
      static_cast<uint8_t *>(std::aligned_alloc(64, readBytes)), std::free);
  if (!memory)
    return 0;
  size_t part = readBytes / static_cast<size_t>(threads) / 64 * 64;
  // Each thread touches first what it will read.
  onThreads(threads, [&](int thread) {
    std::memset(memory.get() + part * static_cast<size_t>(thread), 1, part);
  });
  double time = onThreads(threads, [&](int thread) {
    const uint8_t *start = memory.get() + part * static_cast<size_t>(thread);
    __m128i sums[4] = {};
    for (size_t i = 0; i < part; i += 64)
#pragma GCC unroll 4
      for (size_t j = 0; j < 4; ++j)
        sums[j] = _mm_add_epi32(sums[j], _mm_load_si128(reinterpret_cast<const __m128i *>(
                                             start + i + 16 * j)));
    for (const __m128i &sum : sums)
      sink = static_cast<float>(_mm_cvtsi128_si32(sum));
  });
  return static_cast<double>(part) * threads / time * 1e-9;
}

} // namespace

MachinePeak measureMachinePeak(int threads) {
  threads = std::max(threads, 1);
  return {measureArithmetic(threads), measureReading(threads)};
}

} // namespace attune::runtime
