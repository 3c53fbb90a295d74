import { handleAuth } from '#server/auth-door.ts';

export { handleAuth as GET, handleAuth as POST };
