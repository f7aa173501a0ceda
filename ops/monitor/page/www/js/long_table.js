/* SPDX-License-Identifier: Apache-2.0
 * long_table.js - a table of which only those rows are nodes that are near the window, so that a thousand sources cost as much
 * as thirty. Its rows have one height, which the style sheet sets. Columns are as table.js has them. */
import { h } from './dom.js';
import { t } from './text.js';

const BEYOND = 8; // rows above and below the window that are there already
const FIRST = 24;

function headCell(column, sort, onSort) {
    const direction = sort?.by === column.id ? sort.direction : null;
    const label =
        column.order && onSort
            ? h(
                  'button',
                  { type: 'button', class: 'sort', onclick: () => onSort(column.id) },
                  column.label,
                  h(
                      'span',
                      { class: 'arrow', 'aria-hidden': 'true' },
                      direction === 'ascending' ? '↑' : direction ? '↓' : '',
                  ),
              )
            : column.label;
    return h(
        'th',
        { role: 'columnheader', scope: 'col', class: column.class, 'aria-sort': direction, key: column.id },
        label,
    );
}

function head(columns, sort, onSort) {
    return h(
        'thead',
        { role: 'rowgroup' },
        h(
            'tr',
            { role: 'row', 'aria-rowindex': onSort ? 1 : null },
            columns.map((c) => headCell(c, sort, onSort)),
        ),
    );
}

function cell(column, item) {
    const inside = column.cell(item);
    return column.heads
        ? h('th', { role: 'rowheader', scope: 'row', class: column.class, 'data-label': column.label }, inside)
        : h('td', { role: 'cell', class: column.class, 'data-label': column.label }, inside);
}

let shown = null; // the long table that is on the page: there is one at most
for (const event of ['scroll', 'resize']) {
    addEventListener(event, () => shown?.settle(), { passive: true });
}

/** A long table. It keeps which row has the focus; everything else is given with each view(). */
export class LongTable {
    constructor({ id, keyOf, hrefOf }) {
        Object.assign(this, {
            id,
            keyOf,
            hrefOf,
            items: [],
            columns: [],
            from: 0,
            to: FIRST,
            height: 0,
            focus: null,
        });
    }

    view(items, columns, { caption, sort, onSort }) {
        Object.assign(this, { items, columns });
        shown = this;
        this.clamp();
        return h(
            'table',
            {
                class: 'long',
                role: 'table',
                'aria-rowcount': items.length + 1,
                'aria-describedby': `${this.id}-keys`,
            },
            h('caption', { class: 'unseen' }, caption),
            head(columns, sort, onSort),
            h(
                'tbody',
                {
                    id: this.id,
                    role: 'rowgroup',
                    onkeydown: (e) => this.key(e),
                    onclick: (e) => this.click(e),
                },
                this.rows(),
            ),
        );
    }

    body() {
        return document.getElementById(this.id);
    }

    clamp() {
        const many = Math.max(FIRST, this.to - this.from);
        this.from = Math.max(0, Math.min(this.from, this.items.length - many));
        this.to = Math.min(this.items.length, this.from + many);
    }

    /* The row with the focus is there wherever the window is, else the focus would fall to the page's beginning. */
    indices() {
        const all = Array.from({ length: Math.max(0, this.to - this.from) }, (_, i) => this.from + i);
        const kept = this.focus === null ? -1 : this.items.findIndex((item) => this.keyOf(item) === this.focus);
        if (kept >= 0 && kept < this.from) {
            all.unshift(kept);
        } else if (kept >= this.to) {
            all.push(kept);
        }
        return all;
    }

    /* known(key): a row that is there already, and as it should be. */
    rows(known = () => null) {
        const out = [];
        const indices = this.indices();
        let next = 0;
        for (const i of indices) {
            out.push(...this.gap(next, i), known(this.keyOf(this.items[i])) ?? this.row(i));
            next = i + 1;
        }
        out.push(...this.gap(next, this.items.length));
        this.rove(out, indices);
        return out;
    }

