/* SPDX-License-Identifier: Apache-2.0
 * registry/cache.h - ready-made answers of a worker, for what is asked most: schemas by id. */
#ifndef REGISTRY_CACHE_H
#define REGISTRY_CACHE_H

#include "base/attr.h"
#include "base/err.h"

struct reg_cache;
MUST_CHECK struct reg_cache *reg_cache_new(struct err *err);
void reg_cache_free(struct reg_cache **taken);

#endif
