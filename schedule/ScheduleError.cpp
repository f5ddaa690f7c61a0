#include "schedule/ScheduleError.h"

namespace attune {

char ScheduleError::ID = 0;

void ScheduleError::log(llvm::raw_ostream &os) const {
  if (!stage.empty())
    os << "stage '" << stage << "': ";
  os << text;
}

} // namespace attune
