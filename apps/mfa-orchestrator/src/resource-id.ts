import { z } from 'zod';

/** The UUID that no row has. */
export const NO_ID = '00000000-0000-0000-0000-000000000000';

/** A path's id. One that is no UUID is one that does not exist: 404, as for another application's. */
export const resourceId = z.string().transform((id) => (z.uuid().safeParse(id).success ? id : NO_ID));
