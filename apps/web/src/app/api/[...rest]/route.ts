import { ApiError, problemResponse } from '@spillway/api';

/** A program that requests a wrong address gets JSON instead of a page. */
const handle = () => problemResponse(new ApiError('not-found', 'There is nothing at this address.').problem);

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT };
