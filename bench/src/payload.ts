const BYTES = 300;
const FIELDS = {
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  subject: 'The analytical engine',
  message: '',
};

/** What everybody submits: a form's answers, 300 bytes as JSON. */
export const data: typeof FIELDS = {
  ...FIELDS,
  message: 'x'.repeat(BYTES - JSON.stringify(FIELDS).length),
};

/** The same, ready-made: raw clients, which are the limit, need not encode anything. */
export const text: string = JSON.stringify(data);
