/* Runs two compiled models, in C: prints what each makes of 1 2 3. */

#include "affine.h"
#include "centered.h"

#include <attune.h>
#include <stdio.h>

static int report(attn_error *error) {
  if (!error)
    return 0;
  fprintf(stderr, "%s\n", attn_error_message(error));
  attn_error_free(error);
  return 1;
}

static int run(const attn_program *program) {
  float data[] = {1, 2, 3};
  int64_t sizes[] = {3};
  attn_tensor x = {ATTN_F32, 1, sizes, data}, result;
  attn_model *model = NULL;
  attn_context *context = NULL;
  int failed = report(attn_model_open(program, NULL, 0, &model)) ||
               report(attn_context_create(model, NULL, &context)) ||
               report(attn_bind_input(context, "x", &x)) ||
               report(attn_run(context)) ||
               report(attn_output(context, "result", &result));
  if (!failed) {
    const float *y = result.data;
    printf("%g %g %g\n", y[0], y[1], y[2]);
  }
  attn_context_free(context);
  attn_model_close(model);
  return failed;
}

int main(void) {
  return run(&attn_program_affine) || run(&attn_program_centered);
}
