# What an author of plugins builds against, in the tree and out of it: `cmake --install BUILD` puts
# the public headers, jackdaw.pc and a CMake package below the prefix. All of it may be moved.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

add_library(jackdaw-plugin INTERFACE)
set_target_properties(jackdaw-plugin PROPERTIES EXPORT_NAME plugin)
target_compile_features(jackdaw-plugin INTERFACE c_std_11)
target_compile_options(jackdaw-plugin INTERFACE -fvisibility=hidden)
target_include_directories(jackdaw-plugin INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/core/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# find_package(jackdaw) gives jackdaw::plugin. Before 1.0 each minor version is an ABI of its own.
set(package ${CMAKE_INSTALL_DATADIR}/cmake/jackdaw)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/jackdaw-config-version.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_file(${CMAKE_SOURCE_DIR}/cmake/jackdaw.pc.in ${CMAKE_BINARY_DIR}/jackdaw.pc @ONLY)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/core/include/jackdaw TYPE INCLUDE)
install(TARGETS jackdaw-plugin EXPORT jackdaw)
install(EXPORT jackdaw FILE jackdaw-config.cmake NAMESPACE jackdaw:: DESTINATION ${package})
install(FILES ${CMAKE_BINARY_DIR}/jackdaw-config-version.cmake DESTINATION ${package})
install(FILES ${CMAKE_BINARY_DIR}/jackdaw.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
