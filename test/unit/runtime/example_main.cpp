// What the linker step of attnc adds to a standalone binary.
#include "example_program.h"
#include "program.h"

const attn_program *const attn_main_program = &attn_program_example;
