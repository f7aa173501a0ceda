/* SPDX-License-Identifier: Apache-2.0
 * ops/tell/headers_priv.h - a request's header fields (Standard Webhooks 1.0.0, "Webhook headers"). */
#ifndef OPS_TELL_HEADERS_PRIV_H
#define OPS_TELL_HEADERS_PRIV_H

#include "base/attr.h"
#include "base/err.h"

struct curl_slist;
struct ops_sender_request;

/* For curl_slist_free_all. NULL: FATAL ERR_USAGE, ERR_NO_MEMORY. */
MUST_CHECK struct curl_slist *ops_headers_new(const struct ops_sender_request *request,
                                              struct err *err);

#endif
