/* A layer of OpenCL (OPENCL_LAYERS names it) that passes calls on until one is to fail:
 * FAILING_CALL is its name, FAILING_CODE what it gives. Devices have no f64 where
 * WITHOUT_F64 is set: they say so, and build nothing that asks for it. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl_layer.h>
#include <stdlib.h>
#include <string.h>

static cl_icd_dispatch calls, next;
static cl_program asksForDoubles;

static int fails(const char *call, cl_int *code) {
  const char *failing = getenv("FAILING_CALL");
  if (!failing || strcmp(failing, call) != 0)
    return 0;
  *code = atoi(getenv("FAILING_CODE"));
  return 1;
}

static cl_mem CL_API_CALL createBuffer(cl_context context, cl_mem_flags flags, size_t bytes, void *data, cl_int *code) {
  return fails("clCreateBuffer", code) ? NULL : next.clCreateBuffer(context, flags, bytes, data, code);
}

static cl_int CL_API_CALL finish(cl_command_queue queue) {
  cl_int code;
  return fails("clFinish", &code) ? code : next.clFinish(queue);
}

static cl_int CL_API_CALL write(cl_command_queue queue, cl_mem buffer, cl_bool waits, size_t offset, size_t bytes,
                                const void *data, cl_uint count, const cl_event *events, cl_event *event) {
  cl_int code;
  return fails("clEnqueueWriteBuffer", &code)
             ? code
             : next.clEnqueueWriteBuffer(queue, buffer, waits, offset, bytes, data, count, events, event);
}

static cl_int CL_API_CALL start(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                                const size_t *global, const size_t *local, cl_uint count, const cl_event *events,
                                cl_event *event) {
  cl_int code;
  return fails("clEnqueueNDRangeKernel", &code)
             ? code
             : next.clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local, count, events, event);
}

static cl_program CL_API_CALL createProgram(cl_context context, cl_uint count, const char **texts, const size_t *lengths,
                                            cl_int *code) {
  cl_program program = next.clCreateProgramWithSource(context, count, texts, lengths, code);
  for (cl_uint i = 0; i < count; ++i)
    if (strstr(texts[i], "cl_khr_fp64 : enable"))
      asksForDoubles = program;
  return program;
}

static cl_int CL_API_CALL build(cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
                                void(CL_CALLBACK *done)(cl_program, void *), void *data) {
  if (getenv("WITHOUT_F64") && program == asksForDoubles)
    return CL_BUILD_PROGRAM_FAILURE;
  return next.clBuildProgram(program, count, devices, options, done, data);
}

static cl_int CL_API_CALL deviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value, size_t *needed) {
  cl_int code = next.clGetDeviceInfo(device, what, size, value, needed);
  if (getenv("WITHOUT_F64") && what == CL_DEVICE_DOUBLE_FP_CONFIG && value)
    memset(value, 0, size);
  return code;
}

cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *needed) {
  cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  if (what != CL_LAYER_API_VERSION || (value && size < sizeof version))
    return CL_INVALID_VALUE;
  if (value)
    memcpy(value, &version, sizeof version);
  if (needed)
    *needed = sizeof version;
  return CL_SUCCESS;
}

cl_int CL_API_CALL clInitLayer(cl_uint count, const cl_icd_dispatch *target, cl_uint *known, const cl_icd_dispatch **layer) {
  if (count < sizeof calls / sizeof calls.clGetPlatformIDs)
    return CL_INVALID_VALUE;
  next = calls = *target;
  calls.clCreateBuffer = createBuffer;
  calls.clFinish = finish;
  calls.clEnqueueWriteBuffer = write;
  calls.clEnqueueNDRangeKernel = start;
  calls.clCreateProgramWithSource = createProgram;
  calls.clBuildProgram = build;
  calls.clGetDeviceInfo = deviceInfo;
  *known = sizeof calls / sizeof calls.clGetPlatformIDs;
  *layer = &calls;
  return CL_SUCCESS;
}
