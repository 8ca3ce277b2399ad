# The floors of core/ as static libraries. A floor sees the headers of all core/ (the layer test
# watches who includes whom) but only the libraries behind its own doors.

function(jd_packages target)
  foreach(name IN LISTS ARGN)
    pkg_check_modules(${name} REQUIRED QUIET IMPORTED_TARGET ${name})
    target_link_libraries(${target} PUBLIC PkgConfig::${name})
  endforeach()
endfunction()

function(jd_floor name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${name}/*.c)
  if(NOT sources)
    file(WRITE ${CMAKE_BINARY_DIR}/empty_${name}.c "typedef int jd_empty_${name};\n")
    set(sources ${CMAKE_BINARY_DIR}/empty_${name}.c)
  endif()
  add_library(jd_${name} STATIC ${sources})
  target_include_directories(jd_${name} PUBLIC ${CMAKE_SOURCE_DIR}/core ${CMAKE_SOURCE_DIR}/core/include)
endfunction()

# Ground.
jd_floor(base)
jd_packages(jd_base libcjson libsodium libzstd)
target_link_libraries(jd_base PUBLIC pthread m)

# The wing of truth.
jd_floor(host)
jd_packages(jd_host yaml-0.1)
target_link_libraries(jd_host PUBLIC jd_base dl)
jd_floor(store)
target_link_libraries(jd_store PUBLIC jd_host)
jd_floor(pipeline)
target_link_libraries(jd_pipeline PUBLIC jd_store)
jd_floor(gateway)
jd_packages(jd_gateway libmicrohttpd libwebsockets)
target_link_libraries(jd_gateway PUBLIC jd_store)

# The wing of hostile input.
jd_floor(mail)
jd_packages(jd_mail gmime-3.0 gumbo)
target_link_libraries(jd_mail PUBLIC jd_base)
jd_floor(script)
jd_packages(jd_script lua5.4 libpcre2-8)
target_link_libraries(jd_script PUBLIC jd_mail)
jd_floor(compute)
jd_packages(jd_compute libseccomp)
target_link_libraries(jd_compute PUBLIC jd_script)

# Texts that travel inside the binary: migrations, the standard pack, the prompts, the example
# plugin, the OpenAPI page.
file(GLOB_RECURSE embedded CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/core/store/migrations/*.sql
  ${CMAKE_SOURCE_DIR}/rules/standard/*
  ${CMAKE_SOURCE_DIR}/prompts/*
  ${CMAKE_SOURCE_DIR}/plugins/example/*.c
  ${CMAKE_SOURCE_DIR}/core/gateway/openapi.yaml)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/embedded.c
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${CMAKE_BINARY_DIR}/embedded.c
    "-DFILES=${embedded}" -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS ${embedded} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
target_sources(jd_store PRIVATE ${CMAKE_BINARY_DIR}/embedded.c)

file(GLOB cli_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/cli/*.c)
add_executable(jackdaw ${cli_sources})
target_link_libraries(jackdaw PRIVATE jd_gateway jd_pipeline)

file(GLOB compute_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/compute/*.c)
add_library(jackdaw-compute MODULE ${compute_sources})
set_target_properties(jackdaw-compute PROPERTIES PREFIX "")
target_link_libraries(jackdaw-compute PRIVATE jd_compute)
target_link_options(jackdaw-compute PRIVATE -Wl,--exclude-libs,ALL)
if(NOT JD_SANITIZE AND NOT JD_FUZZ) # a sanitizer's symbols are found when it is loaded
  target_link_options(jackdaw-compute PRIVATE -Wl,-z,defs)
endif()

# Plugins: one folder, one shared object, the public headers alone. EXAMPLE: built and tested, but
# not where a running Jackdaw looks for plugins.
function(jd_plugin name)
  cmake_parse_arguments(arg "EXAMPLE" "" "PACKAGES" ${ARGN})
  set(output ${CMAKE_BINARY_DIR}/plugins)
  if(arg_EXAMPLE)
    set(output ${CMAKE_BINARY_DIR}/examples)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list(FILTER sources EXCLUDE REGEX "_test\\.c$")
  add_library(plugin-${name} MODULE ${sources})
  set_property(GLOBAL APPEND PROPERTY JD_PLUGINS plugin-${name})
  set_target_properties(plugin-${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${output})
  target_link_libraries(plugin-${name} PRIVATE jackdaw-plugin pthread)
  jd_packages_private(plugin-${name} ${arg_PACKAGES})
endfunction()
function(jd_packages_private target)
  foreach(name IN LISTS ARGN)
    pkg_check_modules(${name} REQUIRED QUIET IMPORTED_TARGET ${name})
    target_link_libraries(${target} PRIVATE PkgConfig::${name})
  endforeach()
endfunction()
file(GLOB plugin_lists CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plugins/*/CMakeLists.txt)
foreach(list IN LISTS plugin_lists)
  get_filename_component(folder ${list} DIRECTORY)
  add_subdirectory(${folder})
