/* SPDX-License-Identifier: Apache-2.0
 * stream.js - hears that something changed (GET /stream, server-sent events), and knows when it hears nothing.
 *
 * Read through fetch and not EventSource, which hides three things that a person must be told: comments, the only sign
 * that a quiet stream is alive; the status of a refusal; and a connection that is half open. */

const SILENCE_MS = 40000; // the server says something each 15 s
const RETRY_MS = [1000, 2000, 5000, 10000];

/** Calls heard(cursors) for each change, and told({state, since}) as the connection comes and goes: `live` or `lost`, or
 * `full` when the server has no room for another stream. Returns what ends it. */
export function listen(heard, told) {
    let ended = false;
    let tries = 0;
    let abort = null;
    let timer = null;

    function quietFor(ms, f) {
        clearTimeout(timer);
        timer = setTimeout(f, ms);
    }

    function take(block) {
        const lines = block.split('\n');
        const event = lines
            .find((l) => l.startsWith('event:'))
            ?.slice(6)
            .trim();
        const data = lines
            .filter((l) => l.startsWith('data:'))
            .map((l) => l.slice(5))
            .join('\n');
        if (event === 'changed') {
            try {
                heard(JSON.parse(data));
            } catch {
                /* not ours */
            }
        }
    }

    async function read(answer) {
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = '';
        for (;;) {
            quietFor(SILENCE_MS, () => abort.abort());
            const { value, done } = await reader.read();
            if (done) {
                return;
            }
            const blocks = (rest + value.replace(/\r\n?/g, '\n')).split('\n\n');
            rest = blocks.pop().slice(-65536);
            blocks.forEach(take);
        }
    }

    async function connect() {
        let state = 'lost';
        abort = new AbortController();
        try {
            quietFor(SILENCE_MS, () => abort.abort());
            const answer = await fetch('/stream', {
                headers: { Accept: 'text/event-stream', 'X-NRC-Auto': '1' },
                cache: 'no-store',
                credentials: 'same-origin',
                signal: abort.signal,
            });
            if (answer.ok) {
                tries = 0;
                told('live');
                await read(answer);
            } else {
                state = answer.status === 401 ? 'signed_out' : answer.status === 503 ? 'full' : 'lost';
            }
        } catch {
            /* lost */
        }
        if (!ended) {
            told(state);
            quietFor(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)], connect);
            tries += 1;
        }
    }

    /* A browser has few connections to one host: a tab that nobody sees gives its own back. */
    function seen() {
        if (document.visibilityState === 'hidden') {
            stop();
            ended = true;
        } else if (ended) {
            ended = false;
            tries = 0;
            connect();
        }
    }

    function stop() {
        clearTimeout(timer);
        abort?.abort();
    }

    document.addEventListener('visibilitychange', seen);
    connect();
    return () => {
        document.removeEventListener('visibilitychange', seen);
        ended = true;
        stop();
    };
}