    /* Tab comes to one row: the one that had the focus, else the first of the window. */
    rove(rows, indices) {
        const keys = indices.map((i) => this.keyOf(this.items[i]));
        const one = keys.includes(this.focus)
            ? this.focus
            : this.items[this.from] && this.keyOf(this.items[this.from]);
        for (const row of rows) {
            row.querySelector('a.row')?.setAttribute('tabindex', row.nrcKey === one ? '0' : '-1');
        }
    }

    /* The rows of the window, of which those that are there stay as they are: a scroll makes only what comes into it. */
    lay(body) {
        const there = new Map([...body.children].map((row) => [row.nrcKey, row]));
        const wanted = this.rows((key) => there.get(key));
        const stay = new Set(wanted);
        there.forEach((row) => stay.has(row) || row.remove());
        let at = body.firstChild;
        for (const row of wanted) {
            if (row === at) {
                at = at.nextSibling;
            } else {
                body.insertBefore(row, at);
            }
        }
    }

    gap(from, to) {
        return to > from
            ? [
                  h('tr', {
                      class: 'gap',
                      'aria-hidden': 'true',
                      key: `gap-${from === 0 ? 'top' : to === this.items.length ? 'end' : 'mid'}`,
                      css: { height: `${(to - from) * this.height}px` },
                  }),
              ]
            : [];
    }

    row(i) {
        const item = this.items[i];
        const key = this.keyOf(item);
        const row = h(
            'tr',
            { role: 'row', key, 'aria-rowindex': i + 2, class: `s${item.severity ?? 0}` },
            this.columns.map((c) => cell(c, item)),
        );
        const link = row.querySelector('a.row');
        if (link) {
            link.onfocus = () => {
                this.focus = key;
            };
        }
        return row;
    }

    /** Behind each render and scroll: measures, and lays the rows that the window shows now. */
    settle() {
        const body = this.body();
        const first = body?.querySelector('tr:not(.gap)');
        if (!first) {
            return;
        }
        const height = first.getBoundingClientRect().height;
        const top = body.getBoundingClientRect().top;
        const from = Math.max(0, Math.floor(-top / height) - BEYOND);
        const to = Math.min(this.items.length, Math.ceil((innerHeight - top) / height) + BEYOND);
        const near =
            Math.abs(from - this.from) < BEYOND / 2 &&
            Math.abs(to - this.to) < BEYOND / 2 &&
            (from > 0 || this.from === 0) &&
            (to < this.items.length || this.to === to);
        if (height === this.height && near) {
            return;
        }
        Object.assign(this, { height, from: Math.min(from, Math.max(0, to - 1)), to: Math.max(to, 1) });
        this.to = Math.min(this.to, this.items.length);
        this.lay(body);
    }

    /* Arrows go from row to row, also to those that are no nodes yet. */
    key(event) {
        const page = Math.max(1, Math.floor(innerHeight / (this.height || 60)) - 2);
        const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[
            event.key
        ];
        if (
            step === undefined ||
            !event.target.matches('a.row') ||
            event.altKey ||
            event.ctrlKey ||
            event.metaKey
        ) {
            return;
        }
        event.preventDefault();
        const now = this.items.findIndex((item) => this.keyOf(item) === this.focus);
        const next = Math.max(0, Math.min(this.items.length - 1, now + step));
        this.focus = this.keyOf(this.items[next]);
        this.lay(this.body());
        const link = [...this.body().querySelectorAll('a.row')].find((a) => a.closest('tr').nrcKey === this.focus);
        link?.focus({ preventScroll: true });
        link?.closest('tr').scrollIntoView({ block: 'nearest' });
    }

    click(event) {
        const row = event.target.closest('tr');
        if (row && !event.target.closest('a, button, input') && !String(getSelection())) {
            row.querySelector('a.row')?.click();
        }
    }
}

/** For those who read the page aloud or walk it with the keyboard. */
export const keysHint = (id) => h('p', { id: `${id}-keys`, class: 'unseen' }, t('keys.rows'));
