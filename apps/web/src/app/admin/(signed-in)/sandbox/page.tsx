import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Sandbox } from '#components/admin/sandbox/sandbox.tsx';
import { server } from '#server.ts';

export const metadata: Metadata = { title: 'Sandbox' };

export default function SandboxPage() {
  if (server().config.SPILLWAY_SANDBOX === undefined) notFound();
  return <Sandbox />;
}
