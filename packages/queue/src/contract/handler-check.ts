import { InvalidOptionsError, kindOf } from './errors.ts';
import { nearest } from './option-check.ts';

const KINDS = ['batch', 'external'] as const;
const EXPECTED =
  'Give { batch: async (submissions, tx) => … } for effects in Postgres, or { external: async (submission) => … } for effects elsewhere';

/** Which of the two kinds a handler is. Throws `InvalidOptionsError` for anything else, with what to write. */
export function kindOfHandler(handler: unknown): (typeof KINDS)[number] {
  if (typeof handler !== 'object' || handler === null) {
    throw new InvalidOptionsError(`The handler is ${kindOf(handler)}. ${EXPECTED}.`);
  }
  const [kind, other] = KINDS.filter((one) => one in handler);
  if (other !== undefined) {
    throw new InvalidOptionsError(
      'The handler is both batch and external. Give one; two workers, each with a queue of its own, do both.',
    );
  }
  if (kind === undefined) {
    const near = Object.keys(handler).map((name) => nearest(name, KINDS) && JSON.stringify(name));
    const typo = near.find((name) => name !== undefined);
    throw new InvalidOptionsError(
      `The handler is neither batch nor external${typo === undefined ? '' : `, but has ${typo}`}. ${EXPECTED}.`,
    );
  }
  const run: unknown = Reflect.get(handler, kind);
  if (typeof run === 'function') return kind;
  throw new InvalidOptionsError(`The handler's ${kind} is ${kindOf(run)}. ${EXPECTED}.`);
}
