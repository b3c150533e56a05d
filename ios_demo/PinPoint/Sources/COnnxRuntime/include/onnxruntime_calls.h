// The few calls of ONNX Runtime's C API that PinPointORT makes, without its headers.
#ifndef PINPOINT_ONNXRUNTIME_CALLS_H
#define PINPOINT_ONNXRUNTIME_CALLS_H

#include <stddef.h>
#include <stdint.h>

enum { ort_float = 1, ort_uint8 = 2, ort_int32 = 6, ort_int64 = 7 };

// Finds the library, once; a message where it is missing or too old, to be freed, else NULL.
char *ort_load(void);

// A session of a graph; NULL and a message, to be freed, where it cannot be opened.
void *ort_open(const char *path, int threads, int map_weights, const char *const *providers, size_t count,
               char **error);
void ort_close(void *session);

// A tensor over memory of the caller, which outlives it.
void *ort_tensor(void *data, size_t bytes, const int64_t *shape, size_t rank, int type, char **error);
void ort_release(void *tensor);

// Runs a session; 0 when it succeeds. Where a result is NULL a tensor is made, to be released.
int ort_run(void *session, const char *const *names, const void *const *inputs, size_t count,
            const char *const *result_names, void **results, size_t result_count, char **error);

// The memory of a tensor, its type, and its shape of at most 8 dimensions.
void *ort_data(void *tensor, int *type, int64_t *shape, size_t *rank, char **error);

#endif
