#include "processor_count.h"

#include <algorithm>
#include <cstdio>
#include <sched.h>
#include <unistd.h>

namespace attune::runtime {

/// The processors that the control group's quota amounts to, rounded up; 0 if there is
/// none. Version 2 has "QUOTA PERIOD" in one file, version 1 has two files.
static long quotaProcessors() {
  long long quota = 0, period = 0;
  bool known = false;
  if (FILE *file = std::fopen("/sys/fs/cgroup/cpu.max", "re")) {
    known = std::fscanf(file, "%lld %lld", &quota, &period) == 2;
    std::fclose(file);
  } else {
    FILE *quotaFile = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re");
    FILE *periodFile = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
    known = quotaFile && periodFile && std::fscanf(quotaFile, "%lld", &quota) == 1 &&
            std::fscanf(periodFile, "%lld", &period) == 1;
    if (quotaFile)
      std::fclose(quotaFile);
    if (periodFile)
      std::fclose(periodFile);
  }
  if (!known || quota <= 0 || period <= 0)
    return 0;
  return static_cast<long>(quota / period + (quota % period != 0));
}

int usableProcessors() {
  static const int count = [] {
    long result = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
      result = CPU_COUNT(&allowed);
    if (long quota = quotaProcessors())
      result = std::min(result, quota);
    return static_cast<int>(std::clamp<long>(result, 1, maxThreads));
  }();
  return count;
}

} // namespace attune::runtime
