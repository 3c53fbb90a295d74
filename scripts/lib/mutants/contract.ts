import { VERDICTS, TOOLS, UNFAITHFUL, OPTIONS, NEIGHBOURS } from './tests.ts';
import type { Mutant } from './tests.ts';

export const CONTRACT_MUTANTS: readonly Mutant[] = [
  {
    name: 'the tables are in public',
    file: 'src/contract/schema-name.ts',
    edits: [["DEFAULT_SCHEMA = 'spillway'", "DEFAULT_SCHEMA = 'public'"]],
    test: [
      TOOLS,
      'tables in their own schema (moved: false) > stay where `drizzle-kit push` runs with ["--force"]',
    ],
  },
  {
    name: 'data that JSON empties is taken',
    file: 'src/contract/canonical.ts',
    edits: [['    if (!isPlain(value)) refuseUnfaithful(value, key, parent);\n', '']],
    test: [UNFAITHFUL, 'a Map > is refused wherever it stands'],
  },
  {
    name: 'undefined in an array becomes null',
    file: 'src/contract/canonical.ts',
    edits: [['    if (text === undefined) {\n      throw', "    if (text === '') {\n      throw"]],
    test: [UNFAITHFUL, 'undefined > is refused as the data, and inside arrays'],
  },
  {
    name: 'the type of a form is not checked',
    file: 'src/contract/submission.ts',
    edits: [
      [
        "if (typeof form === 'string' && FORM_NAME.test(form)) return form;",
        'if (FORM_NAME.test(String(form))) return form as string;',
      ],
    ],
    test: [
      NEIGHBOURS,
      'callers that share a batch of postgres > are all accepted beside one whose input is { form: null }',
    ],
  },
  {
    name: 'an unknown option is taken',
    file: 'src/contract/option-check.ts',
    edits: [['if (known.includes(name)) continue;', "if (name !== '') continue;"]],
    test: [OPTIONS, 'an unknown option > of a queue, maxByte'],
  },
  {
    name: 'a verdict is known by its class',
    file: 'src/contract/errors.ts',
    edits: [['return VERDICT in error ?', 'return error instanceof PermanentError ?']],
    test: [VERDICTS, 'a verdict > is recognised from another copy'],
  },
];
