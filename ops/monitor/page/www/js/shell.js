/* SPDX-License-Identifier: Apache-2.0
 * shell.js - what stands around every page: the menu, who is signed in, how live it is; and the way in. */
import { h, svg } from './dom.js';
import { ago, centerZone, elsewhere, span, time } from './format.js';
import { MENU } from './router.js';
import { current, ofAgency, person } from './session.js';
import { language, t, word } from './text.js';

function logo() {
    return svg(
        'svg',
        { viewBox: '0 0 32 32', class: 'logo', 'aria-hidden': 'true', focusable: 'false' },
        svg('rect', { width: 32, height: 32, rx: 7, class: 'logo-ground' }),
        svg('path', { d: 'M8 10h16M8 16h10M8 22h16', class: 'logo-lines' }),
        svg('circle', { cx: 23, cy: 16, r: 2.4, class: 'logo-dot' }),
    );
}

function switches({ onLanguage, onTheme }) {
    const other = language() === 'ar' ? 'en' : 'ar';
    return [
        h(
            'button',
            {
                type: 'button',
                class: 'quiet',
                lang: other,
                dir: other === 'ar' ? 'rtl' : 'ltr',
                onclick: () => onLanguage(other),
            },
            other === 'ar' ? 'العربية' : 'English',
        ),
        h(
            'button',
            { type: 'button', class: 'quiet icon', onclick: onTheme, 'aria-label': t('theme'), title: t('theme') },
            svg(
                'svg',
                { viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
                svg('circle', { cx: 8, cy: 8, r: 6.2, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6 }),
                svg('path', { d: 'M8 1.8a6.2 6.2 0 0 1 0 12.4z', fill: 'currentColor' }),
            ),
        ),
    ];
}

/* Whether what is shown is of now. Said in words wherever it is not. */
function liveness({ stream, open, failedAt }) {
    const live = stream === 'live' && !failedAt;
    return h(
        'span',
        {
            class: live ? 'live' : 'live off',
            title: open?.loadedAt ? t('live.of', { time: time(open.loadedAt, { seconds: true }) }) : null,
        },
        h('span', { class: 'dot', 'aria-hidden': 'true' }),
        t(live ? 'live' : stream === 'connecting' && !failedAt ? 'live.connecting' : 'live.not'),
    );
}

function lostBar({ stream, open, failedAt, onAgain }) {
    if (stream === 'live' && !failedAt) {
        return null;
    }
    if (stream === 'connecting' && !failedAt) {
        return null;
    }
    const of = open?.loadedAt;
    const sentence = failedAt
        ? t('lost', { time: time(failedAt) })
        : t(stream === 'full' ? 'lost.full' : 'lost.stream');
    return h(
        'div',
        { class: failedAt ? 'lost hard' : 'lost', role: 'status', key: 'lost' },
        h(
            'p',
            {},
            sentence,
            ' ',
            of && failedAt ? t('lost.of', { time: time(of), span: span(ago(of)) }) : null,
            failedAt && open?.error && h('span', { class: 'faint' }, ' ', open.error.message),
        ),
        failedAt && h('button', { type: 'button', class: 'quiet', onclick: onAgain }, t('again')),
    );
}

function account({ onSignOut }) {
    const who = current();
    return h(
        'details',
        { class: 'account' },
        h('summary', {}, h('bdi', {}, person())),
        h(
            'div',
            { class: 'menu' },
            h(
                'p',
                {},
                h('bdi', { class: 'code', dir: 'ltr' }, who.account),
                h('br'),
                (who.roles ?? []).map((r) => word('role', r)).join(t('comma')),
                who.agency && [h('br'), t('agency'), ' ', h('bdi', {}, who.agency)],
            ),
            h('button', { type: 'button', class: 'quiet', onclick: onSignOut }, t('sign_out')),
        ),
    );
}

export function shell(app) {
    const { open, title, content } = app;
    return [
        h(
            'a',
            {
                class: 'skip',
                href: '#title',
                onclick: (e) => {
                    e.preventDefault();
                    document.getElementById('title').focus();
                },
                key: 'skip',
            },
            t('skip'),
        ),
        h(
            'header',
            { class: 'top', key: 'top' },
            h('div', { class: 'brand' }, logo(), h('span', {}, t('center'), h('small', {}, t('room')))),
            h(
                'nav',
                { 'aria-label': t('menu') },
                h(
                    'ul',
                    {},
                    MENU.filter(([, , center]) => !center || !ofAgency()).map(([to, key]) =>
                        h(
                            'li',
                            {},
                            h('a', { href: `#${to}`, 'aria-current': open.menu === to ? 'page' : null }, t(key)),
                        ),
                    ),
                ),
            ),
            h('div', { class: 'who' }, liveness(app), switches(app), account(app)),
        ),
        lostBar(app),
        h(
            'main',
            { key: `main-${open.path}`, class: `p${open.menu === '/' && open.path === '/' ? ' wide' : ''}` },
            h('h1', { id: 'title', tabindex: '-1' }, title),
            content,
        ),
        h(
            'footer',
            { key: 'foot' },
            h(
                'p',
                {},
                t('zone', { zone: centerZone() }),
                elsewhere() ? ` ${t('zone.elsewhere')}` : '',
                ' ',
                t('privacy'),
            ),
        ),
    ];
}

export function signInView({ expired, onSignIn, onLanguage, onTheme }) {
    const submit = async (event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const wrong = form.querySelector('.wrong');
        const button = form.querySelector('button');
        wrong.textContent = '';
        button.disabled = true;
        try {
            await onSignIn(form.elements.account.value, form.elements.secret.value);
        } catch (error) {
            wrong.textContent =
                error.status === 401
                    ? t('sign_in.wrong')
                    : error.status === 429
                      ? t('sign_in.wait')
                      : error.message;
            form.elements.secret.value = '';
            form.elements.secret.focus();
            button.disabled = false;
        }
    };
    return [
        h(
            'main',
            { class: 'alone', key: 'sign-in' },
            h('div', { class: 'brand' }, logo(), h('span', {}, t('center'), h('small', {}, t('room')))),
            h(
                'form',
                { class: 'card', onsubmit: submit, autocomplete: 'on' },
                h('h1', { id: 'title', tabindex: '-1' }, t('sign_in')),
                expired && h('p', { class: 'note', role: 'status' }, t('sign_in.expired')),
                h(
                    'div',
                    { class: 'field' },
                    h('label', { for: 'account' }, t('account')),
                    h('input', {
                        id: 'account',
                        name: 'account',
                        autocomplete: 'username',
                        dir: 'ltr',
                        required: true,
                        maxlength: 100,
                        spellcheck: 'false',
                        autocapitalize: 'none',
                    }),
                ),
                h(
                    'div',
                    { class: 'field' },
                    h('label', { for: 'secret' }, t('secret')),
                    h('input', {
                        id: 'secret',
                        name: 'secret',
                        type: 'password',
                        autocomplete: 'current-password',
                        dir: 'ltr',
                        required: true,
                        maxlength: 200,
                    }),
                ),
                h('p', { class: 'wrong', role: 'alert' }),
                h('button', { class: 'main' }, t('sign_in')),
            ),
            h('p', { class: 'faint' }, t('privacy')),
            h('div', { class: 'switches' }, switches({ onLanguage, onTheme })),
        ),
    ];
}
