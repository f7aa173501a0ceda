/* SPDX-License-Identifier: Apache-2.0
 * headline.js - the one thing to know first: which source is worst, since when, why, what to do; and how the Center's own
 * systems are. */
import { h } from '../dom.js';
import { ago, bytes, span } from '../format.js';
import { link, mark, name, plain, said, since } from '../parts.js';
import { t, word } from '../text.js';

const STALE_S = 180; // the monitor judges each minute
export const hrefOf = (source) => `#/sources/${encodeURIComponent(source.dataset)}`;

export function headline(sources, overview) {
    const worst = sources[0];
    const bad = sources.filter((s) => (s.severity ?? 0) >= 2).length;
    if (!worst || (worst.severity ?? 0) === 0) {
        return h(
            'section',
            { class: 'headline s0', 'aria-labelledby': 'headline' },
            mark(0),
            h(
                'div',
                {},
                h(
                    'p',
                    { id: 'headline', class: 'first' },
                    worst ? t('headline.fine', { n: sources.length }) : t('headline.none'),
                ),
                old(overview),
            ),
        );
    }
    return h(
        'section',
        { class: `headline s${worst.severity}`, 'aria-labelledby': 'headline' },
        mark(worst.severity, worst.status),
        h(
            'div',
            {},
            h(
                'p',
                { id: 'headline', class: 'first' },
                h('strong', {}, word('status', worst.status)),
                ' · ',
                link(hrefOf(worst), name(plain(worst, 'name') || worst.dataset)),
                ' · ',
                t('since'),
                ' ',
                since(worst.since),
            ),
            h('p', {}, said(worst, 'sentence')),
            said(worst, 'what_to_do') &&
                h(
                    'p',
                    { class: 'do' },
                    h('strong', {}, t('what_to_do')),
                    ' ',
                    said(worst, 'what_to_do'),
                    worst.cause && [
                        ' ',
                        link(
                            `#/incidents/${worst.cause.incident}`,
                            t('see_incident', { id: worst.cause.incident }),
                        ),
                    ],
                ),
            bad > 1 && h('p', { class: 'faint' }, t('headline.more', { n: bad - 1 })),
            old(overview),
        ),
    );
}

/* Data that is old must not look as if it were of now. */
function old(overview) {
    const age = ago(overview?.monitor?.turned_at);
    return age !== null && age > STALE_S && h('p', { class: 'wrong' }, t('headline.old', { span: span(age) }));
}

/* What is wrong with the Center's own house, which explains what is wrong with many sources. */
export function house(overview) {
    const engines = (overview?.engines ?? []).filter((e) => e.state !== 'working');
    const register = overview?.register;
    const lines = [
        ...engines.map((e) => [e.state === 'gone' ? 3 : 2, t(`engine.${e.state}`, { name: e.instance }), e.since]),
        ...(register?.state === 'full' || register?.state === 'away'
            ? [[3, t(`register.${register.state}`), null]]
            : []),
        ...(register?.state === 'ok' && register.days_until_full !== null && register.days_until_full < 30
            ? [
                  [
                      register.days_until_full < 7 ? 2 : 1,
                      t('register.fills', {
                          n: Math.floor(register.days_until_full),
                          free: bytes(register.free_bytes),
                      }),
                      null,
                  ],
              ]
            : []),
    ];
    return (
        lines.length > 0 &&
        h(
            'ul',
            { class: 'house', 'aria-label': t('house') },
            lines.map(([severity, text, at]) =>
                h(
                    'li',
                    { class: `s${severity}` },
                    mark(severity),
                    h('span', {}, text, at && [' · ', t('since'), ' ', since(at)]),
                ),
            ),
        )
    );
}
