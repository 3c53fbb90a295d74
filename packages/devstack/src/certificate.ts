import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import selfsigned from 'selfsigned';
import { prepareFolder } from './daemon.ts';

/** A self-signed certificate for this machine: a client that trusts its file trusts the server. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

const SUBJECT_ALT_NAME_DNS = 2;
const SUBJECT_ALT_NAME_IP = 7;

/** Made out to 127.0.0.1 and localhost, in a folder that goes when this process ends. */
export async function makeCertificate(): Promise<Certificate> {
  const folder = await prepareFolder(undefined, 'certificate');
  const pems = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: SUBJECT_ALT_NAME_DNS, value: 'localhost' },
          { type: SUBJECT_ALT_NAME_IP, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const certificate = { certFile: join(folder, 'server.crt'), keyFile: join(folder, 'server.key') };
  await writeFile(certificate.certFile, pems.cert);
  await writeFile(certificate.keyFile, pems.private, { mode: 0o600 });
  return certificate;
}

/** Settings by which a Redis takes TLS on one more port. */
export function tlsSettings({ certFile, keyFile }: Certificate, port: number): Record<string, string> {
  return {
    'tls-port': String(port),
    'tls-cert-file': `"${certFile}"`,
    'tls-key-file': `"${keyFile}"`,
    'tls-auth-clients': 'no',
  };
}
