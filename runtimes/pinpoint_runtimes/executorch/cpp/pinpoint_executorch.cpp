// The C ABI of pinpoint_executorch.h over ExecuTorch's Module.

#include "pinpoint_executorch.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor_ptr.h>
#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/core/exec_aten/util/scalar_type_util.h>
#include <executorch/runtime/platform/platform.h>
#include <executorch/runtime/platform/runtime.h>

// The wheel exports the thread pool but does not ship its header.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  size_t get_thread_count() const;
  bool _unsafe_reset_threadpool(uint32_t new_thread_count);
};
ThreadPool* get_threadpool();
} // namespace executorch::extension::threadpool

using executorch::aten::ScalarType;
using executorch::extension::Module;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::MethodMeta;
using executorch::runtime::PalImpl;
using executorch::runtime::Program;
using executorch::runtime::Result;
using executorch::runtime::TensorInfo;

struct PinpointProgram {
  explicit PinpointProgram(const char* path)
      // Mapped: weights that a delegate packs anew never count as memory of their own. Shared
      // arenas: methods of one program need the memory of the largest, and share their state.
      : module(path, Module::LoadMode::Mmap, nullptr, nullptr, nullptr, true) {}

  Module module;
  std::vector<std::string> methods;
  std::vector<EValue> results;
  size_t loaded = 0;
};

namespace {

constexpr size_t kLogged = 2000;

thread_local std::string last_error;
thread_local std::string logged;  // ExecuTorch's own reasons, since the current call began
std::atomic<size_t> loaded_methods{0};

void on_log(
    et_timestamp_t,
    et_pal_log_level_t level,
    const char*,
    const char*,
    size_t,
    const char* message,
    size_t length) {
  if (level != kError && level != kFatal) {
    return;
  }
  if (level == kFatal) {
    fprintf(stderr, "ExecuTorch: %.*s\n", static_cast<int>(length), message);  // an abort follows
  }
  if (logged.size() < kLogged) {
    logged += logged.empty() ? "" : "; ";
    logged.append(message, length);
  }
}

const bool pal_registered =
    executorch::runtime::register_pal(PalImpl::create(on_log, __FILE__));

int fail(const std::string& reason) {
  last_error = logged.empty() ? reason : reason + " (" + logged + ")";
  return -1;
}

int fail(const std::string& what, Error error) {
  return fail(what + ": " + executorch::runtime::to_string(error));
}

// Run a call with a clean log; an exception must not cross the border.
template <typename Call, typename Value>
auto guarded(Call call, Value on_exception) -> decltype(call()) {
  logged.clear();
  try {
    return call();
  } catch (const std::exception& error) {
    fail(error.what());
    return on_exception;
  }
}

bool has(const PinpointProgram* program, const std::string& method) {
  const auto& names = program->methods;
  return std::find(names.begin(), names.end(), method) != names.end();
}

Result<MethodMeta> meta(PinpointProgram* program, const char* method) {
  if (!has(program, method)) {
    fail(std::string("no method ") + method);
    return Error::InvalidArgument;
  }
  auto found = program->module.method_meta(method);
  if (!found.ok()) {
    fail(method, found.error());
  }
  return found;
}

int describe(Result<TensorInfo> info, PinpointTensor* out) {
  if (!info.ok()) {
    return fail("no such tensor");
  }
  const auto sizes = info->sizes();
  if (sizes.size() > PINPOINT_MAX_RANK) {
    return fail("a tensor of more than 8 dimensions");
  }
  *out = {static_cast<int32_t>(info->scalar_type()), static_cast<int32_t>(sizes.size()), {}, 0};
  std::copy(sizes.begin(), sizes.end(), out->sizes);
  out->bytes = info->nbytes();
  return 0;
}

int load(PinpointProgram* program, const char* method) {
  if (!has(program, method)) {
    return fail(std::string("no method ") + method);
  }
  if (program->module.is_method_loaded(method)) {
    return 0;
  }
  const Error error = program->module.load_method(method);
  if (error != Error::Ok) {
    return fail(std::string("cannot load method ") + method, error);
  }
  program->loaded += 1;
  loaded_methods += 1;
  return 0;
}

const EValue* result(const PinpointProgram* program, size_t index) {
  const bool is_tensor = index < program->results.size() && program->results[index].isTensor();
  return is_tensor ? &program->results[index] : nullptr;
}

} // namespace

int32_t pinpoint_abi_version(void) {
  return PINPOINT_ABI_VERSION;
}

const char* pinpoint_last_error(void) {
  return last_error.c_str();
}

uint32_t pinpoint_threads(void) {
  auto* pool = executorch::extension::threadpool::get_threadpool();
  return pool ? static_cast<uint32_t>(pool->get_thread_count()) : 1;
}

int pinpoint_set_threads(uint32_t threads) {
  return guarded(
      [&] {
        if (threads == 0) {
          return fail("cannot run on 0 threads");
        }
        if (threads == pinpoint_threads()) {
          return 0;
        }
        if (loaded_methods != 0) {
          return fail(
              "the process already runs stages on " + std::to_string(pinpoint_threads()) +
              " threads; close them first, or ask for as many");
        }
        auto* pool = executorch::extension::threadpool::get_threadpool();
        if (pool == nullptr || !pool->_unsafe_reset_threadpool(threads)) {
          return fail("the thread pool cannot be resized");
        }
        return 0;
      },
      -1);
}

