import { AdminHead } from '#components/admin/admin-head.tsx';

export default function NotFound() {
  return <AdminHead title="Page not found">There is nothing at this address.</AdminHead>;
}
