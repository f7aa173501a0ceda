# SPDX-License-Identifier: Apache-2.0
# tests/races/librdkafka.cmake - for the preset tsan: a Kafka client whose threads can be watched.
#
# Debian builds librdkafka on C11 threads (thrd_create, mtx_lock, cnd_wait). GCC 12's ThreadSanitizer does not know
# them, and under it the engine crashes or hangs before it takes a partition. Therefore the same version is built here
# on pthreads, with -fsanitize=thread: ThreadSanitizer then sees the client's threads, locks and reference counts.
# The source comes from Debian's mirror into build/. Nothing is installed.
set(rdkafka_version 2.0.2)
set(rdkafka_checksum f321bcb1e015a34114c83cf1aa7b99ee260236aab096b85c003170c90a47ca9d)
set(rdkafka_archive librdkafka_${rdkafka_version}.orig.tar.gz)
set(rdkafka_prefix ${CMAKE_SOURCE_DIR}/build/tsan-rdkafka)

# The mirror that apt is configured for, Debian's own, and upstream, whose archive is the same file.
function(librdkafka_download)
    execute_process(COMMAND apt-get download --print-uris librdkafka-dev OUTPUT_VARIABLE uri ERROR_QUIET)
    if(uri MATCHES "'(.*/)[^/']*'")
        list(APPEND from ${CMAKE_MATCH_1}${rdkafka_archive})
    endif()
    list(APPEND from https://deb.debian.org/debian/pool/main/libr/librdkafka/${rdkafka_archive}
         https://github.com/confluentinc/librdkafka/archive/v${rdkafka_version}.tar.gz)
    foreach(url ${from})
        message(STATUS "librdkafka for the preset tsan: ${url}, into build/tsan-rdkafka")
        file(DOWNLOAD ${url} ${rdkafka_prefix}/${rdkafka_archive} STATUS status TIMEOUT 300)
        file(SHA256 ${rdkafka_prefix}/${rdkafka_archive} found)
        if(found STREQUAL rdkafka_checksum)
            return()
        endif()
        message(STATUS "no: ${status}, SHA-256 ${found}")
    endforeach()
    message(FATAL_ERROR "librdkafka ${rdkafka_version} with the SHA-256 ${rdkafka_checksum} was not found")
endfunction()

# The C library alone: a fresh machine need not have a C++ compiler.
function(librdkafka_on_pthreads source)
    file(READ ${source}/CMakeLists.txt text)
    string(REPLACE "project(RdKafka VERSION \${RDKAFKA_VERSION})"
           "project(RdKafka VERSION \${RDKAFKA_VERSION} LANGUAGES C)" text "${text}")
    string(REPLACE "add_subdirectory(src-cpp)" "" text "${text}")
    file(WRITE ${source}/CMakeLists.txt "${text}")
    file(WRITE ${source}/packaging/cmake/try_compile/c11threads_test.c "#error not wanted\n")
endfunction()

function(librdkafka_step)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT code EQUAL 0)
        message(FATAL_ERROR "${ARGN}:\n${output}")
    endif()
endfunction()

function(librdkafka_build)
    find_program(pkg_config pkg-config REQUIRED)
    execute_process(COMMAND ${pkg_config} --modversion rdkafka OUTPUT_VARIABLE installed
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT installed STREQUAL rdkafka_version)
        message(FATAL_ERROR "librdkafka is ${installed} here and ${rdkafka_version} in tests/races: keep them the same")
    endif()
    file(SHA256 ${CMAKE_CURRENT_FUNCTION_LIST_FILE} want)
    if(EXISTS ${rdkafka_prefix}/.made-from)
        file(READ ${rdkafka_prefix}/.made-from have)
        if(have STREQUAL want)
            return()
        endif()
    endif()
    file(REMOVE_RECURSE ${rdkafka_prefix})
    librdkafka_download()
    file(ARCHIVE_EXTRACT INPUT ${rdkafka_prefix}/${rdkafka_archive} DESTINATION ${rdkafka_prefix})
    message(STATUS "librdkafka for the preset tsan: building, a minute or two")
    # Debian builds with ./configure, which sets the last two; upstream's CMake forgets them. Without them
    # rd_atomic32_set is a plain store: a race that Debian's build does not have.
    set(flags "-fsanitize=thread -fno-omit-frame-pointer -DHAVE_ATOMICS_32_ATOMIC=1 -DHAVE_ATOMICS_64_ATOMIC=1")
    set(source ${rdkafka_prefix}/librdkafka-${rdkafka_version})
    librdkafka_on_pthreads(${source})
    librdkafka_step(${CMAKE_COMMAND} -G Ninja -S ${source} -B ${rdkafka_prefix}/made
                    -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS=${flags}
                    -DCMAKE_INSTALL_PREFIX=${rdkafka_prefix} -DCMAKE_INSTALL_LIBDIR=lib -DRDKAFKA_BUILD_EXAMPLES=OFF
                    -DRDKAFKA_BUILD_TESTS=OFF -DWITH_CURL=OFF -DWITH_SASL=OFF -DENABLE_LZ4_EXT=OFF)
    librdkafka_step(${CMAKE_COMMAND} --build ${rdkafka_prefix}/made -j 2)
    librdkafka_step(${CMAKE_COMMAND} --install ${rdkafka_prefix}/made)
    file(WRITE ${rdkafka_prefix}/.made-from ${want})
endfunction()

librdkafka_build()
set(ENV{PKG_CONFIG_PATH} ${rdkafka_prefix}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH})
