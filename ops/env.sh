# SPDX-License-Identifier: Apache-2.0
# ops/env.sh - sourced, with $root set: the tools that the scripts start keep what they download and compile under
# build/cache, not in the home folder or the source tree.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root is the caller's

cache=$root/build/cache
export PYTHONPYCACHEPREFIX="$cache/python"
export PIP_CACHE_DIR="$cache/pip"
export npm_config_cache="$cache/npm"
export npm_config_update_notifier=false
export GOPATH="$cache/go"
export GOMODCACHE="$cache/go/pkg/mod"
export GOCACHE="$cache/go-build"
export GOTOOLCHAIN=local
# A module cache that cannot be written cannot be removed either.
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-modcacherw"
# Java's programs put a file for each process into /tmp otherwise.
export MAVEN_OPTS="${MAVEN_OPTS:+$MAVEN_OPTS }-XX:-UsePerfData"
