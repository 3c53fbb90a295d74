/** The name begins with an underscore, so that it can never be the name of an answer. */
export const TRAP_FIELD = '_website';
