# attn_add_model(NAME SOURCE FILE.attn [OPTIONS option…] [DEPENDS file…])
#
# Compiles a model with attnc into a static library. Link the target NAME, include
# <NAME.h>, which declares `attn_program_NAME`, and run it through attune.h:
#
#     attn_add_model(minilm SOURCE minilm.attn)
#     target_link_libraries(my-program PRIVATE minilm)
#
# OPTIONS go to attnc (`--target=x86-64-v3`, `--set heads=6`, …). DEPENDS names other
# files that the model reads, its own `use`d ones for example, so that a change to
# them compiles it again.
function(attn_add_model name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "OPTIONS;DEPENDS")
  if(NOT name MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "attn_add_model: '${name}' is no C identifier, which the name of a model must be")
  endif()
  if(NOT arg_SOURCE)
    message(FATAL_ERROR "attn_add_model(${name}): SOURCE FILE.attn is missing")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "attn_add_model(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  get_filename_component(source "${arg_SOURCE}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT EXISTS "${source}")
    message(FATAL_ERROR "attn_add_model(${name}): there is no file ${source}")
  endif()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.model")
  set(archive "${folder}/lib${name}.a")
  set(header "${folder}/${name}.h")
  file(MAKE_DIRECTORY "${folder}")
  set(programs Attune::attnc)
  if(TARGET Attune::attn-kernelc)
    list(APPEND programs Attune::attn-kernelc)
  endif()
  file(GLOB_RECURSE standard_library "${ATTUNE_STANDARD_LIBRARY}/*.attn")
  add_custom_command(
    OUTPUT "${archive}" "${header}"
    COMMAND Attune::attnc "${source}" --emit=static -o "${archive}" ${arg_OPTIONS}
    DEPENDS "${source}" ${arg_DEPENDS} ${standard_library} ${programs}
    COMMENT "Compiling the model ${name}"
    VERBATIM)
  add_custom_target(${name}-compiled DEPENDS "${archive}" "${header}")

  set(runtime Attune::runtime)
  if(arg_OPTIONS MATCHES "--target[= ;](opencl|cuda)")
    set(runtime Attune::${CMAKE_MATCH_1} Attune::runtime)
  endif()
  add_library(${name} STATIC IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION "${archive}"
    IMPORTED_LINK_INTERFACE_LANGUAGES CXX
    INTERFACE_INCLUDE_DIRECTORIES "${folder}"
    INTERFACE_LINK_LIBRARIES "${runtime}")
  add_dependencies(${name} ${name}-compiled)
endfunction()
