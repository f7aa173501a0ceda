/* SPDX-License-Identifier: Apache-2.0
 * main.js - the page's heart: who is signed in, which page is open, what it shows, and how old that is.
 *
 * A page is {title, hears, load, view, refresh?, settle?}. load() asks the server, view() makes nodes of what it said, and
 * morph() brings what is shown to that: so a change that comes in takes neither focus nor scroll nor what is typed. */
import { byItself, whenSignedOut, whenTokenIsOld } from './api.js';
import { announce, h, morph } from './dom.js';
import './keys.js';
import { route, address } from './router.js';
import * as session from './session.js';
import { shell, signInView } from './shell.js';
import { listen } from './stream.js';
import { direction, keep, setLanguage, t } from './text.js';

const POLL_MS = 15000; // while there is no stream
const app = { open: null, stream: 'connecting', expired: false, stop: null, cursors: null, failedAt: null };

/* -- what is shown */

function render() {
    const root = document.getElementById('shell');
    const { open } = app;
    if (!session.current()) {
        document.title = t('sign_in');
        morph(root, signInView({ expired: app.expired, onSignIn: signIn, onLanguage, onTheme }));
        return;
    }
    const title = open.page ? open.page.title(open.state, open) : t('error.no_page');
    document.title = `${title} · ${t('center')}`;
    morph(
        root,
        shell({
            ...app,
            title,
            content: content(open),
            onLanguage,
            onTheme,
            onSignOut: signOut,
            onAgain: () => load(open),
        }),
    );
    open.page?.settle?.();
}

function content(open) {
    if (!open.page) {
        return h('p', { class: 'empty' }, t('error.no_page'));
    }
    if (open.state) {
        return open.page.view(open.state, open);
    }
    return open.error
        ? h(
              'p',
              { class: 'wrong', role: 'alert' },
              open.error.status === 404 ? t('error.not_there') : open.error.message,
          )
        : h('p', { class: 'empty', 'aria-busy': 'true' }, t('loading'));
}

let waiting = false;
function renderSoon() {
    if (!waiting) {
        waiting = true;
        requestAnimationFrame(() => {
            waiting = false;
            render();
        });
    }
}

/* -- pages */

function openPage() {
    const next = route(location.hash);
    const same = app.open && app.open.page === next.page && String(app.open.args) === String(next.args);
    if (same) {
        const reload = app.open.page?.reloads?.some((k) => app.open.query[k] !== next.query[k]);
        Object.assign(app.open, next);
        renderSoon();
        if (reload) {
            load(app.open);
        }
        return;
    }
    const open = { ...next, state: null, error: null, loadedAt: null, asked: 0, answered: 0, redraw: renderSoon };
    open.setQuery = (change) => {
        Object.assign(open.query, change);
        history.replaceState(null, '', address(open.path, open.query));
        renderSoon();
        if (open.page.reloads?.some((k) => k in change)) {
            load(open);
        }
    };
    open.reload = () => load(open);
    const first = !app.open;
    app.open = open;
    render();
    scrollTo(0, 0);
    load(open).then(() => {
        if (!first && app.open === open) {
            document.getElementById('title')?.focus({ preventScroll: true });
        }
    });
}

/* The newest question alone may answer: an older one that comes later says what was. What the page asks by itself waits for
 * the answer that is under way: changes that come faster than answers would else throw every one of them away. */
async function load(open, how = 'load') {
    if (!open.page || !session.current()) {
        return;
    }
    if (how === 'refresh' && open.answered < open.asked) {
        open.behind = true;
        return;
    }
    const turn = (open.asked += 1);
    open.behind = false;
    try {
        const ask = () =>
            how === 'refresh' && open.state && open.page.refresh
                ? open.page.refresh(open.state, open)
                : open.page.load(open.args, open);
        const state = await (how === 'refresh' ? byItself(ask) : ask());
        if (open.asked === turn) {
            Object.assign(open, { state, error: null, loadedAt: Date.now() });
            app.failedAt = null;
        }
    } catch (error) {
        if (!('status' in error)) {
            console.error(error);
        }
        if (open.asked === turn) {
            open.error = error;
            app.failedAt ??= Date.now();
        }
    }
    if (open.asked === turn) {
        open.answered = turn;
    }
    if (app.open === open) {
        renderSoon();
        if (open.asked === turn && open.behind) {
            refreshSoon();
        }
    }
}

/* -- live */

let again = null;
function refreshSoon() {
    again ??= setTimeout(() => {
        again = null;
        if (app.open) {
            load(app.open, 'refresh');
        }
    }, 150);
}

function heard(cursors) {
    const moved = (app.open?.page?.hears ?? []).some((name) => !app.cursors || app.cursors[name] !== cursors[name]);
    app.cursors = cursors;
    if (moved) {
        refreshSoon();
    }
}

function streamTold(state) {
    if (state === 'signed_out') {
        onSignedOut();
    } else if (state !== app.stream) {
        if (app.stream === 'live' || state === 'live') {
            announce(t(state === 'live' ? 'live.back' : 'live.lost'));
        }
        app.stream = state;
        app.cursors = null; // whatever changed meanwhile is asked for with the first word
        renderSoon();
    }
}

setInterval(() => {
    if (session.current() && app.open) {
        if (app.stream !== 'live' && document.visibilityState === 'visible') {
            load(app.open, 'refresh');
        }
        renderSoon(); // ages grow
    }
}, POLL_MS);

/* -- signing in and out */

function begin() {
    app.expired = false;
    app.stream = 'connecting';
    app.stop?.();
    app.stop = listen(heard, streamTold);
    app.open = null;
    openPage();
}

async function signIn(account, secret) {
    await session.signIn(account, secret);
    begin();
    document.getElementById('title')?.focus({ preventScroll: true });
}

function onSignedOut() {
    if (session.current()) {
        session.forget();
        app.expired = true;
        end();
    }
}

function end() {
    app.stop?.();
    app.stop = null;
    app.open = null; // what was shown is gone from memory too
    document.querySelectorAll('dialog').forEach((d) => d.close());
    render();
    document.getElementById('account')?.focus();
}

async function signOut() {
    try {
        await session.signOut();
    } catch (error) {
        announce(error.message); // the server did not hear it: the session lives there until it expires
        app.open.error = error;
        app.failedAt ??= Date.now();
        renderSoon();
        return;
    }
    app.expired = false;
    end();
}

/* -- language, theme */

function onLanguage(next) {
    setLanguage(next);
    render();
}

function onTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme
        ? root.dataset.theme === 'dark'
        : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    keep('theme', root.dataset.theme);
    dispatchEvent(new Event('nrc-theme'));
    render();
}

addEventListener('hashchange', () => session.current() && openPage());
document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && session.current() && app.open && refreshSoon(),
);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('nrc-theme')));

document.documentElement.dir = direction();
whenSignedOut(onSignedOut);
whenTokenIsOld(async () => {
    const before = session.current()?.account;
    await session.find();
    if (session.current()?.account !== before) {
        location.reload(); // somebody else sits here now
    }
});

async function start() {
    try {
        if (await session.find()) {
            begin();
        } else {
            render();
        }
    } catch (error) {
        morph(document.getElementById('shell'), [
            h(
                'main',
                { class: 'alone' },
                h('p', { class: 'wrong', role: 'alert' }, error.message),
                h('button', { type: 'button', class: 'main', onclick: start }, t('again')),
            ),
        ]);
    }
}
start();
