// ONNX Runtime gives a table of functions whose order never changes; those that are called here are taken by their places
// in it, so that the package builds without the library and its headers.
#include "onnxruntime_calls.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// ONNX Runtime 1.24, the least that docs/bundle.md names.
#define API_VERSION 24

typedef struct {
    const void *const *(*get_api)(uint32_t version);
    const char *(*version)(void);
} api_base;

static const void *const *api;
static void *environment;
static void *memory;

typedef void *status;  // NULL for success

#define CALL(place, result, ...) ((result(*)(__VA_ARGS__))api[place])

static char *copied(const char *text) { return text ? strdup(text) : NULL; }

// Whether a call failed; takes its message and frees the status.
static int failed(status own, char **error) {
    if (!own) return 0;
    if (error) *error = copied(CALL(2, const char *, const void *)(own));
    CALL(93, void, void *)(own);
    return 1;
}

#if defined(__APPLE__)
extern const api_base *OrtGetApiBase(void);
static const api_base *base(void) { return OrtGetApiBase(); }
#else
static const api_base *base(void) {
    const char *names[] = {getenv("PINPOINT_ONNXRUNTIME"), "libonnxruntime.so", "libonnxruntime.so.1"};
    for (int i = 0; i < 3; i++) {
        void *library = names[i] ? dlopen(names[i], RTLD_NOW | RTLD_LOCAL) : NULL;
        void *symbol = library ? dlsym(library, "OrtGetApiBase") : NULL;
        if (symbol) return ((const api_base *(*)(void))symbol)();
    }
    return NULL;
}
#endif

char *ort_load(void) {
    const api_base *own = base();
    if (!own) return copied("ONNX Runtime is not here: link its library, or name it in PINPOINT_ONNXRUNTIME");
    api = own->get_api(API_VERSION);
    if (!api) return copied("ONNX Runtime is older than 1.24: link a newer one");
    char *error = NULL;
    if (failed(CALL(3, status, int, const char *, void **)(3, "pinpoint", &environment), &error)) return error;
    failed(CALL(6, status, void *)(environment), NULL);
    if (failed(CALL(69, status, int, int, void **)(1, 0, &memory), &error)) return error;
    return NULL;
}

// The options of docs/bundle.md, "Runtimes and systems".
static int set(void *options, int threads, int map_weights, const char *const *providers, size_t count, char **error) {
    const char *entries[][2] = {
        {"session.intra_op.spin_duration_us", "50"},
        // Folded constants lie on the heap: the view of a tied embedding would become a second copy there.
        {"optimization.constant_folding_max_output_size_in_bytes", "8388608"},
        // Packing copies every weight to the heap; unpacked ones stay pages of the mapped file.
        {"session.disable_prepacking", "1"},
    };
    if (failed(CALL(24, status, void *, int)(options, threads), error)) return 1;
    if (failed(CALL(25, status, void *, int)(options, 1), error)) return 1;
    if (failed(CALL(22, status, void *, int)(options, 3), error)) return 1;
    // The arena keeps the memory of a run until the session ends.
    if (failed(CALL(map_weights ? 18 : 19, status, void *)(options), error)) return 1;
    for (int i = 0; i < (map_weights ? 3 : 2); i++) {
        if (failed(CALL(130, status, void *, const char *, const char *)(options, entries[i][0], entries[i][1]), error))
            return 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (failed(CALL(216, status, void *, const char *, const char *const *, const char *const *, size_t)(
                       options, providers[i], NULL, NULL, 0),
                   error))
            return 1;
    }
    return 0;
}

void *ort_open(const char *path, int threads, int map_weights, const char *const *providers, size_t count,
               char **error) {
    void *options = NULL, *session = NULL;
    if (failed(CALL(10, status, void **)(&options), error)) return NULL;
    if (!set(options, threads, map_weights, providers, count, error))
        failed(CALL(7, status, const void *, const char *, const void *, void **)(environment, path, options, &session),
               error);
    CALL(100, void, void *)(options);
    return session;
}

void ort_close(void *session) { CALL(95, void, void *)(session); }

void *ort_tensor(void *data, size_t bytes, const int64_t *shape, size_t rank, int type, char **error) {
    void *tensor = NULL;
    failed(CALL(49, status, const void *, void *, size_t, const int64_t *, size_t, int, void **)(memory, data, bytes, shape,
                                                                                              rank, type, &tensor),
           error);
    return tensor;
}

void ort_release(void *tensor) {
    if (tensor) CALL(96, void, void *)(tensor);
}

int ort_run(void *session, const char *const *names, const void *const *inputs, size_t count,
            const char *const *result_names, void **results, size_t result_count, char **error) {
    return failed(CALL(9, status, void *, const void *, const char *const *, const void *const *, size_t,
                       const char *const *, size_t, void **)(session, NULL, names, inputs, count, result_names,
                                                             result_count, results),
                  error);
}

void *ort_data(void *tensor, int *type, int64_t *shape, size_t *rank, char **error) {
    void *info = NULL, *data = NULL;
    if (failed(CALL(65, status, const void *, void **)(tensor, &info), error)) return NULL;
    int broken = failed(CALL(60, status, const void *, int *)(info, type), error) ||
                 failed(CALL(61, status, const void *, size_t *)(info, rank), error) || *rank > 8 ||
                 failed(CALL(62, status, const void *, int64_t *, size_t)(info, shape, *rank), error) ||
                 failed(CALL(51, status, void *, void **)(tensor, &data), error);
    CALL(99, void, void *)(info);
    return broken ? NULL : data;
}
