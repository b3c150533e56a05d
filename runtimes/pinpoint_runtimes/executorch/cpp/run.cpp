// Run a program from the command line, for boards without Python.
//
//   pinpoint_executorch_run PROGRAM.pte                 list methods and tensors
//   pinpoint_executorch_run PROGRAM.pte RUNS [THREADS]  do the runs of a file ("-": standard input)
//
// A line of RUNS is `METHOD INPUT... -> OUTPUT...`: files of raw, contiguous tensors. State lives
// from line to line, so the steps of a decode stage are lines of one file. An input whose method
// takes any number of rows is shorter than its upper bound; its second size follows from its bytes.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "pinpoint_executorch.h"

namespace {

using Bytes = std::vector<char>;

std::runtime_error failure(const std::string& where) {
  return std::runtime_error(where + ": " + pinpoint_last_error());
}

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(path + ": cannot be read");
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush()) {
    throw std::runtime_error(path + ": cannot be written");
  }
}

std::string shape(const PinpointTensor& tensor) {
  std::string text = "dtype " + std::to_string(tensor.dtype) + " (";
  for (int32_t i = 0; i < tensor.rank; ++i) {
    text += (i ? ", " : "") + std::to_string(tensor.sizes[i]);
  }
  return text + ")";
}

// Fit a tensor's one dynamic size, its first that is more than 1, to the bytes of a file.
void fit(PinpointTensor& tensor, size_t bytes, const std::string& path) {
  int32_t free = 0;
  while (free < tensor.rank && tensor.sizes[free] <= 1) {
    ++free;
  }
  const size_t row = free < tensor.rank ? tensor.bytes / static_cast<size_t>(tensor.sizes[free]) : 0;
  if (bytes == tensor.bytes) {
    return;
  }
  if (row == 0 || bytes == 0 || bytes % row != 0 || bytes > tensor.bytes) {
    throw std::runtime_error(
        path + ": " + std::to_string(bytes) + " bytes are no tensor of " + shape(tensor));
  }
  tensor.sizes[free] = static_cast<int32_t>(bytes / row);
  tensor.bytes = bytes;
}

void list(PinpointProgram* program) {
  for (size_t m = 0; const char* method = pinpoint_method_name(program, m); ++m) {
    std::cout << method << "\n";
    PinpointTensor tensor;
    for (size_t i = 0; pinpoint_input(program, method, i, &tensor) == 0; ++i) {
      std::cout << "  input " << i << ": " << shape(tensor) << "\n";
    }
    for (size_t i = 0; pinpoint_output(program, method, i, &tensor) == 0; ++i) {
      std::cout << "  output " << i << ": " << shape(tensor) << "\n";
    }
    for (size_t i = 0; pinpoint_state(program, method, i, &tensor) == 0; ++i) {
      std::cout << "  state " << i << ": " << shape(tensor) << "\n";
    }
  }
}

void run(PinpointProgram* program, const std::string& line) {
  std::istringstream words(line);
  std::string method, word;
  words >> method;
  std::vector<Bytes> inputs;
  std::vector<PinpointTensor> tensors;
  while (words >> word && word != "->") {
    PinpointTensor tensor;
    if (pinpoint_input(program, method.c_str(), inputs.size(), &tensor) != 0) {
      throw failure(line);
    }
    inputs.push_back(read_file(word));
    fit(tensor, inputs.back().size(), word);
    tensors.push_back(tensor);
  }
  std::vector<const void*> data;
  for (const Bytes& bytes : inputs) {
    data.push_back(bytes.data());
  }
  if (pinpoint_run(program, method.c_str(), data.data(), tensors.data(), data.size()) != 0) {
    throw failure(line);
  }
  for (size_t i = 0; words >> word; ++i) {
    PinpointTensor tensor;
    if (pinpoint_result(program, i, &tensor) != 0) {
      throw failure(line);
    }
    Bytes bytes(tensor.bytes);
    pinpoint_copy_result(program, i, bytes.data(), bytes.size());
    write_file(word, bytes);
  }
}

} // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 4) {
    std::cerr << "usage: pinpoint_executorch_run PROGRAM.pte [RUNS [THREADS]]\n";
    return 2;
  }
  try {
    if (count == 4 &&
        pinpoint_set_threads(static_cast<uint32_t>(std::strtoul(arguments[3], nullptr, 10))) != 0) {
      throw failure("THREADS");
    }
    PinpointProgram* program = pinpoint_open(arguments[1]);
    if (program == nullptr) {
      throw failure(arguments[1]);
    }
    if (count == 2) {
      list(program);
    } else {
      const std::string path = arguments[2];
      std::ifstream file(path);
      if (path != "-" && !file) {
        throw std::runtime_error(path + ": cannot be read");
      }
      std::istream& lines = path == "-" ? std::cin : file;
      for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) {
          run(program, line);
        }
      }
    }
    pinpoint_close(program);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
