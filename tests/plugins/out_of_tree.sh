#!/usr/bin/env bash
# Builds the example as its readers do, with nothing of this tree but what `cmake --install` gives:
# tests/plugins/out_of_tree.sh BUILD_FOLDER OUT. OUT then holds by_pkg_config.so, by_find_package.so
# and by_plugin_new.so.
set -euo pipefail
build=${1:?the build folder} out=${2:?where to put the plugins}
root=$(cd "$(dirname "$0")/../.." && pwd)
prefix=$out/prefix

cmake --install "$build" --prefix "$prefix"

mkdir -p "$out/by_pkg_config" "$out/by_find_package"
cp "$root/plugins/example/example.c" "$out/by_pkg_config/"
cp "$root/plugins/example/example.c" "$out/by_find_package/"

# The words must part: they are flags.
# shellcheck disable=SC2046
cc -std=gnu11 -Wall -Wextra -Wpedantic -Werror -shared -fPIC \
  $(PKG_CONFIG_PATH=$prefix/share/pkgconfig pkg-config --cflags jackdaw) \
  -o "$out/by_pkg_config.so" "$out/by_pkg_config/example.c"

cat >"$out/by_find_package/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(by_find_package LANGUAGES C)
find_package(jackdaw 0.1 REQUIRED)
add_library(by_find_package MODULE example.c)
set_target_properties(by_find_package PROPERTIES PREFIX "")
target_link_libraries(by_find_package PRIVATE jackdaw::plugin)
CMAKE

"$build/jackdaw" plugin new source by_plugin_new --into "$out/by_plugin_new"
# Its hint leads into this tree; a folder that is named outright goes before every hint.
for project in by_find_package by_plugin_new; do
  cmake -S "$out/$project" -B "$out/$project/build" -DCMAKE_PREFIX_PATH="$prefix" \
    -DJACKDAW_INCLUDE="$prefix/include"
  cmake --build "$out/$project/build"
  cp "$out/$project/build/$project.so" "$out/"
done