endforeach()
get_property(plugin_targets GLOBAL PROPERTY JD_PLUGINS)

# What tests the product is built by the target `tests`, not by `all`: a first start waits for
# none of it.
add_custom_target(tests)
function(jd_test_target name)
  set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  add_dependencies(tests ${name})
endfunction()

# Small bad plugins for the tests.
add_custom_target(test-plugins)
file(GLOB bad_plugins CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/plugins/*.c)
foreach(source IN LISTS bad_plugins)
  get_filename_component(name ${source} NAME_WE)
  add_library(test-plugin-${name} MODULE ${source})
  set_target_properties(test-plugin-${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/plugins)
  target_include_directories(test-plugin-${name} PRIVATE ${CMAKE_SOURCE_DIR}/core/include)
  jd_test_target(test-plugin-${name})
  add_dependencies(test-plugins test-plugin-${name})
endforeach()

# Unit tests: tests/unit/FLOOR/NOUN_test.c, one program each, linked to its floor. Those of the
# floors named here load plugins or start the program.
set(floors_that_load host store pipeline gateway)
file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*/*_test.c)
foreach(test IN LISTS unit_tests)
  get_filename_component(folder ${test} DIRECTORY)
  get_filename_component(floor ${folder} NAME)
  get_filename_component(noun ${test} NAME_WE)
  set(target unit-${floor}-${noun})
  add_executable(${target} ${test})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${target} PRIVATE JD_SOURCE_DIR="${CMAKE_SOURCE_DIR}" JD_BUILD_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${target} PRIVATE jd_${floor})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  jd_test_target(${target})
  if(floor IN_LIST floors_that_load)
    add_dependencies(${target} ${plugin_targets} test-plugins)
  endif()
  if(floor STREQUAL "pipeline")
    add_dependencies(${target} jackdaw jackdaw-compute)
  endif()
endforeach()

# Tests of a plugin lie beside it.
foreach(list IN LISTS plugin_lists)
  get_filename_component(folder ${list} DIRECTORY)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  list(FILTER targets INCLUDE REGEX "^unit-")
  foreach(target IN LISTS targets)
    jd_test_target(${target})
  endforeach()
endforeach()

# Programs that `./dev bench` runs: tests/bench/NOUN_bench.c. What the sandbox costs is measured
# against the same rules in a plain Lua state: script/ compiled once more without its limits.
add_custom_target(benches)
file(GLOB script_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/script/*.c)
add_library(jd_script_bare STATIC EXCLUDE_FROM_ALL ${script_sources})
target_compile_definitions(jd_script_bare PRIVATE JD_SANDBOX_BARE)
target_include_directories(jd_script_bare PUBLIC ${CMAKE_SOURCE_DIR}/core ${CMAKE_SOURCE_DIR}/core/include)
jd_packages(jd_script_bare lua5.4 libpcre2-8)
target_link_libraries(jd_script_bare PUBLIC jd_mail)
add_executable(rules_bench_bare EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/bench/rules_bench.c)
target_include_directories(rules_bench_bare PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(rules_bench_bare PRIVATE jd_script_bare)
set_target_properties(rules_bench_bare PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_dependencies(benches rules_bench_bare)
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*_bench.c)
foreach(source IN LISTS benches)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} EXCLUDE_FROM_ALL ${source})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE jd_script)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_dependencies(benches ${name})
endforeach()

# Fuzz targets (clang's libFuzzer), all of them by the target `fuzz`: preset "fuzz".
if(JD_FUZZ)
  add_custom_target(fuzz)
  file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.c)
  foreach(source IN LISTS fuzz_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(${name} PRIVATE jd_compute jd_pipeline -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_dependencies(fuzz ${name})
  endforeach()
  # What a plugin keeps to itself is compiled again.
  target_sources(mbox_fuzz PRIVATE
    ${CMAKE_SOURCE_DIR}/plugins/maildir/date.c ${CMAKE_SOURCE_DIR}/plugins/maildir/mbox_scan.c)
endif()
