/* SPDX-License-Identifier: Apache-2.0
 * status.js - which source is worse, and what a source's numbers say in a few words. */
import { h } from './dom.js';
import { NOTHING, ago, number, percent, span } from './format.js';
import { t, word } from './text.js';

/* Worst first, as the server has them. */
const BADNESS = [
    'halted',
    'lost',
    'stopped',
    'stalled',
    'rewound',
    'late',
    'behind',
    'unknown',
    'not_watched',
    'paused',
    'catching_up',
    'suspended',
    'quiet',
    'ok',
];
const rank = (status) => BADNESS.indexOf(status) + 1 || BADNESS.length;

export const STATUSES = BADNESS;

/** Worst first; of two that are as bad, the one that is so for longer. */
export function worse(a, b) {
    return (
        (b.severity ?? 0) - (a.severity ?? 0) ||
        rank(a.status) - rank(b.status) ||
        String(a.since ?? '9').localeCompare(String(b.since ?? '9')) ||
        String(a.dataset).localeCompare(String(b.dataset))
    );
}

export const byStatus = (a, b) => worse(b, a);

/* What is not known sorts behind everything that is, whichever way round: it is no small number. */
export const byNumber = (of) => (a, b) => {
    const [x, y] = [of(a), of(b)];
    return (x ?? -1) - (y ?? -1);
};

export const byTime = (of) => byNumber((item) => (of(item) ? new Date(of(item)).getTime() : null));

/** Unknown and lost are words, never a number. */
export function lagEvents(lag) {
    if (!lag || lag.is === 'unknown' || (lag.events === null && lag.is !== 'lost')) {
        return h('span', { class: 'faint' }, t('lag.unknown'));
    }
    if (lag.is === 'lost') {
        return h('strong', {}, t('lag.lost'));
    }
    return number(lag.events);
}

export function lagAge(lag) {
    const atLeast = lag?.is === 'estimated' ? '≥ ' : '';
    return lag?.age_s === null || lag?.age_s === undefined ? NOTHING : atLeast + span(lag.age_s);
}

export const trend = (lag) => ({ grows: '↗', shrinks: '↘', steady: '→' })[lag?.trend];

export function lagCell({ lag }) {
    const arrow = trend(lag);
    return [
        h(
            'span',
            { class: 'lead' },
            lagEvents(lag),
            arrow &&
                lag.events > 0 && [
                    ' ',
                    h(
                        'span',
                        {
                            class: 'trend',
                            role: 'img',
                            'aria-label': word('trend', lag.trend),
                            title: word('trend', lag.trend),
                        },
                        arrow,
                    ),
                ],
        ),
        lag?.events > 0 && h('span', { class: 'faint' }, lagAge(lag)),
    ];
}

export function freshnessCell({ freshness }) {
    if (!freshness) {
        return h('span', { class: 'faint' }, t('freshness.not_promised'));
    }
    const age = ago(freshness.last_arrival_at);
    return [
        h('span', { class: 'lead' }, word('freshness', freshness.state)),
        h('span', { class: 'faint' }, age === null ? t('freshness.never') : t('ago', { span: span(age) })),
    ];
}

/* The register counts to 10,001. */
export const QUARANTINE_MOST = 10000;
export const inQuarantine = (n) =>
    n > QUARANTINE_MOST ? t('more_than', { n: number(QUARANTINE_MOST) }) : number(n);

export function share(value) {
    return value === null || value === undefined
        ? h('span', { class: 'faint' }, NOTHING)
        : h('span', { class: value < 0.99 ? 'lead low' : 'lead' }, percent(value));
}
