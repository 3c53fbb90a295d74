import { ApiError, problemResponse } from '@spillway/api';

/** A program that asks at a wrong address gets an answer that it can read, and no page. */
const handle = () => problemResponse(new ApiError('not-found', 'There is nothing at this address.').problem);

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT };
