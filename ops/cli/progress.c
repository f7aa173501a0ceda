/* SPDX-License-Identifier: Apache-2.0
 * ops/cli/progress.c - see the header. */
#include "ops/cli/progress.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "ops/cli/table.h"

enum {
    BAR_MS = 200,    /* between two drawings */
    LINE_MS = 10000, /* between two lines */
    LEFT_MS = 2000,  /* before this nobody can say how long it will take */
    BAR_CELLS = 20,
    COLUMNS = 80, /* of a terminal that does not say */
};

static volatile sig_atomic_t interrupted;
static struct sigaction before; /* what SIGINT did */

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

bool ops_interrupted(void)
{
    return interrupted != 0;
}

static size_t columns_of(int fd)
{
    struct winsize size = {.ws_col = 0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS;
}

void ops_progress_begin(struct ops_progress *progress, const struct ops_context *context,
                        const char *what, const char *unit)
{
    bool is_told = !context->json && !ops_args_has(context->args, "quiet");
    /* A second one finds the default again; a wait for the register or a file returns by it. */
    const struct sigaction once = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    *progress = (struct ops_progress){
        .out = is_told ? stderr : NULL,
        .is_bar = isatty(STDERR_FILENO) == 1,
        .columns = columns_of(STDERR_FILENO),
        .now_ms = clock_mono_ms,
        .what = what,
        .unit = unit,
        .began_ms = clock_mono_ms(),
        .told_ms = clock_mono_ms(),
    };
    interrupted = 0;
    sigaction(SIGINT, NULL, &before);
    if (before.sa_handler != SIG_IGN) { /* as a shell has it for what runs in the background */
        sigaction(SIGINT, &once, NULL);
    }
}

/* ---- the line ---- */

/* 0:07, 1:02:03 */
static void put_time(int64_t ms, struct buf *out)
{
    int64_t s = ms / 1000;
    if (s >= 3600) {
        buf_printf(out, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    } else {
        buf_printf(out, "%d:%02d", (int)(s / 60), (int)(s % 60));
    }
}

/* A total that was an estimate, and too low, is none. */
static bool is_known(const struct ops_progress *progress)
{
    return progress->total > 0 && progress->done <= progress->total;
}

static double share(const struct ops_progress *progress)
{
    return (double)progress->done / (double)progress->total;
}

static void put_bar(const struct ops_progress *progress, struct buf *out)
{
    int full = (int)(share(progress) * BAR_CELLS);
    buf_put_str(out, " [");
    for (int i = 0; i < BAR_CELLS; i++) {
        buf_put_u8(out, i < full ? '#' : '.');
    }
    buf_put_str(out, "]");
}

static void put_counts(const struct ops_progress *progress, struct buf *out)
{
    if (is_known(progress)) {
        buf_printf(out, " %3d %%", (int)(share(progress) * 100));
    }
    if (progress->unit != NULL && is_known(progress)) {
        buf_printf(out, ", %" PRIu64 " of %" PRIu64 " %s", progress->done, progress->total,
                   progress->unit);
    } else if (progress->unit != NULL) {
        buf_printf(out, " %" PRIu64 " %s", progress->done, progress->unit);
    }
}

static void put_times(const struct ops_progress *progress, int64_t now_ms, struct buf *out)
{
    int64_t passed_ms = now_ms - progress->began_ms;
    buf_put_str(out, ", ");
    put_time(passed_ms, out);
    if (is_known(progress) && progress->done > 0 && passed_ms >= LEFT_MS) {
        buf_put_str(out, ", about ");
        put_time((int64_t)((double)passed_ms * (1 / share(progress) - 1)), out);
        buf_put_str(out, " left");
    }
}

static void put_name(const struct ops_progress *progress, struct buf *out)
{
    if (progress->name != NULL) {
        buf_put_str(out, ": ");
        ops_put_safe(progress->name, false, out);
    }
}

static void tell(struct ops_progress *progress, int64_t now_ms)
{
    struct buf line = BUF_INIT;
    buf_put_str(&line, progress->what);
    if (progress->is_bar && is_known(progress)) {
        put_bar(progress, &line);
    } else {
        buf_put_str(&line, ":");
    }
    put_counts(progress, &line);
    put_times(progress, now_ms, &line);
    put_name(progress, &line);
    const char *text = buf_cstr(&line);
    if (progress->is_bar) {
        /* A longer line would begin a second one, which the next drawing leaves behind. */
        fprintf(progress->out, "\r%.*s\033[K", (int)utf8_cut(text, progress->columns - 1), text);
        fflush(progress->out);
        progress->is_drawn = true;
    } else {
        fprintf(progress->out, "%s\n", text);
    }
    progress->told_ms = now_ms;
    buf_fini(&line);
}

/* ---- when ---- */

static void tell_in_time(struct ops_progress *progress)
{
    int64_t now_ms = progress->out != NULL ? progress->now_ms() : 0;
    if (progress->out != NULL &&
        now_ms - progress->told_ms >= (progress->is_bar ? BAR_MS : LINE_MS)) {
        tell(progress, now_ms);
    }
}

void ops_progress_step(struct ops_progress *progress, uint64_t done, uint64_t total)
{
    progress->done = done;
    progress->total = total;
    tell_in_time(progress);
}

int ops_progress_wait(void *arg)
{
    tell_in_time(arg);
    return ops_interrupted() ? -1 : 0;
}

void ops_progress_end(struct ops_progress *progress)
{
    if (progress->is_drawn) {
        fputs("\r\033[K", progress->out);
        fflush(progress->out);
    }
    progress->out = NULL;
    progress->is_drawn = false;
    sigaction(SIGINT, &before, NULL);
}
