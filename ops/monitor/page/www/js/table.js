/* SPDX-License-Identifier: Apache-2.0
 * table.js - a short table, and the order of rows. A long one: long_table.js.
 *
 * A column: {id, label, cell: (item) => node, order: (a, b) => number, heads: is it the row's name, class}. */
import { h } from './dom.js';

/** A short table, whole. caption is read by those who do not see where it stands. */
export function table(columns, items, { caption, keyOf, className = '' }) {
    const whole = h(
        'table',
        { class: `short ${className}` },
        h('caption', { class: 'unseen' }, caption),
        h(
            'thead',
            {},
            h(
                'tr',
                {},
                columns.map((c) => h('th', { scope: 'col', class: c.class }, c.label)),
            ),
        ),
        h(
            'tbody',
            {},
            items.map((item) =>
                h(
                    'tr',
                    { key: keyOf?.(item) },
                    columns.map((c) =>
                        c.heads
                            ? h(
                                  'th',
                                  { scope: 'row', class: c.class, 'data-label': c.label },
                                  h('div', {}, c.cell(item)),
                              )
                            : h('td', { class: c.class, 'data-label': c.label }, h('div', {}, c.cell(item))),
                    ),
                ),
            ),
        ),
    );
    // What can be scrolled must be reached by the keyboard too.
    const reached = whole.querySelector('a, button');
    return h(
        'div',
        { class: 'scroll', ...(!reached && { tabindex: 0, role: 'group', 'aria-label': caption }) },
        whole,
    );
}

export function sorted(items, columns, sort) {
    const column = columns.find((c) => c.id === sort?.by);
    if (!column?.order) {
        return items;
    }
    const sign = sort.direction === 'descending' ? -1 : 1;
    return [...items].sort((a, b) => sign * column.order(a, b));
}
