// Ctrl-C, and the end of the time.
#pragma once

#include <chrono>

namespace attune::tune {

/// From now on SIGINT and SIGTERM ask for the end; a second one ends at once.
void catchInterruptions();
bool wasInterrupted();

class Deadline {
public:
  explicit Deadline(std::chrono::duration<double> left)
      : end(Clock::now() + std::chrono::duration_cast<Clock::duration>(left)) {}

  /// Seconds; 0 once it is over or somebody has interrupted.
  double left() const {
    double seconds = std::chrono::duration<double>(end - Clock::now()).count();
    return wasInterrupted() || seconds < 0 ? 0 : seconds;
  }
  bool isOver() const { return left() == 0; }
  /// So many seconds from now, but no later than this one.
  Deadline within(double seconds) const {
    return Deadline(std::chrono::duration<double>(seconds < left() ? seconds : left()));
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end;
};

} // namespace attune::tune
