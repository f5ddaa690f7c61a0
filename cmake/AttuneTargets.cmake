# attune_compiler_library(NAME sources… [LINK libraries…]): a static library of
# the compiler, with MLIR's headers and the generated headers of the dialect.
function(attune_compiler_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  attune_compiler_options(${name})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
endfunction()

# Include folders, flags and the shared LLVM and MLIR for a target of the compiler.
function(attune_compiler_options name)
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_include_directories(${name} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter -fvisibility-inlines-hidden)
  target_link_libraries(${name} PUBLIC MLIR LLVM)
  if(ATTUNE_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()
