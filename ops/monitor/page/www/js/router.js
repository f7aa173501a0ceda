/* SPDX-License-Identifier: Apache-2.0
 * router.js - which page an address is: #/sources/moh.births?span=week. */
import catalogue from './pages/catalogue.js';
import handover from './pages/handover.js';
import incident from './pages/incident.js';
import incidents from './pages/incidents.js';
import notices from './pages/notices.js';
import overview from './pages/overview.js';
import quarantine from './pages/quarantine.js';
import quarantined from './pages/quarantined.js';
import request from './pages/request.js';
import requests from './pages/requests.js';
import source from './pages/source.js';

/* [pattern, page, the entry of the menu that it belongs to] */
const ROUTES = [
    ['/', overview, '/'],
    ['/sources/{}', source, '/'],
    ['/incidents', incidents, '/incidents'],
    ['/incidents/{}', incident, '/incidents'],
    ['/quarantine', quarantine, '/quarantine'],
    ['/quarantine/{}', quarantined, '/quarantine'],
    ['/requests', requests, '/requests'],
    ['/requests/{}', request, '/requests'],
    ['/notices', notices, '/notices'],
    ['/catalogue', catalogue, '/catalogue'],
    ['/handover', handover, '/handover'],
];

/** The menu: [address, key of its text, for the Center alone]. */
export const MENU = [
    ['/', 'page.sources', false],
    ['/incidents', 'page.incidents', false],
    ['/quarantine', 'page.quarantine', false],
    ['/requests', 'page.requests', false],
    ['/notices', 'page.notices', false],
    ['/catalogue', 'page.catalogue', false],
    ['/handover', 'page.handover', true],
];

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

/** {page, args, query, menu, path}; page is null where there is none. */
export function route(hash) {
    const [path, search] = (hash.replace(/^#/, '') || '/').split(/\?(.*)/s);
    const query = Object.fromEntries(new URLSearchParams(search ?? ''));
    for (const [pattern, page, menu] of ROUTES) {
        const found = new RegExp(`^${pattern.replace('{}', '([^/]+)')}/?$`).exec(path);
        if (found) {
            return { page, args: found.slice(1).map(decoded), query, menu, path };
        }
    }
    return { page: null, args: [], query, menu: null, path };
}

export function address(path, query) {
    const kept = new URLSearchParams(
        Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== ''),
    );
    return `#${path}${kept.size ? `?${kept}` : ''}`;
}
