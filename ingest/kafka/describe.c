/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/describe.c - see the header. */
#include "ingest/kafka/describe.h"

#include <stdlib.h>
#include <string.h>

static rd_kafka_event_t *ask(rd_kafka_t *rk, rd_kafka_ConfigResource_t **wanted, size_t count,
                             int timeout_ms)
{
    char ignored[64];
    rd_kafka_queue_t *answers = rd_kafka_queue_new(rk);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, ignored, sizeof(ignored));
    rd_kafka_DescribeConfigs(rk, wanted, count, options, answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *answer = rd_kafka_queue_poll(answers, timeout_ms * 2);
    rd_kafka_queue_destroy(answers);
    return answer;
}

static rd_kafka_resp_err_t tell(rd_kafka_event_t *answer, ing_described *take, void *arg)
{
    rd_kafka_resp_err_t code =
        answer != NULL ? rd_kafka_event_error(answer) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        size_t count;
        const rd_kafka_ConfigResource_t **told = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(answer), &count);
        for (size_t i = 0; i < count; i++) {
            take(told[i], arg);
        }
    }
    return code;
}

rd_kafka_resp_err_t ing_describe(rd_kafka_t *rk, rd_kafka_ResourceType_t type,
                                 const char *const *names, size_t count, int timeout_ms,
                                 ing_described *take, void *arg)
{
    if (count == 0) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_ConfigResource_t **wanted = calloc(count, sizeof(rd_kafka_ConfigResource_t *));
    if (wanted == NULL) {
        return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    }
    for (size_t i = 0; i < count; i++) {
        wanted[i] = rd_kafka_ConfigResource_new(type, names[i]);
    }
    rd_kafka_event_t *answer = ask(rk, wanted, count, timeout_ms);
    rd_kafka_resp_err_t code = tell(answer, take, arg);
    if (answer != NULL) {
        rd_kafka_event_destroy(answer);
    }
    rd_kafka_ConfigResource_destroy_array(wanted, count);
    free(wanted);
    return code;
}

const char *ing_described_value(const rd_kafka_ConfigResource_t *resource, const char *name)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0) {
            return rd_kafka_ConfigEntry_value(entries[i]);
        }
    }
    return NULL;
}
