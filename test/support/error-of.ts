import { ApiError } from "../../src/cbr/api-error.ts";

/** The error that a request fails with. */
export async function errorOf(request: Promise<unknown>): Promise<ApiError> {
  const error = await request.then(
    () => "an answer",
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${String(error)}`);
  return error;
}
