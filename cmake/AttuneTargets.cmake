# attune_compiler_library(NAME sources… [LINK libraries…]): a static library of
# the compiler, with MLIR's headers and the generated headers of the dialect.
function(attune_compiler_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  attune_compiler_options(${name})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
  # MLIR's headers are most of a compilation. The dialect precompiles them once;
  # GCC's form of it gains too little to be worth its size.
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp") # for ccache
    if(name STREQUAL AttuneDialect)
      target_precompile_headers(${name} PRIVATE "${PROJECT_SOURCE_DIR}/dialect/Precompiled.h")
    else()
      target_precompile_headers(${name} REUSE_FROM AttuneDialect)
    endif()
  endif()
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
    get_target_property(type ${name} TYPE)
    if(type STREQUAL EXECUTABLE)
      target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/sanitizer_options.cpp")
    endif()
  endif()
endfunction()

# attune_reference_page(PAGE): puts a page that tablegen makes here into docs/ of the
# build folder and of the installed tree.
function(attune_reference_page page)
  get_filename_component(name "${page}" NAME_WE)
  set(target "${PROJECT_BINARY_DIR}/docs/${page}")
  add_custom_command(OUTPUT "${target}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_CURRENT_BINARY_DIR}/${page}" "${target}"
    DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/${page}")
  add_custom_target(attune-doc-${name} ALL DEPENDS "${target}")
  install(FILES "${target}" DESTINATION share/doc/attune)
endfunction()
