/** Begins with an underscore, so that it is never taken for an answer. */
export const TRAP_FIELD = '_website';
