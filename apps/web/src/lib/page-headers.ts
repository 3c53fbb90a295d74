/** The headers by which the proxy gives the page its language and its path and query, in addition to the handoff. */
export const LOCALE_HEADER = 'x-spillway-locale';
export const PATH_HEADER = 'x-spillway-path';
