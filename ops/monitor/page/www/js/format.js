/* SPDX-License-Identifier: Apache-2.0
 * format.js - numbers, times and spans in the reader's language.
 *
 * Latin digits in both languages, since offsets, ids and versions are compared with what commands print; the Gregorian
 * calendar; times in the Center's zone, wherever the reader sits. What is not known is a dash, and never 0. */
import { language, t } from './text.js';

let zone = 'Asia/Muscat';
const made = new Map();

/** The Center's zone, as the server has it; one that this browser does not know is not taken. */
export function setZone(name) {
    try {
        new Intl.DateTimeFormat('en', { timeZone: name });
        zone = name || zone;
    } catch {
        /* the zone stays */
    }
    made.clear();
}

export const centerZone = () => zone;

function locale() {
    return language() === 'ar' ? 'ar-OM-u-ca-gregory-nu-latn' : 'en-GB-u-ca-gregory-nu-latn';
}

function maker(Kind, options) {
    const key = Kind.name + language() + JSON.stringify(options);
    if (!made.has(key)) {
        made.set(key, new Kind(locale(), options));
    }
    return made.get(key);
}

const is = (value) => value !== null && value !== undefined && value !== '';
export const NOTHING = '–';

export function number(value, digits = 0) {
    return is(value) ? maker(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value) : NOTHING;
}

/** 1.2K: for an axis, where there is no room. */
export function short(value) {
    return is(value)
        ? maker(Intl.NumberFormat, { notation: 'compact', maximumFractionDigits: 1 }).format(value)
        : NOTHING;
}

/** Of a share, 0..1. 0.99997 is not 100 %: what is not whole is never shown as whole. */
export function percent(share) {
    const cut = is(share) ? Math.floor(share * 1000 + 1e-9) / 1000 : null;
    return is(cut) ? maker(Intl.NumberFormat, { style: 'percent', maximumFractionDigits: 1 }).format(cut) : NOTHING;
}

export function bytes(value) {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
    if (!is(value)) {
        return NOTHING;
    }
    const power = Math.min(units.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3));
    return maker(Intl.NumberFormat, {
        style: 'unit',
        unit: units[power],
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumFractionDigits: 1,
    }).format(value / 1000 ** power);
}

const UNITS = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
];

/** Seconds as the two greatest units: 2 days 3 hr. */
export function span(seconds, width = 'short') {
    if (!is(seconds)) {
        return NOTHING;
    }
    let rest = Math.max(0, Math.round(seconds));
    const first = UNITS.findIndex(([, size]) => rest >= size);
    const of = UNITS.slice(first < 0 ? 3 : first, (first < 0 ? 3 : first) + 2);
    const parts = of
        .map(([unit, size], i) => {
            const n = i === of.length - 1 ? Math.floor(rest / size) : Math.trunc(rest / size);
            rest -= n * size;
            return [n, unit];
        })
        .filter(([n], i) => n > 0 || i === 0);
    return parts
        .map(([n, unit]) => maker(Intl.NumberFormat, { style: 'unit', unit, unitDisplay: width }).format(n))
        .join(' ');
}

/* 2026-01-31 is that day everywhere, and no moment. */
const isDay = (value) => /^\d{4}-\d\d-\d\d$/.test(value);
const dayOf = (date) => maker(Intl.DateTimeFormat, { timeZone: zone, dateStyle: 'short' }).format(date);

/** 10:42 of today, 26 Nov, 10:42 of another day, with the year if it is another. */
export function time(value, { seconds = false } = {}) {
    const date = is(value) ? new Date(value) : null;
    if (!date || Number.isNaN(date.getTime())) {
        return NOTHING;
    }
    if (isDay(value)) {
        return maker(Intl.DateTimeFormat, { timeZone: 'UTC', dateStyle: 'medium' }).format(date);
    }
    const today = dayOf(date) === dayOf(new Date());
    const year = new Date().getUTCFullYear() === date.getUTCFullYear();
    return maker(Intl.DateTimeFormat, {
        timeZone: zone,
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        ...(seconds && { second: '2-digit' }),
        ...(!today && { day: 'numeric', month: 'short', ...(!year && { year: 'numeric' }) }),
    }).format(date);
}

/** Whole, for a title and for print: the Center's time, then UTC, which logs have. */
export function timeInFull(value) {
    const date = is(value) ? new Date(value) : null;
    if (!date || Number.isNaN(date.getTime())) {
        return t('not_known');
    }
    if (isDay(value)) {
        return maker(Intl.DateTimeFormat, { timeZone: 'UTC', dateStyle: 'full' }).format(date);
    }
    const of = (timeZone) =>
        maker(Intl.DateTimeFormat, {
            timeZone,
            dateStyle: 'full',
            timeStyle: 'medium',
            hourCycle: 'h23',
        }).format(date);
    return `${of(zone)} (${zone}) · ${date.toISOString().replace('.000Z', 'Z')}`;
}

export function day(value) {
    const date = is(value) ? new Date(value) : null;
    return date && !Number.isNaN(date.getTime())
        ? maker(Intl.DateTimeFormat, { timeZone: zone, day: 'numeric', month: 'short' }).format(date)
        : NOTHING;
}

/** Seconds from a time until now. */
export function ago(value) {
    return is(value) ? Math.max(0, (Date.now() - new Date(value).getTime()) / 1000) : null;
}

/** Whether this browser's own clock shows another time than the Center's. */
export function elsewhere() {
    const of = (timeZone) =>
        new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date());
    return of(zone) !== of(undefined);
}

export function compare(a, b) {
    return maker(Intl.Collator, { numeric: true, sensitivity: 'base' }).compare(a ?? '', b ?? '');
}
