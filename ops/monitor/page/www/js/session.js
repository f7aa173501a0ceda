/* SPDX-License-Identifier: Apache-2.0
 * session.js - who is signed in, and what they may do. The server decides, on each request; this only hides what it would
 * refuse. */
import { ApiError, get, post, remove, useToken } from './api.js';
import { setZone } from './format.js';
import { language } from './text.js';

let who = null;

/* [roles, may an account of an agency]: of its own things, that is. */
const MAY = {
    'incident.acknowledge': [['operator', 'steward', 'producer'], true],
    'incident.comment': [['operator', 'steward', 'producer'], true],
    'incident.assign': [['operator', 'steward'], false],
    'incident.close': [['steward'], false],
    'quarantine.assign': [['operator', 'steward'], false],
    'quarantine.decide': [['steward'], false],
    'source.pause': [['operator', 'steward'], false],
    'source.gap': [['steward'], false],
    'request.approve': [['steward'], false],
    'request.reject': [['steward', 'producer'], true],
    'notice.withdraw': [['steward', 'producer'], true],
};

export const current = () => who;
export const ofAgency = () => who?.agency ?? null;
export const person = () => (language() === 'ar' && who?.person_ar) || who?.person || who?.account || '';

export function may(what) {
    const [roles, agencyToo] = MAY[what] ?? [[], false];
    return Boolean(who) && (!who.agency || agencyToo) && roles.some((role) => who.roles?.includes(role));
}

function take(session) {
    who = session;
    useToken(session?.csrf ?? null);
    if (session?.zone) {
        setZone(session.zone);
    }
    return who;
}

/** The session that the cookie names, or null. */
export async function find() {
    try {
        return take(await get('/session', { quiet: true }));
    } catch (error) {
        if (error instanceof ApiError && error.status === 401) {
            return take(null);
        }
        throw error;
    }
}

export async function signIn(account, secret) {
    return take(await post('/session', { account, secret }, { quiet: true }));
}

export async function signOut() {
    try {
        await remove('/session', { quiet: true });
    } catch (error) {
        if (!(error instanceof ApiError && error.status === 401)) {
            throw error;
        }
    }
    take(null);
}

export const forget = () => take(null);
