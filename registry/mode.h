/* SPDX-License-Identifier: Apache-2.0
 * registry/mode.h - handlers of /mode, for the rows in config.c; of the registry when the path has
 * no {subject}, as a path's missing parameter is "". */
#ifndef REGISTRY_MODE_H
#define REGISTRY_MODE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/http/http.h"

http_handler reg_get_mode;
http_handler reg_put_mode;
http_handler reg_delete_mode;

/* config.c: the path's {subject} to be written; "" is the registry. ERR_BAD_SUBJECT. */
MUST_CHECK const char *reg_writable_subject(struct http_request *req, struct err *err);

#endif
