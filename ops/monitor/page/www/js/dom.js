/* SPDX-License-Identifier: Apache-2.0
 * dom.js - makes nodes, and brings what is shown to what should be shown.
 *
 * Data becomes text nodes and attributes, never markup: there is no innerHTML here. Handlers are properties (onclick),
 * styles go through the object model: the page's policy (CSP) refuses both as attributes. */

const SVG = 'http://www.w3.org/2000/svg';
const HANDLERS = [
    'onclick',
    'oninput',
    'onchange',
    'onsubmit',
    'onkeydown',
    'onfocus',
    'onblur',
    'ontoggle',
    'onscroll',
];

function put(node, name, value) {
    if (value === null || value === undefined || (value === false && name !== 'checked')) {
        return;
    }
    if (name === 'key') {
        node.nrcKey = String(value);
    } else if (name === 'css') {
        Object.entries(value).forEach(([property, what]) => node.style.setProperty(property, what));
    } else if (name === 'own') {
        node.nrcOwn = value; // morph leaves what is inside alone: a chart draws there
    } else if (name.startsWith('on')) {
        node[name] = value;
    } else if (name === 'value') {
        node.nrcValue = node.value = value;
    } else if (name === 'checked') {
        node.nrcChecked = node.checked = Boolean(value);
    } else {
        node.setAttribute(name, value === true ? '' : String(value));
    }
}

function add(node, child) {
    if (Array.isArray(child)) {
        child.forEach((c) => add(node, c));
    } else if (child !== null && child !== undefined && child !== false) {
        node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
}

function made(node, properties, children) {
    Object.entries(properties || {})
        .filter(([name]) => name !== 'value')
        .forEach(([name, value]) => put(node, name, value));
    add(node, children);
    put(node, 'value', properties?.value); // behind the children: a select's options
    return node;
}

/** h('a', {class: 'x', href: '#/', onclick: f}, 'text', node, [more]): null, undefined and false are left out. */
export function h(tag, properties, ...children) {
    return made(document.createElement(tag), properties, children);
}

/** A drawing's element; a drawing is never read aloud, its meaning stands beside it in words. */
export function svg(tag, properties, ...children) {
    return made(document.createElementNS(SVG, tag), properties, children);
}

function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.nrcKey === b.nrcKey;
}

function copyAttributes(old, wanted) {
    for (const { name } of [...old.attributes]) {
        if (name !== 'style' && !wanted.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) {
            old.removeAttribute(name);
        }
    }
    for (const { name, value } of [...wanted.attributes]) {
        if (name !== 'style' && name !== 'open' && old.getAttribute(name) !== value) {
            old.setAttribute(name, value);
        }
    }
    if (old.style.cssText !== wanted.style.cssText) {
        old.style.cssText = wanted.style.cssText;
    }
    HANDLERS.forEach((name) => {
        old[name] = wanted[name];
    });
}

/* What a person has in the hand stays: the text that is typed, what the page itself does not keep, the part that is open. */
function copyLive(old, wanted) {
    if (wanted.nrcValue !== undefined && old !== document.activeElement && old.value !== wanted.nrcValue) {
        old.value = wanted.nrcValue;
    }
    if (wanted.nrcChecked !== undefined && old.checked !== wanted.nrcChecked) {
        old.checked = wanted.nrcChecked;
    }
}

function morphOne(old, wanted) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
        if (old.nodeValue !== wanted.nodeValue) {
            old.nodeValue = wanted.nodeValue;
        }
        return old;
    }
    copyAttributes(old, wanted);
    if (wanted.nrcOwn && old.nrcOwn) {
        old.nrcOwn.update?.(wanted.nrcOwn);
        return old;
    }
    morph(old, [...wanted.childNodes]);
    copyLive(old, wanted);
    return old;
}

/** Makes the children of a node those that are wanted (as h() takes them), and keeps each old one that is alike: with its focus, its scroll,
 * its selection. Children with a key are found again wherever they went. */
export function morph(parent, content) {
    const fresh = document.createDocumentFragment();
    add(fresh, content);
    const wanted = [...fresh.childNodes];
    const keyed = new Map();
    for (const child of parent.childNodes) {
        if (child.nrcKey !== undefined) {
            keyed.set(child.nrcKey, child);
        }
    }
    let at = parent.firstChild;
    for (const next of wanted) {
        const known = next.nrcKey !== undefined ? keyed.get(next.nrcKey) : undefined;
        if (known && alike(known, next)) {
            keyed.delete(next.nrcKey);
            if (known === at) {
                at = at.nextSibling;
            } else {
                at = clear(parent, at, known, keyed);
            }
            morphOne(known, next);
        } else if (at && at.nrcKey === undefined && alike(at, next)) {
            const old = at;
            at = at.nextSibling;
            morphOne(old, next);
        } else {
            parent.insertBefore(next, at);
        }
    }
    while (at) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
    }
}

/* The nodes before `known` that are wanted no more go; one that is still wanted stays for later, and `known` moves. Where
 * possible the node with the focus is not moved, for a node that moves loses it. */
function clear(parent, at, known, keyed) {
    while (at && at !== known && !(at.nrcKey !== undefined && keyed.has(at.nrcKey))) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
    }
    if (at === known) {
        return at.nextSibling;
    }
    if (known.contains(document.activeElement)) {
        while (at && at !== known) {
            const later = at;
            at = at.nextSibling;
            parent.insertBefore(later, known.nextSibling);
        }
        return known.nextSibling;
    }
    parent.insertBefore(known, at);
    return at;
}

/** Says it to those who listen to the page; the same sentence again is said again. */
export function announce(sentence) {
    const told = document.getElementById('told');
    told.textContent = '';
    setTimeout(() => {
        told.textContent = sentence;
    }, 50);
}
