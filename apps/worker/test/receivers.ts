import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { Server } from 'node:net';
import { SMTPServer } from 'smtp-server';

interface Mail {
  readonly to: readonly string[];
  readonly source: string;
}

/** A real mail server on this port, or a free one, that keeps what it gets. `refusals`: addresses, and the code each is refused with. */
export async function startSmtp(wantedPort = 0, refusals: Readonly<Record<string, number>> = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const responseCode = refusals[address];
      done(responseCode ? Object.assign(new Error(`not for <${address}> now`), { responseCode }) : null);
    },
    async onData(stream, { envelope }, done) {
      const source = (await stream.setEncoding('utf8').toArray()).join('');
      mails.push({ to: envelope.rcptTo.map(({ address }) => address), source: decoded(source) });
      done();
    },
  });
  const port = await listen(server.server, () => server.listen(wantedPort, '127.0.0.1'));
  return {
    mails,
    url: `smtp://127.0.0.1:${port}`,
    close: () => new Promise<void>((closed) => server.close(closed)),
  };
}

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real receiver of webhooks. `answer` gives the status of the nth call, from 1. */
export async function startHook(answer: (nth: number) => number = () => 204) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void request
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => {
        calls.push({ headers: request.headers, body: chunks.join('') });
        response.writeHead(answer(calls.length), { location: '/elsewhere' });
        response.end();
      });
  });
  const port = await listen(server, () => server.listen(0, '127.0.0.1'));
  return {
    calls,
    url: `http://127.0.0.1:${port}/hook`,
    port,
    close: () => new Promise<unknown>((closed) => server.close(closed)),
  };
}

async function listen(server: Server, begin: () => unknown): Promise<number> {
  const listening = new Promise<void>((resolve) => void server.once('listening', resolve));
  begin();
  await listening;
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** Long lines travel as quoted-printable. */
function decoded(source: string): string {
  return source
    .replaceAll('=\r\n', '')
    .replaceAll(/((?:=[0-9A-F]{2})+)/g, (escaped) =>
      Buffer.from(escaped.replaceAll('=', ''), 'hex').toString('utf8'),
    );
}
