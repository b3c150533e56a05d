/* Run ExecuTorch programs through a C ABI: no torch, no Python, no C++ types across the border.
 *
 * A program holds methods. A method keeps its mutable buffers (keys and values of a decode stage)
 * from one run to the next, and methods of one program share the buffers that their export shares.
 * Calls that return int return 0 on success; a failed call leaves its reason in
 * pinpoint_last_error. A program must not be used from two threads at once.
 */
#ifndef PINPOINT_EXECUTORCH_H
#define PINPOINT_EXECUTORCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* everything else stays inside the library */

#define PINPOINT_ABI_VERSION 1
#define PINPOINT_MAX_RANK 8

typedef struct PinpointProgram PinpointProgram;

/* A tensor's type (an ExecuTorch ScalarType: 0 uint8, 3 int32, 4 int64, 5 float16, 6 float32, ...)
 * and sizes. Of a method's inputs and outputs, a dynamic size is given as its upper bound. */
typedef struct {
  int32_t dtype;
  int32_t rank;
  int32_t sizes[PINPOINT_MAX_RANK];
  size_t bytes;
} PinpointTensor;

int32_t pinpoint_abi_version(void);

/* The reason why the last call of this thread failed, with ExecuTorch's log of the call. */
const char* pinpoint_last_error(void);

/* Size the thread pool, which the whole process shares. A loaded method holds the pool, so another
 * size is refused while there is one. */
int pinpoint_set_threads(uint32_t threads);
uint32_t pinpoint_threads(void);

/* NULL when the file is missing, is no program or is damaged. */
PinpointProgram* pinpoint_open(const char* path);
void pinpoint_close(PinpointProgram* program);

/* Methods in the order of their names; NULL after the last one. */
const char* pinpoint_method_name(const PinpointProgram* program, size_t index);

/* The number of inputs or outputs, -1 when there is no such method. */
int32_t pinpoint_input_count(PinpointProgram* program, const char* method);
int32_t pinpoint_output_count(PinpointProgram* program, const char* method);
int pinpoint_input(PinpointProgram* program, const char* method, size_t index, PinpointTensor* out);
int pinpoint_output(
    PinpointProgram* program, const char* method, size_t index, PinpointTensor* out);

/* A mutable buffer of a method, where the program names them; fails after the last one. */
int pinpoint_state(PinpointProgram* program, const char* method, size_t index, PinpointTensor* out);

/* The first backend that a method needs and this build lacks, NULL when it has them all. */
const char* pinpoint_missing_backend(PinpointProgram* program, const char* method);

/* Run a method on contiguous inputs, one buffer and one tensor for each input. */
int pinpoint_run(
    PinpointProgram* program,
    const char* method,
    const void* const* data,
    const PinpointTensor* tensors,
    size_t count);

/* An output of the last run: its true sizes, and a copy of its bytes. */
int pinpoint_result(const PinpointProgram* program, size_t index, PinpointTensor* out);
int pinpoint_copy_result(const PinpointProgram* program, size_t index, void* out, size_t bytes);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
