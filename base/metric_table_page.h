/* SPDX-License-Identifier: Apache-2.0
 * base/metric_table_page.h - the rows of base/metric_table.h of the monitor's page. */
#ifndef BASE_METRIC_TABLE_PAGE_H
#define BASE_METRIC_TABLE_PAGE_H

/* clang-format off */
#define METRIC_TABLE_PAGE(X) \
    X(METRIC_PAGE_REQUESTS, "nrc_page_requests_total", COUNTER, "requests", "monitor", "", \
      "Requests to the page that were read. Without [page] listen there is no series of the page.") \
    X(METRIC_PAGE_FAILED, "nrc_page_failed_requests_total", COUNTER, "requests", "monitor", "", \
      "Requests to the page answered 5xx.") \
    X(METRIC_PAGE_CONNECTIONS, "nrc_page_connections", GAUGE, "connections", "monitor", "", \
      "Clients connected to the page now.") \
    X(METRIC_PAGE_STREAMS, "nrc_page_streams", GAUGE, "streams", "monitor", "", "Open event streams; at most [page] streams.") \
    X(METRIC_PAGE_SESSIONS, "nrc_page_sessions", GAUGE, "sessions", "monitor", "", "People signed in, as browsers; at most [page] sessions.") \
    X(METRIC_PAGE_SIGN_INS, "nrc_page_sign_ins_total", COUNTER, "sign-ins", "monitor", "", "Sign-ins that succeeded.") \
    X(METRIC_PAGE_SIGN_INS_FAILED, "nrc_page_failed_sign_ins_total", COUNTER, "sign-ins", "monitor", "", "Sign-ins refused.") \
    X(METRIC_PAGE_SIGN_INS_SLOWED, "nrc_page_slowed_sign_ins_total", COUNTER, "sign-ins", "monitor", "", \
      "Sign-ins told to wait after failures.")
/* clang-format on */

#endif
