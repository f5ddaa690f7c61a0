#include "command_line.h"
#include "program.h"

int main(int argc, char **argv) {
  return attune::runtime::standaloneMain(attn_main_program, argc, argv);
}
