# SPDX-License-Identifier: Apache-2.0
# tests/races/preset.cmake - the preset tsan reads this at project(): what GCC 12's ThreadSanitizer does not see is
# replaced by what it sees.
include(${CMAKE_CURRENT_LIST_DIR}/librdkafka.cmake)

add_library(races_join STATIC ${CMAKE_CURRENT_LIST_DIR}/join.c)
target_compile_definitions(races_join PRIVATE _GNU_SOURCE)
link_libraries(races_join)

add_executable(races_canary ${CMAKE_CURRENT_LIST_DIR}/canary.c)
target_compile_options(races_canary PRIVATE -fsanitize=thread)
target_link_options(races_canary PRIVATE -fsanitize=thread)
target_link_libraries(races_canary PRIVATE PkgConfig::RDKAFKA)
