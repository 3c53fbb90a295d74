/** What the proxy tells the page it is rendering, beside the handoff: its language, and its path and query. */
export const LOCALE_HEADER = 'x-spillway-locale';
export const PATH_HEADER = 'x-spillway-path';
