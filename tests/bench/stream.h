/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/stream.h - a producer of typical events, shared by bench_produce and bench_latency.
 *
 * The events are made here and sent by tests/bench/peer/producer, a child of this process: a head, the key and the value of
 * each go down a pipe, and the offsets come up another. Dies of what goes wrong. Threads: one puts, and another
 * may read. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "typical.h"

enum { STREAM_PIPE_BYTES = 1 << 20, STREAM_BLOCK_BYTES = 1 << 16 };

/* Before each event, in the machine's byte order. */
struct stream_head {
    uint32_t number; /* for its report; 0: none is wanted */
    uint32_t dataset;
    uint16_t partition;
    uint16_t key_bytes;
    uint32_t value_bytes;
};

/* number 0: all is delivered, and `offset` is how many requests that took. */
struct stream_report {
    uint32_t number;
    uint32_t partition;
    int64_t offset;
};

struct stream {
    pid_t pid;
    int to;
    FILE *from;
    struct buf waiting; /* events that are not in the pipe yet */
};

static inline void stream_die(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static inline void stream_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) {
        stream_die("pipe", strerror(errno));
    }
    /* Smaller where the system gives less. */
    (void)fcntl(ends[0], F_SETPIPE_SZ, STREAM_PIPE_BYTES);
}

/* topic: what their names begin with where there are datasets, as the producer's -topic. */
static inline void stream_open(struct stream *stream, const char *producer, const char *bootstrap,
                               const char *topic, uint64_t datasets, const char *linger)
{
    char count[24];
    snprintf(count, sizeof(count), "%" PRIu64, datasets);
    const char *argv[] = {producer,    "-bootstrap", bootstrap, "-topic", topic,
                          "-datasets", count,        "-linger", linger,   NULL};
    int input[2], output[2];
    extern char **environ;
    posix_spawn_file_actions_t actions;
    stream_pipe(input);
    stream_pipe(output);
    signal(SIGPIPE, SIG_IGN);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    const int error = posix_spawn(&stream->pid, producer, &actions, NULL,
                                  (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        stream_die(producer, strerror(error));
    }
    close(input[0]);
    close(output[1]);
    stream->to = input[1];
    stream->from = fdopen(output[0], "r");
    stream->waiting = (struct buf)BUF_INIT;
    if (stream->from == NULL) {
        stream_die("producer", strerror(errno));
    }
}

static inline void stream_flush(struct stream *stream)
{
    for (size_t done = 0; done < stream->waiting.len;) {
        const ssize_t n =
            write(stream->to, stream->waiting.data + done, stream->waiting.len - done);
        if (n < 0 && errno != EINTR) {
            stream_die("producer", strerror(errno));
        }
        done += n > 0 ? (size_t)n : 0;
    }
    buf_reset(&stream->waiting);
}

/* With the next flush at the latest. */
static inline void stream_put(struct stream *stream, const struct typical *event, int32_t schema_id,
                              uint32_t number)
{
    struct buf *out = &stream->waiting;
    const size_t key_bytes = strlen(event->civil_no);
    struct stream_head head = {number, (uint32_t)event->dataset, (uint16_t)event->partition,
                               (uint16_t)key_bytes, 0};
    const size_t at = out->len;
    buf_put(out, &head, sizeof(head));
    buf_put(out, event->civil_no, key_bytes);
    const size_t value_at = out->len;
    typical_put_message(out, event, schema_id);
    if (buf_failed(out)) {
        stream_die("produce", "out of memory");
    }
    head.value_bytes = (uint32_t)(out->len - value_at);
    memcpy(out->data + at, &head, sizeof(head));
    if (out->len >= STREAM_BLOCK_BYTES) {
        stream_flush(stream);
    }
}

/* No event comes any more. */
static inline void stream_end(struct stream *stream)
{
    stream_flush(stream);
    close(stream->to);
    buf_fini(&stream->waiting);
}

/* False: that was the last one. */
static inline bool stream_read(struct stream *stream, struct stream_report *out)
{
    if (fread(out, sizeof(*out), 1, stream->from) != 1) {
        stream_die("producer", "it ended before all was delivered");
    }
    return out->number != 0;
}

/* After the last report. Returns the CPU seconds that the producer took. */
static inline double stream_close(struct stream *stream)
{
    struct rusage used;
    int status;
    fclose(stream->from);
    if (wait4(stream->pid, &status, 0, &used) != stream->pid || status != 0) {
        stream_die("producer", "it failed");
    }
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

#endif
