# What others see of Attune: the targets Attune::…, find_package(Attune) here and
# from an installed tree, and `cmake --install`. The installed tree can be moved:
# its programs find each other, the standard library of the language and Halide
# relative to themselves.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(attune_programs)
foreach(program attnc attn-kernelc attn-opt attn-interpret attn-run attn-bench attn-lsp-server
    attn-reduce attn-tune)
  if(TARGET ${program})
    add_executable(Attune::${program} ALIAS ${program})
    set_target_properties(${program} PROPERTIES
      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${LLVM_LIBRARY_DIR}")
    list(APPEND attune_programs ${program})
  endif()
endforeach()
set(attune_libraries)
if(TARGET attune_runtime)
  add_library(Attune::runtime ALIAS attune_runtime)
  list(APPEND attune_libraries attune_runtime)
endif()
foreach(device opencl cuda) # What models for such a device link before the runtime.
  if(TARGET attune_${device})
    add_library(Attune::${device} ALIAS attune_${device})
    list(APPEND attune_libraries attune_${device})
  endif()
endforeach()
if(TARGET attune_main) # The command line that attnc links into executables.
  list(APPEND attune_libraries attune_main)
endif()

# The examples find the package in the tree as others do in an installed one. The
# targets are there already, so this configuration adds the function alone.
set(Attune_DIR "${PROJECT_BINARY_DIR}/cmake")
file(CONFIGURE OUTPUT "${Attune_DIR}/AttuneConfig.cmake" CONTENT
"set(ATTUNE_STANDARD_LIBRARY \"${PROJECT_SOURCE_DIR}/frontend/std\")
include(\"${PROJECT_SOURCE_DIR}/cmake/AttuneAddModel.cmake\")
")

# Not exported by CMake but named in AttuneConfig.cmake.in: the compiler's programs
# would drag the include folders of LLVM and MLIR along.
install(TARGETS ${attune_programs} ${attune_libraries})
install(FILES "${PROJECT_SOURCE_DIR}/runtime/attune.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/frontend/std" DESTINATION "${CMAKE_INSTALL_DATADIR}/attune"
  FILES_MATCHING PATTERN "*.attn")
find_package(Halide 21 REQUIRED) # For attn-kernelc; the wheel is not part of the tree.
install(IMPORTED_RUNTIME_ARTIFACTS Halide::Halide LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Attune")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/AttuneConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/package/AttuneConfig.cmake"
  INSTALL_DESTINATION "${package_folder}"
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_DATADIR CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/AttuneConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/package/AttuneConfig.cmake"
  "${PROJECT_BINARY_DIR}/package/AttuneConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/AttuneAddModel.cmake"
  DESTINATION "${package_folder}")
