# Finds MLIR and LLVM 22, Halide's wheel, and ccache.

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir /usr/lib/llvm-22)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
set(ATTUNE_LLVM_TOOLS_DIR "${LLVM_TOOLS_BINARY_DIR}" CACHE PATH "LLVM's programs: FileCheck, lld, llvm-ar")

# The wheel keeps its CMake files under lib64, where CMake does not look on Debian.
file(GLOB halide_cmake "${ATTUNE_PYTHON_ENV}/lib/python3*/site-packages/halide/lib64/cmake")
if(NOT halide_cmake)
  message(FATAL_ERROR "Halide's wheel is not in ${ATTUNE_PYTHON_ENV}: run scripts/install, or set ATTUNE_PYTHON_ENV")
endif()
set(Halide_DIR "${halide_cmake}/Halide" CACHE PATH "" FORCE)
set(HalideHelpers_DIR "${halide_cmake}/HalideHelpers" CACHE PATH "" FORCE)
# Its images and Python bindings, which nothing here uses, would be looked for and missed.
foreach(package Halide_Python PNG JPEG)
  set(CMAKE_DISABLE_FIND_PACKAGE_${package} ON)
endforeach()

# Clang blames whoever calls std::stable_sort for what libstdc++ 12 does inside.
add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations>)

find_program(ATTUNE_CCACHE ccache)
if(ATTUNE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The base directory lets clones in different places share the cache; the
  # sloppiness settings are what ccache asks for beside precompiled headers.
  set(launcher "${CMAKE_COMMAND}" -E env
      "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
      CCACHE_NOHASHDIR=1
      "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
      "${ATTUNE_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
