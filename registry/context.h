/* SPDX-License-Identifier: Apache-2.0
 * registry/context.h - names of subjects: "name" is in the default context, ":.ctx:name" in .ctx,
 * ":.ctx:" is the context itself, and ":.:name" is "name". */
#ifndef REGISTRY_CONTEXT_H
#define REGISTRY_CONTEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

struct http_request;

/* Names are keys of an index, which takes no more than 2,700 bytes. */
enum { REG_SUBJECT_MAX_BYTES = 1024 };

/* The one form in which names are stored and compared; in the arena, or the text itself. NULL:
 * FATAL ERR_NO_MEMORY. */
MUST_CHECK const char *reg_qualify(struct arena *arena, const char *subject, struct err *err);
/* Of a name that `parent` names: without a context of its own it is in the parent's. */
MUST_CHECK const char *reg_qualify_in(struct arena *arena, const char *parent, const char *subject,
                                      struct err *err);
/* The context that the path begins with, ":.ctx:"; "": the default one, or none. The path writes it
 * ".ctx", "ctx" or ":.ctx:". NULL: FATAL ERR_BAD_REQUEST, ERR_NO_MEMORY. */
MUST_CHECK const char *reg_context_of(struct http_request *req, struct err *err);
/* A name that the request brings, in its one form: in the path's context, unless it has its own. */
MUST_CHECK const char *reg_name_of(struct http_request *req, const char *name, struct err *err);
/* That of the path's {subject}. */
MUST_CHECK const char *reg_subject_of(struct http_request *req, struct err *err);
/* May a subject of this name be made? Control characters and reserved names may only be read. */
bool reg_subject_is_allowed(const char *qualified);
/* The path's {subject}, whose level or mode is to be set; "": the registry's, as of a path without
 * one. NULL: FATAL ERR_BAD_SUBJECT, or as reg_subject_of. */
MUST_CHECK const char *reg_subject_to_set(struct http_request *req, struct err *err);
/* The registry, or the context that stands for all: they always have a level and a mode. */
bool reg_is_top_level(const char *qualified);

#endif