PinpointProgram* pinpoint_open(const char* path) {
  executorch::runtime::runtime_init();
  return guarded(
      [&]() -> PinpointProgram* {
        auto program = std::make_unique<PinpointProgram>(path);
        const Error error = program->module.load(Program::Verification::InternalConsistency);
        if (error != Error::Ok) {
          fail("no readable ExecuTorch program", error);
          return nullptr;
        }
        auto names = program->module.method_names();
        if (!names.ok()) {
          fail("no readable method names", names.error());
          return nullptr;
        }
        program->methods.assign(names->begin(), names->end());
        std::sort(program->methods.begin(), program->methods.end());
        return program.release();
      },
      static_cast<PinpointProgram*>(nullptr));
}

void pinpoint_close(PinpointProgram* program) {
  if (program != nullptr) {
    const size_t loaded = program->loaded;
    delete program;
    loaded_methods -= loaded;
  }
}

const char* pinpoint_method_name(const PinpointProgram* program, size_t index) {
  return index < program->methods.size() ? program->methods[index].c_str() : nullptr;
}

int32_t pinpoint_input_count(PinpointProgram* program, const char* method) {
  return guarded(
      [&] {
        auto found = meta(program, method);
        return found.ok() ? static_cast<int32_t>(found->num_inputs()) : -1;
      },
      -1);
}

int32_t pinpoint_output_count(PinpointProgram* program, const char* method) {
  return guarded(
      [&] {
        auto found = meta(program, method);
        return found.ok() ? static_cast<int32_t>(found->num_outputs()) : -1;
      },
      -1);
}

int pinpoint_input(
    PinpointProgram* program, const char* method, size_t index, PinpointTensor* out) {
  return guarded(
      [&] {
        auto found = meta(program, method);
        return found.ok() ? describe(found->input_tensor_meta(index), out) : -1;
      },
      -1);
}

int pinpoint_output(
    PinpointProgram* program, const char* method, size_t index, PinpointTensor* out) {
  return guarded(
      [&] {
        auto found = meta(program, method);
        return found.ok() ? describe(found->output_tensor_meta(index), out) : -1;
      },
      -1);
}

int pinpoint_state(
    PinpointProgram* program, const char* method, size_t index, PinpointTensor* out) {
  return guarded(
      [&] {
        auto found = meta(program, method);
        return found.ok() ? describe(found->attribute_tensor_meta(index), out) : -1;
      },
      -1);
}

const char* pinpoint_missing_backend(PinpointProgram* program, const char* method) {
  return guarded(
      [&]() -> const char* {
        auto found = meta(program, method);
        for (size_t i = 0; found.ok() && i < found->num_backends(); ++i) {
          auto name = found->get_backend_name(i);
          if (name.ok() && executorch::runtime::get_backend_class(*name) == nullptr) {
            return *name;
          }
        }
        return nullptr;
      },
      static_cast<const char*>(nullptr));
}

int pinpoint_run(
    PinpointProgram* program,
    const char* method,
    const void* const* data,
    const PinpointTensor* tensors,
    size_t count) {
  return guarded(
      [&] {
        program->results.clear();
        if (load(program, method) != 0) {
          return -1;
        }
        std::vector<executorch::extension::TensorPtr> owned;  // EValues only refer to them
        std::vector<EValue> inputs;
        for (size_t i = 0; i < count; ++i) {
          const PinpointTensor& tensor = tensors[i];
          if (tensor.rank < 0 || tensor.rank > PINPOINT_MAX_RANK) {
            return fail("an input of " + std::to_string(tensor.rank) + " dimensions");
          }
          owned.push_back(executorch::extension::make_tensor_ptr(
              std::vector<int32_t>(tensor.sizes, tensor.sizes + tensor.rank),
              const_cast<void*>(data[i]),
              static_cast<ScalarType>(tensor.dtype)));
          inputs.emplace_back(*owned.back());
        }
        auto results = program->module.execute(method, inputs);
        if (!results.ok()) {
          return fail(std::string("method ") + method + " failed", results.error());
        }
        program->results = std::move(*results);
        return 0;
      },
      -1);
}

int pinpoint_result(const PinpointProgram* program, size_t index, PinpointTensor* out) {
  logged.clear();
  const EValue* value = result(program, index);
  if (value == nullptr) {
    return fail("the last run gave no output " + std::to_string(index));
  }
  const auto& tensor = value->toTensor();
  if (tensor.dim() > PINPOINT_MAX_RANK) {
    return fail("a tensor of more than 8 dimensions");
  }
  *out = {static_cast<int32_t>(tensor.scalar_type()), static_cast<int32_t>(tensor.dim()), {}, 0};
  std::copy(tensor.sizes().begin(), tensor.sizes().end(), out->sizes);
  out->bytes = tensor.nbytes();
  return 0;
}

int pinpoint_copy_result(const PinpointProgram* program, size_t index, void* out, size_t bytes) {
  logged.clear();
  const EValue* value = result(program, index);
  if (value == nullptr || value->toTensor().nbytes() != bytes) {
    return fail("output " + std::to_string(index) + " of the last run has other bytes");
  }
  std::memcpy(out, value->toTensor().const_data_ptr(), bytes);
  return 0;
}
